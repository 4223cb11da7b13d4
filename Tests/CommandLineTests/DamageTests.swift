import Foundation
import Testing

@Suite struct DamagedFiles {
  let place: Workplace
  let whole: Data
  let chunks: [(offset: Int, bytes: Int)]

  init() throws {
    place = try Workplace()
    try place.need("encode", "ecg2", "--chunk", "20", "-o", "good.aec", "-c", place.codec)
    whole = try place.need("decode", "good.aec", "-o", "-", "--format", "raw").out
    let info = try #require(place.need("info", "good.aec", "--json").objects.first)
    chunks = try #require(info["data_chunks"] as? [[String: Any]]).map { ($0["offset"] as? Int ?? -1, $0["bytes"] as? Int ?? -1) }
  }

  /// The good file with one byte changed.
  func damaged(at byte: Int) throws -> Data {
    var bytes = try place.bytes("good.aec")
    bytes[byte] ^= 0x10
    return bytes
  }

  @Test func oneWrongByteIsRefusedEverywhere() throws {
    let size = try place.bytes("good.aec").count
    for k in 0..<60 {
      try place.write(try damaged(at: k * (size - 1) / 59), "bad.aec")
      let before = try place.contents()
      let outcome = try place.run("decode", "bad.aec", "-o", "out")
      #expect(outcome.code == 65 && outcome.err.hasPrefix("aecodec: bad.aec: "), "\(outcome.err)")
      #expect(try place.contents() == before)
      #expect(try place.run("verify", "bad.aec").code == 65)
    }
  }

  @Test func keepGoingLosesOneChunk() throws {
    let length = 5000
    for lost in [0, 2, 5] {
      try place.write(try damaged(at: chunks[lost].offset + chunks[lost].bytes / 2), "bad.aec")
      let verified = try place.run("verify", "bad.aec")
      #expect(verified.code == 65 && verified.err.contains("chunk \(lost)"))
      let outcome = try place.run("decode", "bad.aec", "-o", "-", "--format", "raw", "--keep-going")
      #expect(outcome.code == 65 && outcome.err.contains("chunk \(lost) (samples \(lost * length) to \(lost * length + length - 1)"))
      let (got, sound) = (int16(outcome.out), int16(whole))
      try #require(got.count == sound.count)
      let gap = 2 * lost * length..<2 * (lost + 1) * length
      for k in got.indices where !gap.contains(k) { #expect(got[k] == sound[k]) }
      // The last value before the gap is held.
      for k in gap where lost > 0 { #expect(got[k] == sound[gap.lowerBound - 2 + k % 2]) }
    }
  }

  @Test func aCutFileGivesTheChunksBeforeTheCut() throws {
    let bytes = try place.bytes("good.aec")
    for left in 1...5 {
      try place.write(bytes[..<(chunks[left].offset + 3)], "cut.aec")
      #expect(try place.run("decode", "cut.aec", "-o", "-", "--format", "raw").code == 65)
      let outcome = try place.run("decode", "cut.aec", "-o", "-", "--format", "raw", "--keep-going")
      #expect(outcome.code == 65)
      #expect(outcome.out == whole[..<(4 * 5000 * left)])
      // Where the seek table is gone, single chunks can still be asked for.
      #expect(try place.need("decode", "cut.aec", "-o", "-", "--format", "raw", "--from", "s0", "--to", "s10").out == whole[..<40])
    }
  }

  @Test func foldersAreTakenWholeAndBadFilesPassedOver() throws {
    for folder in ["in", "in/a", "in/a/b"] {
      for end in ["hea", "dat"] { try place.write(try place.bytes("ecg1.\(end)"), "\(folder)/ecg1.\(end)") }
    }
    try place.write(Data("bad 1 360 1000\nbad.dat 212 200 11 1024 0 0 0 I\n".utf8), "in/a/bad.hea")
    try place.write(Data("short".utf8), "in/a/bad.dat")
    let encoded = try place.run("encode", "-r", "in", "--output-dir", "out", "-c", place.codec)
    #expect(encoded.code == 1 && encoded.err.contains("bad") && encoded.err.contains("aecodec: 1 of 4 files failed"))
    let made = try place.contents().keys.filter { $0.hasPrefix("out/") }.sorted()
    #expect(made == ["out/a/b/ecg1.aec", "out/a/ecg1.aec", "out/ecg1.aec"])
    try place.need("decode", "-r", "out", "--output-dir", "back")
    #expect(try place.bytes("back/a/b/ecg1.hea").count > 0)
  }

  @Test func manyFilesGiveTheSameOneByOneAndTogether() throws {
    for k in 0..<9 { try place.write(beats(500 + 100 * k, channels: 1), "in/\(k).raw") }
    for k in [3, 7] { try place.write(Data([1]), "in/\(k).raw") }
    var results: Set<[String: Data]> = []
    for jobs in ["1", "3"] {
      let outcome = try place.run(
        "encode", "-r", "in", "--output-dir", "out\(jobs)", "--raw", "s16le", "--rate", "100", "-c", place.codec, "-j", jobs)
      #expect(outcome.code == 1 && outcome.err.contains("2 of 9 files failed"), "\(outcome.err)")
      let made = try place.contents().filter { $0.key.hasPrefix("out\(jobs)/") }
      #expect(made.count == 7)
      results.insert(Dictionary(uniqueKeysWithValues: made.map { (String($0.key.dropFirst(5)), $0.value) }))
    }
    #expect(results.count == 1)
    try place.need("decode", "-r", "out3", "--output-dir", "back", "-j", "2")
    #expect(try place.contents().keys.count { $0.hasPrefix("back/") } == 7)
  }
}
