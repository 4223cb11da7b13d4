/// Appends little-endian integers, LEB128 varints and byte strings to a growing buffer.
public struct ByteWriter: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  public mutating func append(_ byte: UInt8) { bytes.append(byte) }

  public mutating func append(contentsOf other: some Sequence<UInt8>) { bytes.append(contentsOf: other) }

  /// Writes an integer of fixed width, least significant byte first.
  public mutating func append<T: FixedWidthInteger>(littleEndian value: T) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Writes an unsigned LEB128 varint: seven bits a byte, least significant first, the high bit set on all but the last.
  public mutating func append(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// Writes a signed integer as a varint by zigzag: 0, -1, 1, -2, ... become 0, 1, 2, 3, ...
  public mutating func append(signedVarint value: Int64) {
    append(varint: UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  /// Writes the length as a varint, then the bytes.
  public mutating func append(counted other: [UInt8]) {
    append(varint: UInt64(other.count))
    bytes.append(contentsOf: other)
  }
}
