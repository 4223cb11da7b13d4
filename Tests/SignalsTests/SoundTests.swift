import Foundation
import Signals
import Testing

private let texts: [UInt8] = [0, 0, 3, 0x54, 0xC3, 0xA4, 3, 2, 0x41, 0x72, 5, 4, 0x32, 0x30, 0x32, 0x34]

/// Sound files of every kind, and what stands in them besides samples.
@Suite struct SoundTests {
  /// Containers: 0 WAV, 1 FLAC, 2 AIFF, 3 RF64, 4 W64; types: 0 to 3 integers, 4 to 11 floating point.
  @Test(
    arguments: [
      (0, 0), (0, 1), (0, 3), (0, 4), (0, 5), (0, 7), (0, 8), (1, 0), (1, 2), (2, 0), (2, 3), (2, 5), (2, 8), (3, 1), (3, 5), (4, 0), (4, 2), (4, 4),
      (4, 7), (0, 11), (2, 11),
    ] as [(UInt8, UInt8)])
  func everyKindComesBack(container: UInt8, type: UInt8) throws {
    let scratch = try Scratch()
    var info = try described(container, type, texts)
    info.length = 9001
    let range: ClosedRange<Int32> = type < 4 ? info.sampleRange(0) : Int32.min...Int32.max
    var samples = noise([range, range], count: 9001)
    // NaN in 64 bits is another NaN.
    if type > 7 { samples = samples.map { $0.map { abs($0 / 256) } } }
    let writer = try SignalFile.create(scratch.path + "/x", info: info)
    try writer.write(samples.map { Array($0[..<1000]) })
    try writer.write(samples.map { Array($0[1000...]) })
    try writer.finish()
    var options = InputOptions()
    options.keepsFloats = true
    let reader = try SignalFile.open(scratch.path + "/x", options: options)
    #expect(reader.info.sound?.container == info.sound?.container && reader.info.sound?.bits == info.sound?.bits && reader.info.rate == 8000)
    // AIFF has no date, and W64 no texts at all.
    let tags = reader.info.sound?.tags
    #expect(container == 4 || tags?[.title] == "Tä" && tags?[.artist] == "Ar" && (container == 2 || tags?[.date] == "2024"))
    #expect(try SignalInfo(serialized: reader.info.serialized()[...]) == reader.info)
    try copy(reader, to: try SignalFile.create(scratch.path + "/y", info: reader.info))
    #expect(try scratch.read("x") == scratch.read("y"))
    if reader.info.format == info.format { #expect(try SignalFile.open(scratch.path + "/x", options: options).readAll() == samples) }
  }

  /// Every pattern of bits is a sample, and back: those of the grid's ends, of zero with a sign, infinities and NaN among them.
  @Test func floatsKeepTheirBits() throws {
    let scratch = try Scratch()
    var generator = Generator(3)
    let odd: [Float] = [
      0, -0, 1, -1, 2, -2, 0x1p-23, -0x1p-23, 0x1.8p-23, 2.0000002, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -0x1p-149, 0x1p-126,
      .greatestFiniteMagnitude,
    ]
    let anything = odd.map(\.bitPattern) + [0x7F80_0001, 0xFFFF_FFFF] + (0..<5000).map { _ in UInt32(truncatingIfNeeded: generator.next()) }
    let small = odd.map(\.bitPattern) + (0..<8000).map { _ in (Float(generator.next(in: -32768...32767)) / 32768).bitPattern }
    let words = (0..<8000).map { _ in (Float(generator.next(in: -32768...32767)) / 32768).bitPattern } + [(2 as Float).bitPattern]
    for (bits, form) in [(anything, FloatForm.ordered), (small, .grid), (words, .words)] {
      let path = try scratch.write("x.wav", wave(bits.flatMap { le($0) }, tag: 3, bits: 32))
      var options = InputOptions()
      options.keepsFloats = true
      let reader = try SignalFile.open(path, options: options)
      #expect(reader.info.sound?.floatForm == form && reader.info.length == bits.count)
      let samples = try reader.readAll()
      #expect(Set(samples[0]).count == Set(bits).count)
      if form == .words { #expect(samples[0].allSatisfy { (-32768...65536).contains($0) } && samples[0].last == 65536) }
      if form == .grid { #expect(samples[0][2...7] == [1 << 23, -1 << 23, 1 << 24, -1 << 24, 1, -1]) }
      let writer = try SignalFile.create(scratch.path + "/y.wav", info: reader.info, overwrite: true)
      try writer.write(samples)
      try writer.finish()
      #expect(try scratch.read("y.wav").suffix(4 * bits.count) == bits.flatMap { le($0) }[...])
    }
  }

  @Test func silenceDoesNotChooseTheForm() throws {
    let scratch = try Scratch()
    let numbers = [Float](repeating: 0, count: 200_000) + (1...70_000).map { 0.3 / Float($0) }
    let path = try scratch.write("x.wav", wave(numbers.flatMap { le($0.bitPattern) }, tag: 3, bits: 32))
    var options = InputOptions()
    options.keepsFloats = true
    let reader = try SignalFile.open(path, options: options)
    #expect(reader.info.sound?.floatForm == .ordered)
    let whole = try reader.readAll()
    #expect(whole[0].count == numbers.count && whole[0][199_999] == 0 && whole[0][200_000] == Int32(bitPattern: Float(0.3).bitPattern))
    // The same in pieces.
    let again = try SignalFile.open(path, options: options)
    var pieces: [Int32] = []
    while let piece = try again.read(12_345).first { pieces += piece }
    #expect(pieces == whole[0])
  }

  @Test func floatsAreQuantised() throws {
    let scratch = try Scratch()
    let numbers: [Double] = [0, 0.5, -1, 1.75, -200, 0x1p-24, 0x1.8p-23, 1 / 3.0]
    for bits in [32, 64] {
      let bytes = numbers.flatMap { bits == 64 ? le($0.bitPattern) : le(Float($0).bitPattern) }
      let reader = try SignalFile.open(try scratch.write("x.wav", wave(bytes, tag: 3, bits: UInt16(bits))))
      #expect(reader.info.sound?.floatForm == .quantised && reader.info.bitDepth == 24)
      let samples = try reader.readAll()
      #expect(samples == [[0, 1 << 22, -1 << 23, 7 << 21, -200 << 23, 0, 2, bits == 64 ? 2_796_203 : 2_796_203]])
      let writer = try SignalFile.create(scratch.path + "/y.wav", info: reader.info, overwrite: true)
      try writer.write(samples)
      try writer.finish()
      #expect(try SignalFile.open(scratch.path + "/y.wav").readAll() == samples)
      // Other formats get integers.
      let flac = try SignalFile.create(scratch.path + "/y.flac", info: reader.info, format: .flac, overwrite: true)
      try flac.write(samples)
      try flac.finish()
      #expect(try SignalFile.open(scratch.path + "/y.flac").readAll()[0].prefix(5) == [0, 1 << 22, -1 << 23, 0x7F_FFFF, -1 << 23])
    }
    // And the texts.
    let described = try described(0, 7, texts)
    let flac = try SignalFile.create(scratch.path + "/z.flac", info: described, format: .flac)
    try flac.write([[1, 2], [3, 4]])
    try flac.finish()
    #expect(try SignalFile.open(scratch.path + "/z.flac").info.sound?.tags[.title] == "Tä")
    for (k, bad) in [Float.nan, .infinity, 256, -1e9].enumerated() {
      var numbers = [Float](repeating: 0.25, count: 30)
      numbers[20 + k] = bad
      let path = try scratch.write("x.wav", wave(numbers.flatMap { le($0.bitPattern) }, tag: 3, channels: 2, bits: 32))
      let error = #expect(throws: SignalError.self) { _ = try SignalFile.open(path).readAll() }
      #expect(error?.exitCode == 65 && error?.description.contains("sample \(10 + k / 2) of channel \(k % 2) is") == true)
    }
    let path = try scratch.write("x.wav", wave(le((1 / 3.0).bitPattern), tag: 3, bits: 64))
    var options = InputOptions()
    options.keepsFloats = true
    #expect(#expect(throws: SignalError.self) { _ = try SignalFile.open(path, options: options) }?.exitCode == 65)
  }

  /// Sizes of programs that wrote into a pipe, of empty files, and wrong ones.
  @Test func sizesThatLie() throws {
    let scratch = try Scratch()
    let samples = (0..<100).flatMap { le(Int16($0 * 3)) }
    func count(_ bytes: [UInt8]) throws -> Int? {
      let reader = try SignalFile.open(try scratch.write("x.wav", bytes))
      let came = try reader.readAll().first?.count ?? 0
      #expect(reader.info.length == came)
      return came
    }
    for (riff, data) in [(36, 0), (0, 0), (UInt32.max, UInt32.max), (0x7FFF_F024, 0x7FFF_F000), (0x8000_0024, 0x8000_0000), (236, 200), (0, 200)]
      as [(UInt32, UInt32)]
    {
      #expect(try count(wave(samples, riff: riff, data: data)) == 100)
    }
    #expect(try count(wave(samples + [9], riff: .max, data: .max)) == 100)
    #expect(try count(wave(samples, data: 50)) == 25)
    #expect(try count(wave([])) == 0)
    #expect(try count(wave(chunk("LIST", Array("INFO".utf8) + chunk("INAM", [0x41, 0])), data: 0)) == 0)
    let whole = wave(samples)
    var broken: [[UInt8]] = [whole.dropLast(), whole.dropLast(50), wave(samples, data: 1000)]
    for length in [5, 36, 40] { broken.append(Array(whole.prefix(length))) }
    broken += [wave(samples, channels: 0), wave(samples, rate: 0), wave(samples, bits: 40), wave(samples, bits: 0), wave(samples, tag: 3, bits: 16)]
    for (k, bytes) in broken.enumerated() {
      let error = #expect(throws: SignalError.self, "case \(k)") { _ = try count(bytes) }
      #expect(error?.exitCode == 65)
    }
  }

  @Test func textsAndLoudspeakers() throws {
    let scratch = try Scratch()
    let samples = (0..<30).flatMap { le(Int16($0)) }
    let guid: [UInt8] = [1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]
    var format = le(UInt16(0xFFFE)) + le(UInt16(3))
    for value in [48000, 288_000] as [UInt32] { format += le(value) }
    for value in [6, 16, 22, 16] as [UInt16] { format += le(value) }
    format += le(UInt32(0x0B)) + guid
    // Latin 1, an unknown text, and a list behind the samples.
    var before = Array("INFO".utf8) + chunk("INAM", [0x54, 0xE4, 0])
    before += chunk("IXXX", [1]) + chunk("ITRK", Array("7".utf8))
    let after = Array("INFO".utf8) + chunk("ICMT", Array("spoken\n".utf8) + [0])
    var body = chunk("fmt ", format) + chunk("LIST", before)
    body += chunk("data", samples) + chunk("junk", [1, 2, 3])
    body += chunk("LIST", after)
    let reader = try SignalFile.open(try scratch.write("x.wav", chunk("RIFF", Array("WAVE".utf8) + body)))
    #expect(reader.info.sound?.tags == [.title: "Tä", .track: "7", .comment: "spoken\n"] && reader.info.sound?.speakers == 0x0B)
    try copy(reader, to: try SignalFile.create(scratch.path + "/y.wav", info: reader.info))
    let again = try SignalFile.open(scratch.path + "/y.wav")
    #expect(again.info == reader.info && reader.info.length == 10)
    #expect(reader.info.selecting([0, 2]).sound?.speakers == 0x09 && reader.info.selecting([2, 0]).sound?.speakers == 0)
    // AIFF, FLAC and W64 as far as they have a place for them.
    for (name, format) in [("y.aiff", OutputFormat.aiff), ("y.flac", .flac), ("y.w64", .w64), ("y.rf64", .rf64)] {
      try copy(try SignalFile.open(scratch.path + "/x.wav"), to: try SignalFile.create(scratch.path + "/" + name, info: reader.info, format: format))
      let other = try SignalFile.open(scratch.path + "/" + name)
      #expect(other.info.rate == 48000 && other.info.bitDepth == 16 && "\(other.info.sound!.container)" == name.dropFirst(2))
      #expect(try other.readAll() == SignalFile.open(scratch.path + "/x.wav").readAll())
    }
  }

  /// Tones of 300 Hz times the channel's number, 0.1 s; of surround sound the channels come in the order of WAV files.
  @Test(arguments: [("tone.ogg", [1, 2]), ("tone.opus", [1]), ("tone.mp3", [1, 2]), ("surround.ogg", [1, 3, 2, 0, 4, 5])])
  func lossyFilesAreDecoded(name: String, tones: [Int]) throws {
    let path = root.appendingPathComponent("Tests/Vectors/sound/\(name)").path
    let reader = try SignalFile.open(path)
    #expect(reader.info.rate == 48000 && reader.info.channels.count == tones.count && reader.info.bitDepth == 16)
    #expect(reader.info.sound?.tags[.title] == "Tone" && reader.info.sound?.tags[.artist] == "Test" && reader.info.sound?.container.written == .wav)
    #expect(reader.info.sound?.speakers == (tones.count == 6 ? 0x3F : nil))
    let samples = try reader.readAll()
    for (channel, tone) in zip(samples, tones) where tone > 0 {
      #expect((4000...6000).contains(channel.count))
      // Two crossings a period.
      let crossings = (1001..<3000).count { (channel[$0] > 0) != (channel[$0 - 1] > 0) }
      #expect(abs(Double(crossings) - 25 * Double(tone)) < 2)
      #expect((10_000...15_000).contains(channel[1000..<3000].max() ?? 0))
    }
    let scratch = try Scratch()
    try copy(try SignalFile.open(path), to: try SignalFile.create(scratch.path + "/x.wav", info: reader.info))
    let written = try SignalFile.open(scratch.path + "/x.wav")
    #expect(written.info.sound?.container == .wav && written.info.sound?.speakers == reader.info.sound?.speakers)
    #expect(try written.readAll() == samples)
  }

  @Test func namesChooseTheKind() throws {
    let scratch = try Scratch()
    let mp3 = try described(7, 1)
    let writer = try SignalFile.create(scratch.path + "/x.wav", info: mp3)
    try writer.write([[1, -2], [3, -4]])
    try writer.finish()
    let reader = try SignalFile.open(scratch.path + "/x.wav")
    #expect(reader.info.sound?.container == .wav && reader.info.bitDepth == 16)
    #expect(try reader.readAll() == [[1, -2], [3, -4]])
    #expect(#expect(throws: SignalError.self) { _ = try SignalFile.create(scratch.path + "/x.mp3", info: mp3) }?.exitCode == 73)
    #expect(OutputFormat(ofName: "a/x.flac", info: mp3) == .flac && OutputFormat(ofName: "x.wav", info: mp3) == nil)
    #expect(
      OutputFormat(ofName: "x.AIF", info: reader.info) == .aiff
        && OutputFormat(ofName: "x.flac", info: SignalInfo(raw: .s8, rate: 1, channels: 1)) == nil)
  }

  @Test func ratesAndChannels() throws {
    let scratch = try Scratch()
    for (rate, channels) in [(1.0, 1), (10_000_000, 2), (192_000, 33), (44_100, 1024)] {
      let info = SignalInfo(raw: .s16le, rate: rate, channels: channels)
      let samples = noise(Array(repeating: -32768...32767, count: channels), count: 70)
      let writer = try SignalFile.create(scratch.path + "/x.wav", info: info, format: .wav, overwrite: true)
      try writer.write(samples)
      try writer.finish()
      let reader = try SignalFile.open(scratch.path + "/x.wav")
      #expect(reader.info.rate == rate && reader.info.channels.count == channels)
      #expect(try reader.readAll() == samples)
      // FLAC has 8 channels and 655,350 Hz at most.
      guard channels > 8 || rate > 655_350 else { continue }
      let error = #expect(throws: SignalError.self) { _ = try SignalFile.create(scratch.path + "/x.flac", info: info, format: .flac) }
      #expect(error.map { [65, 73].contains($0.exitCode) } == true)
    }
    #expect(throws: SignalError.self) {
      _ = try SignalFile.create(scratch.path + "/y.wav", info: SignalInfo(raw: .s16le, rate: 0.5, channels: 1), format: .wav)
    }
  }

  /// The sizes of a file beyond 4 GiB: a description of one that is announced so, and one that turns out so is tried by hand.
  @Test func largeFilesAreRF64() throws {
    let scratch = try Scratch()
    let info = SignalInfo(raw: .s16le, rate: 8000, channels: 1, length: 3 << 30)
    let writer = try SignalFile.create(scratch.path + "/x.wav", info: info, format: .wav)
    try writer.write([[1, 2, 3]])
    try writer.finish()
    let bytes = try scratch.read("x.wav")
    // Fewer samples came than were announced: the sizes are those of the samples.
    #expect(bytes.starts(with: "RF64".utf8) && bytes[20..<28] == (le(UInt64(bytes.count - 8)))[...])
    let reader = try SignalFile.open(scratch.path + "/x.wav")
    #expect(reader.info.length == 3 && reader.info.sound?.container == .rf64)
    #expect(try reader.readAll() == [[1, 2, 3]])
    var streamed = bytes
    streamed.replaceSubrange(28..<36, with: le(UInt64.max))
    let wide = try SignalFile.open(try scratch.write("y.wav", streamed))
    #expect(wide.info.length == 3)
  }

  @Test func damagedDescriptionsOfSoundThrow() throws {
    let whole: [UInt8] = [0xC3, 0x80, 0x7D, 2, 0, 3, 5, 4] + texts.dropFirst()
    #expect(try SignalInfo(serialized: whole[...]).serialized() == whole)
    for bytes: [UInt8] in [
      [0xD3, 2, 1, 0, 0, 5, 0], [0xC3, 2, 1, 0, 9, 5, 0], [0xC3, 2, 1, 0, 0, 12, 0], [0xC3, 2, 1, 0, 0, 1, 0], [0xC3, 2, 1, 0, 0, 5],
      [0xC3, 2, 1, 0, 0, 5, 0, 10, 1, 65],
      [0xC3, 2, 1, 0, 0, 5, 0, 1, 1, 65, 0, 1, 65], [0xC3, 2, 1, 0, 0, 5, 0, 1, 1, 0], [0xC3, 2, 1, 0, 0, 5, 0, 1, 0],
      [0xC3, 2, 1, 0, 0, 5, 0, 1, 1, 0xFF],
    ] { #expect(throws: (any Error).self, "\(bytes)") { _ = try SignalInfo(serialized: bytes[...]) } }
  }
}
