import Foundation
import TestSupport
import Testing

/// A codec of blocks, from its training to its files, as a user makes one.
@Suite struct BlocksByUsers {
  let place: Workplace
  let file: Data

  init() throws {
    place = try Workplace()
    file = try Glyphs.file()
    try place.write(Glyphs.part(of: file, 100), "data/a-idx3-ubyte")
    try place.write(Glyphs.part(of: file, 100, from: 100), "data/b-idx3-ubyte")
    try place.write(Glyphs.part(of: file, 30, from: 300), "few")
    let autoencoder = #"{"kind": "conv", "block": [1, 28, 28], "layers": [{"channels": 4, "kernel": 5, "stride": 4}], "code": 16, "start": "dct"}"#
    let recipe = #"""
      {"kind": "conv", "autoencoder": \#(autoencoder), "scaling": "range", "steps": 4, "batch": 8, "chunkSeconds": 50, "priorQualities": [40, 60],
       "validationQualities": [50], "validation": 0.5}
      """#
    try place.write(Data(recipe.utf8), "recipe.json")
  }

  @Test func picturesGoThroughACodecOfTheirOwn() throws {
    let told = try place.need("train", "--config", "recipe.json", "--data", "data", "-o", "glyphs", "-j", "2").err
    #expect(told.contains("autoencoder 4/4") && told.contains("glyphs : quality 50"), "\(told)")
    #expect(try place.run("train", "--config", "recipe.json", "--data", "data", "-o", "glyphs").code == 73)

    var errors: [Double] = []
    for quality in ["20", "70"] {
      try place.need("encode", "few", "-c", "glyphs", "-q", quality, "--entropy", "prior", "-f", "-o", "few.aec")
      let info = String(decoding: try place.need("info", "few.aec").out, as: UTF8.self)
      #expect(info.contains("30 pictures of 28x28") && info.contains("glyphs"), "\(info)")
      #expect(String(decoding: try place.need("verify", "few.aec", "-c", "glyphs").out, as: UTF8.self).contains("sound, 30 pictures"))
      try place.need("decode", "few.aec", "-c", "glyphs", "-f", "-o", "back")
      let (back, original) = (try place.bytes("back"), try place.bytes("few"))
      #expect(back.count == original.count && back.prefix(16) == original.prefix(16))
      errors.append(zip(back, original).reduce(0) { $0 + pow(Double($1.0) - Double($1.1), 2) })
    }
    #expect(errors[1] < errors[0] / 2, "\(errors)")

    // Another codec is not taken for it; a part of the file needs no more than that part.
    #expect(try place.run("decode", "few.aec", "-c", place.codec, "-o", "no").code != 0)
    try place.need("decode", "few.aec", "-c", "glyphs", "--from", "3", "--to", "5", "-o", "part")
    #expect(try place.bytes("part").dropFirst(16) == place.bytes("back")[16 + 3 * 784..<16 + 5 * 784])

    let summary = try place.need("encode", "few", "-c", "glyphs", "--psnr", "24", "--strict", "--json", "-o", "target.aec").objects
    let reached = try #require(summary.first?["psnr"] as? Double)
    #expect(abs(reached - 24) < 0.2, "\(reached) dB")

    try place.need("encode", "few", "-c", "glyphs", "--lossless", "-f", "-o", "exact.aec")
    try place.need("decode", "exact.aec", "-c", "glyphs", "-o", "exact")
    #expect(try place.bytes("exact") == place.bytes("few"))

    // In the file it needs no folder.
    try place.need("encode", "few", "-c", "glyphs", "-q", "70", "--entropy", "zstd", "--embed-codec", "-o", "own.aec")
    try FileManager.default.moveItem(at: place.path("glyphs"), to: place.path("elsewhere"))
    try place.need("decode", "own.aec", "-o", "own")
    #expect(try place.bytes("own").count == file.prefix(16).count + 30 * 784)
    let damaged = try place.bytes("own.aec")
    try place.write(damaged.prefix(damaged.count - 40) + Data(count: 40), "bad.aec")
    #expect(try place.run("decode", "bad.aec", "-o", "bad").code == 65)

    // Signals of another kind than those that it was trained on go through as well, and reports are written of them.
    let report = try place.run("report", "-c", "elsewhere", "ecg1", "-q", "50", "-e", "1", "-o", "report")
    #expect(report.code == 0, "\(report.err)")
  }

  @Test func wrongRecipesAreNamed() throws {
    for (text, named) in [
      (#"{"autoencoder": {"kind": "dense", "block": [1, 28, 28]}}"#, "\"layers\""),
      (#"{"autoencoder": {"kind": "linear", "block": [1, 28, 28], "code": 4}, "widht": 3}"#, "\"widht\""),
      (#"{"autoencoder": 3}"#, "\"autoencoder\""),
    ] {
      try place.write(Data(text.utf8), "wrong.json")
      let outcome = try place.run("train", "--config", "wrong.json", "--data", "data", "-o", "codec")
      #expect(outcome.code == 65 && outcome.err.hasPrefix("aecodec: wrong.json: ") && outcome.err.contains(named), "\(outcome.err)")
      #expect(!FileManager.default.fileExists(atPath: place.path("codec").path))
    }
  }
}
