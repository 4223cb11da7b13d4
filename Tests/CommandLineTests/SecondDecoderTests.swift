import Bytes
import Foundation
import TestSupport
import Testing

/// A Python with NumPy and zstandard: what `make test` installed, or the system's; nil if there is none.
private let python: URL? = {
  let candidates = [root.appending(path: ".build/venv/bin/python3").path, "/usr/bin/python3", "/usr/local/bin/python3"].map { URL(filePath: $0) }
  return candidates.first { (try? Outcome($0, ["-c", "import numpy, zstandard"], in: root).code) == 0 }
}()

/// The golden files, with the SHA-256 of their samples.
private enum Golden {
  static let folder = root.appending(path: "Tests/Vectors")

  static let hashes: [String: String] = {
    let text = (try? String(contentsOf: folder.appending(path: "valid/LIST"), encoding: .utf8)) ?? ""
    let lines = text.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
    return Dictionary(uniqueKeysWithValues: lines.filter { $0.count == 2 }.map { ($0[0], $0[1]) })
  }()

  /// The codec that a file may need.
  static func codec(of name: String) -> String {
    let own = [
      ("synthesis", "synthesis"), ("blocks", "blocks"), ("pictures", "pictures"), ("bits-back-levels", "variational"), ("bits-back-binary", "binary"),
      ("photo-signs", "photo-signs"), ("photo-fitted", "photo-signs"), ("photo", "photo"),
    ].first { name.hasPrefix($0.0) }
    return folder.appending(path: "codecs/\(own?.1 ?? "tiny")").path
  }
}

