import Bytes
import Signals

/// What runs on from packet to packet of one data chunk, in encoder and decoder; nothing runs on from chunk to chunk.
public final class ChunkProgress {
  /// Samples a channel that the chunk will have at most.
  let capacity: Int
  /// Samples a channel so far.
  public internal(set) var count = 0
  /// Frames that the next packet can go on with, and where in the chunk they began.
  var frames: FrameCodec.Progress?
  var framesStart = 0
  /// How often frames began anew: each time takes memory for the rest of the chunk.
  var beginnings = 0
  static let mostBeginnings = 16
  /// Packets so far.
  public internal(set) var packets = 0
  var stage = SymbolStage.prior

  public init(capacity: Int) { self.capacity = capacity }
}

/// What the pass over the chunks in their order decides for one of them.
public struct ChunkPlan: Sendable {
  /// Of frames.
  let parameters: FrameParameters?
  /// Of codecs whose chunks stand for themselves: `ChunkwiseCodec.relativeStep`.
  var relativeStep: Double?
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
  /// Where the codec is none of frames.
  private let chunkwise: (any ChunkwiseCodec)?
  /// Where its autoencoder can code such samples exactly.
  private let bitsBack: BitsBackCodec?
  /// Sample by sample.
  private let samples: ExactSamples
  private let effort: FrameEncoder.Effort
  private var planner: FramePlanner
  /// Of the last chunk that was planned.
  private var relativeStep: Double?

  /// Squared quantiser steps that a bit is worth; found on training records.
  static let price: Float = 0.08

  /// - Throws: `CodecError` if the codec cannot encode such a signal.
  public init(codec: CodecPackage, info: SignalInfo, settings: EncodeSettings) throws {
    self.info = info
    self.settings = settings
    frames = FrameCodec(info: info, codec: codec)
    chunkwise = try codec.chunkwise(info)
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
    if let chunkwise {
      if settings.bound == .none { relativeStep = chunkwise.relativeStep(chunk, after: relativeStep) }
      return ChunkPlan(parameters: nil, relativeStep: relativeStep)
    }
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
    let frame = chunkwise?.unit ?? Double(info.picture != nil ? info.unitSamples : frames.frameLength)
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
    if let chunkwise {
      guard chunkwise.canEncode(chunk[0].count) else { return try exact(chunk) }
      let encoded = try chunkwise.encode(chunk, settings, relativeStep: plan.relativeStep, progress: share)
      let methods = ChunkMethod.methods(chunkwise.kind)
      return smallest([(methods.prior, encoded.prior), (methods.runs, encoded.zstd)], decoded: encoded.decoded, of: chunk) { _ in true }
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
