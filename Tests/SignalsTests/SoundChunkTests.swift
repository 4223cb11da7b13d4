import Foundation
import Signals
import Testing

/// What stands in WAV and RF64 files beside samples and texts.
@Suite struct SoundChunkTests {
  private static let samples = (0..<30).flatMap { le(Int16($0 * 1000)) }
  private static let bext = chunk("bext", (0..<602).map { UInt8($0 % 251) })
  private static let ixml = chunk("iXML", Array("<BWFXML/>\n".utf8) + [0])
  private static let cue = chunk("cue ", le(UInt32(1)) + le(UInt32(7)) + le(UInt32(12)) + Array("data".utf8) + [UInt8](repeating: 0, count: 12))
  private static let labels = chunk("LIST", Array("adtl".utf8) + chunk("labl", le(UInt32(7)) + [0x41, 0]))
  /// A title, and an engineer, whom no tag names.
  private static let texts = chunk("LIST", Array("INFO".utf8) + chunk("INAM", [0x54, 0]) + chunk("IENG", [0x45, 0]))

  /// A WAV file of 16 bits, or another one by its format, with chunks on both sides of its samples.
  private func file(_ before: [UInt8], _ after: [UInt8], samples: [UInt8] = samples, format: [UInt8]? = nil) -> [UInt8] {
    let format = format ?? le(UInt16(1)) + le(UInt16(1)) + le(UInt32(8000)) + le(UInt32(16_000)) + le(UInt16(2)) + le(UInt16(16))
    let body = Array("WAVE".utf8) + chunk("fmt ", format) + before + chunk("data", samples) + after
    return Array("RIFF".utf8) + le(UInt32(body.count)) + body
  }

  private func open(_ bytes: [UInt8], _ scratch: Scratch) throws -> any SignalReader {
    try SignalFile.open(try scratch.write("x.wav", bytes))
  }

  private func titles(_ info: SignalInfo) -> [String] { info.sound?.chunks.map(\.title) ?? [] }

  // MARK: Files

  @Test func filesComeBackByteForByte() throws {
    let (bext, ixml, cue, labels, texts) = (Self.bext, Self.ixml, Self.cue, Self.labels, Self.texts)
    let eight = le(UInt16(1)) + le(UInt16(1)) + le(UInt32(8000)) + le(UInt32(8000)) + le(UInt16(1)) + le(UInt16(8))
    let files = [
      file(bext + ixml + cue, labels + texts + chunk("id3 ", [1, 2, 3])), file(bext, []), file([], cue + labels),
      file(texts + bext + texts, chunk("_PMX", [])), file([], bext, samples: [1, 2, 3], format: eight), file(ixml, ixml, samples: []),
      // Texts in another form than they are written in: another order, no NUL, behind the samples.
      file(chunk("LIST", Array("INFO".utf8) + chunk("IART", [0x41, 0]) + chunk("INAM", [0x54, 0])), []),
      file(chunk("LIST", Array("INFO".utf8) + chunk("INAM", [0x54])), []), file([], chunk("LIST", Array("INFO".utf8) + chunk("INAM", [0x54, 0]))),
    ]
    for (k, bytes) in files.enumerated() {
      let scratch = try Scratch()
      let reader = try open(bytes, scratch)
      #expect(reader.info.notes == [])
      #expect(try SignalInfo(serialized: reader.info.serialized()[...]) == reader.info)
      // The length is known before, or not.
      for length in [reader.info.length, nil] {
        var info = reader.info
        info.length = length
        try copy(try open(bytes, scratch), to: try SignalFile.create(scratch.path + "/y.wav", info: info, overwrite: true))
        let back = try scratch.read("y.wav")
        let room = length == nil ? chunk("JUNK", [UInt8](repeating: 0, count: 28)) : []
        #expect(back == Array(bytes[..<4]) + le(UInt32(bytes.count - 8 + room.count)) + bytes[8..<12] + room + bytes[12...], "file \(k)")
      }
    }
  }

  @Test func theyGoFromWAVToRF64AndBack() throws {
    let scratch = try Scratch()
    let reader = try open(file(Self.bext + Self.texts, Self.cue + Self.labels), scratch)
    try copy(reader, to: try SignalFile.create(scratch.path + "/y.rf64", info: reader.info, format: .rf64))
    let wide = try SignalFile.open(scratch.path + "/y.rf64")
    #expect(wide.info.sound?.container == .rf64 && wide.info.sound?.chunks == reader.info.sound?.chunks && wide.info.length == 30)
    #expect(try scratch.read("y.rf64")[20..<28] == le(UInt64(scratch.read("y.rf64").count - 8))[...])
    try copy(wide, to: try SignalFile.create(scratch.path + "/z.wav", info: wide.info, format: .wav))
    #expect(try scratch.read("z.wav") == scratch.read("x.wav"))
  }

