import Bytes
import Signals

/// What runs on from packet to packet of one data chunk, in encoder and decoder; nothing runs on from chunk to chunk.
public final class ChunkProgress {
  /// Samples a channel that the chunk will have at most.
  let capacity: Int
  /// Samples a channel so far.
  public fileprivate(set) var count = 0
  /// Frames that the next packet can go on with, and where in the chunk they began.
  fileprivate var frames: FrameCodec.Progress?
  fileprivate var framesStart = 0
  /// How often frames began anew: each time takes memory for the rest of the chunk.
  fileprivate var beginnings = 0
  fileprivate static let mostBeginnings = 16
  /// Packets so far.
  public fileprivate(set) var packets = 0
  fileprivate var stage = SymbolStage.prior

  public init(capacity: Int) { self.capacity = capacity }
}

/// What the pass over the chunks in their order decides for one of them.
public struct ChunkPlan: Sendable {
  /// Of frames; blocks, pictures and speech need nothing from chunks before.
  let parameters: FrameParameters?
}

/// A chunk as it was encoded.
public struct EncodedChunk: Sendable {
  public var payload: [UInt8]
  /// What a decoder makes of the payload, verified against the bound: channels × samples.
  public var decoded: [[Int32]]
  /// Decoding the payload takes the codec's package.
  public var needsCodec: Bool

  public init(payload: [UInt8], decoded: [[Int32]], needsCodec: Bool) {
    self.payload = payload
    self.decoded = decoded
    self.needsCodec = needsCodec
  }
}

/// Encodes the chunks of one signal. `plan` sees them in their order; `encode` may then run for several at once.
public struct ChunkEncoder: Sendable {
  private let info: SignalInfo
  private let settings: EncodeSettings
  private let frames: FrameCodec
  /// Where the codec is one of blocks, of pictures, or of speech.
  private let blocks: BlockCodec?
  private let pictures: PictureCodec?
  private let speech: SpeechCodec?
  /// Where its autoencoder can code such samples exactly.
  private let bitsBack: BitsBackCodec?
  /// Sample by sample.
  private let samples: ExactSamples
  private let effort: FrameEncoder.Effort
  private var planner: FramePlanner

  /// Squared quantiser steps that a bit is worth; found on training records.
  static let price: Float = 0.08

  /// - Throws: `CodecError` if the codec cannot encode such a signal.
  public init(codec: CodecPackage, info: SignalInfo, settings: EncodeSettings) throws {
    self.info = info
    self.settings = settings
    frames = FrameCodec(info: info, codec: codec)
    blocks = BlockCodec(codec, info)
    pictures = try PictureCodec(codec, info)
    speech = try SpeechCodec(codec, info)
    bitsBack = BitsBackCodec(codec, info)
    samples = ExactSamples(info: info, effort: settings.effort)
    effort = FrameEncoder.Effort(settings.effort)
    planner = FramePlanner(info: info, quality: settings.quality)
  }

  /// Whether decoding a chunk may take the codec: exact coding does without, but for that of a variational codec.
  var mayNeedCodec: Bool { settings.bound == .none || bitsBack != nil }

  /// Decides what `encode` needs to know of this chunk and of those before it.
  /// - Parameters:
  ///   - chunk: channels × samples, at least one sample: a whole chunk, or its first packet.
  ///   - capacity: samples a channel that the chunk will have at most; nil for those of `chunk`.
  public mutating func plan(_ chunk: [[Int32]], capacity: Int? = nil) -> ChunkPlan {
    guard blocks == nil, pictures == nil, speech == nil else { return ChunkPlan(parameters: nil) }
    let memory = frames.memoryFrames(seconds: effort.memorySeconds, sampleCount: capacity ?? chunk[0].count)
    var parameters = planner.plan(chunk, memoryFrames: memory)
    parameters.isSynthesised = frames.canSynthesise(sampleCount: capacity ?? chunk[0].count)
    return ChunkPlan(parameters: parameters)
  }

  /// Encodes a whole chunk.
  /// - Parameters:
  ///   - chunk: channels × samples, at least one sample.
  ///   - share: told how much of the work is done, where it takes long.
  /// - Throws: `CodecError`.
  public func encode(_ chunk: [[Int32]], plan: ChunkPlan, share: (Double) -> Void = { _ in }) throws -> EncodedChunk {
    try encode(chunk, plan: plan, in: ChunkProgress(capacity: chunk[0].count), share: share)
  }

