import Autoencoders
import Bytes
import Signals
import Tensors

/// The blocks of a signal and their codes, for those who want the codes themselves: numbers as the autoencoder of a codec of blocks sees them, and the way from
/// samples to codes and back in its steps.
public struct BlockCodes {
  public let info: SignalInfo
  /// Extents of a block and of its code, as `Autoencoder` has them.
  public let blockShape: [Int]
  public let codeShape: [Int]
  public let scaling: BlockScaling.Kind
  /// The codec's autoencoder; not for several threads at a time.
  public let network: any Autoencoder
  private let codec: BlockCodec
  private let package: CodecPackage

  /// What the numbers of a chunk must be scaled by to be samples again.
  public struct Levels: Sendable {
    let leads: [BlockParameters.Lead]
    /// Where the format's range says all.
    public static let none = Levels(leads: [])
  }

  /// - Throws: `CodecError.notACodec` for a codec of frames; `LayerError`.
  public init(_ package: CodecPackage, info: SignalInfo) throws {
    guard let codec = BlockCodec(package, info) else {
      throw CodecError.notACodec(
        "codec \(package.name) codes frames with a memory, which have no codes of their own; give one of blocks, with \"autoencoder\" in its config.json"
      )
    }
    (self.info, self.codec, self.package) = (info, codec, package)
    network = try codec.design.network(package.weights)
    (blockShape, codeShape, scaling) = (network.blockShape, network.codeShape, codec.design.scaling)
  }

  public var blockSize: Int { network.blockSize }
  public var codeSize: Int { network.codeSize }

  /// Samples of a channel in a chunk, as an encoder cuts it: of a stack, whole items.
  /// - Parameter seconds: of a chunk; nil where the encoder is told nothing.
  /// - Throws: `CodecError.limit`.
  public func chunkLength(seconds: Double? = nil) throws -> Int {
    try FileEncoder(codec: package, settings: EncodeSettings(), chunkSeconds: seconds, jobs: 1).chunkLength(info)
  }

  /// Holds a chunk of so many samples of each lead against what an encoder takes.
  /// - Throws: `CodecError.limit`.
  public func checkSize(_ sampleCount: Int) throws { try codec.checkSize(sampleCount) }

  /// Products that encoding and decoding one block take together, about.
  public var products: Int { codec.design.autoencoder.products }

  /// The most numbers that stand between two layers for one block.
  public var widest: Int { codec.design.autoencoder.widest }

  /// Blocks of each lead of a chunk of so many samples; the last is filled up with the last sample.
  public func blockCount(_ sampleCount: Int) -> Int { codec.scaling.blockCount(sampleCount) }

  /// - Parameter chunk: leads × samples, at least one.
  public func levels(_ chunk: [[Int32]]) -> Levels { Levels(leads: codec.scaling.leads(chunk)) }

  /// What the autoencoder sees of a chunk: [leads, blocks, block].
  /// - Throws: `CodecError.limit`.
  public func numbers(_ chunk: [[Int32]], _ levels: Levels) throws -> Tensor {
    try codec.checkSize(chunk[0].count)
    return codec.scaling.numbers(chunk, levels.leads)
  }

  /// Codes of numbers [sequences, blocks, block]: [sequences, blocks, code].
  public func encoded(_ numbers: Tensor) -> Tensor { run(numbers, encodes: true) }

  /// Numbers of codes [sequences, blocks, code]: [sequences, blocks, block].
  public func decoded(_ codes: Tensor) -> Tensor { run(codes, encodes: false) }

  private func run(_ x: Tensor, encodes: Bool) -> Tensor {
    let (sequences, blocks) = (x.shape[0], x.shape[1])
    return codec.run(x, sequences: sequences, network, encodes: encodes).reshaped([sequences, blocks, encodes ? codeSize : blockSize])
  }

  /// The codes that a file of that quality holds in the place of these, dequantised.
  public func quantised(_ codes: Tensor, quality: Double) -> Tensor {
    let step = BlockParameters(stepIndex: BlockParameters.index(ofStep: codec.design.step(quality: quality)), leads: []).step
    return codec.dequantise(codec.quantise(codes, step: step), step: step).reshaped(codes.shape)
  }

  /// The samples that numbers [leads, blocks, block] stand for: leads × samples.
  public func samples(_ numbers: Tensor, _ levels: Levels, sampleCount: Int) -> [[Int32]] {
    codec.scaling.samples(numbers, levels.leads, sampleCount: sampleCount)
  }

  /// Numbers [leads, blocks, block] in the order of the samples that they stand for: leads × numbers.
  public func inOrder(_ numbers: Tensor) -> [[Float]] { codec.scaling.inOrder(numbers) }

  /// Numbers of each lead in the scale of its samples, neither rounded nor cut to what the format holds: leads × numbers.
  public func unscaled(_ numbers: [[Float]], _ levels: Levels) -> [[Float]] {
    zip(numbers, codec.scaling.scales(levels.leads)).map { lead, found in lead.map { $0 * found.scale + Float(found.offset) } }
  }

  /// The dequantised codes in the payload of a data chunk, [leads, blocks, code]; nil if it holds samples instead.
  /// - Throws: `CodecError`, `BytesError`, `EntropyError` on damage.
  public func stored(_ payload: ArraySlice<UInt8>, sampleCount: Int) throws -> Tensor? {
    var reader = ByteReader(payload)
    guard let (kind, stage) = ChunkMethod(rawValue: try reader.byte())?.chunkwise, kind == .blocks else { return nil }
    let (codes, parameters) = try codec.codes(&reader, stage: stage, sampleCount: sampleCount)
    return codec.dequantise(codes, step: parameters.step).reshaped([info.channels.count, blockCount(sampleCount), codeSize])
  }
}
