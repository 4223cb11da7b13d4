import Bytes

/// What samples the levels of a likelihood stand for.
struct SampleLevels {
  /// By lead: the samples of level 0 and of level 1; levels in between and beyond follow.
  private let ends: [(zero: Int64, one: Int64)]
  private let isWritten: Bool
  /// 1 / what the highest level is, as the autoencoder sees it.
  private let unit: Float

  /// Nil if samples of a chunk have no level.
  init?(_ chunk: [[Int32]], _ levels: LevelCoder, _ scaling: BlockScaling) {
    (isWritten, unit) = (levels.levels == 2, 1 / Float(levels.levels - 1))
    guard isWritten else {
      ends = scaling.ranges.map { (Int64($0.lowerBound), Int64($0.lowerBound) + 1) }
      return
    }
    let (low, high) = (chunk.compactMap { $0.min() }.min() ?? 0, chunk.compactMap { $0.max() }.max() ?? 0)
    guard chunk.allSatisfy({ $0.allSatisfy { $0 == low || $0 == high } }) else { return nil }
    // All of one value may be either level; the network knows those at the ends of the range.
    let range = scaling.ranges[0]
    let pair = low < high ? (Int64(low), Int64(high)) : low == range.lowerBound ? (Int64(low), Int64(low) + 1) : (Int64(low) - 1, Int64(low))
    ends = chunk.map { _ in pair }
  }

  func write(to writer: inout ByteWriter) {
    guard isWritten else { return }
    writer.append(signedVarint: ends[0].zero)
    writer.append(varint: UInt64(ends[0].one - ends[0].zero))
  }

  /// - Throws: `BytesError`, `CodecError`.
  init(from reader: inout ByteReader, _ levels: LevelCoder, _ scaling: BlockScaling) throws {
    (isWritten, unit) = (levels.levels == 2, 1 / Float(levels.levels - 1))
    guard isWritten else {
      ends = scaling.ranges.map { (Int64($0.lowerBound), Int64($0.lowerBound) + 1) }
      return
    }
    guard let zero = Int32(exactly: try reader.signedVarint()),
      let one = Int32(exactly: Int64(zero) + Int64(try reader.varint(atMost: 1 << 32, "a sample")))
    else { throw CodecError.malformed("a sample exceeds 32 bits") }
    ends = scaling.ranges.map { _ in (Int64(zero), Int64(one)) }
  }

  /// Those of a block; beyond the last sample it is repeated.
  func levels(_ samples: [Int32], lead: Int, from start: Int, order: BlockOrder) -> [Int32] {
    let (zero, one) = ends[lead]
    return (0..<order.blockLength).map { Int32((Int64(samples[min(start + order.sample($0), samples.count - 1)]) - zero) / (one - zero)) }
  }

  func sample(_ level: Int32, lead: Int) -> Int32 {
    let (zero, one) = ends[lead]
    return Int32(zero + Int64(level) * (one - zero))
  }

  /// What the autoencoder sees of a level.
  func number(_ level: Int32) -> Float { Float(level) * unit }
}