  @Test func whatIsMadeAnewIsNotKept() throws {
    let scratch = try Scratch()
    var others: [UInt8] = []
    for name in ["JUNK", "junk", "PAD ", "FLLR", "PEAK", "levl", "fact"] { others += chunk(name, [1, 2, 3, 4, 5]) }
    let list = chunk("LIST", Array("INFO".utf8) + chunk("INAM", [0x54, 0]))
    let reader = try open(file(others + list, others), scratch)
    // Texts alone stand in the description as they do without any of this.
    #expect(titles(reader.info) == [] && reader.info.notes == [])
    #expect(Array(reader.info.serialized().suffix(6)) == [0, 1, 0, 0, 1, 0x54])
    try copy(reader, to: try SignalFile.create(scratch.path + "/y.wav", info: reader.info))
    #expect(try scratch.read("y.wav") == file(list, []))
  }

  // MARK: Chunks that are not as they should be

  @Test func chunksBeyondTheLimitAreNamed() throws {
    let scratch = try Scratch()
    let most = "the most that is kept of all together is 4 MiB"
    let large = chunk("id3 ", [UInt8](repeating: 1, count: 3 << 20))
    let list = chunk("LIST", Array("INFO".utf8) + chunk("INAM", [0x54, 0]) + chunk("IXXX", [UInt8](repeating: 0x41, count: 1_000_000)))
    let reader = try open(file(Self.bext + large, chunk("axml", [UInt8](repeating: 2, count: 1 << 20)) + list + Self.cue), scratch)
    #expect(titles(reader.info) == ["bext", "id3", "LIST INFO", "cue"])
    #expect(reader.info.notes == ["chunks left out: axml; " + most])
    #expect(try SignalInfo(serialized: reader.info.serialized()[...]).format == reader.info.format)
    // The texts of a list that is left out are kept.
    let other = chunk("LIST", Array("INFO".utf8) + chunk("IART", [0x41, 0]) + chunk("IXXX", [UInt8](repeating: 0x41, count: 1_000_000)))
    let twice = try open(file(large + list, other + large), scratch)
    #expect(twice.info.sound?.tags == [.title: "T", .artist: "A"])
    #expect(titles(twice.info) == ["id3", "LIST INFO"] && twice.info.notes == ["chunks left out: LIST INFO and id3; " + most])
    // Exactly what is allowed, and a byte more.
    for (count, isKept) in [(1 << 22 - 8, true), (1 << 22 - 7, false)] {
      #expect(try titles(open(file([], chunk("axml", [UInt8](repeating: 2, count: count))), scratch).info) == (isKept ? ["axml"] : []))
    }
    let many = (10..<30).flatMap { chunk("c\($0) ", [UInt8](repeating: 3, count: 600_000)) }
    #expect(try open(file(many, []), scratch).info.notes == ["chunks left out: c16, c17, c18, c19, c20, c21, c22, c23, c24, c25 and others; " + most])
  }

