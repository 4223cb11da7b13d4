import Foundation
import Signals
import Testing

/// A record's header with one signal file in a format.
private func header(_ format: String, channels: Int, length: String = "") -> String {
  (["r \(channels) 360 \(length)"] + (0..<channels).map { "r.dat \(format) 200/mV 0 0 0 0 0 lead \($0)" }).joined(separator: "\n") + "\n"
}

/// Every sample format, there and back, on samples that include both ends of its range.
@Suite struct FormatTests {
  @Test(arguments: WFDBFormat.allCases, [1, 2, 3, 8])
  func wfdbComesBack(format: WFDBFormat, channels: Int) throws {
    for count in [1, 2, 3, 5, 24_577] {
      let scratch = try Scratch()
      let info = try described(format, channels: channels, length: count)
      let samples = noise(info.channels.indices.map(info.sampleRange), count: count)
      let writer = try SignalFile.create(scratch.path + "/r", info: info)
      try writer.write(samples.map { Array($0.prefix(count / 2)) })
      try writer.write(samples.map { Array($0.dropFirst(count / 2)) })
      try writer.finish()
      #expect(scratch.names == ["r.dat", "r.hea"])
      let reader = try SignalFile.open(scratch.path + "/r")
      #expect(reader.info == info)
      #expect(try reader.readAll() == samples)
      // In small pieces that cut the groups of packed samples.
      let again = try SignalFile.open(scratch.path + "/r.dat")
      try copy(again, to: try SignalFile.create(scratch.path + "/s", info: again.info), pieces: [1, 2, 5, 1000])
      #expect(try scratch.read("s.dat") == scratch.read("r.dat"))
      #expect(try scratch.text("s.hea") == scratch.text("r.hea").replacing("r.dat", with: "s.dat").replacing("r \(channels)", with: "s \(channels)"))
    }
  }

  @Test(arguments: WFDBFormat.allCases.filter { $0.rawValue < 500 })
  func missingLengthComesFromTheFile(format: WFDBFormat) throws {
    let scratch = try Scratch()
    let info = try described(format, channels: 2, length: 1001)
    let samples = noise(info.channels.indices.map(info.sampleRange), count: 1001)
    let writer = try SignalFile.create(scratch.path + "/r", info: info)
    try writer.write(samples)
    try writer.finish()
    _ = try scratch.write("r.hea", header(String(format.rawValue), channels: 2))
    let reader = try SignalFile.open(scratch.path + "/r")
    #expect(reader.info.length == 1001)
    #expect(try reader.readAll() == samples)
  }

  /// An info of the format, as a header gives it.
  private func described(_ format: WFDBFormat, channels: Int, length: Int) throws -> SignalInfo {
    var text = "\u{1}\(channels) 360 \(length)\n200 /mV \(format.rawValue) .dat 0 0 0\tlead 0\n"
    for c in 0..<channels where c > 0 { text += "lead \(c)\n" }
    return try SignalInfo(serialized: Array(text.utf8)[...])
  }

  @Test(arguments: RawEncoding.allCases, [1, 2, 5])
  func rawComesBack(encoding: RawEncoding, channels: Int) throws {
    let scratch = try Scratch()
    for count in [1, 2, 30_001] {
      let info = SignalInfo(raw: encoding, rate: 360, channels: channels, length: count)
      #expect(try SignalInfo(serialized: info.serialized()[...]) == info)
      let samples = noise(info.channels.indices.map(info.sampleRange), count: count)
      let writer = try SignalFile.create(scratch.path + "/x.raw", info: info, overwrite: true)
      try writer.write(samples)
      try writer.finish()
      let reader = try SignalFile.open(scratch.path + "/x.raw", options: InputOptions(raw: encoding, rate: 360, channels: channels))
      #expect(reader.info == info)
      #expect(try reader.readAll() == samples)
      #expect(try reader.read(1) == [])
    }
  }

  /// The layouts of the encodings, by bytes written by hand.
  @Test func bytesAreThoseOfTheSpecification() throws {
    let scratch = try Scratch()
    func samples(_ format: String, _ bytes: [UInt8], _ count: Int) throws -> [Int32] {
      _ = try scratch.write("r.dat", bytes)
      _ = try scratch.write("r.hea", header(format, channels: 1, length: "\(count)"))
      return try SignalFile.open(scratch.path + "/r").readAll()[0]
    }
    #expect(try samples("16", [0x34, 0x12, 0xFE, 0xFF], 2) == [0x1234, -2])
    #expect(try samples("61", [0x12, 0x34, 0xFF, 0xFE], 2) == [0x1234, -2])
    #expect(try samples("24", [0x56, 0x34, 0x12, 0xFE, 0xFF, 0xFF], 2) == [0x123456, -2])
    #expect(try samples("32", [0x78, 0x56, 0x34, 0x12], 1) == [0x1234_5678])
    #expect(try samples("80", [0, 128, 255], 3) == [-128, 0, 127])
    #expect(try samples("160", [0, 0, 0, 0x80, 0xFF, 0xFF], 3) == [-32768, 0, 32767])
    #expect(try samples("212", [0xE3, 0x83, 0x01, 0xFF, 0x0F], 3) == [0x3E3, 0x801 - 4096, -1])
    // 310: 11 bits of each byte pair, the lowest unused; the third sample in the five bits left of each.
    #expect(try samples("310", [0x02, 0x08, 0xFE, 0x17], 3) == [1, -1, 1 | 2 << 5])
    // 311: three times ten bits from the lowest on.
    #expect(try samples("311", [0x01, 0xF8, 0x2F, 0x00], 3) == [1, -2, 2])
    #expect(try samples("16+3", [9, 9, 9, 1, 0], 1) == [1])
  }

