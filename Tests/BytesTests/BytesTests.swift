import Bytes
import CZlib
import Testing

@Suite struct Texts {
  /// RFC 4648, section 10.
  @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy")])
  func base64IsThatOfTheStandard(plain: String, text: String) { #expect(base64(Array(plain.utf8)) == text) }

  @Test func everyByteHasItsDigits() {
    #expect(base64([0xFB, 0xEF, 0xBE, 0xFF, 0xFF, 0xFF]) == "++++////")
  }
}

@Suite struct Streams {
  @Test(arguments: [0, 1, 1000, 300_000]) func zlibReadsWhatWasDeflated(count: Int) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * $0 >> 7) }
    let stream = deflated(bytes)
    var length = UInt(count + 1)
    var back = [UInt8](repeating: 0, count: count + 1)
    #expect(uncompress(&back, &length, stream, UInt(stream.count)) == Z_OK)
    #expect(Array(back.prefix(Int(length))) == bytes)
  }
}

@Suite struct GzipData {
  /// The bytes of gzip(1) without a name.
  private static func packed(_ bytes: [UInt8]) -> [UInt8] {
    var trailer = ByteWriter()
    trailer.append(littleEndian: crc32(bytes))
    trailer.append(littleEndian: UInt32(bytes.count))
    return GzipDecoder.signature + [8, 0, 0, 0, 0, 0, 0, 3] + deflated(bytes).dropFirst(2).dropLast(4) + trailer.bytes
  }

  /// Unpacks in pieces, from a source that fills its buffer as far as it is told.
  private static func unpacked(_ packed: [UInt8], pieces: Int) throws -> [UInt8] {
    var rest = packed[...]
    let decoder = GzipDecoder { buffer in
      let part = rest.prefix(buffer.count)
      buffer.copyBytes(from: part)
      rest = rest.dropFirst(part.count)
      return part.count
    }
    var (result, piece) = ([UInt8](), [UInt8](repeating: 0, count: pieces))
    while true {
      let count = try piece.withUnsafeMutableBytes { try decoder.read(into: $0) }
      result += piece[..<count]
      if count < pieces { return result }
    }
  }

  @Test(arguments: [0, 1, 5000, 300_000], [1, 777, 1 << 20]) func comeBackInPiecesOfAnySize(count: Int, pieces: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * $0 >> 7) }
    #expect(try GzipData.unpacked(GzipData.packed(bytes), pieces: pieces) == bytes)
    #expect(try GzipData.unpacked(GzipData.packed(bytes) + GzipData.packed([]) + GzipData.packed([3, 4]), pieces: pieces) == bytes + [3, 4])
  }

  @Test func damageIsRefused() throws {
    let whole = GzipData.packed(Array("pictures".utf8))
    for count in 0..<whole.count { #expect(throws: BytesError.truncated) { _ = try GzipData.unpacked(Array(whole.prefix(count)), pieces: 3) } }
    #expect(throws: BytesError.self) { _ = try GzipData.unpacked(whole + [0], pieces: 3) }
    for k in whole.count - 8..<whole.count {
      var bytes = whole
      bytes[k] ^= 0x20
      #expect(throws: BytesError.self, "byte \(k)") { _ = try GzipData.unpacked(bytes, pieces: 3) }
    }
  }
}
