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

  /// - Parameter sampleCount: of each lead in the chunk.
  init(_ network: VariationalAutoencoder, _ coder: LevelCoder, _ values: SampleLevels, bucketBits: Int, sampleCount: Int) {
    (self.network, self.coder, self.values, self.sampleCount) = (network, coder, values, sampleCount)
    buckets = LatentBuckets(bits: bucketBits)
  }

  /// Puts blocks on the stack.
  /// - Parameters:
  ///   - items: levels of all samples, by block.
  ///   - group: the blocks' places in the chunk.
  func push(_ items: [[Int32]], _ group: Range<Int>, to stack: inout SymbolStack) {
    let codes = posteriors(items).map { $0.pop(from: &stack) }
    let (parameters, lengths) = (parameters(codes), group.map(length))
    parameters.withValues { parameters in
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
    let (parameters, lengths) = (parameters(codes), group.map(length))
    var items = group.map { _ in [Int32](repeating: 0, count: network.blockSize) }
    parameters.withValues { parameters in
      let (rows, size) = (parameters.count / group.count, network.blockSize)
      for sample in 0..<size {
        for lane in items.indices {
          items[lane][sample] =
            sample < lengths[lane]
            ? Int32(coder.pop(parameters.baseAddress! + lane * rows + sample, step: size, from: &stack)) : items[lane][sample - 1]
        }
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
    let size = network.blockSize
    let x = Tensor(shape: [1, items.count, size]) { out in
      for (lane, item) in items.enumerated() { for i in 0..<size { out[lane * size + i] = values.number(item[i]) } }
    }
    let (means, logVariances) = network.posterior(of: Variable(x))
    let inverses = (logVariances * -0.5).exp().value
    return zip(means.value.values, inverses.values).map { LatentBuckets.Posterior(buckets, mean: $0, inverse: $1) }
  }

  /// What the likelihood knows of all samples of codes: blocks × parameters × samples.
  private func parameters(_ codes: [Int]) -> Tensor {
    let x = Tensor(shape: [1, codes.count / network.codeSize, network.codeSize]) { out in
      for (i, bucket) in codes.enumerated() { out[i] = buckets.centres[bucket] }
    }
    return network.likelihood.parameters(network.features(Variable(x)))
  }
}