  /// The samples that packets of about so many seconds have: whole frames.
  public func packetLength(seconds: Double) -> Int {
    let frame = Double(
      blocks?.blockLength ?? (pictures != nil ? info.unitSamples : speech != nil ? SpeechScaling.frameLength(info) : frames.frameLength))
    return Int(max(1, min((seconds * info.rate / frame).rounded(), 1e9 / frame)) * frame)
  }

  /// Encodes a chunk, or the next packet of one.
  /// - Parameters:
  ///   - chunk: channels × samples, at least one sample. Of a packet that others follow, as many as `packetLength` says.
  ///   - progress: what the packets before it in the chunk left.
  ///   - share: told how much of the work is done, where it takes long.
  /// - Throws: `CodecError`.
  public func encode(
    _ chunk: [[Int32]], plan: ChunkPlan, in progress: ChunkProgress, share: (Double) -> Void = { _ in }
  ) throws -> EncodedChunk {
    precondition(progress.count + chunk[0].count <= progress.capacity, "a packet beyond its chunk")
    defer { progress.count += chunk[0].count }
    switch settings.bound {
    case .lossless: return try exact(chunk)
    case .maximum(let bound): return samples.encode(chunk, bound: bound)
    case .none: break
    }
    if let blocks {
      let encoded = try blocks.encode(chunk, quality: settings.quality, entropy: settings.entropy)
      return smallest([(.blocksByPrior, encoded.prior), (.blocksByRuns, encoded.zstd)], decoded: encoded.decoded, of: chunk) { _ in true }
    }
    if let pictures {
      let encoded = try pictures.encode(chunk, quality: settings.quality, entropy: settings.entropy, effort: settings.effort, progress: share)
      return smallest([(.picturesByPrior, encoded.prior), (.picturesByRuns, encoded.zstd)], decoded: encoded.decoded, of: chunk) { _ in true }
    }
    if let speech {
      guard speech.canEncode(chunk[0].count) else { return try exact(chunk) }
      let encoded = speech.encode(chunk, quality: settings.quality, entropy: settings.entropy)
      return smallest([(.speechByPrior, encoded.prior), (.speechByRuns, encoded.zstd)], decoded: encoded.decoded, of: chunk) { _ in true }
    }
    guard let parameters = plan.parameters else { preconditionFailure("a plan of another codec") }
    return try encodeFrames(chunk, parameters, in: progress)
  }

  private func encodeFrames(_ chunk: [[Int32]], _ parameters: FrameParameters, in progress: ChunkProgress) throws -> EncodedChunk {
    // Sample by sample, with the same mean error.
    func coarse() -> EncodedChunk {
      samples.encode(
        chunk, bound: chunk.indices.map { Int32(min(parameters.step($0) * min(0.43, 0.25 * Float(settings.frameErrorLimit)), 1e9)) })
    }
    // A quarter of a step is the usual error of a frame.
    let encoder = FrameEncoder(effort: effort, price: ChunkEncoder.price, errorLimit: 0.25 * Float(settings.frameErrorLimit))
    let isPacket = progress.capacity > chunk[0].count
    let goesOn = progress.frames != nil
    if !goesOn {
      guard progress.beginnings < ChunkProgress.mostBeginnings else { return coarse() }
      progress.beginnings += 1
      progress.framesStart = progress.count
    }
    // Packets of one chunk share their stage; zstd does badly on a few seconds.
    let entropy = isPacket && settings.entropy == .auto ? .prior : settings.entropy
    let stage = entropy == .zstd ? SymbolStage.runs : .prior
    var current = try progress.frames ?? frames.begin(parameters, capacity: progress.capacity - progress.count, stage: stage)
    var encoded = frames.encode(chunk, in: current, encoder: encoder, entropy: entropy)
    if !encoded.keepsLimit, !goesOn, parameters.isSynthesised {
      // What the synthesis spoils goes without it.
      var parameters = parameters
      parameters.isSynthesised = false
      current = try frames.begin(parameters, capacity: progress.capacity - progress.count, stage: stage)
      encoded = frames.encode(chunk, in: current, encoder: encoder, entropy: entropy)
    }
    progress.frames = nil
    guard encoded.keepsLimit else {
      // What frames cannot follow, such as codes larger than can be named.
      return coarse()
    }
    let choices: [(ChunkMethod, [UInt8]?)] = [
      (goesOn ? .moreFramesByPrior : .framesByPrior, encoded.prior), (goesOn ? .moreFramesByRuns : .framesByRuns, encoded.zstd),
    ]
    return smallest(choices, decoded: encoded.decoded, of: chunk) { method in
      if isPacket { progress.frames = current }
      return encoded.usesNetworks || method.frames?.stage == .prior
    }
  }

