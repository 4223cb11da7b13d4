extension SignalInfo {
  /// What the user is to be told where this signal is written: `notes`, and what the source says of itself and a file of this format cannot hold. A file
  /// of the source's own kind (no format) holds what came from it; bare samples need no word.
  public func notes(writtenAs format: OutputFormat?) -> [String] {
    guard let format else { return notes }
    let (lost, kind, best): ([String], String, OutputFormat)
    if let layout = picture ?? stack?.folder?.picture {
      (lost, kind, best) = (layout.metadata.lost(in: format), "picture", .png)
    } else {
      guard let sound, format.sound != nil else { return [] }
      (lost, kind, best) = (sound.lost(in: format), "sound", .wav)
    }
    guard !lost.isEmpty else { return notes }
    let note = "\(format.rawValue.uppercased()) files do not hold the \(kind)'s \(lost.listed), left out here; choose \(best.rawValue) to keep all"
    return notes + [note]
  }
}
