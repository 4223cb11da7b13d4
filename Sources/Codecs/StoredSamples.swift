import Bytes

/// Samples in the fewest whole bits that their range needs, channel by channel, as they are or as differences.
///
/// Layout: method (0), then a byte that is 0 where each channel has its own width, or the width in bits (1 to 32) of every sample of every channel.
/// A channel of its own begins with a byte: bits 0 to 5 the width (0 to 32), bit 6 set for differences; then the lowest value (signed varint)
/// and, for differences, the first sample (signed varint); then the values less the lowest, bit after bit, least significant first, filled up to a byte.
enum StoredSamples {
  static let method: UInt8 = 0
  private static let differenceFlag: UInt8 = 0x40

  /// - Parameters:
  ///   - chunk: channels × samples.
  ///   - storageBits: bits a sample of each channel takes in the source.
  static func encode(_ chunk: [[Int32]], storageBits: [Int]) -> [UInt8] {
    var own = ByteWriter()
    own.append(method)
    own.append(0)
    for channel in chunk { own.append(contentsOf: encode(channel)) }

    // One width for all costs no byte a channel: it keeps short signals of many channels below the size of their source.
    let bits = max(1, storageBits.max() ?? 32)
    let range = -(Int64(1) << Int64(bits - 1))..<(Int64(1) << Int64(bits - 1))
    let values = chunk.reduce(0) { $0 + $1.count }
    guard 2 + (values * bits + 7) / 8 < own.bytes.count, chunk.allSatisfy({ $0.allSatisfy { range.contains(Int64($0)) } }) else { return own.bytes }
    var packer = BitPacker(bytes: [method, UInt8(bits)])
    for channel in chunk { for value in channel { packer.append(UInt64(bitPattern: Int64(value) - range.lowerBound), bits: bits) } }
    return packer.finish()
  }

  private static func encode(_ samples: [Int32]) -> [UInt8] {
    guard let first = samples.first, let lowest = samples.min(), let highest = samples.max() else { return [] }
    let width = bitWidth(Int64(highest) - Int64(lowest))
    var (smallest, largest) = (Int64.max, Int64.min)
    for k in samples.indices.dropFirst() {
      let difference = Int64(samples[k]) - Int64(samples[k - 1])
      smallest = min(smallest, difference)
      largest = max(largest, difference)
    }
    let differenceWidth = samples.count > 1 ? bitWidth(largest - smallest) : 64
    var writer = ByteWriter()
    guard (samples.count - 1) * differenceWidth + 32 < samples.count * width else {
      writer.append(UInt8(width))
      writer.append(signedVarint: Int64(lowest))
      var packer = BitPacker(bytes: writer.bytes)
      for value in samples { packer.append(UInt64(Int64(value) - Int64(lowest)), bits: width) }
      return packer.finish()
    }
    writer.append(UInt8(differenceWidth) | differenceFlag)
    writer.append(signedVarint: smallest)
    writer.append(signedVarint: Int64(first))
    var packer = BitPacker(bytes: writer.bytes)
    for k in samples.indices.dropFirst() { packer.append(UInt64(Int64(samples[k]) - Int64(samples[k - 1]) - smallest), bits: differenceWidth) }
    return packer.finish()
  }

  private static func bitWidth(_ span: Int64) -> Int { 64 - span.leadingZeroBitCount }

  /// - Throws: `CodecError.malformed`, `BytesError`.
  static func decode(_ payload: ArraySlice<UInt8>, channelCount: Int, sampleCount: Int) throws -> [[Int32]] {
    var reader = ByteReader(payload)
    guard try reader.byte() == method else { throw CodecError.malformed("the chunk was encoded by a method that this program does not know") }
    let common = try Int(reader.byte())
    guard common <= 32 else { throw CodecError.malformed("a sample has \(common) bits") }
    var result: [[Int32]] = []
    if common > 0 {
      var bits = BitUnpacker(try reader.take((channelCount * sampleCount * common + 7) / 8))
      for _ in 0..<channelCount {
        result.append((0..<sampleCount).map { _ in Int32(truncatingIfNeeded: Int64(bits.next(common)) - Int64(1) << Int64(common - 1)) })
      }
    } else {
      for _ in 0..<channelCount { result.append(try decodeChannel(&reader, count: sampleCount)) }
    }
    guard reader.remaining == 0 else { throw CodecError.malformed("there are bytes behind the samples of a chunk") }
    return result
  }

  private static func decodeChannel(_ reader: inout ByteReader, count: Int) throws -> [Int32] {
    let head = try reader.byte()
    let width = Int(head & 0x3F)
    guard head & 0x80 == 0, width <= 33 else { throw CodecError.malformed("a sample has \(width) bits") }
    let lowest = try reader.signedVarint()
    guard abs(lowest.clamped) <= 1 << 33 else { throw CodecError.malformed("the lowest value of a channel is \(lowest)") }
    let isDifference = head & differenceFlag != 0
    var value = isDifference ? try reader.signedVarint().clamped : 0
    let packed = isDifference ? count - 1 : count
    var bits = BitUnpacker(try reader.take((packed * width + 7) / 8))
    var samples: [Int32] = []
    samples.reserveCapacity(count)
    func append(_ value: Int64) throws {
      guard let sample = Int32(exactly: value) else { throw CodecError.malformed("a sample exceeds 32 bits") }
      samples.append(sample)
    }
    if isDifference { try append(value) }
    for _ in 0..<packed {
      value = (isDifference ? value : 0) + lowest + Int64(bits.next(width))
      try append(value)
    }
    return samples
  }
}

extension Int64 {
  /// Into a range in which sums and magnitudes cannot overflow; what was beyond it is beyond every sample too.
  fileprivate var clamped: Int64 { Swift.max(-(1 << 40), Swift.min(1 << 40, self)) }
}
