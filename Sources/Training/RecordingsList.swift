/// What a model card says of the recordings that a codec was trained on.
extension Recordings {
  /// Lines of text.
  /// - Parameters:
  ///   - folders: the last components of the folders' paths.
  ///   - pictures: they are pictures, which have no length in time.
  func described(_ folders: [String], pictures: Bool = false) -> [String] {
    func hours(_ recordings: [Recording]) -> String {
      pictures ? "" : " (\(Decimal.fixed(recordings.reduce(0) { $0 + $1.seconds } / 3600, 1)) h)"
    }
    let kind = pictures ? "pictures" : "recordings"
    return [
      "\(training.count) \(kind)\(hours(training)) to train on, \(validation.count)\(hours(validation)) held back, from "
        + folders.map { "`\($0)`" }.joined(separator: ", ") + ":", "",
      "- trained on: \(Recordings.list(training))", "- held back: \(Recordings.list(validation))",
    ]
  }

  /// Names folder by folder.
  private static func list(_ recordings: [Recording]) -> String {
    var groups: [(folder: String, pieces: [(name: String, count: Int)])] = []
    for recording in recordings {
      let parts = recording.name.split(separator: "/")
      let (folder, name) = (parts.dropLast().joined(separator: "/"), parts.last.map(String.init) ?? "")
      if groups.last?.folder != folder { groups.append((folder, [])) }
      let short = name.hasSuffix(".hea") ? String(name.dropLast(4)) : name
      // Pieces of one stack.
      if let same = groups[groups.count - 1].pieces.firstIndex(where: { $0.name == short }) {
        groups[groups.count - 1].pieces[same].count += 1
      } else {
        groups[groups.count - 1].pieces.append((short, 1))
      }
    }
    return groups.map { group in
      "\(group.folder) (\(group.pieces.map { $0.count > 1 ? "\($0.count) pieces of \($0.name)" : $0.name }.joined(separator: " ")))"
    }.joined(separator: "; ")
  }
}