  @Test func soundComesBack() throws {
    let scratch = try Scratch()
    for (name, bits) in [("a.wav", 16), ("a.flac", 16), ("b.wav", 24), ("b.flac", 24), ("c.wav", 32)] {
      let encoding: RawEncoding = bits == 16 ? .s16le : bits == 24 ? .s24le : .s32le
      let info = SignalInfo(raw: encoding, rate: 8000, channels: 2, length: 20_001)
      let samples = noise([info.sampleRange(0), info.sampleRange(1)], count: 20_001)
      let format: OutputFormat = name.hasSuffix("wav") ? .wav : .flac
      let writer = try SignalFile.create(scratch.path + "/" + name, info: info, format: format)
      try writer.write(samples)
      try writer.finish()
      let reader = try SignalFile.open(scratch.path + "/" + name)
      #expect(reader.info.rate == 8000 && reader.info.length == 20_001 && reader.info.bitDepth == bits)
      #expect(try SignalInfo(serialized: reader.info.serialized()[...]) == reader.info)
      #expect(try reader.readAll() == samples)
      try copy(try SignalFile.open(scratch.path + "/" + name), to: try SignalFile.create(scratch.path + "/2" + name, info: reader.info))
      #expect(try scratch.read("2" + name) == scratch.read(name))
    }
  }

  @Test func severalFilesOfARecord() throws {
    let scratch = try Scratch()
    _ = try scratch.write("r1.dat", [1, 0, 2, 0])
    _ = try scratch.write("other.dat", [130, 127, 132, 126])
    let text = "r1 3 100/50(7) 2 1:02:03 4/5/2006\nother.dat 80 7 8\nr1.dat 16 1.50(-3)/uV 12 4 0 0\nother.dat 80\n# a comment\n#\n"
    _ = try scratch.write("r1.hea", text)
    let reader = try SignalFile.open(scratch.path + "/r1")
    #expect(reader.info.channels.map(\.gain) == [7, 1.5, 200] && reader.info.channels.map(\.baseline) == [0, -3, 0])
    #expect(reader.info.channels.map(\.units) == ["mV", "uV", "mV"] && reader.info.bitDepth == 12)
    let info = try SignalInfo(serialized: reader.info.serialized()[...])
    #expect(info == reader.info)
    #expect(try reader.readAll() == [[2, 4], [1, 2], [-1, -2]])
    try copy(try SignalFile.open(scratch.path + "/r1"), to: try SignalFile.create(scratch.path + "/q", info: info))
    #expect(scratch.names == ["other.dat", "q.dat", "q.hea", "q_2.dat", "r1.dat", "r1.hea"])
    #expect(
      try scratch.text("q.hea")
        == "q 3 100/50(7) 2 1:02:03 4/5/2006\nq.dat 80 7 8\nq_2.dat 16 1.50(-3)/uV 12 4 1 3\nq.dat 80\n# a comment\n#\n")
    let selected = try SignalFile.open(scratch.path + "/r1", options: InputOptions(selection: ["1"]))
    #expect(try selected.readAll() == [[1, 2]])
    try copy(
      try SignalFile.open(scratch.path + "/r1", options: InputOptions(selection: ["1"])),
      to: try SignalFile.create(scratch.path + "/s", info: selected.info))
    #expect(scratch.names.filter { $0.hasPrefix("s") } == ["s.hea", "s_2.dat"])
  }

  @Test func matlabRecord() throws {
    let scratch = try Scratch()
    let head: [UInt8] = [30, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0] + Array("val\0".utf8)
    let body: [UInt8] = [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0]
    _ = try scratch.write("r.mat", head + body)
    _ = try scratch.write("r.hea", "r 2 500 3\nr.mat 16+24 1000/mV 16 0 1 9 0 I\nr.mat 16+24 1000/mV 16 0 2 12 0 II\n")
    let info = try SignalFile.open(scratch.path + "/r").info
    #expect(info.serialized().count < 70)
    try copy(try SignalFile.open(scratch.path + "/r"), to: try SignalFile.create(scratch.path + "/s", info: info))
    #expect(try scratch.read("s.mat") == scratch.read("r.mat"))
    // A shorter signal of one lead has a header of its own shape.
    let writer = try SignalFile.create(scratch.path + "/t", info: info.selecting([1]))
    try writer.write([[7]])
    try writer.finish()
    #expect(try scratch.read("t.mat") == [30, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0] + Array("val\0".utf8) + [7, 0])
    // Bytes that are no such header are kept.
    _ = try scratch.write("r.mat", Array(1...24) + body)
    let odd = try SignalFile.open(scratch.path + "/r").info
    try copy(
      try SignalFile.open(scratch.path + "/r"),
      to: try SignalFile.create(scratch.path + "/u", info: try SignalInfo(serialized: odd.serialized()[...])))
    #expect(try scratch.read("u.mat") == Array(1...24) + body)
  }
}
