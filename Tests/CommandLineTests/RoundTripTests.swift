import Foundation
import Testing

@Suite struct RoundTripsThroughTheProgram {
  let place: Workplace

  init() throws { place = try Workplace() }

  @Test(arguments: ["ecg1", "ecg2", "ecg12"])
  func recordsComeBackToTheBit(record: String) throws {
    let summary = try place.need("encode", record, "--lossless", "-c", place.codec)
    #expect(summary.err.contains("\(record) : ") && summary.err.contains(" => ") && summary.err.contains("lossless") && summary.out.isEmpty)
    try place.need("decode", "\(record).aec", "--output-dir", "back/there")
    #expect(try place.bytes("back/there/\(record).dat") == place.bytes("\(record).dat"))
    #expect(try place.bytes("back/there/\(record).hea") == place.bytes("\(record).hea"))
  }

  @Test func tablesComeBackToTheBit() throws {
    // A negative zero is the one number that does not come back as it was written.
    let table = String(decoding: try place.bytes("ecg.csv"), as: UTF8.self).replacingOccurrences(of: "-0.000\n", with: "0.000\n")
    try place.write(Data(table.utf8), "table.csv")
    try place.need("encode", "table.csv", "--rate", "250", "--lossless", "-c", place.codec)
    try place.need("decode", "table.csv.aec", "-f")
    #expect(try place.bytes("table.csv") == Data(table.utf8))
  }

  @Test func namesFollowFromTheInputAndNothingIsOverwritten() throws {
    try place.need("encode", "ecg1.hea", "-c", place.codec)
    let first = try place.bytes("ecg1.aec")
    #expect(try place.run("encode", "ecg1", "-c", place.codec).code == 73)
    #expect(try place.run("decode", "ecg1.aec").code == 73)
    try place.need("encode", "ecg1", "-c", place.codec, "-f")
    #expect(try place.bytes("ecg1.aec") == first)
    try place.need("decode", "ecg1.aec", "-f")
    try place.need("decode", "ecg1.aec", "--format", "csv")
    #expect(try String(decoding: place.bytes("ecg1.csv"), as: UTF8.self).split(separator: "\n").count >= 43200)
  }

  @Test func jobsPipesAndFilesGiveTheSameBytes() throws {
    try place.write(beats(20000, channels: 2), "x.raw")
    let how = ["--raw", "s16le", "--rate", "250", "--channels", "2", "--chunk", "7", "-c", place.codec]
    var files: Set<Data> = []
    for jobs in ["1", "2", "5"] {
      #expect(try place.run(["encode", "x.raw", "-o", "x.aec", "-f", "-j", jobs] + how).code == 0)
      files.insert(try place.bytes("x.aec"))
      files.insert(try place.run(["encode", "-", "-o", "-", "-j", jobs] + how, stdin: place.bytes("x.raw")).out)
    }
    #expect(files.count == 1)
    var decoded: Set<Data> = []
    for jobs in ["1", "2", "5"] {
      decoded.insert(try place.need("decode", "x.aec", "-o", "-", "-j", jobs).out)
      decoded.insert(try place.need("decode", "-", "-o", "-", "-j", jobs, stdin: place.bytes("x.aec")).out)
    }
    #expect(decoded.count == 1)
  }

  @Test func partsEqualTheWhole() throws {
    try place.need("encode", "ecg2", "--chunk", "10", "-c", place.codec)
    let whole = try place.need("decode", "ecg2.aec", "-o", "-", "--format", "raw").out
    let parts = [
      ("0", "1", 0, 250), ("9.996", "10.004", 2499, 2501), ("00:00:10", "00:00:20", 2500, 5000), ("1:59", "2:00", 29750, 30000),
      ("s0", "s1", 0, 1), ("s2499", "s7501", 2499, 7501), ("s29999", "s99999", 29999, 30000),
    ]
    for (from, to, first, last) in parts {
      let part = try place.need("decode", "ecg2.aec", "-o", "-", "--format", "raw", "--from", from, "--to", to).out
      #expect(part == whole[4 * first..<4 * last], "\(from) to \(to)")
    }
    try place.need("encode", "ecg2", "-t", "10", "-o", "short.aec", "--lossless", "-c", place.codec)
    #expect(try place.need("info", "short.aec", "--json").objects.first?["samples"] as? Int == 2500)
  }

