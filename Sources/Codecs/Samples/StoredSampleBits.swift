import Bytes

/// Samples as packed bits, least significant first: the fallback for what no model can shorten.
///
/// After the byte 0, per channel: lowest value (signed), range and bound as varints; then all channels' codes, one channel after the other, each in as
/// many bits as `range / (2 bound + 1)` needs, and zeros up to a whole byte. A sample is `low + code (2 bound + 1) + bound`, at most `low + range`.
enum StoredSampleBits {
  static func encode(_ samples: [[Int32]], bound: [Int32]) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(0)
    var plans: [(low: Int, step: Int, width: Int)] = []
    for (channel, bound) in zip(samples, bound) {
      let low = Int(channel.min()!)
      let range = Int(channel.max()!) - low
      let step = 2 * Int(bound) + 1
      let width = Int.bitWidth - (range / step).leadingZeroBitCount
      writer.append(signedVarint: Int64(low))
      writer.append(varint: UInt64(range))
      writer.append(varint: UInt64(bound))
      plans.append((low, step, width))
    }
    var packer = BitPacker(bytes: writer.bytes)
    for (channel, plan) in zip(samples, plans) where plan.width > 0 {
      for sample in channel { packer.append(UInt64((Int(sample) - plan.low) / plan.step), bits: plan.width) }
    }
    return packer.finish()
  }

  static func decode(_ reader: inout ByteReader, channels: Int, count: Int) throws -> [[Int32]] {
    var plans: [(low: Int, high: Int, step: Int, width: Int)] = []
    var needed = 0
    for _ in 0..<channels {
      guard let low = Int32(exactly: try reader.signedVarint()) else { throw BytesError.malformed("a sample range outside 32 bits") }
      let range = try reader.varint(atMost: Int(Int32.max) - Int(low), "a sample range")
      let step = 2 * (try reader.varint(atMost: Int(Int32.max), "a bound")) + 1
      let width = Int.bitWidth - (range / step).leadingZeroBitCount
      let (bits, overflow) = count.multipliedReportingOverflow(by: width)
      guard !overflow, bits <= 8 * reader.remaining else { throw BytesError.truncated }
      needed += bits
      plans.append((Int(low), Int(low) + range, step, width))
    }
    guard (needed + 7) / 8 == reader.remaining else { throw SampleCoderError.damaged("packed samples of another length") }
    var packed = BitUnpacker(try reader.take(reader.remaining))
    return plans.map { plan in
      (0..<count).map { _ in Int32(min(plan.low + Int(packed.next(plan.width)) * plan.step + plan.step / 2, plan.high)) }
    }
  }
}