/// A second implementation, written from the documents alone, reads what the program writes.
@Suite(.enabled(if: python != nil, "needs a Python with numpy and zstandard: make test installs them")) struct SecondDecoder {
  let place: Workplace

  init() throws {
    place = try Workplace()
    // A codec without an enhancer, which the second decoder knows only from the file.
    try place.write(Data("{}".utf8), "plain/config.json")
    try place.write(Data([8, 0, 0, 0, 0, 0, 0, 0] + Array("{}      ".utf8)), "plain/model.safetensors")
  }

  /// What the second decoder says of a file, and the samples that it decoded.
  private func decode(_ name: String, codec: String? = nil) throws -> (code: Int32, report: [String: Any], samples: Data?) {
    let arguments = [root.appending(path: "Tests/SecondDecoder/aec.py").path, name, "second.s32"] + (codec.map { [$0] } ?? [])
    let outcome = try Outcome(try #require(python), arguments, in: place.folder, environment: ["PYTHONDONTWRITEBYTECODE": "1"])
    let report = (try? JSONSerialization.jsonObject(with: outcome.out)) as? [String: Any] ?? [:]
    return (outcome.code, report, try? place.bytes("second.s32"))
  }

  /// 32-bit samples of what the program decodes to 16 bits.
  private func widened(_ data: Data) -> Data {
    var result = Data()
    for value in int16(data) { withUnsafeBytes(of: Int32(value).littleEndian) { result.append(contentsOf: $0) } }
    return result
  }

  @Test(arguments: [
    ("ecg1", []), ("ecg2", ["--chunk", "17"]), ("ecg12", []), ("ecg2", ["-q", "85", "-e", "1"]), ("ecg2", ["-q", "10", "--signals", "1"]),
    ("ecg2", ["--chunk", "20", "--packet", "3"]),
  ])
  func decodesFramesToTheSameSamples(record: String, how: [String]) throws {
    #expect(try place.run(["encode", record, "-o", "x.aec", "--entropy", "zstd", "-c", "plain", "-t", "60"] + how).code == 0)
    let (code, report, samples) = try decode("x.aec")
    let chunks = try #require(report["chunks"] as? [[String: Any]])
    #expect(code == 0 && chunks.allSatisfy { [6, 7].contains($0["method"] as? Int) && $0["decoded"] as? Bool == true })
    let own = try place.need("decode", "x.aec", "-o", "-", "--format", "raw", "-c", "plain").out
    #expect(samples == widened(own))
    let signal = try #require(report["signal"] as? [String: Any])
    #expect((signal["channels"] as? [Any])?.count == (how.contains("--signals") ? 1 : record == "ecg1" ? 1 : record == "ecg2" ? 2 : 12))
  }

  /// Symbols by zstd in both layouts, packets, the synthesis and the enhancer with a codec from its folder and from the file, stored samples.
  @Test(arguments: Golden.hashes.keys.sorted()) func decodesTheGoldenFiles(name: String) throws {
    // The codec of speech has no folder.
    let codec = name.hasPrefix("speech") ? nil : Golden.codec(of: name)
    let (code, report, samples) = try decode(Golden.folder.appending(path: "valid/\(name)").path, codec: codec)
    let methods = try #require(report["chunks"] as? [[String: Any]]).compactMap { $0["method"] as? Int }
    let isDecoded = methods.allSatisfy { ![1, 2, 4].contains($0) && !(8...16).contains($0) }
    #expect(code == (isDecoded ? 0 : 3))
    guard isDecoded else { return }
    let hash = sha256([UInt8](try #require(samples))).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(hash == Golden.hashes[name])
  }

  @Test func missesACodecThatIsElsewhere() throws {
    for name in ["synthesis-zstd", "synthesis-enhanced-zstd"] {
      let (code, report, _) = try decode(Golden.folder.appending(path: "valid/\(name).aec").path)
      #expect(code == 3 && (report["chunks"] as? [[String: Any]])?.first?["reason"] as? String == "the synthesis")
      #expect(try decode(Golden.folder.appending(path: "valid/\(name).aec").path, codec: Golden.codec(of: "another")).code == 1)
    }
  }

  /// With the codec that is shipped, in the file.
  @Test(arguments: [("ecg1", []), ("ecg2", ["--chunk", "8"]), ("ecg2", ["--chunk", "15", "--packet", "4"])])
  func networksGiveTheSameSamples(record: String, how: [String]) throws {
    let shipped = root.appending(path: "codecs/ecg").path
    let common = ["--entropy", "zstd", "-q", "40", "-t", "20"] + how
    #expect(try place.run(["encode", record, "-o", "x.aec", "--embed-codec", "-c", shipped] + common).code == 0)
    #expect(try place.run(["encode", record, "-o", "plain.aec", "-c", "plain"] + common).code == 0)
    let (code, report, samples) = try decode("x.aec")
    let chunks = try #require(report["chunks"] as? [[String: Any]])
    #expect(code == 0 && chunks.allSatisfy { [6, 7].contains($0["method"] as? Int) && $0["decoded"] as? Bool == true })
    let own = try place.need("decode", "x.aec", "-o", "-", "--format", "raw").out
    #expect(samples == widened(own))
    #expect(try own != place.need("decode", "plain.aec", "-o", "-", "--format", "raw", "-c", "plain").out, "no network changed anything")
  }

  @Test func decodesStoredSamples() throws {
    for count in [2, 100, 3000] {
      try place.write(noise(count), "noise.raw")
      try place.need("encode", "noise.raw", "--raw", "s16le", "--rate", "360.5", "--channels", "2", "--lossless", "-f", "-o", "x.aec", "-c", "plain")
      let (code, report, samples) = try decode("x.aec")
      #expect(code == 0 && (report["chunks"] as? [[String: Any]])?.first?["method"] as? Int == 0)
      #expect(try samples == widened(place.bytes("noise.raw")))
      #expect((report["signal"] as? [String: Any])?["rate"] as? Double == 360.5)
    }
  }

  @Test func readsTheChunksOfSound() throws {
    func number(_ value: Int, _ bytes: Int) -> Data { Data((0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }) }
    func chunk(_ name: String, _ bytes: Data) -> Data { Data(name.utf8) + number(bytes.count, 4) + bytes }
    let format = number(1, 2) + number(1, 2) + number(8000, 4) + number(16_000, 4) + number(2, 2) + number(16, 2)
    let texts = chunk("LIST", Data("INFO".utf8) + chunk("INAM", Data("T\0".utf8)) + chunk("IENG", Data("E\0".utf8)))
    let body = chunk("fmt ", format) + texts + chunk("data", noise(300)) + chunk("bext", Data([1, 2, 3, 4]))
    try place.write(chunk("RIFF", Data("WAVE".utf8) + body), "x.wav")
    try place.need("encode", "x.wav", "--lossless", "-o", "x.aec", "-c", "plain")
    let signal = try #require(try decode("x.aec").report["signal"] as? [String: Any])
    #expect(signal["container"] as? String == "WAV" && signal["texts"] as? [String: String] == ["title": "T"])
    let chunks = try #require(signal["chunks"] as? [[String: Any]])
    #expect(chunks.map { $0["name"] as? String } == ["LIST", "bext"] && chunks.map { $0["behind"] as? Bool } == [false, true])
    #expect(chunks[1]["content"] as? String == "01020304")
  }

  @Test func decodesStacksOfPictures() throws {
    try place.write(Data(contentsOf: root.appending(path: "samples/\(Glyphs.name)")), "x.idx")
    try place.need("encode", "x.idx", "-t", "8", "-q", "30", "--chunk", "4", "--entropy", "zstd", "-o", "x.aec", "-c", "plain")
    let (code, report, samples) = try decode("x.aec")
    let own = try place.need("decode", "x.aec", "-o", "-", "--format", "raw", "-c", "plain").out
    #expect(code == 0 && samples == Data(own.flatMap { [$0, 0, 0, 0] }))
    let signal = try #require(report["signal"] as? [String: Any])
    #expect(signal["kind"] as? String == "stack" && signal["extents"] as? [Int] == [28, 28] && signal["rate"] as? Double == 784)
  }

  @Test func findsTheCodecInTheFile() throws {
    try place.need("encode", "ecg1", "-o", "x.aec", "--embed-codec", "--chunk", "60", "-c", "plain")
    let embedded = try #require(decode("x.aec").report["embedded"] as? [String: Int])
    #expect(embedded == ["config_bytes": 2, "weight_bytes": 16])
  }

  @Test func saysWhatItDoesNotDecode() throws {
    for (how, method) in [(["--lossless"], 1), (["--entropy", "prior"], 2)] {
      #expect(try place.run(["encode", "ecg1", "-f", "-o", "x.aec", "-c", "plain"] + how).code == 0)
      let (code, report, _) = try decode("x.aec")
      #expect(code == 3 && (report["chunks"] as? [[String: Any]])?.first?["method"] as? Int == method)
    }
  }

  @Test func refusesEveryDamage() throws {
    try place.need("encode", "ecg2", "-o", "x.aec", "--chunk", "40", "-c", "plain")
    let sound = try place.bytes("x.aec")
    for (number, offset) in [0, 8, 12, 60, sound.count / 2, sound.count - 8, sound.count - 1].enumerated() {
      var damaged = sound
      damaged[offset] ^= UInt8(1 << number)
      try place.write(damaged, "y.aec")
      #expect(try decode("y.aec").code == 1, "byte \(offset)")
      #expect(try place.run("verify", "y.aec", "-c", "plain").code == 65, "byte \(offset)")
    }
    try place.write(sound.dropLast(3), "y.aec")
    #expect(try decode("y.aec").code == 1)
  }
}
