import Signals
import Tensors

/// How the samples of a chunk become the numbers that an autoencoder sees, block after block, and back.
public struct BlockScaling: Sendable {
  public enum Kind: String, Sendable {
    /// The range of the sample format becomes 0 to 1: pictures.
    case range
    /// The mean of each lead of a chunk becomes 0, and its standard deviation 1: recordings.
    case level
  }

  let kind: Kind
  let order: BlockOrder
  /// Samples of a block.
  var blockLength: Int { order.blockLength }
  /// The lowest and highest sample of each lead.
  let ranges: [ClosedRange<Int32>]

  /// - Parameter block: extents of a block, channels first.
  public init(_ kind: Kind, block: [Int], info: SignalInfo) {
    (self.kind, order) = (kind, BlockOrder(block: block, info: info))
    ranges = info.channels.indices.map(info.sampleRange)
  }

  func blockCount(_ sampleCount: Int) -> Int { (sampleCount + blockLength - 1) / blockLength }

  /// What a chunk's head must say of its leads; nothing if the format's range says all.
  func leads(_ chunk: [[Int32]]) -> [BlockParameters.Lead] {
    guard kind == .level else { return [] }
    return chunk.map { samples in
      let found = FramePlanner.statistics(samples)
      return BlockParameters.Lead(offset: found.mean, scaleIndex: FrameParameters.index(ofStep: max(found.deviation, 0.25)))
    }
  }

  /// The sample of a lead that becomes 0, and the difference that becomes 1, by such of its samples as are known.
  func affine(_ known: [Int32], channel: Int) -> (offset: Int32, scale: Float) {
    switch kind {
    case .range: scales([])[channel]
    case .level: scales(leads([known]))[0]
    }
  }

  /// By lead: the sample that becomes 0, and the difference that becomes 1.
  func scales(_ leads: [BlockParameters.Lead]) -> [(offset: Int32, scale: Float)] {
    switch kind {
    case .range: ranges.map { ($0.lowerBound, Float(Int64($0.upperBound) - Int64($0.lowerBound))) }
    case .level: leads.map { ($0.offset, FrameParameters.steps[$0.scaleIndex]) }
    }
  }

  /// The numbers that an autoencoder sees of a chunk: [leads, blocks, block]; the last block is filled up with the last sample.
  /// - Parameter chunk: leads × samples, at least one.
  public func numbers(_ chunk: [[Int32]]) -> Tensor { numbers(chunk, leads(chunk)) }

  func numbers(_ chunk: [[Int32]], _ leads: [BlockParameters.Lead]) -> Tensor {
    let count = chunk[0].count
    let own = blockCount(count) * blockLength
    return Tensor(shape: [chunk.count, blockCount(count), blockLength]) { out in
      for (lead, (offset, scale)) in scales(leads).enumerated() {
        let inverse = 1 / scale
        for i in 0..<own { out[lead * own + i] = Float(Int64(chunk[lead][min(order.sample(i), count - 1)]) - Int64(offset)) * inverse }
      }
    }
  }

  /// The samples that numbers [leads, blocks, block] stand for: leads × samples.
  func samples(_ numbers: Tensor, _ leads: [BlockParameters.Lead], sampleCount: Int) -> [[Int32]] {
    let own = numbers.count / ranges.count
    return numbers.withValues { values in
      zip(scales(leads), ranges).enumerated().map { lead, found in
        let ((offset, scale), range) = found
        return (0..<sampleCount).map { i in
          let value = Int64(bounded(values[lead * own + order.number(i)] * scale, 1e9).rounded(.toNearestOrEven)) + Int64(offset)
          return Int32(min(max(value, Int64(range.lowerBound)), Int64(range.upperBound)))
        }
      }
    }
  }
}
