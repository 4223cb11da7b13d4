/// What a model card says of the recordings that a codec was trained on.
extension Recordings {
  /// Lines of text.
  /// - Parameter folders: the last components of the folders' paths.
  func described(_ folders: [String]) -> [String] {
    func hours(_ recordings: [Recording]) -> String { Decimal.fixed(recordings.reduce(0) { $0 + $1.seconds } / 3600, 1) }
    return [
      "\(training.count) recordings (\(hours(training)) h) to train on, \(validation.count) (\(hours(validation)) h) held back, from "
        + folders.map { "`\($0)`" }.joined(separator: ", ") + ":", "",
      "- trained on: \(Recordings.list(training))", "- held back: \(Recordings.list(validation))",
    ]
  }

  /// Names folder by folder.
  private static func list(_ recordings: [Recording]) -> String {
    var groups: [(folder: String, names: [String])] = []
    for recording in recordings {
      let parts = recording.name.split(separator: "/")
      let (folder, name) = (parts.dropLast().joined(separator: "/"), parts.last.map(String.init) ?? "")
      if groups.last?.folder != folder { groups.append((folder, [])) }
      groups[groups.count - 1].names.append(name.hasSuffix(".hea") ? String(name.dropLast(4)) : name)
    }
    return groups.map { "\($0.folder) (\($0.names.joined(separator: " ")))" }.joined(separator: "; ")
  }
}
