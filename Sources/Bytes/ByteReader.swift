/// What can be wrong with bytes that came from outside.
public enum BytesError: Error, Equatable, Sendable {
  /// The bytes end where more were promised.
  case truncated
  /// A value is not one that the format allows; the text says which.
  case malformed(String)
}

/// Reads what `ByteWriter` wrote from untrusted bytes; every method throws `BytesError` where the bytes end early or are malformed.
public struct ByteReader: Sendable {
  public let bytes: ArraySlice<UInt8>
  public private(set) var position: Int

  public init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  public init(_ bytes: [UInt8]) { self.init(bytes[...]) }

  public var remaining: Int { bytes.endIndex - position }

  public mutating func byte() throws -> UInt8 {
    guard position < bytes.endIndex else { throw BytesError.truncated }
    defer { position += 1 }
    return bytes[position]
  }

  public mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else { throw BytesError.truncated }
    defer { position += count }
    return bytes[position..<position + count]
  }

  public mutating func littleEndian<T: FixedWidthInteger & UnsignedInteger>(_: T.Type) throws -> T {
    var value: T = 0
    for (k, byte) in try take(MemoryLayout<T>.size).enumerated() { value |= T(byte) << T(8 * k) }
    return value
  }

  public mutating func varint() throws -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
      let byte = try byte()
      if shift == 63, byte > 1 { throw BytesError.malformed("a varint exceeds 64 bits") }
      value |= UInt64(byte & 0x7F) << UInt64(shift)
      if byte < 0x80 { return value }
    }
    throw BytesError.malformed("a varint exceeds 64 bits")
  }

  public mutating func signedVarint() throws -> Int64 {
    let value = try varint()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  /// A varint that must not exceed `limit`; `what` names it in the error.
  public mutating func varint(atMost limit: Int, _ what: String) throws -> Int {
    let value = try varint()
    guard value <= UInt64(limit) else { throw BytesError.malformed("\(what) is \(value), more than \(limit)") }
    return Int(value)
  }

  /// Bytes behind their length as a varint.
  public mutating func counted(atMost limit: Int, _ what: String) throws -> ArraySlice<UInt8> {
    try take(try varint(atMost: limit, what))
  }
}
