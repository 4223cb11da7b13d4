import Bytes

// How a `SoundLayout` stands in the description of a signal (docs/FORMAT.md). What WAV, FLAC and AIFF files of integers without texts need is in four
// bits: container * 4 + bits / 8 - 1. Those being 12, there follow behind the shape: container, type of samples, loudspeakers, texts, chunks.
extension SoundLayout {
  /// The four bits of a layout that is written out.
  static let fullFlags: UInt8 = 12
  private static let typeOfFloats: UInt8 = 4
  private static let floatForms: UInt8 = 4
  /// The keys of chunks before and behind the samples; lower ones are those of texts.
  private static let (chunkBefore, chunkBehind): (UInt8, UInt8) = (10, 11)

  /// The high four bits of the first byte.
  var flags: UInt8 {
    guard floatForm == nil, container.rawValue <= Container.aiff.rawValue, speakers == nil, tags.isEmpty, chunks.isEmpty else {
      return SoundLayout.fullFlags
    }
    return container.rawValue * 4 + UInt8(bits / 8 - 1)
  }

  /// What the flags do not say.
  func append(to writer: inout ByteWriter) {
    writer.append(container.rawValue)
    switch type {
    case .integer(let bits): writer.append(UInt8(bits / 8 - 1))
    case .float(let bits, let form): writer.append(SoundLayout.typeOfFloats + (bits == 64 ? SoundLayout.floatForms : 0) + form.rawValue)
    }
    writer.append(varint: speakers.map { UInt64($0) + 1 } ?? 0)
    for (tag, text) in tags.sorted(by: { $0.key < $1.key }) {
      writer.append(tag.rawValue)
      writer.append(counted: Array(text.utf8))
    }
    for chunk in chunks {
      writer.append(chunk.isBehind ? SoundLayout.chunkBehind : SoundLayout.chunkBefore)
      writer.append(contentsOf: chunk.name.utf8)
      writer.append(counted: chunk.bytes)
    }
  }

  /// Reads what the flags and `append` say. Throws `BytesError`.
  init(_ reader: inout ByteReader, flags: UInt8) throws {
    guard flags >= SoundLayout.fullFlags else {
      guard let container = Container(rawValue: flags / 4) else { throw BytesError.malformed("sound container \(flags / 4) is unknown") }
      self.init(container: container, bits: Int(flags % 4 + 1) * 8)
      return
    }
    guard flags == SoundLayout.fullFlags else { throw BytesError.malformed("the description of sound is of kind \(flags), which is unknown") }
    let (first, second) = (try reader.byte(), try reader.byte())
    guard let container = Container(rawValue: first) else { throw BytesError.malformed("sound container \(first) is unknown") }
    self.init(container: container, type: try SoundLayout.type(second))
    let code = try reader.varint(atMost: 1 << 32, "the loudspeakers")
    speakers = code == 0 ? nil : UInt32(code - 1)
    while reader.remaining > 0 {
      let key = try reader.byte()
      if key == SoundLayout.chunkBefore || key == SoundLayout.chunkBehind {
        try readChunk(&reader, isBehind: key == SoundLayout.chunkBehind)
        continue
      }
      guard let tag = SoundTag(rawValue: key), tags.keys.allSatisfy({ $0 < tag }), chunks.isEmpty else {
        throw BytesError.malformed("text \(key) of the sound is unknown, or out of its order")
      }
      let text = try BytesError.text(reader.counted(atMost: SoundTag.mostBytes, "a text"))
      guard !text.isEmpty else { throw BytesError.malformed("a text of the sound is empty") }
      tags[tag] = text
    }
    guard chunks.size <= WaveChunk.mostBytes else { throw BytesError.malformed("the chunks of the sound are too large") }
    // One way of writing each: what four bits can say is said by them.
    guard self.flags == SoundLayout.fullFlags else { throw BytesError.malformed("the description of sound is longer than it need be") }
  }

  private mutating func readChunk(_ reader: inout ByteReader, isBehind: Bool) throws {
    let name = String(decoding: try reader.take(4), as: UTF8.self)
    let bytes = try reader.counted(atMost: WaveChunk.mostBytes, "the size of a chunk")
    guard let chunk = WaveChunk(name: name, bytes: Array(bytes), isBehind: isBehind), isBehind || chunks.last?.isBehind != true else {
      throw BytesError.malformed("chunk \"\(clip(name))\" of the sound is none that is kept, or out of its order")
    }
    chunks.append(chunk)
  }

  private static func type(_ code: UInt8) throws -> SampleType {
    if code < typeOfFloats { return .integer(bits: Int(code + 1) * 8) }
    guard let form = FloatForm(rawValue: (code - typeOfFloats) % floatForms), code < typeOfFloats + 2 * floatForms else {
      throw BytesError.malformed("sound samples of type \(code) are unknown")
    }
    return .float(bits: code < typeOfFloats + floatForms ? 32 : 64, form: form)
  }
}