  @Test func badSizesLoseNoSamples() throws {
    let scratch = try Scratch()
    let whole = (0..<30).map { Int32($0 * 1000) }
    let odd = Array(chunk("bext", [1, 2, 3]).dropLast())
    let place = 44 + Self.samples.count
    // Behind the samples: sizes beyond the file, no chunks, a file filled up with zeros.
    for (after, kept, note) in [
      (Array("cue ".utf8) + le(UInt32.max) + [1, 2, 3], [], place), (Self.cue + Self.bext.dropLast(), ["cue"], place + Self.cue.count),
      (Self.cue + [1, 2, 3, 4, 5, 6, 7, 8, 9], ["cue"], place + Self.cue.count), (Self.cue + [UInt8](repeating: 0, count: 999), ["cue"], nil),
      (Self.cue + [1, 2, 3], ["cue"], nil),
      // Odd sizes without the byte behind, at the end and before others.
      (odd, ["bext"], nil), (odd + Self.cue + Self.ixml.dropLast(), ["bext", "cue", "iXML"], nil),
    ] as [([UInt8], [String], Int?)] {
      let reader = try open(file([], after), scratch)
      #expect(titles(reader.info) == kept)
      #expect(reader.info.notes == (note.map { ["what stands from byte \($0) on is left out: it is no chunk, or cut short"] } ?? []))
      #expect(try reader.readAll() == [whole])
    }
    // Before them.
    for before in [odd, odd + odd + Self.ixml, chunk("fact", [1]).dropLast() + Self.cue] {
      let reader = try open(file(before, []), scratch)
      #expect(try reader.readAll() == [whole])
      try copy(try open(file(before, []), scratch), to: try SignalFile.create(scratch.path + "/y.wav", info: reader.info, overwrite: true))
      #expect(try SignalFile.open(scratch.path + "/y.wav").info == reader.info)
    }
    let error = #expect(throws: SignalError.self) { _ = try open(file(Array("cue ".utf8) + le(UInt32.max), []), scratch) }
    #expect(error?.exitCode == 65)
    // A letter where a zero should be is no letter of a name.
    let filled = Array(chunk("bext", [1, 2, 3]).dropLast()) + [0x41]
    #expect(try titles(open(file(filled + Self.cue, filled + Self.cue), scratch).info) == ["bext", "cue", "bext", "cue"])
    // Cut anywhere behind the samples, a file has its samples.
    let bytes = file(Self.bext, Self.cue + Self.labels + Self.texts)
    let end = place + Self.bext.count
    for length in end..<bytes.count { #expect(try open(Array(bytes[..<length]), scratch).readAll() == [whole]) }
  }

  @Test func descriptions() throws {
    let start: [UInt8] = [0xC3, 2, 1, 0, 0, 1, 0]
    let bext: [UInt8] = [10] + Array("bext".utf8) + [2, 8, 9]
    let cue: [UInt8] = [11] + Array("cue ".utf8) + [0]
    for good in [start + bext, start + cue, start + [0, 1, 65] + bext + bext + cue + cue] {
      let info = try SignalInfo(serialized: good[...])
      #expect(info.serialized() == good)
    }
    for bad in [
      cue + bext, bext + [0, 1, 65], bext.dropLast(), [10, 1, 2], [12] + bext.dropFirst(), [10] + Array("data".utf8) + [0],
      [10] + Array("JUNK".utf8) + [0],
      [10, 0, 0, 0, 0, 0], [10] + Array("äbc".utf8) + [0], [10] + Array("bext".utf8) + [0xFF, 0xFF, 0xFF, 0xFF, 0x0F],
      [10] + Array("bext".utf8) + [0xF9, 0xFF, 0xFF, 1] + [UInt8](repeating: 0, count: 1 << 22 - 7),
    ] as [[UInt8]] { #expect(throws: (any Error).self, "\(bad.prefix(20))") { _ = try SignalInfo(serialized: (start + bad)[...]) } }
  }

  // MARK: Where they cannot be kept

  @Test func partsHaveTextsOnly() throws {
    let scratch = try Scratch()
    let stereo = le(UInt16(1)) + le(UInt16(2)) + le(UInt32(8000)) + le(UInt32(32_000)) + le(UInt16(4)) + le(UInt16(16))
    let info = try open(file(Self.bext + Self.texts, Self.cue, format: stereo), scratch).info
    #expect(info.length == 15 && info.part(0..<15) == info && info.selecting([0, 1]) == info)
    let note = "chunks left out: bext and cue; they may speak of places and channels of the whole recording"
    for part in [info.part(0..<14), info.part(1..<15), info.selecting([1]), info.selecting([1, 0])] {
      #expect(titles(part) == ["LIST INFO"] && part.sound?.tags == [.title: "T"] && part.notes == [note])
    }
    // Without a word where there is nothing to lose.
    #expect(try open(file(Self.texts, []), scratch).info.part(0..<1).notes == [])
  }

  @Test func whatAFileCannotHoldIsNamed() throws {
    let scratch = try Scratch()
    let info = try open(file(Self.bext + Self.bext, Self.texts + Self.cue), scratch).info
    let rest = "bext, LIST INFO and cue, left out here; choose wav to keep all"
    #expect(info.notes(writtenAs: .flac) == ["FLAC files do not hold the sound's " + rest])
    #expect(info.notes(writtenAs: .w64) == ["W64 files do not hold the sound's texts, " + rest])
    for format in [OutputFormat.wav, .rf64, .raw, .csv, .wfdb, nil] { #expect(info.notes(writtenAs: format) == []) }
    #expect(info.part(0..<1).notes(writtenAs: .wav).count == 1 && info.part(0..<1).notes(writtenAs: .aiff).count == 2)
    #expect(info.part(0..<1).notes(writtenAs: .raw) == [])
    // A list that is nothing but texts goes along.
    let list = chunk("LIST", Array("INFO".utf8) + chunk("INAM", [0x54]))
    let texts = try open(file(list, []), scratch)
    #expect(titles(texts.info) == ["LIST INFO"] && texts.info.notes(writtenAs: .flac) == [])
    try copy(texts, to: try SignalFile.create(scratch.path + "/y.flac", info: texts.info, format: .flac))
    #expect(try SignalFile.open(scratch.path + "/y.flac").info.sound?.tags[.title] == "T")
  }
}
