import Bytes
import Foundation
import Signals
import Testing

/// What pictures say of themselves beside their pixels, and how many bits these have.
@Suite struct PictureMetadataTests {
  /// Red, green and blue of Display P3, and code points of PQ.
  private static let points: [UInt32] = [31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000]
  private static let codes: [UInt8] = [9, 16, 0, 1]

  private func layout(_ change: (inout PictureLayout.Metadata) -> Void) throws -> PictureLayout {
    var metadata = PictureLayout.Metadata()
    change(&metadata)
    return try #require(PictureLayout(kind: .png, width: 2, height: 3, components: 1, maximum: 255, metadata: metadata))
  }

  private func reader(_ maker: PNGMaker) throws -> any SignalReader {
    let scratch = try Scratch()
    return try SignalFile.open(try scratch.write("x.png", maker.file { _, _, _ in 0 }))
  }

  private func noisy(_ count: Int) -> [UInt8] { noise([0...255], count: count)[0].map { UInt8($0) } }

  // MARK: Colours

  @Test func coloursComeBack() throws {
    let scratch = try Scratch()
    let (points, codes) = (PictureMetadataTests.points, PictureMetadataTests.codes)
    for (points, codes) in [(points, nil), (nil, codes), (points, codes)] as [([UInt32]?, [UInt8]?)] {
      let layout = try layout { ($0.chromaticities, $0.codePoints, $0.gamma, $0.profile, $0.orientation) = (points, codes, 45_455, [1, 2, 3], 3) }
      let info = SignalInfo(picture: layout)
      let reader = try SignalFile.open(try written([[1, 2, 3, 4, 5, 6]], info, scratch.path + "/x"))
      #expect(try reader.info == info && reader.readAll() == [[1, 2, 3, 4, 5, 6]])
      #expect(try SignalInfo(serialized: info.serialized()[...]) == info)
    }
    // As files of others have them, of a palette too.
    let words = points.flatMap { PNGMaker.word(Int($0)) }
    for type: UInt8 in [0, 3] {
      var maker = PNGMaker(width: 2, height: 2, type: type, extra: [("cICP", codes), ("cHRM", words)])
      if type == 3 { maker.extra.append(("PLTE", [1, 2, 3])) }
      let reader = try reader(maker)
      let metadata = reader.info.picture?.metadata
      #expect(metadata?.chromaticities == points && metadata?.codePoints == codes && reader.notes == [])
    }
  }

