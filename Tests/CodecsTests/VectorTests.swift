import Codecs
import Container
import Foundation
import Testing

/// Files of this version of the format decode to the same samples for ever; `Tests/Vectors/README.md`.
@Suite struct VectorTests {
  static let codecs = Result { try Vectors.codecs() }

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
    #expect(methods == Set(0...16))
  }

  @Test(arguments: Vectors.files("valid")) func validFilesDecodeToTheirSamples(name: String) throws {
    let samples = try Vectors.decode(try Vectors.bytes("valid", name), Self.codecs.get())
    #expect(Vectors.hash(samples) == (try Vectors.list("valid")[name]))
  }

  /// With the synthesis alone and with the enhancer behind it, by either stage; none of those made before there was one.
  @Test func theSynthesisIsAmongThem() throws {
    var found: [UInt8: Set<UInt64>] = [:]
    for name in Vectors.files("valid") {
      let flags = try Vectors.frameFlags(Vectors.bytes("valid", name))
      let synthesised = flags.filter { $0.flags & 64 != 0 }
      #expect(synthesised.isEmpty != name.hasPrefix("synthesis"), "\(name)")
      for chunk in synthesised { found[chunk.method, default: []].insert(chunk.flags & 1) }
    }
    #expect(found[2] == [0, 1] && found[6] == [0, 1])
  }

  @Test(
    .serialized,
    arguments: Vectors.files("valid").filter { name in
      ["synthesis", "enhanced", "blocks", "pictures", "photo", "pixels", "bits-back", "speech"].contains { name.hasPrefix($0) }
    })
  func networksGiveTheSameSamplesOnEveryPath(name: String) throws {
    let bytes = try Vectors.bytes("valid", name)
    try onEveryPath { path in
      let samples = try Vectors.decode(bytes, Self.codecs.get())
      #expect(Vectors.hash(samples) == (try Vectors.list("valid")[name]), "path \(path)")
    }
  }

  @Test(arguments: ["codec-in-the-file.aec", "synthesis-codec-in-the-file.aec"]) func aCodecInTheFileIsUsed(name: String) throws {
    var decoder = try StreamDecoder(HeldFile(Vectors.bytes("valid", name))) { _ in
      throw CodecError.codecMissing("nobody asks for a codec that is in the file")
    }
    #expect(try decoder.decode(jobs: 1) { _ in } == 2000)
  }

  @Test(arguments: Vectors.files("invalid")) func invalidFilesAreRefusedForTheirReason(name: String) throws {
    #expect(try Vectors.refusal(Vectors.bytes("invalid", name), Self.codecs.get()) == (try Vectors.list("invalid")[name]))
  }
}
