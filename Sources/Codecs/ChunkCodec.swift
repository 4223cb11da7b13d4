import Signals

/// What the pass over the chunks in their order decides for one of them.
public struct ChunkPlan: Sendable {
  public init() {}
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

  /// - Throws: `CodecError` if the codec cannot encode such a signal.
  public init(codec: CodecPackage, info: SignalInfo, settings: EncodeSettings) throws {
    self.info = info
  }

  /// Decides what `encode` needs to know of this chunk and of those before it.
  /// - Parameter chunk: channels × samples, as long as the chunk.
  public mutating func plan(_ chunk: [[Int32]]) -> ChunkPlan { ChunkPlan() }

  /// - Parameter chunk: channels × samples, at least one sample.
  public func encode(_ chunk: [[Int32]], plan: ChunkPlan) throws -> EncodedChunk {
    EncodedChunk(payload: StoredSamples.encode(chunk, storageBits: chunk.indices.map { info.storageBits($0) }), decoded: chunk, needsCodec: false)
  }
}

/// Decodes the chunks of one signal, several at once if need be.
public struct ChunkDecoder: Sendable {
  private let channelCount: Int

  /// - Parameter codec: the codec that the file names; nil if it names none.
  /// - Throws: `CodecError` if the codec cannot decode such a signal.
  public init(codec: CodecPackage?, info: SignalInfo) throws { channelCount = info.channels.count }

  /// - Returns: channels × samples.
  /// - Throws: `CodecError.malformed`, `BytesError`.
  public func decode(_ payload: ArraySlice<UInt8>, sampleCount: Int) throws -> [[Int32]] {
    try StoredSamples.decode(payload, channelCount: channelCount, sampleCount: sampleCount)
  }
}
