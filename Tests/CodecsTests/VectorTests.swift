import Codecs
import Container
import Foundation
import Testing

/// Files of this version of the format decode to the same samples for ever; `Tests/Vectors/README.md`.
@Suite struct VectorTests {
  static let codec = TestCodec.tiny

  @Test func theListsNameTheFiles() throws {
    for kind in ["valid", "invalid"] {
      #expect(try Vectors.list(kind).keys.sorted() == Vectors.files(kind))
      #expect(Vectors.files(kind).count >= 12)
      for name in Vectors.files(kind) { #expect(try Vectors.bytes(kind, name).count < 20_000, "\(name)") }
    }
  }

  @Test func everyMethodIsAmongThem() throws {
    var methods = Set<UInt8>()
    for name in Vectors.files("valid") {
      for chunk in try Vectors.chunks(Vectors.bytes("valid", name)).chunks { methods.insert(chunk.payload.first!) }
    }
    #expect(methods == [0, 1, 2, 3, 4, 5, 6, 7])
  }

  @Test(arguments: Vectors.files("valid")) func validFilesDecodeToTheirSamples(name: String) throws {
    let codec = try #require(Self.codec)
    let samples = try Vectors.decode(try Vectors.bytes("valid", name), codec)
    #expect(Vectors.hash(samples) == (try Vectors.list("valid")[name]))
  }

  @Test func aCodecInTheFileIsUsed() throws {
    var decoder = try StreamDecoder(HeldFile(Vectors.bytes("valid", "codec-in-the-file.aec"))) { _ in
      throw CodecError.codecMissing("nobody asks for a codec that is in the file")
    }
    #expect(try decoder.decode(jobs: 1) { _ in } == 2000)
  }

  @Test(arguments: Vectors.files("invalid")) func invalidFilesAreRefusedForTheirReason(name: String) throws {
    let codec = try #require(Self.codec)
    #expect(Vectors.refusal(try Vectors.bytes("invalid", name), codec) == (try Vectors.list("invalid")[name]))
  }
}
