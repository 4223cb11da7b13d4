// What is said of pictures where something that a file has is not kept, or not written.

extension PictureLayout.Metadata {
  /// The note on an ICC profile that is not kept.
  static func tooLarge(_ bytes: Int) -> String {
    "its colour profile of \(bytes) bytes is left out; the most that is kept is \(PictureLayout.mostProfileBytes >> 20) MiB"
  }

  /// Words for what files of a format cannot hold of it. None for formats of bare samples, which hold nothing else of any signal.
  func lost(in format: OutputFormat) -> [String] {
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
