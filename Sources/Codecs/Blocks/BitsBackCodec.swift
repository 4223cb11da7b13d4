import Autoencoders
import Bytes
import Entropy
import Signals
import Tensors

/// Codes chunks without loss by a variational autoencoder and bits-back coding with asymmetric numeral systems (Townsend, Bird and Barber, "Practical lossless
/// compression with latent variables using bits back coding", 2019).
///
/// The encoder takes a code for a block off the stack, by the block's posterior; puts on the block's samples, by what the decoder network says of them given the
/// code; then the code, by the prior. A decoder does the contrary, and so has what was on the stack before: the choice of the code cost nothing.
/// Blocks are taken in groups, so that networks see several at a time; groups grow with what is on the stack, since a group's codes come off before it is put on.
struct BitsBackCodec: Sendable {
  private let design: BlockDesign
  private let codec: CodecPackage
  private let scaling: BlockScaling
  private let levels: LevelCoder

  /// Of the codes' buckets, where a file says nothing else: fewer make the first block of a chunk cheaper, more describe narrow posteriors better.
  private static let bucketBits = 10
  /// Blocks of a group, and samples of all its blocks, at most.
  private static let (mostBlocks, mostSamples) = (32, 1 << 16)
  /// Numbers that a chunk may have, of samples and of codes.
  private static let mostValues = 1 << 24
  /// Products that encoding and decoding a chunk may take together.
  private static let mostProducts = 1 << 40
  /// Numbers that may stand between two layers.
  private static let mostAtOnce = 1 << 20

  /// Nil if the codec has no variational autoencoder, or one whose samples are not those of the signal.
  init?(_ codec: CodecPackage, _ info: SignalInfo) {
    guard case .blocks(let design) = codec.design, design.scaling == .range, let likelihood = design.autoencoder.likelihood,
      let levels = LevelCoder(likelihood)
    else { return nil }
    (self.design, self.codec, self.levels) = (design, codec, levels)
    scaling = BlockScaling(.range, block: design.autoencoder.block, info: info)
  }

  private var leadCount: Int { scaling.ranges.count }
  private var blockLength: Int { scaling.blockLength }

  /// Blocks of all leads in a chunk; nil if that is more than the limits allow, or some are cut that cannot be.
  private func blockCount(_ sampleCount: Int) -> Int? {
    let size = max(blockLength, design.autoencoder.codeSize)
    let perLead = min(BitsBackCodec.mostValues / size, BitsBackCodec.mostProducts / max(1, design.autoencoder.products)) / leadCount
    let blocks = scaling.blockCount(sampleCount)
    // Of a block that is cut, the samples that are there must be the first ones.
    guard scaling.order.isPlain || sampleCount % blockLength == 0 else { return nil }
    return blocks <= perLead ? blocks * leadCount : nil
  }

  /// A chunk's payload; nil if the likelihood knows nothing of such samples, or there are too many.
  /// - Parameter chunk: leads × samples, at least one.
  /// - Throws: `LayerError`.
  func encode(_ chunk: [[Int32]]) throws -> [UInt8]? {
    guard let blocks = blockCount(chunk[0].count), let values = SampleLevels(chunk, levels, scaling) else { return nil }
    var writer = ByteWriter()
    writer.append(UInt8(BitsBackCodec.bucketBits))
    values.write(to: &writer)
    let pass = BitsBackPass(try network(), levels, values, bucketBits: BitsBackCodec.bucketBits, sampleCount: chunk[0].count, atOnce: atOnce)
    let perLead = blocks / leadCount
    var stack = SymbolStack()
    for group in BitsBackCodec.groups(blocks, mostBlocks) {
      let items = group.map { values.levels(chunk[$0 / perLead], lead: $0 / perLead, from: $0 % perLead * blockLength, order: scaling.order) }
      pass.push(items, group, to: &stack)
    }
    return writer.bytes + stack.bytes
  }

  /// - Throws: `CodecError`, `BytesError`, `EntropyError` on damage.
  func decode(_ reader: inout ByteReader, sampleCount: Int) throws -> [[Int32]] {
    guard let blocks = blockCount(sampleCount) else {
      throw CodecError.limit("a chunk of \(sampleCount) samples of \(leadCount) channels is more than a variational codec takes, or no whole items")
    }
    let bits = try Int(reader.byte())
    guard LatentBuckets.legalBits.contains(bits) else { throw CodecError.malformed("a code's numbers have 2^\(bits) buckets") }
    let values = try SampleLevels(from: &reader, levels, scaling)
    var stack = try SymbolStack(reader.take(reader.remaining))
    let pass = BitsBackPass(try network(), levels, values, bucketBits: bits, sampleCount: sampleCount, atOnce: atOnce)
    var chunk = scaling.ranges.map { _ in [Int32](repeating: 0, count: sampleCount) }
    for group in BitsBackCodec.groups(blocks, mostBlocks).reversed() {
      let items = pass.pop(group, from: &stack)
      guard !stack.isExhausted else { throw EntropyError.damaged("the blocks of a chunk") }
      for (index, item) in zip(group, items) {
        let (lead, start) = (index / (blocks / leadCount), index % (blocks / leadCount) * blockLength)
        for i in 0..<min(blockLength, sampleCount - start) { chunk[lead][start + i] = values.sample(item[scaling.order.number(i)], lead: lead) }
      }
    }
    guard stack.isAtStock else { throw EntropyError.damaged("the blocks of a chunk") }
    return chunk
  }

  private func network() throws -> VariationalAutoencoder {
    guard let network = try design.network(codec.weights) as? VariationalAutoencoder else {
      preconditionFailure("a likelihood without a variational autoencoder")
    }
    return network
  }

  /// Of a group.
  private var mostBlocks: Int { max(1, min(BitsBackCodec.mostBlocks, BitsBackCodec.mostSamples / blockLength)) }
  /// That pass the networks at a time; changes nothing but the memory that it takes.
  private var atOnce: Int { max(1, BitsBackCodec.mostAtOnce / design.autoencoder.widest) }

  /// Ranges of blocks that an encoder takes together, in its order: a quarter of those before, at least one.
  static func groups(_ count: Int, _ most: Int) -> [Range<Int>] {
    var (groups, start) = ([Range<Int>](), 0)
    while start < count {
      let end = min(count, start + min(most, max(1, start / 4)))
      groups.append(start..<end)
      start = end
    }
    return groups
  }
}
