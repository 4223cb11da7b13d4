import Bytes
import Signals

/// A codec that a package makes for one signal, each chunk or packet of which stands for itself: of blocks, of pictures, or of speech. Frames go on from
/// packet to packet, and are not among them.
protocol ChunkwiseCodec: Sendable {
  /// Which of them it is.
  static var kind: ChunkKind { get }
  /// Samples a channel of which packets are whole multiples.
  var unit: Double { get }
  /// Whether chunks of so many samples can be coded at all; others are coded exactly.
  func canEncode(_ sampleCount: Int) -> Bool
  /// The quantiser step of a chunk relative to that of its quality, where that depends on the chunk before it; nil otherwise.
  /// - Parameter last: of the chunk before it; nil at the beginning.
  func relativeStep(_ chunk: [[Int32]], after last: Double?) -> Double?
  /// - Parameters:
  ///   - chunk: channels × samples, at least one; as many as `canEncode`.
  ///   - relativeStep: what the function of this name says of the chunk.
  ///   - progress: told how much of the work is done, where it takes long.
  /// - Throws: `CodecError.limit`.
  func encode(_ chunk: [[Int32]], _ settings: EncodeSettings, relativeStep: Double?, progress: (Double) -> Void) throws -> StagedChunk
  /// - Returns: channels × samples.
  /// - Throws: `CodecError`, `BytesError`, `EntropyError`, `SampleCoderError` on damage.
  func decode(_ reader: inout ByteReader, stage: SymbolStage, sampleCount: Int) throws -> [[Int32]]
}

/// The kinds of codecs whose chunks stand for themselves.
enum ChunkKind: String {
  case blocks, pictures, speech
}

/// A chunk as one of those codecs has coded it.
struct StagedChunk {
  /// Payloads of the two stages; nil where a stage was not asked for.
  var prior: [UInt8]?
  var zstd: [UInt8]?
  /// What a decoder makes of either: channels × samples.
  var decoded: [[Int32]]
}

extension ChunkwiseCodec {
  var kind: ChunkKind { Self.kind }

  func relativeStep(_ chunk: [[Int32]], after last: Double?) -> Double? { nil }
}

extension CodecPackage {
  /// The codec for a signal where its chunks stand for themselves; nil if the package is one of frames.
  /// - Throws: `CodecError.unsuitable` if it is for other kinds of signals.
  func chunkwise(_ info: SignalInfo) throws -> (any ChunkwiseCodec)? {
    switch design {
    case .frames: nil
    case .blocks: BlockCodec(self, info)
    case .pictures: try PictureCodec(self, info)
    case .speech: try SpeechCodec(self, info)
    }
  }
}
