import Bytes
import Entropy

/// The zstd stage of the codes of blocks: codes channel by channel, each channel's positions for all blocks on end, as zigzag bytes in one bare zstd frame;
/// magnitudes that do not fit are escaped and follow as variable-length integers in a second one.
enum BlockStreams {
  private static let escape: UInt32 = 255
  /// Bytes that the largest code takes beyond its escape.
  private static let mostBytes = 4

  /// - Parameter codes: sequences × blocks × channels × positions.
  static func encode(_ codes: [Int32], sequences: Int, channels: Int, positions: Int) -> [UInt8] {
    var (small, large) = ([UInt8](), ByteWriter())
    small.reserveCapacity(codes.count)
    visit(codes.count, sequences, channels, positions) { index in
      let value = Zigzag.encode(codes[index])
      small.append(UInt8(min(value, escape)))
      if value >= escape { large.append(varint: UInt64(value - escape)) }
    }
    var writer = ByteWriter()
    writer.append(varint: UInt64(large.bytes.count))
    let escaped = large.bytes.isEmpty ? [] : Zstd.compressBare(large.bytes)
    if !large.bytes.isEmpty { writer.append(counted: escaped) }
    writer.append(contentsOf: Zstd.compressBare(small))
    return writer.bytes
  }

  /// - Parameter count: of all codes; the caller limits it.
  /// - Throws: `CodecError`, `BytesError`, `EntropyError` on damage.
  static func decode(_ bytes: ArraySlice<UInt8>, count: Int, sequences: Int, channels: Int, positions: Int) throws -> [Int32] {
    var reader = ByteReader(bytes)
    let largeCount = try reader.varint(atMost: mostBytes * count, "the length of escaped codes")
    let escaped =
      largeCount > 0 ? try Zstd.decompressBare(Array(try reader.counted(atMost: reader.remaining, "escaped codes")), count: largeCount) : []
    var large = ByteReader(escaped)
    let small = try Zstd.decompressBare(Array(try reader.take(reader.remaining)), count: count)
    var (codes, next) = ([Int32](repeating: 0, count: count), 0)
    try visit(count, sequences, channels, positions) { index in
      var value = UInt64(small[next])
      next += 1
      if value == escape { value += UInt64(try large.varint(atMost: 2 * BlockModel.largest, "a code")) }
      codes[index] = Zigzag.decode(UInt32(value))
    }
    guard large.remaining == 0 else { throw CodecError.malformed("there are more escaped codes than escapes") }
    return codes
  }

  private static func visit(_ count: Int, _ sequences: Int, _ channels: Int, _ positions: Int, _ body: (Int) throws -> Void) rethrows {
    let size = channels * positions
    let blocks = count / max(1, sequences * size)
    for sequence in 0..<sequences {
      for channel in 0..<channels {
        for block in 0..<blocks {
          let start = (sequence * blocks + block) * size + channel * positions
          for position in 0..<positions { try body(start + position) }
        }
      }
    }
  }
}
