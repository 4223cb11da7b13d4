import Autoencoders
import Bytes
import Entropy
import Signals
import Tensors

/// Codes chunks of a signal block by block: an autoencoder makes codes of blocks, which are quantised and coded by the prior or by zstd.
///
/// Payload: the parameters, then the codes of one lead after the other in the layout of the entropy stage. Each lead is a sequence of blocks of its own; the last
/// block is filled up with its last sample.
struct BlockCodec: ChunkwiseCodec {
  static let kind = ChunkKind.blocks
  let design: BlockDesign
  private let codec: CodecPackage
  let scaling: BlockScaling

  /// Magnitudes are rounded up from this fraction on: the error of small codes rises less than their bits fall.
  private static let roundUpFrom: Float = 0.62
  /// Numbers that a chunk may have, of samples and of codes.
  private static let mostValues = 1 << 24
  /// Products that encoding and decoding a chunk may take together.
  private static let mostProducts = 1 << 43
  /// Numbers that may stand between two layers of an autoencoder whose blocks depend on each other: all blocks pass at a time.
  private static let mostBetweenLayers = 1 << 26
  /// The same where blocks do not depend on each other, and pass some at a time.
  private static let mostAtOnce = 1 << 18

  /// Nil if the codec is none of blocks.
  init?(_ codec: CodecPackage, _ info: SignalInfo) {
    guard case .blocks(let design) = codec.design else { return nil }
    (self.design, self.codec) = (design, codec)
    scaling = BlockScaling(design.scaling, block: design.autoencoder.block, info: info)
  }

  /// Samples of a block.
  var blockLength: Int { scaling.blockLength }

  var unit: Double { Double(blockLength) }

  func canEncode(_ sampleCount: Int) -> Bool { true }

  private var leadCount: Int { scaling.ranges.count }

  /// Blocks of all leads together that a chunk may have.
  private static func mostBlocks(_ autoencoder: AutoencoderConfiguration) -> Int {
    let size = max(autoencoder.blockSize, autoencoder.codeSize)
    let most = min(mostValues / size, autoencoder.isSequential ? mostBetweenLayers / autoencoder.widest : Int.max)
    return min(most, mostProducts / max(1, autoencoder.products))
  }

  /// Samples of a channel that a chunk may have, whole items of a stack; nil if even the shortest is too long.
  static func longestChunk(_ autoencoder: AutoencoderConfiguration, _ info: SignalInfo) -> Int? {
    let samples = mostBlocks(autoencoder) / info.channels.count * autoencoder.blockSize
    let whole = samples / info.unitSamples * info.unitSamples
    return whole > 0 ? whole : nil
  }

  /// - Throws: `CodecError.limit`.
  func checkSize(_ sampleCount: Int) throws {
    guard scaling.blockCount(sampleCount) <= BlockCodec.mostBlocks(design.autoencoder) / leadCount else {
      throw CodecError.limit(
        """
        a chunk of \(sampleCount) samples of \(leadCount) channels is more than a codec of blocks takes; take shorter chunks (--chunk, where chunks \
        are made), or fewer signals (--signals)
        """)
    }
  }

  func encode(_ chunk: [[Int32]], _ settings: EncodeSettings, relativeStep: Double?, progress: (Double) -> Void) throws -> StagedChunk {
    try encode(chunk, quality: settings.quality, entropy: settings.entropy).chunk
  }

  /// - Parameters:
  ///   - chunk: leads × samples, at least one.
  ///   - states: what the prior's models begin with; nil for the codec's own.
  /// - Returns: the coded chunk, and what the models had learned in the end.
  /// - Throws: `CodecError.limit`.
  func encode(
    _ chunk: [[Int32]], quality: Double, entropy: EntropyChoice, states: [String: [Int32]]? = nil
  ) throws -> (chunk: StagedChunk, states: [String: [Int32]]) {
    try checkSize(chunk[0].count)
    let network = try design.network(codec.weights)
    let parameters = BlockParameters(stepIndex: BlockParameters.index(ofStep: design.step(quality: quality)), leads: scaling.leads(chunk))
    let numbers = scaling.numbers(chunk, parameters.leads)
    var codes = quantise(run(numbers, sequences: chunk.count, network, encodes: true), step: parameters.step)
    var head = ByteWriter()
    parameters.write(to: &head)
    let shape = network.codeShape
    let model = BlockModel(codeShape: shape, states: states ?? codec.blockStates)
    var prior: [UInt8]?
    if entropy != .zstd {
      var coder = RansEncoder()
      codeLeads(&codes, model, &coder)
      prior = head.bytes + coder.finish()
    }
    let positions = shape.dropFirst().reduce(1, *)
    let zstd = entropy == .prior ? nil : head.bytes + BlockStreams.encode(codes, sequences: chunk.count, channels: shape[0], positions: positions)
    let decoded = samples(codes, parameters, sampleCount: chunk[0].count, network)
    return (StagedChunk(prior: prior, zstd: zstd, decoded: decoded), model.states)
  }