  /// Descriptions without these are as before, and with them longer.
  @Test func descriptionsOfColours() throws {
    #expect(try SignalInfo(picture: layout { _ in }).serialized() == [0x45, 0, 2, 3])
    #expect(try SignalInfo(picture: layout { ($0.gamma, $0.intent) = (5, 2) }).serialized() == [0x45, 0xC0, 2, 3, 5, 2])
    #expect(try SignalInfo(picture: layout { $0.codePoints = [9, 16, 0, 1] }).serialized() == [0x45, 0x08, 2, 3, 2, 9, 16, 0, 1])
    let both = try SignalInfo(
      picture: layout { ($0.chromaticities, $0.codePoints, $0.intent) = ([0, 1, 2, 3, 4, 5, 6, 200], [9, 16, 0, 1], 3) })
    #expect(both.serialized() == [0x45, 0x88, 2, 3, 3, 3, 0, 1, 2, 3, 4, 5, 6, 0xC8, 1, 9, 16, 0, 1])
    let described: [UInt8] = [0x46, 0x08, 1, 1, 2, 9, 16, 0, 1, 1, 5] + Array("x.png".utf8)
    let folder = try SignalInfo(serialized: described[...])
    #expect(folder.stack?.folder?.picture.metadata.codePoints == [9, 16, 0, 1] && folder.stack?.folder?.names == ["x.png"])
    for wrong: [UInt8] in [
      [0x45, 8, 2, 3], [0x45, 8, 2, 3, 0], [0x45, 8, 2, 3, 4], [0x45, 8, 2, 3, 2, 9, 16, 0], [0x45, 8, 2, 3, 2, 9, 16, 0, 1, 0],
      [0x45, 8, 2, 3, 1, 0, 1, 2, 3, 4, 5, 6], [0x45, 8, 2, 3, 1, 0, 1, 2, 3, 4, 5, 6, 0x80, 0x80, 0x80, 0x80, 8], [0x45, 5, 2, 3],
    ] { #expect(throws: BytesError.self, "\(wrong)") { _ = try SignalInfo(serialized: wrong[...]) } }
    for (points, codes) in [([1, 2, 3], nil), (Array(repeating: 1 << 31, count: 8), nil), (nil, [1])] as [([UInt32]?, [UInt8]?)] {
      var metadata = PictureLayout.Metadata()
      (metadata.chromaticities, metadata.codePoints) = (points, codes)
      #expect(PictureLayout(kind: .png, width: 2, height: 3, components: 1, maximum: 255, metadata: metadata) == nil)
    }
  }

  @Test func whatIsNotKeptIsNamed() throws {
    let large = PNGMaker(width: 2, height: 2, extra: [("iCCP", Array("x\0\0".utf8) + deflated([UInt8](repeating: 1, count: 5 << 20)))])
    #expect(try reader(large).notes == ["its colour profile of 5242880 bytes is left out; the most that is kept is 4 MiB"])
    // Unknown here, wrong, in the wrong place.
    let gamma = PNGMaker.word(45_455)
    for (extra, name) in [
      ([("mDCV", Array(repeating: 0, count: 24))], "mDCV"), ([("gAMA", PNGMaker.word(0))], "gAMA"),
      ([("iCCP", Array("x\0\0no zlib".utf8))], "iCCP"), ([("cICP", [1, 2])], "cICP"),
      ([("PLTE", [1, 2, 3]), ("gAMA", gamma)], "gAMA"),
    ] as [([(String, [UInt8])], String)] {
      let notes = try reader(PNGMaker(width: 2, height: 2, type: name == "gAMA" && extra.count == 2 ? 3 : 0, extra: extra)).notes
      #expect(notes.count == 1 && notes[0].hasPrefix("its chunk \(name), "), "\(notes)")
    }
    // Texts are left out without a word, and what is kept needs none.
    let plain = PNGMaker(width: 2, height: 2, extra: [("gAMA", gamma), ("tEXt", Array("a\0b".utf8))])
    #expect(try reader(plain).notes == [] && reader(plain).info.picture?.metadata.gamma == 45_455)
    // A TIFF file: tags of 1 x 1 pixel of grey, which stands at 134, and a profile behind it.
    func number(_ value: Int, _ bytes: Int) -> [UInt8] { (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    let size = 5 << 20
    var file: [UInt8] = [0x49, 0x49, 42, 0, 8, 0, 0, 0, 10, 0]
    for (tag, type, count, value) in [
      (256, 4, 1, 1), (257, 4, 1, 1), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 134), (277, 3, 1, 1), (278, 4, 1, 1),
      (279, 4, 1, 1), (34_675, 7, size, 136),
    ] { file += number(tag, 2) + number(type, 2) + number(count, 4) + number(value, 4) }
    file += [0, 0, 0, 0, 77, 0] + [UInt8](repeating: 1, count: size)
    let scratch = try Scratch()
    let reader = try SignalFile.open(try scratch.write("x.tif", file))
    #expect(reader.notes == ["its colour profile of \(size) bytes is left out; the most that is kept is 4 MiB"])
    #expect(try reader.readAll() == [[77]])
  }

  @Test func whatAFileCannotHoldIsNamed() throws {
    let (points, codes) = (PictureMetadataTests.points, PictureMetadataTests.codes)
    let all = SignalInfo(
      picture: try layout { ($0.profile, $0.orientation, $0.gamma, $0.chromaticities, $0.codePoints) = ([1], 6, 45_455, points, codes) })
    let rest = "gamma, chromaticities and colour space, left out here; choose png to keep all"
    #expect(all.notes(writtenAs: .pnm) == ["PNM files do not hold the picture's orientation, colour profile, " + rest])
    #expect(all.notes(writtenAs: .pam).first?.hasPrefix("PAM files do not hold the picture's orientation, ") == true)
    #expect(all.notes(writtenAs: .tiff) == ["TIFF files do not hold the picture's " + rest])
    for format in [OutputFormat.png, .raw, .csv, nil] { #expect(all.notes(writtenAs: format) == []) }
    let turned = SignalInfo(picture: try layout { $0.orientation = 6 })
    #expect(turned.notes(writtenAs: .pnm) == ["PNM files do not hold the picture's orientation, left out here; choose png to keep all"])
    #expect(try turned.notes(writtenAs: .tiff) == [] && SignalInfo(picture: layout { _ in }).notes(writtenAs: .pnm) == [])
    #expect(SignalInfo(raw: .u8, rate: 1, channels: 1).notes(writtenAs: .pnm) == [])
  }

  // MARK: Orientation

  /// EXIF data of an orientation.
  private func exif(_ orientation: UInt8) -> [UInt8] {
    [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
  }

  @Test func orientationsBehindThePixelsCount() throws {
    let scratch = try Scratch()
    let maker = PNGMaker(width: 9, height: 5)
    let file = maker.file { x, y, _ in x * y }
    func open(_ chunk: [UInt8], _ file: [UInt8]) throws -> any SignalReader {
      try SignalFile.open(try scratch.write("x.png", Array(file.dropLast(12)) + chunk + Array(file.suffix(12))))
    }
    let late = try open(PNGMaker.chunk("tEXt", Array("a\0b".utf8)) + PNGMaker.chunk("eXIf", exif(6)), file)
    #expect(late.info.picture?.metadata.orientation == 6 && late.notes == [])
    #expect(try late.readAll() == [(0..<45).map { Int32($0 % 9 * ($0 / 9)) }])
    // One before the pixels comes first.
    let twice = PNGMaker(width: 9, height: 5, extra: [("eXIf", exif(3))]).file { _, _, _ in 0 }
    #expect(try open(PNGMaker.chunk("eXIf", exif(6)), twice).info.picture?.metadata.orientation == 3)
    // A damaged one is named.
    var damaged = PNGMaker.chunk("eXIf", exif(6))
    damaged[damaged.count - 1] ^= 1
    let without = try open(damaged, file)
    #expect(without.info.picture?.metadata.orientation == 1 && without.notes.first?.hasPrefix("its chunk eXIf, ") == true)
  }

  // MARK: Bits

  @Test(arguments: [1, 2, 4], [false, true])
  func greyKeepsItsBits(bits: Int, isInterlaced: Bool) throws {
    let scratch = try Scratch()
    let top = 1 << bits - 1
    for (width, height) in [(1, 1), (9, 4), (21, 13)] {
      func sample(_ x: Int, _ y: Int) -> Int { (x * 7 + y * 13 + x * y) & top }
      let maker = PNGMaker(width: width, height: height, bits: bits, isInterlaced: isInterlaced)
      let path = try scratch.write("x.png", maker.file { x, y, _ in sample(x, y) })
      let reader = try SignalFile.open(path)
      let wanted = (0..<width * height).map { Int32(sample($0 % width, $0 / width)) }
      let samples = try reader.readAll()
      #expect(reader.info.picture?.maximum == top && samples == [wanted])
      #expect(try SignalFile.open(written(samples, reader.info, scratch.path + "/y.png")).readAll() == samples)
      // Signature, and the header's length, name, width and height.
      #expect(try scratch.read("y.png")[24...25] == [UInt8(bits), 0])
      // Pictures of a stack may be alike although their bits are not.
      let stack = try SignalFile.open(path, options: InputOptions(picturesAreItems: true))
      let spread = wanted.map { $0 * Int32(255 / top) }
      #expect(try stack.info.stack?.maximum == 255 && stack.readAll() == [spread])
    }
    // A bitmap as PNG is one of its bits.
    guard bits == 1 else { return }
    let bitmap = try SignalFile.open(try scratch.write("x.pbm", "P1 3 2 010\n110"))
    #expect(try SignalFile.open(written(bitmap.readAll(), bitmap.info, scratch.path + "/z.png", .png)).readAll() == [[1, 0, 1, 0, 0, 1]])
    #expect(try scratch.read("z.png")[24] == 1)
  }

  @Test func foldersMayMixBits() throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(atPath: scratch.path + "/in", withIntermediateDirectories: true)
    for (name, bits) in [("a", 8), ("b", 1), ("c", 4)] {
      _ = try scratch.write("in/\(name).png", PNGMaker(width: 2, height: 1, bits: bits).file { x, _, _ in x * (1 << bits - 1) })
    }
    #expect(try SignalFile.open(scratch.path + "/in").readAll() == [[0, 255, 0, 255, 0, 255]])
  }

  // MARK: Damage

  @Test func damageBeforeThePixelsIsNamed() throws {
    let scratch = try Scratch()
    func error(_ bytes: [UInt8]) throws -> SignalError? {
      let path = try scratch.write("x.png", bytes)
      return #expect(throws: SignalError.self) { _ = try SignalFile.open(path).readAll() }
    }
    let profile = PNGMaker(width: 4, height: 4, extra: [("iCCP", Array("x\0\0".utf8) + deflated(noisy(3000)))]).file { _, _, _ in 0 }
    #expect(try SignalFile.open(try scratch.write("x.png", profile)).info.picture?.metadata.profile == noisy(3000))
    for count in [40, 60, 200, 3000] {
      let cut = try error(Array(profile.prefix(count)))
      #expect(cut?.description.hasSuffix("is cut short; get the whole file") == true, "\(count): \(String(describing: cut))")
    }
    let bomb = PNGMaker(width: 4, height: 4, extra: [("iCCP", Array("x\0\0".utf8) + deflated([UInt8](repeating: 1, count: 40 << 20)))])
    let large = try error(bomb.file { _, _, _ in 0 })
    guard case .limit(let text) = large else {
      Issue.record("\(String(describing: large))")
      return
    }
    #expect(text.contains("64 MiB"))
  }
}