  @Test func signalsAreChosenByNumberAndName() throws {
    try place.need("encode", "ecg12", "--signals", "11,II", "--lossless", "-o", "two.aec", "-c", place.codec)
    let two = int16(try place.need("decode", "two.aec", "-o", "-", "--format", "raw").out)
    let all = int16(try place.bytes("ecg12.dat"))
    var expected: [Int] = []
    for k in stride(from: 0, to: all.count, by: 12) { expected += [all[k + 11], all[k + 1]] }
    #expect(two == expected)
  }

  @Test(arguments: [("1lsb", 1), ("25uV", 5), ("0.025mV", 5), ("7lsb", 7), ("0lsb", 0)])
  func boundsAreKept(bound: String, steps: Int) throws {
    try place.need("encode", "ecg1", "--max-error", bound, "-c", place.codec)
    try place.need("encode", "ecg1", "--lossless", "-o", "exact.aec", "-c", place.codec)
    let decoded = int16(try place.need("decode", "ecg1.aec", "-o", "-", "--format", "raw").out)
    let exact = int16(try place.need("decode", "exact.aec", "-o", "-", "--format", "raw").out)
    #expect(decoded.count == exact.count)
    #expect(zip(decoded, exact).allSatisfy { abs($0 - $1) <= steps })
  }

  @Test func noiseGrowsByNoMoreThan64Bytes() throws {
    for count in [1, 2, 1000, 20000] {
      try place.write(noise(count), "noise.raw")
      try place.need("encode", "noise.raw", "--raw", "s16le", "--rate", "360", "--lossless", "-f", "-c", place.codec)
      #expect(try place.bytes("noise.raw.aec").count <= 2 * count + 64)
      #expect(try place.need("decode", "noise.raw.aec", "-o", "-").out == place.bytes("noise.raw"))
    }
  }

  @Test func reportsHoldTheFiguresOfTheFile() throws {
    let report = try #require(place.need("encode", "ecg2", "--chunk", "40", "--json", "-c", place.codec).objects.first)
    let size = try place.bytes("ecg2.aec").count
    #expect(report["bytes"] as? Int == size)
    #expect(report["samples"] as? Int == 30000 && report["channels"] as? Int == 2)
    #expect((report["prdn"] as? [Any])?.count == 2)
    let info = try #require(place.need("info", "ecg2.aec", "--json").objects.first)
    let chunks = try #require(info["data_chunks"] as? [[String: Any]])
    #expect(chunks.count == 3)
    #expect(chunks.compactMap { $0["samples"] as? Int } == [10000, 10000, 10000])
    #expect(chunks.compactMap { $0["offset"] as? Int }.count == 3)
    #expect(info["file_bytes"] as? Int == size && info["damaged"] as? Bool == false)
    #expect(try place.need("decode", "ecg2.aec", "-o", "back", "--json").objects.first?["samples"] as? Int == 30000)
    #expect(try place.need("verify", "ecg2.aec", "--json").objects.first?["sound"] as? Bool == true)
  }

  @Test func everyVerbHasHelp() throws {
    #expect(try String(decoding: place.need("--version").out, as: UTF8.self).hasPrefix("0.1.0"))
    let help = String(decoding: try place.need("--help").out, as: UTF8.self)
    for verb in ["encode", "decode", "info", "verify", "codecs"] {
      #expect(help.contains(verb))
      #expect(try String(decoding: place.need(verb, "--help").out, as: UTF8.self).contains(verb))
    }
  }
}
