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
      guard let ends = SampleLevels.spread(levels, scaling) else { return nil }
      let isOnLevels = zip(chunk, ends).allSatisfy { samples, ends in
        let step = ends.one - ends.zero
        return step == 1 || samples.allSatisfy { (Int64($0) - ends.zero) % step == 0 }
      }
      guard isOnLevels else { return nil }
      self.ends = ends
      return
    }
    let (low, high) = (chunk.compactMap { $0.min() }.min() ?? 0, chunk.compactMap { $0.max() }.max() ?? 0)
    guard chunk.allSatisfy({ $0.allSatisfy { $0 == low || $0 == high } }) else { return nil }
    // All of one value may be either level; the network knows those at the ends of the range.
    let range = scaling.ranges[0]
    let pair = low < high ? (Int64(low), Int64(high)) : low == range.lowerBound ? (Int64(low), Int64(low) + 1) : (Int64(low) - 1, Int64(low))
    ends = chunk.map { _ in pair }
  }

  /// The levels spread evenly over each lead's range, its ends included; nil where they do not come out even.
  private static func spread(_ levels: LevelCoder, _ scaling: BlockScaling) -> [(zero: Int64, one: Int64)]? {
    let steps = Int64(levels.levels - 1)
    let spans = scaling.ranges.map { Int64($0.upperBound) - Int64($0.lowerBound) }
    guard spans.allSatisfy({ $0 % steps == 0 }) else { return nil }
    return zip(scaling.ranges, spans).map { (Int64($0.lowerBound), Int64($0.lowerBound) + $1 / steps) }
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
      guard let ends = SampleLevels.spread(levels, scaling) else {
        throw CodecError.malformed("\(levels.levels) levels cannot be spread evenly over the samples of the format")
      }
      self.ends = ends
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
