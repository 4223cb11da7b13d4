import Autoencoders
import Entropy
import Tensors

/// The coding of groups of blocks by bits-back, in both directions.
struct BitsBackPass {
  private let network: VariationalAutoencoder
  private let coder: LevelCoder
  private let values: SampleLevels
  private let buckets: LatentBuckets
  private let sampleCount: Int
  /// Blocks that pass the networks together.
  private let atOnce: Int

  /// - Parameter sampleCount: of each lead in the chunk.
  init(_ network: VariationalAutoencoder, _ coder: LevelCoder, _ values: SampleLevels, bucketBits: Int, sampleCount: Int, atOnce: Int) {
    (self.network, self.coder, self.values, self.sampleCount, self.atOnce) = (network, coder, values, sampleCount, atOnce)
    buckets = LatentBuckets(bits: bucketBits)
  }

  /// Puts blocks on the stack.
  /// - Parameters:
  ///   - items: levels of all samples, by block.
  ///   - group: the blocks' places in the chunk.
  func push(_ items: [[Int32]], _ group: Range<Int>, to stack: inout SymbolStack) {
    let codes = posteriors(items).map { $0.pop(from: &stack) }
    let lengths = group.map(length)
    network.parameters(numbers(codes), samples: numbers(items).reshaped([items.count, -1]), atOnce: atOnce).withValues { parameters in
      let (rows, size) = (parameters.count / items.count, network.blockSize)
      for sample in (0..<size).reversed() {
        for lane in items.indices.reversed() where sample < lengths[lane] {
          coder.push(Int(items[lane][sample]), parameters.baseAddress! + lane * rows + sample, step: size, to: &stack)
        }
      }
    }
    for bucket in codes.reversed() { buckets.push(bucket, to: &stack) }
  }

  /// Takes blocks off the stack: levels of all samples, by block.
  func pop(_ group: Range<Int>, from stack: inout SymbolStack) -> [[Int32]] {
    let codes = (0..<group.count * network.codeSize).map { _ in buckets.pop(from: &stack) }
    let lengths = group.map(length)
    var items = group.map { _ in [Int32](repeating: 0, count: network.blockSize) }
    network.visit(numbers(codes), atOnce: atOnce) { sample, parameters in
      items.indices.map { lane in
        let level =
          sample < lengths[lane] ? Int32(coder.pop(parameters.of(lane), step: parameters.step, from: &stack)) : items[lane][sample - 1]
        items[lane][sample] = level
        return values.number(level)
      }
    }
    for (posterior, bucket) in zip(posteriors(items), codes).reversed() { posterior.push(bucket, to: &stack) }
    return items
  }

  /// Samples of a block that are the chunk's own; at least one.
  private func length(_ block: Int) -> Int {
    let perLead = (sampleCount + network.blockSize - 1) / network.blockSize
    return min(network.blockSize, sampleCount - block % perLead * network.blockSize)
  }

  /// Of all numbers of the blocks' codes.
  private func posteriors(_ items: [[Int32]]) -> [LatentBuckets.Posterior] {
    stride(from: 0, to: items.count, by: atOnce).flatMap { start in
      let (means, logVariances) = network.posterior(of: Variable(numbers(Array(items[start..<min(items.count, start + atOnce)]))))
      let inverses = (logVariances * -0.5).exp().value
      return zip(means.value.values, inverses.values).map { LatentBuckets.Posterior(buckets, mean: $0, inverse: $1) }
    }
  }

  /// What the autoencoder sees of blocks: [1, blocks, samples].
  private func numbers(_ items: [[Int32]]) -> Tensor {
    let size = network.blockSize
    return Tensor(shape: [1, items.count, size]) { out in
      for (lane, item) in items.enumerated() { for i in 0..<size { out[lane * size + i] = values.number(item[i]) } }
    }
  }

  /// What buckets stand for: [1, blocks, code].
  private func numbers(_ codes: [Int]) -> Variable {
    Variable(Tensor(codes.map { buckets.centres[$0] }, shape: [1, codes.count / network.codeSize, network.codeSize]))
  }
}
