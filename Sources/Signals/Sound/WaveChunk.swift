import Bytes

/// A chunk of a WAV or RF64 file beside format and samples that comes back as it is: broadcast data (`bext`), `iXML`, cue points, texts, and whatever
/// other programs write.
public struct WaveChunk: Sendable, Equatable {
  /// Four printable ASCII characters, none of those that are made anew.
  public let name: String
  public let bytes: [UInt8]
  /// Whether it stands behind the samples.
  public let isBehind: Bool

  /// The most bytes that all chunks of a file take, each with its head.
  static let mostBytes = 1 << 22
  /// Name and size.
  static let headBytes = 8

  /// Chunks that are not kept: format, samples, sizes and counts, which a writer makes of the samples that it gets; peaks and envelopes, which are
  /// others behind a codec that loses something and which every program computes again (`PEAK` states the time of writing besides); room that is free.
  private static let madeAnew: Set<String> = ["fmt ", "data", "ds64", "fact", "PEAK", "levl", "JUNK", "junk", "PAD ", "FLLR"]

  /// Nil for names that are none, or that are not kept.
  init?(name: String, bytes: [UInt8], isBehind: Bool) {
    guard WaveChunk.isKept(name) else { return nil }
    (self.name, self.bytes, self.isBehind) = (name, bytes, isBehind)
  }

  /// Whether four letters name a chunk.
  static func isName(_ name: String) -> Bool { name.utf8.count == 4 && name.utf8.allSatisfy { (0x20...0x7E).contains($0) } }

  static func isKept(_ name: String) -> Bool { isName(name) && !madeAnew.contains(name) }

  /// What the user is told of it: its name, and of a list what it is a list of.
  public var title: String {
    let kind = name == "LIST" && bytes.count >= 4 ? " " + clip(String(decoding: bytes[..<4], as: UTF8.self)) : ""
    return WaveChunk.title(name) + kind
  }

  /// A name without the spaces that fill it up.
  static func title(_ name: String) -> String { name.split(separator: " ").joined(separator: " ") }

  /// Appends it as it stands in a file.
  func append(to writer: inout ByteWriter) { WaveChunk.append(name, bytes, to: &writer) }

  static func append(_ name: String, _ bytes: [UInt8], to writer: inout ByteWriter) {
    writer.append(contentsOf: Array(name.utf8))
    writer.append(littleEndian: UInt32(bytes.count))
    writer.append(contentsOf: bytes)
    if bytes.count % 2 != 0 { writer.append(0) }
  }

  // MARK: Texts

  /// A list of texts before the samples (LIST INFO); nil where none of them has a place in it.
  init?(texts tags: [SoundTag: String]) {
    var writer = ByteWriter()
    for (tag, text) in tags.sorted(by: { $0.key < $1.key }) {
      if let id = tag.riffID { WaveChunk.append(id, Array(text.utf8) + [0], to: &writer) }
    }
    guard !writer.bytes.isEmpty else { return nil }
    self.init(name: "LIST", bytes: Array("INFO".utf8) + writer.bytes, isBehind: false)
  }

  /// Whether it is a list of texts.
  var isTexts: Bool { name == "LIST" && bytes.starts(with: "INFO".utf8) }

  /// The texts of such a list; of two of the same id the last counts.
  var tags: [SoundTag: String] {
    var tags: [SoundTag: String] = [:]
    for (id, bytes) in texts {
      if let tag = SoundTag(riffID: id), let text = SoundTag.text(bytes) { tags[tag] = text }
    }
    return tags
  }

  /// Whether it says no more than `tags`.
  var isTagsOnly: Bool { isTexts && texts.allSatisfy { SoundTag(riffID: $0.id) != nil } }

  private var texts: [(id: String, bytes: ArraySlice<UInt8>)] {
    guard isTexts else { return [] }
    var texts: [(String, ArraySlice<UInt8>)] = []
    var reader = ByteReader(bytes[4...])
    while let head = try? reader.take(4), let size = try? reader.littleEndian(UInt32.self), let text = try? reader.take(Int(size)) {
      texts.append((String(decoding: head, as: UTF8.self), text))
      if size % 2 != 0 { _ = try? reader.byte() }
    }
    return texts
  }
}

extension [WaveChunk] {
  /// Bytes that they take, without those that make a size even.
  var size: Int { reduce(0) { $0 + WaveChunk.headBytes + $1.bytes.count } }

  /// Those before or behind the samples as they stand in a file.
  func written(behind isBehind: Bool) -> [UInt8] {
    var writer = ByteWriter()
    for chunk in self where chunk.isBehind == isBehind { chunk.append(to: &writer) }
    return writer.bytes
  }
}
