import CZlib

/// The bytes as a zlib stream (RFC 1950), level 9: what browsers call `deflate`.
public func deflated(_ bytes: [UInt8]) -> [UInt8] {
  var size = compressBound(UInt(bytes.count))
  let stream = [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
    let status = compress2(buffer.baseAddress!, &size, bytes, UInt(bytes.count), 9)
    precondition(status == Z_OK, "zlib is out of memory")
    count = Int(size)
  }
  return stream
}

/// The bytes as text in base 64 (RFC 4648, section 4), padded.
public func base64(_ bytes: [UInt8]) -> String {
  let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var text: [UInt8] = []
  text.reserveCapacity((bytes.count + 2) / 3 * 4)
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let group = bytes[start..<min(start + 3, bytes.count)]
    let value = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
    for k in 0..<4 { text.append(k <= group.count ? digits[value >> (18 - 6 * k) & 63] : UInt8(ascii: "=")) }
  }
  return String(decoding: text, as: UTF8.self)
}
