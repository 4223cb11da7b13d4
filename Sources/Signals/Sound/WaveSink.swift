import Bytes

/// Writes WAV files, and RF64 where the sizes exceed 32 bits (EBU Tech 3306).
///
/// A file whose length is not known before has a chunk of nothing, which becomes that of the large sizes if they are needed. Into a pipe the largest
/// sizes are written then, which readers of pipes take for unknown. What comes behind the samples otherwise stands before them there: it would be taken
/// for samples.
final class WaveSink {
  private let output: AtomicFile
  private let sink: PackedSink
  private let layout: SoundLayout
  private let channels: Int
  private let positions: [Int]
  private let frameBytes: Int
  private let stated: Int?
  private var frames = 0
  /// Where the count of frames of a format other than integers stands, and the size of the samples.
  private var factPlace: Int?
  private var dataPlace = 0
  private var isWide = false
  private var hasRoom = false
  /// The chunks behind the samples.
  private let tail: [UInt8]

  /// Bytes beyond which 32 bits are not enough.
  private static let mostBytes = Int(UInt32.max)

  /// Writes all that stands before the samples.
  /// - Parameter frames: samples of each channel, if that is known.
  /// - Throws: `SignalError`.
  init(_ output: AtomicFile, layout: SoundLayout, rate: Int, channels: Int, frames: Int?) throws {
    (self.output, self.layout, self.channels, stated) = (output, layout, channels, frames)
    frameBytes = channels * layout.bits / 8
    guard frameBytes <= Int(UInt16.max) else {
      throw SignalError.unsupported("\(output.path): WAV files cannot hold \(channels) channels of \(layout.bits) bits; choose raw")
    }
    let parts = channels * (layout.bits == 64 ? 2 : 1)
    positions = Array(0..<parts)
    sink = PackedSink(output, packing: WaveSource.packing(bits: layout.bits), channels: parts)
    let format = WaveSink.format(layout, rate: rate, channels: channels, frameBytes: frameBytes)
    var chunks = layout.chunks
    if !chunks.contains(where: \.isTexts), let list = WaveChunk(texts: layout.tags) { chunks.insert(list, at: 0) }
    let (before, behind) = (chunks.written(behind: false), chunks.written(behind: true))
    let isEndless = frames == nil && !output.isNew
    tail = isEndless ? [] : behind
    // The heads of the file and of its chunks, with room for the large sizes.
    let rest = 12 + 8 + format.count + 12 + before.count + 8 + behind.count + 36
    let isLarge = frames.map { $0 * frameBytes > WaveSink.mostBytes - rest } ?? false
    isWide = layout.container == .rf64 && (frames != nil || output.isNew) || isLarge
    hasRoom = isWide || frames == nil && output.isNew

    var head = ByteWriter()
    head.append(contentsOf: Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WAVE".utf8))
    if hasRoom { WaveChunk.append("JUNK", Array(repeating: 0, count: 28), to: &head) }
    WaveChunk.append("fmt ", format, to: &head)
    if layout.floatForm != nil {
      factPlace = head.bytes.count + 8
      WaveChunk.append("fact", [0, 0, 0, 0], to: &head)
    }
    head.append(contentsOf: isEndless ? before + behind : before)
    dataPlace = head.bytes.count + 4
    head.append(contentsOf: Array("data".utf8) + [0, 0, 0, 0])
    var bytes = head.bytes
    for (place, change) in sizes(frames) { bytes.replaceSubrange(place..<place + change.count, with: change) }
    try output.write(bytes)
  }

  // MARK: The header

  private static func format(_ layout: SoundLayout, rate: Int, channels: Int, frameBytes: Int) -> [UInt8] {
    let tag: UInt16 = layout.floatForm == nil ? 1 : 3
    var writer = ByteWriter()
    writer.append(littleEndian: layout.speakers == nil ? tag : 0xFFFE)
    writer.append(littleEndian: UInt16(channels))
    writer.append(littleEndian: UInt32(rate))
    writer.append(littleEndian: UInt32(truncatingIfNeeded: min(rate * frameBytes, mostBytes)))
    writer.append(littleEndian: UInt16(frameBytes))
    writer.append(littleEndian: UInt16(layout.bits))
    if let speakers = layout.speakers {
      writer.append(littleEndian: UInt16(22))
      writer.append(littleEndian: UInt16(layout.bits))
      writer.append(littleEndian: speakers)
      writer.append(littleEndian: tag)
      writer.append(contentsOf: [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71])
    }
    return writer.bytes
  }

  /// All sizes for so many frames, nil if that is not known, and where they stand.
  private func sizes(_ frames: Int?) -> [(place: Int, bytes: [UInt8])] {
    let data = frames.map { $0 * frameBytes }
    let riff = data.map { dataPlace - 4 + $0 + $0 % 2 + tail.count }
    let isWide = isWide || hasRoom && (riff ?? 0) > WaveSink.mostBytes
    func narrow(_ size: Int?) -> [UInt8] {
      var writer = ByteWriter()
      writer.append(littleEndian: isWide ? UInt32.max : UInt32(clamping: size ?? WaveSink.mostBytes))
      return writer.bytes
    }
    var result = [(4, narrow(riff)), (dataPlace, narrow(data))]
    if let factPlace { result.append((factPlace, narrow(frames))) }
    guard isWide else { return result }
    var wide = ByteWriter()
    for size in [riff ?? 0, data ?? 0, frames ?? 0] { wide.append(littleEndian: UInt64(size)) }
    return result + [(0, Array("RF64".utf8)), (12, Array("ds64".utf8)), (20, wide.bytes)]
  }

  // MARK: Samples

  /// Appends `count` samples of each channel. Throws `SignalError.io`.
  func write(_ samples: [[Int32]], count: Int) throws {
    frames += count
    guard let form = layout.floatForm else { return try sink.write(samples, at: positions, count: count) }
    guard layout.bits == 64 else { return try sink.write(samples.map { $0.map(form.bits) }, at: positions, count: count) }
    let words = samples.flatMap { channel in
      let bits = channel.map { form.number($0).bitPattern }
      return [bits.map { Int32(truncatingIfNeeded: $0) }, bits.map { Int32(truncatingIfNeeded: $0 >> 32) }]
    }
    try sink.write(words, at: positions, count: count)
  }

  /// Writes what the length decides. Throws `SignalError`.
  func finish() throws {
    if frames * frameBytes % 2 != 0 { try output.write([0]) }
    try output.write(tail)
    guard frames != stated, output.isNew else { return }
    guard hasRoom || frames * frameBytes <= WaveSink.mostBytes - dataPlace - 4 - tail.count else {
      throw SignalError.io("\(output.path): more samples came than were announced; please report this")
    }
    for (place, bytes) in sizes(frames) { try output.replace(at: place, with: bytes) }
  }
}
