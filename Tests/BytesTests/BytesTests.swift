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
