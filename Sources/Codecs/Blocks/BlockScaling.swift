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

  /// Of a lead, by such of its samples as are known.
  func scale(_ known: [Int32], channel: Int) -> Scale {
    switch kind {
    case .range: scales([])[channel]
    case .level: scales(leads([known]))[0]
    }
  }

  /// By lead.
  func scales(_ leads: [BlockParameters.Lead]) -> [Scale] {
    switch kind {
    case .range: ranges.map { Scale(offset: $0.lowerBound, scale: Float(Int64($0.upperBound) - Int64($0.lowerBound))) }
    case .level: leads.map { Scale(offset: $0.offset, scale: FrameParameters.steps[$0.scaleIndex]) }
    }
  }

  /// How the samples of a lead become numbers, and back.
  struct Scale {
    /// The sample that becomes 0.
    let offset: Int32
    /// The difference of samples that becomes 1, and 1 over it.
    let scale: Float
    private let inverse: Float

    init(offset: Int32, scale: Float) { (self.offset, self.scale, inverse) = (offset, scale, 1 / scale) }

    @inline(__always)
    func number(_ sample: Int32) -> Float { Float(Int64(sample) - Int64(offset)) * inverse }

    /// Rounded, and kept within a range.
    @inline(__always)
    func sample(_ number: Float, _ range: ClosedRange<Int32>) -> Int32 {
      let value = Int64(bounded(number * scale, 1e9).rounded(.toNearestOrEven)) + Int64(offset)
      return Int32(min(max(value, Int64(range.lowerBound)), Int64(range.upperBound)))
    }
  }

  /// The numbers that an autoencoder sees of a chunk: [leads, blocks, block]; the last block is filled up with the last sample.
  /// - Parameter chunk: leads × samples, at least one.
  public func numbers(_ chunk: [[Int32]]) -> Tensor { numbers(chunk, leads(chunk)) }

  func numbers(_ chunk: [[Int32]], _ leads: [BlockParameters.Lead]) -> Tensor {
    let count = chunk[0].count
    let own = blockCount(count) * blockLength
    return Tensor(shape: [chunk.count, blockCount(count), blockLength]) { out in
      for (lead, scale) in scales(leads).enumerated() {
        for i in 0..<own { out[lead * own + i] = scale.number(chunk[lead][min(order.sample(i), count - 1)]) }
      }
    }
  }

  /// Numbers [leads, blocks, block] in the order of the samples that they stand for: leads × numbers.
  func inOrder(_ numbers: Tensor) -> [[Float]] {
    let own = numbers.count / ranges.count
    return numbers.withValues { values in ranges.indices.map { lead in (0..<own).map { values[lead * own + order.number($0)] } } }
  }

  /// The samples that numbers [leads, blocks, block] stand for: leads × samples.
  func samples(_ numbers: Tensor, _ leads: [BlockParameters.Lead], sampleCount: Int) -> [[Int32]] {
    let own = numbers.count / ranges.count
    return numbers.withValues { values in
      zip(scales(leads), ranges).enumerated().map { lead, found in
        let (scale, range) = found
        return (0..<sampleCount).map { scale.sample(values[lead * own + order.number($0)], range) }
      }
    }
  }
}
