import Bytes
import Signals

/// Decodes the chunks of one signal, several at once if need be.
public struct ChunkDecoder: Sendable {
  private let channelCount: Int
  private let frames: FrameCodec
  private let chunkwise: (any ChunkwiseCodec)?
  private let bitsBack: BitsBackCodec?
  private let hasCodec: Bool
  /// Pixels of a row, where the signal is a picture.
  private let width: Int?

  /// Samples of each channel before a packet that are looked at again with it.
  static let contextSamples = Enhancer.context

  /// - Parameter codec: the codec that the file names; nil if it names none.
  /// - Throws: `CodecError` if the codec cannot decode such a signal.
  public init(codec: CodecPackage?, info: SignalInfo) throws {
    channelCount = info.channels.count
    frames = FrameCodec(info: info, codec: codec)
    chunkwise = try codec?.chunkwise(info)
    bitsBack = codec.flatMap { BitsBackCodec($0, info) }
    hasCodec = codec != nil
    width = info.picture?.width
  }

  /// Decodes a chunk, or the next packet of one.
  /// - Parameters:
  ///   - progress: what the packets before it in the chunk left; nil for a whole chunk.
  /// - Returns: channels × samples.
  /// - Throws: `CodecError.malformed`, `BytesError`, `EntropyError`, `SampleCoderError`.
  public func decode(_ payload: ArraySlice<UInt8>, sampleCount: Int, in progress: ChunkProgress? = nil) throws -> [[Int32]] {
    let progress = progress ?? ChunkProgress(capacity: sampleCount)
    precondition(progress.count + sampleCount <= progress.capacity, "a packet beyond its chunk")
    defer {
      progress.count += sampleCount
      progress.packets += 1
    }
    let before = progress.frames
    progress.frames = nil
    var reader = ByteReader(payload)
    let first = try reader.byte()
    guard let method = ChunkMethod(rawValue: first) else {
      throw CodecError.malformed("the chunk was encoded by method \(first), which this program does not know")
    }
    if let (kind, stage) = method.chunkwise {
      guard let chunkwise, chunkwise.kind == kind else {
        throw CodecError.malformed("the chunk needs a codec of \(kind.rawValue), which the file does not name")
      }
      return try chunkwise.decode(&reader, stage: stage, sampleCount: sampleCount)
    }
    if method == .blocksByBitsBack {
      guard let bitsBack else { throw CodecError.malformed("the chunk needs a variational codec of such samples, which the file does not name") }
      return try bitsBack.decode(&reader, sampleCount: sampleCount)
    }
    guard let (stage, goOn) = method.frames else {
      if method == .pixels {
        guard let width else { throw CodecError.malformed("the chunk is a part of a picture, and the signal is none") }
        return try PixelCoder.decode(reader.take(reader.remaining), width: width, components: channelCount, sampleCount: sampleCount)
      }
      if method == .sound { return try SoundCoder.decode(reader.take(reader.remaining), channels: channelCount, sampleCount: sampleCount) }
      if method == .stored { return try StoredSamples.decode(payload, channelCount: channelCount, sampleCount: sampleCount) }
      return try SampleCoder.decode(reader.take(reader.remaining), channels: channelCount, sampleCount: sampleCount)
    }
    if stage == .prior, let other = chunkwise?.kind {
      throw CodecError.malformed("the chunk needs a codec of frames, and the file names one of \(other.rawValue)")
    }
    guard hasCodec || stage != .prior else { throw CodecError.malformed("the chunk needs a codec where the file names none") }
    let decoded: (samples: [[Int32]], progress: FrameCodec.Progress)
    if goOn {
      guard let before, before.count == progress.count - progress.framesStart, progress.stage == stage else {
        throw CodecError.malformed("a packet goes on where there is nothing before it")
      }
      decoded = (try frames.decode(&reader, stage: stage, sampleCount: sampleCount, in: before), before)
    } else {
      // Samples before a packet that begins anew are not part of its memory.
      guard progress.beginnings < ChunkProgress.mostBeginnings else { throw CodecError.malformed("frames begin anew too often in one chunk") }
      progress.beginnings += 1
      (progress.framesStart, progress.stage) = (progress.count, stage)
      decoded = try frames.decode(&reader, stage: stage, sampleCount: sampleCount, capacity: progress.capacity - progress.count)
    }
    // Nothing goes on behind the last sample of a chunk, and frames take much memory.
    if progress.count + sampleCount < progress.capacity { progress.frames = decoded.progress }
    return decoded.samples
  }
}
