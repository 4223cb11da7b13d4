import Foundation
import Signals
import TestSupport
import Testing

/// A stack of pictures, as a user runs the programs on it.
@Suite struct Stacks {
  let place: Workplace
  let file: Data

  init() throws {
    place = try Workplace()
    file = try Glyphs.file()
    try place.write(file, Glyphs.name)
  }

  /// 10 lg of the squared peak over the mean squared error, over all pictures.
  private func psnr(_ decoded: Data, _ original: Data) -> Double {
    let errors = zip(decoded.dropFirst(16), original.dropFirst(16)).reduce(0) { $0 + (Int($1.0) - Int($1.1)) * (Int($1.0) - Int($1.1)) }
    return 10 * log10(255 * 255 * Double(original.count - 16) / Double(errors))
  }

  @Test func picturesComeBackToTheBit() throws {
    let summary = try place.need("encode", Glyphs.name, "--lossless", "-e", "2", "-c", place.codec).err
    #expect(summary.contains("276 KiB => ") && summary.contains(" bit/sample, lossless, ") && summary.contains(" items/s)"))
    let told = String(decoding: try place.need("info", "\(Glyphs.name).aec").out, as: UTF8.self)
    #expect(told.contains(", 360 pictures of 28x28\n") && told.contains("idx of 3 dimensions") && told.contains("2 of 300 pictures of 28x28"))
    let info = try #require(place.need("info", "\(Glyphs.name).aec", "--json").objects.first)
    #expect((info["stack"] as? [String: Any])?["items"] as? Int == 360 && (info["stack"] as? [String: Any])?["extents"] as? [Int] == [28, 28])
    let verified = String(decoding: try place.need("verify", "\(Glyphs.name).aec").out, as: UTF8.self)
    #expect(verified.contains("sound, 360 pictures of 28x28"))
    #expect(try place.run("decode", "\(Glyphs.name).aec").code == 73)
    let decoded = try place.need("decode", "\(Glyphs.name).aec", "--output-dir", "back").err
    #expect(decoded.contains("(360 pictures of 28x28, "))
    #expect(try place.bytes("back/\(Glyphs.name)") == file)
    let raw = try place.need("decode", "\(Glyphs.name).aec", "-o", "-", "--format", "raw").out
    #expect(raw == file.dropFirst(16))
    #expect(try Outcome(built("aedec"), [], in: place.folder, stdin: place.bytes("\(Glyphs.name).aec")).out == raw)
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/gzip"), "needs gzip"))
  func packedFilesComeBackUnpacked() throws {
    try place.write(Glyphs.part(of: file, 20), "few-idx3-ubyte")
    #expect(try Outcome(URL(filePath: "/usr/bin/gzip"), ["few-idx3-ubyte"], in: place.folder).code == 0)
    try place.need("encode", "few-idx3-ubyte.gz", "--lossless", "-c", place.codec)
    try place.need("decode", "few-idx3-ubyte.aec")
    #expect(try place.bytes("few-idx3-ubyte") == Glyphs.part(of: file, 20))
    // Both would become the same file.
    let clash = try place.run("encode", "few-idx3-ubyte.gz", "few-idx3-ubyte", "-f", "-c", place.codec)
    #expect(clash.code == 64 && clash.err.contains("both become few-idx3-ubyte.aec"))
    // Headerless samples are what they are.
    try place.need("encode", "few-idx3-ubyte.gz", "--raw", "u8", "--rate", "100", "--lossless", "-c", place.codec)
    #expect(try place.need("decode", "few-idx3-ubyte.gz.aec", "-o", "-").out == place.bytes("few-idx3-ubyte.gz"))
    // In a folder, stacks of pictures are found by their names, and labels are left alone.
    try place.write(Glyphs.part(of: file, 3), "tree/a/x.idx3-ubyte")
    try place.write(Data([0, 0, 8, 1, 0, 0, 0, 2, 4, 5]), "tree/a/labels-idx1-ubyte")
    try place.need("encode", "-r", "tree", "--output-dir", "out", "--lossless", "-c", place.codec)
    #expect(try place.contents().keys.filter { $0.hasPrefix("out/") } == ["out/a/x.idx3-ubyte.aec"])
  }

  @Test func itemsTakeThePlaceOfSeconds() throws {
    try place.need("encode", Glyphs.name, "--lossless", "-e", "1", "--chunk", "100", "-o", "x.aec", "-c", place.codec)
    let chunks = try #require(place.need("info", "x.aec", "--json").objects.first?["data_chunks"] as? [[String: Any]])
    #expect(chunks.map { $0["samples"] as? Int } == [78400, 78400, 78400, 47040])
    for (from, to, start, count) in [("0", "1", 0, 1), ("99", "101", 99, 2), ("300", "999", 300, 60), ("s784", "s2352", 1, 2)] {
      try place.need("decode", "x.aec", "--from", from, "--to", to, "-o", "part", "-f")
      #expect(try place.bytes("part") == Glyphs.part(of: file, count, from: start), "\(from) to \(to)")
    }
    let inside = try place.run("decode", "x.aec", "--from", "1.5", "-o", "no")
    #expect(inside.code == 64 && inside.err.contains("inside an item of 784 samples"))
    try place.need("encode", Glyphs.name, "-t", "7", "--lossless", "-e", "1", "-o", "seven.aec", "-c", place.codec)
    try place.need("decode", "seven.aec")
    #expect(try place.bytes("seven") == Glyphs.part(of: file, 7))
    // A chunk length inside an item is that of the nearest number of items.
    try place.need("encode", "seven", "--lossless", "-e", "1", "--chunk", "2.6", "-f", "-o", "seven.aec", "-c", place.codec)
    let parts = try #require(place.need("info", "seven.aec", "--json").objects.first?["data_chunks"] as? [[String: Any]])
    #expect(parts.map { $0["samples"] as? Int } == [3 * 784, 3 * 784, 784])
  }

  @Test func theNoiseRatioAskedForIsReached() throws {
    try place.write(Glyphs.part(of: file, 40), "forty")
    let summary = try place.need("encode", "forty", "--psnr", "28", "--strict", "-e", "1", "--json", "-c", place.codec).objects
    try place.need("decode", "forty.aec", "-o", "decoded")
    let reached = try psnr(place.bytes("decoded"), place.bytes("forty"))
    #expect(abs(reached - 28) < 0.2, "\(reached) dB")
    let told = try #require(summary.first?["psnr"] as? Double)
    let target = try #require(summary.first?["target"] as? [String: Any])
    #expect(abs(told - reached) < 1e-9 && target["value"] as? Double == told && target["reached"] as? Bool == true)
    // Without a target the line tells it as well; a bound is one in levels of grey.
    #expect(try place.need("encode", "forty", "-e", "1", "-f", "-c", place.codec).err.contains("PSNR "))
    #expect(try place.need("encode", "forty", "--max-error", "9lsb", "-e", "1", "-f", "-c", place.codec).err.contains("error at most 9, PSNR "))
    try place.need("decode", "forty.aec", "-o", "near")
    #expect(zip(try place.bytes("near"), try place.bytes("forty")).allSatisfy { abs(Int($0) - Int($1)) <= 9 })
  }

  /// Errors of a folder's pictures are held against the highest sample that their files state.
  @Test func whiteIsThePeakOfAFolder() throws {
    let pixels = noise(9000).map { $0 % 101 }
    for k in 0..<30 { try place.write(Data("P5\n30 20\n100\n".utf8) + Data(pixels[600 * k..<600 * (k + 1)]), "dim/\(k).pgm") }
    let summary = try place.need("encode", "--stack", "dim", "-q", "10", "-e", "1", "--json", "-o", "dim.aec", "-c", place.codec).objects
    try place.need("decode", "dim.aec", "-o", "back")
    let (original, decoded) = try (SignalFile.open(place.path("dim").path).readAll(), SignalFile.open(place.path("back").path).readAll())
    let errors = zip(original[0], decoded[0]).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
    #expect(original[0].count == 18_000 && errors > 0)
    #expect(abs(try #require(summary.first?["psnr"] as? Double) - 10 * log10(100 * 100 * 18_000 / errors)) < 1e-9)
  }

  @Test func whatIsLeftOfADamagedStackIsWholePictures() throws {
    try place.need("encode", Glyphs.name, "--lossless", "-e", "1", "--chunk", "90", "-o", "x.aec", "-c", place.codec)
    let chunks = try #require(place.need("info", "x.aec", "--json").objects.first?["data_chunks"] as? [[String: Any]])
    var bytes = try place.bytes("x.aec")
    bytes[(chunks[1]["offset"] as? Int ?? 0) + 100] ^= 1
    try place.write(bytes, "bad.aec")
    let before = try place.contents()
    #expect(try place.run("decode", "bad.aec", "-o", "out").code == 65)
    #expect(try place.contents() == before)
    let outcome = try place.run("decode", "bad.aec", "-o", "out", "--keep-going")
    #expect(outcome.code == 65 && outcome.err.contains("chunk 1 (items 90 to 179) was filled"), "\(outcome.err)")
    let (left, gap) = (try place.bytes("out"), 16 + 784 * 90..<16 + 784 * 180)
    #expect(left.count == file.count && left[..<gap.lowerBound] == file[..<gap.lowerBound] && left[gap.upperBound...] == file[gap.upperBound...])
    // Packets may end inside a picture: the part of one is left out.
    try place.need("encode", Glyphs.name, "--lossless", "-e", "1", "-t", "30", "--packet", "2", "-o", "live.aec", "-c", place.codec)
    try place.write(try place.bytes("live.aec").dropLast(600), "cut.aec")
    #expect(try place.run("decode", "cut.aec", "-o", "rest", "--keep-going").code == 65)
    let rest = try place.bytes("rest")
    let count = (rest.count - 16) / 784
    #expect(count > 0 && count < 30 && rest == Glyphs.part(of: file, count))
  }

  @Test func wrongStacksAreRefused() throws {
    let wrong: [(Data, Int32, String)] = [
      (file.dropLast(), 65, "states 360 pictures of 28x28 and holds 359"), (file + Data([0]), 65, "1 bytes follow"), (file.prefix(10), 65, "header"),
      (Data([0, 0, 8, 3]) + Data(count: 12), 65, "empty"), (Data([0x1F, 0x8B, 8, 0]), 65, "too early"),
    ]
    for (bytes, code, text) in wrong {
      try place.write(bytes, "wrong")
      let before = try place.contents()
      let outcome = try place.run("encode", "wrong", "--lossless", "-c", place.codec)
      #expect(outcome.code == code && outcome.err.hasPrefix("aecodec: wrong: ") && outcome.err.contains(text), "\(outcome.err)")
      #expect(try place.contents() == before)
    }
    try place.need("encode", Glyphs.name, "-t", "2", "--lossless", "-o", "x.aec", "-c", place.codec)
    #expect(try place.run("decode", "x.aec", "-o", "-").code == 73)
    #expect(try place.run("decode", "x.aec", "-o", "y.gz").code == 73)
    #expect(try place.run("encode", Glyphs.name, "--max-error", "5uV", "-o", "y.aec", "-c", place.codec).code == 64)
  }
}
