import Foundation
import TestSupport
import Testing

/// Files that hold their codec are decoded where it is not.
@Suite struct EmbeddedCodecs {
  let place: Workplace

  /// A codec that nobody else has, with files that hold it and files that only name it.
  init() throws {
    place = try Workplace()
    let own = place.path("codecs/own")
    try FileManager.default.copyItem(at: root.appending(path: "Tests/Vectors/codecs/tiny"), to: own)
    try Data("{ \"only\": \"here\" }".utf8).write(to: own.appending(path: "config.json"))
    for (name, flag) in [("with", ["--embed-codec"]), ("without", [])] {
      try #require(place.run(["encode", "ecg2", "-o", "\(name).aec", "--chunk", "40", "-c", "own"] + flag).code == 0)
    }
    try #require(place.run("decode", "without.aec", "-o", "own.raw", "--format", "raw").code == 0)
    try FileManager.default.removeItem(at: own)
  }

  @Test func theCodecIsNotMissed() throws {
    #expect(try place.run("decode", "without.aec", "-o", "-", "--format", "raw").code == 69)
    let samples = try place.bytes("own.raw")
    #expect(try place.need("decode", "with.aec", "-o", "-", "--format", "raw").out == samples)
    #expect(try place.need("decode", "-", "-o", "-", "--format", "raw", stdin: place.bytes("with.aec")).out == samples)
    #expect(try Outcome(built("aedec"), [], in: place.folder, stdin: place.bytes("with.aec")).out == samples)
    #expect(try place.need("decode", "with.aec", "-o", "-", "--format", "raw", "--from", "s5", "--to", "s9").out == samples[20..<36])
    #expect(try place.need("decode", "with.aec", "-o", "-", "--format", "raw", "--keep-going").out == samples)
    #expect(try place.need("verify", "with.aec").code == 0)
  }

  @Test func theFileSaysSo() throws {
    let info = try #require(place.need("info", "with.aec", "--json").objects.first)
    let bytes = try #require(info["embedded_codec_bytes"] as? Int)
    #expect(try bytes == place.bytes("with.aec").count - place.bytes("without.aec").count && bytes > 1000)
    #expect(try String(decoding: place.need("info", "with.aec").out, as: UTF8.self).contains("codec: own, id "))
    #expect(try String(decoding: place.need("info", "with.aec").out, as: UTF8.self).contains(", in the file ("))
    #expect(try place.need("info", "without.aec", "--json").objects.first?["embedded_codec_bytes"] as? Int == 0)
    // What takes no codec has none in it.
    try place.need("encode", "ecg1", "-t", "s1", "-o", "one.aec", "--embed-codec", "-c", place.codec)
    #expect(try place.need("info", "one.aec", "--json").objects.first?["embedded_codec_bytes"] as? Int == 0)
  }

  /// Where there are no codecs at all, exact files are made and read nevertheless.
  @Test func exactFilesTakeNoCodec() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "aecodec-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let program = folder.appending(path: "aecodec")
    try FileManager.default.copyItem(at: built("aecodec"), to: program)
    let input = place.path("ecg2").path
    #expect(try Outcome(program, ["encode", input, "-o", "lossy.aec"], in: folder).code == 69)
    #expect(try Outcome(program, ["encode", input, "-o", "exact.aec", "--lossless", "--chunk", "30"], in: folder).code == 0)
    #expect(try Outcome(program, ["decode", "exact.aec", "-o", "-", "--format", "raw"], in: folder).code == 0)
    #expect(try Data(contentsOf: folder.appending(path: "exact.aec")) == place.need("encode", "ecg2", "--lossless", "--chunk", "30", "-o", "-").out)
  }

  @Test func theFilterEmbedsToo() throws {
    let how = ["--raw", "s16le", "--rate", "250", "-c", place.codec, "--embed-codec"]
    try place.write(beats(3000, channels: 1), "x.raw")
    let own = try place.run(["encode", "x.raw", "-o", "-"] + how).out
    #expect(try !own.isEmpty && Outcome(built("aeenc"), how, in: place.folder, stdin: place.bytes("x.raw")).out == own)
  }

  @Test func damageIsNamedAndTheRestDecodedWithTheCodecItself() throws {
    var bytes = try place.bytes("with.aec")
    bytes[400] ^= 1
    try place.write(bytes, "bad.aec")
    #expect(try place.run("decode", "bad.aec", "-o", "-", "--format", "raw").code == 65)
    #expect(try place.run("verify", "bad.aec").code != 0)
    try FileManager.default.copyItem(at: root.appending(path: "Tests/Vectors/codecs/tiny"), to: place.path("codecs/own"))
    try Data("{ \"only\": \"here\" }".utf8).write(to: place.path("codecs/own/config.json"))
    let outcome = try place.run("decode", "bad.aec", "-o", "-", "--format", "raw", "--keep-going")
    #expect(try outcome.out == place.bytes("own.raw"), "\(outcome.err)")
  }
}