  /// By bits-back, if the codec can and that is smaller; sample by sample otherwise.
  private func exact(_ chunk: [[Int32]]) throws -> EncodedChunk {
    func plain() -> EncodedChunk { samples.encode(chunk, bound: chunk.map { _ in 0 }) }
    guard let bitsBack, let payload = try bitsBack.encode(chunk) else { return plain() }
    var reader = ByteReader(payload[...])
    guard let decoded = try? bitsBack.decode(&reader, sampleCount: chunk[0].count), decoded == chunk else { return plain() }
    let bytes = payload.count + 1
    // A codec that learned such signals is hardly ever behind; the other coder takes many times as long.
    if samples.mayBeSmaller(chunk, than: bytes, share: 0.9), case let plain = plain(), plain.payload.count <= bytes {
      return plain
    }
    return EncodedChunk(payload: [ChunkMethod.blocksByBitsBack.rawValue] + payload, decoded: decoded, needsCodec: true)
  }

  /// The smallest payload of those that there are, or exact samples if they take no more.
  /// - Parameter needsCodec: whether decoding the chosen method takes the codec; not called where exact samples are chosen.
  private func smallest(
    _ choices: [(ChunkMethod, [UInt8]?)], decoded: [[Int32]], of chunk: [[Int32]], needsCodec: (ChunkMethod) -> Bool
  ) -> EncodedChunk {
    let (method, payload) = choices.compactMap { method, bytes in bytes.map { (method, $0) } }.min { $0.1.count < $1.1.count }!
    // Where codes do badly, and where there are hardly any samples, exact samples may take no more.
    let plain = samples.plainBytes(chunk)
    if payload.count > plain / 3 && samples.mayBeSmaller(chunk, than: payload.count) || plain < 2000 {
      let exact = samples.encode(chunk, bound: chunk.map { _ in 0 })
      if exact.payload.count <= payload.count { return exact }
    }
    return EncodedChunk(payload: [method.rawValue] + payload, decoded: decoded, needsCodec: needsCodec(method))
  }
}

/// Decodes the chunks of one signal, several at once if need be.
public struct ChunkDecoder: Sendable {
  private let channelCount: Int
  private let frames: FrameCodec
  private let blocks: BlockCodec?
  private let pictures: PictureCodec?
  private let speech: SpeechCodec?
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
    blocks = codec.flatMap { BlockCodec($0, info) }
    pictures = try codec.flatMap { try PictureCodec($0, info) }
    speech = try codec.flatMap { try SpeechCodec($0, info) }
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
    if let stage = method.blocks {
      guard let blocks else { throw CodecError.malformed("the chunk needs a codec of blocks, which the file does not name") }
      return try blocks.decode(&reader, stage: stage, sampleCount: sampleCount)
    }
    if let stage = method.pictures {
      guard let pictures else { throw CodecError.malformed("the chunk needs a codec of pictures, which the file does not name") }
      return try pictures.decode(&reader, stage: stage, sampleCount: sampleCount)
    }
    if let stage = method.speech {
      guard let speech else { throw CodecError.malformed("the chunk needs a codec of speech, which the file does not name") }
      return try speech.decode(&reader, stage: stage, sampleCount: sampleCount)
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
    if stage == .prior, let other = blocks != nil ? "blocks" : pictures != nil ? "pictures" : speech != nil ? "speech" : nil {
      throw CodecError.malformed("the chunk needs a codec of frames, and the file names one of \(other)")
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
