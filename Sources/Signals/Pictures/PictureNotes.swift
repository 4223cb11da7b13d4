// What is said of pictures where something that a file has is not kept, or not written.

extension PictureLayout.Metadata {
  /// The note on an ICC profile that is not kept.
  static func tooLarge(_ bytes: Int) -> String {
    "its colour profile of \(bytes) bytes is left out; the most that is kept is \(PictureLayout.mostProfileBytes >> 20) MiB"
  }

  /// Words for what files of a format cannot hold of it. None for formats of bare samples, which hold nothing else of any signal.
  fileprivate func lost(in format: OutputFormat) -> [String] {
    guard [.pnm, .pam, .idx, .tiff].contains(format) else { return [] }
    var lost: [String] = []
    if format != .tiff {
      if orientation != 1 { lost.append("orientation") }
      if !profile.isEmpty { lost.append("colour profile") }
    }
    if gamma != nil { lost.append("gamma") }
    if chromaticities != nil { lost.append("chromaticities") }
    if intent != nil || codePoints != nil { lost.append("colour space") }
    return lost
  }
}

extension SignalInfo {
  /// A note on what a picture, or a folder of them, says of itself and a file of this format cannot hold; nil where nothing is lost. A file of the
  /// source's own kind (no format) holds what came from it.
  public func note(writtenAs format: OutputFormat?) -> String? {
    guard let format, let layout = picture ?? stack?.folder?.picture else { return nil }
    let lost = layout.metadata.lost(in: format)
    guard let last = lost.last else { return nil }
    let words = lost.count > 1 ? "\(lost.dropLast().joined(separator: ", ")) and \(last)" : last
    return "\(format.rawValue.uppercased()) files do not hold the picture's \(words), left out here; choose png to keep all"
  }
}
