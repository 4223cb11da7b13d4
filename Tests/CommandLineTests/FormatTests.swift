import Foundation
import Signals
import Testing

@Suite struct FormatDocument {
  @Test func theDictionaryIsTheDocumented() throws {
    #expect(try Data(contentsOf: root.appending(path: "docs/description.dict")) == Data(SignalInfo.compressionDictionary))
  }

  /// What section 1 to 5 of docs/FORMAT.md say, byte by byte, of the file of one sample.
  @Test func theSmallestFileIsAsDocumented() throws {
    let place = try Workplace()
    try place.write(Data([0xF9, 0xFF]), "x.raw")
    try place.need("encode", "x.raw", "--raw", "s16le", "--rate", "360", "--lossless", "-o", "x.aec", "-c", place.codec)
    let bytes = [UInt8](try place.bytes("x.aec"))
    #expect(Array(bytes[..<8]) == [0x89, 0x41, 0x45, 0x43, 0x0D, 0x0A, 0x1A, 0x0A])
    // Header: version 1, no codec, no chunk length; then kind 0 (raw), encoding 2 (s16le), 720 = twice 360 Hz, one channel, no length.
    #expect(Array(bytes[8..<18]) == [0x48, 8, 1, 0, 0, 0x20, 0xD0, 0x05, 1, 0])
    // Data: index 0 with a sample count, 1; the SHA-256 of F9 FF FF FF; end: one sample, no distances; trailer: 7 bytes.
    #expect(bytes[22] == 0x44 && Array(bytes[24..<26]) == [1, 1])
    #expect(Array(bytes[26..<34]) == [0xDD, 0x83, 0x47, 0x10, 0xF8, 0x16, 0x7E, 0x94])
    #expect(Array(bytes.suffix(8).prefix(3)) == [0x45, 1, 1])
    #expect(bytes.last == 7)
    #expect(bytes.count <= 66)
  }
}
