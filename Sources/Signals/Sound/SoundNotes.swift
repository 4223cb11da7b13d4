// What is said of sound where something that a file has is not kept, or not written.

extension WaveChunk {
  /// The note on chunks for which there is no room.
  static func note(tooLarge titles: [String]) -> String {
    "chunks left out: \(titles.listed); the most that is kept of all together is \(mostBytes >> 20) MiB"
  }

  /// The note on what stands behind the last chunk behind the samples.
  static func note(brokenAt place: Int) -> String { "what stands from byte \(place) on is left out: it is no chunk, or cut short" }

  /// The note on chunks that come when the description of the signal has been written.
  static let noteOfPipe = "chunks behind the samples are left out, being too late in a pipe; give the file's name to keep them"
}

extension SoundLayout {
  /// Words for what files of a format cannot hold of it. None for formats of bare samples, which hold nothing else of any signal.
  func lost(in format: OutputFormat) -> [String] {
    guard let container = format.sound, !container.holdsChunks else { return [] }
    let texts = container == .w64 && !tags.isEmpty ? ["texts"] : []
    return texts + chunks.filter { !$0.isTagsOnly }.map(\.title)
  }
}

extension SignalInfo {
  /// Leaves out, of the sound of which only a part is left, the chunks that may speak of places and channels of the whole: all but lists of texts.
  mutating func leaveOutChunks() {
    guard case .sound(var layout) = format, case let lost = layout.chunks.filter({ !$0.isTexts }), !lost.isEmpty else { return }
    layout.chunks.removeAll { !$0.isTexts }
    format = .sound(layout)
    notes.append("chunks left out: \(lost.map(\.title).listed); they may speak of places and channels of the whole recording")
  }
}

extension [String] {
  /// Words for them, each once: `a, b and c`; of more than ten the first.
  var listed: String {
    var names: [String] = []
    for name in self where !names.contains(name) && names.count <= 10 { names.append(name) }
    guard let last = names.last, names.count > 1 else { return names.first ?? "" }
    return names.count > 10 ? "\(names.prefix(10).joined(separator: ", ")) and others" : "\(names.dropLast().joined(separator: ", ")) and \(last)"
  }
}