  func decode(_ reader: inout ByteReader, stage: SymbolStage, sampleCount: Int) throws -> [[Int32]] {
    let (codes, parameters) = try codes(&reader, stage: stage, sampleCount: sampleCount)
    return samples(codes, parameters, sampleCount: sampleCount, try design.network(codec.weights))
  }

  /// What a payload holds: leads × blocks × numbers of a code.
  /// - Throws: `CodecError`, `BytesError`, `EntropyError` on damage.
  func codes(_ reader: inout ByteReader, stage: SymbolStage, sampleCount: Int) throws -> (codes: [Int32], parameters: BlockParameters) {
    try checkSize(sampleCount)
    let parameters = try BlockParameters(from: &reader, leadCount: design.scaling == .level ? leadCount : 0)
    let rest = try reader.take(reader.remaining)
    let shape = design.autoencoder.codeShape
    let count = leadCount * scaling.blockCount(sampleCount) * design.autoencoder.codeSize
    var codes = [Int32](repeating: 0, count: count)
    if stage == .prior {
      var coder = RansDecoder(rest)
      codeLeads(&codes, BlockModel(codeShape: shape, states: codec.blockStates), &coder)
      guard coder.isComplete else { throw EntropyError.damaged("the codes of a chunk of blocks") }
    } else {
      codes = try BlockStreams.decode(
        rest, count: count, sequences: leadCount, channels: shape[0], positions: shape.dropFirst().reduce(1, *))
    }
    return (codes, parameters)
  }

  /// Codes one lead after the other, all by one model.
  private func codeLeads<Coder: BinaryCoder>(_ codes: inout [Int32], _ model: BlockModel, _ coder: inout Coder) {
    let own = codes.count / leadCount
    for lead in 0..<leadCount {
      var part = Array(codes[lead * own..<(lead + 1) * own])
      model.code(&part, blocks: own / design.autoencoder.codeSize, &coder)
      codes.replaceSubrange(lead * own..<(lead + 1) * own, with: part)
    }
  }

  private func samples(_ codes: [Int32], _ parameters: BlockParameters, sampleCount: Int, _ network: any Autoencoder) -> [[Int32]] {
    let decoded = run(dequantise(codes, step: parameters.step), sequences: leadCount, network, encodes: false)
    return scaling.samples(decoded, parameters.leads, sampleCount: sampleCount)
  }

  /// Passes numbers through the encoder or the decoder, some at a time; blocks that depend on each other are not parted.
  func run(_ x: Tensor, sequences: Int, _ network: any Autoencoder, encodes: Bool) -> Tensor {
    let (from, to) = encodes ? (network.blockSize, network.codeSize) : (network.codeSize, network.blockSize)
    let pass = { (x: Tensor) in (encodes ? network.encode(Variable(x)) : network.decode(Variable(x))).value }
    let blocks = x.count / from
    // Blocks that have to pass together, all of a sequence where they depend on each other.
    let whole = network.isSequential ? blocks / sequences : 1
    let most = (network.isSequential ? BlockCodec.mostBetweenLayers : BlockCodec.mostAtOnce) / max(from, to, design.autoencoder.widest)
    let part = max(1, most / whole) * whole
    return Tensor(shape: [1, blocks, to]) { out in
      for start in stride(from: 0, to: blocks, by: part) {
        let count = min(part, blocks - start)
        let slice = x.withValues {
          Tensor($0[start * from..<(start + count) * from], shape: network.isSequential ? [count / whole, whole, from] : [1, count, from])
        }
        pass(slice).withValues { values in
          for i in 0..<count * to { out[start * to + i] = values[i] }
        }
      }
    }
  }

  // MARK: Quantiser

  func quantise(_ codes: Tensor, step: Float) -> [Int32] {
    let (centres, steps, positions) = quantiser
    return codes.withValues { values in
      values.indices.map { i in
        let channel = i / positions % steps.count
        let value = (values[i] - centres[channel]) / (steps[channel] * step)
        let magnitude = Int32(bounded(value.magnitude + (1 - BlockCodec.roundUpFrom), Float(BlockModel.largest)))
        return value < 0 ? -magnitude : magnitude
      }
    }
  }

  func dequantise(_ codes: [Int32], step: Float) -> Tensor {
    let (centres, steps, positions) = quantiser
    return Tensor(shape: [codes.count]) { out in
      for i in codes.indices {
        let channel = i / positions % steps.count
        out[i] = Float(codes[i]) * (steps[channel] * step) + centres[channel]
      }
    }
  }

  private var quantiser: (centres: [Float], steps: [Float], positions: Int) {
    let tensors = codec.weights.tensors
    return (
      tensors[BlockDesign.centres]?.values ?? [], tensors[BlockDesign.steps]?.values ?? [], design.autoencoder.codeShape.dropFirst().reduce(1, *)
    )
  }
}
