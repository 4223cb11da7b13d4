import Bytes
import Foundation
import Signals
import Testing

/// Pictures in files.
@Suite struct PictureTests {
  private func layout(
    _ kind: PictureLayout.FileKind, _ width: Int, _ height: Int, _ components: Int, _ maximum: Int = 255,
    _ metadata: PictureLayout.Metadata = PictureLayout.Metadata()
  ) throws -> PictureLayout {
    try #require(
      PictureLayout(kind: kind, width: width, height: height, components: components, maximum: maximum, metadata: metadata))
  }

  /// Each kind, with the components and highest samples that it can have.
  static let kinds: [(PictureLayout.FileKind, [Int], [Int])] = [
    (.png, [1, 2, 3, 4], [255, 65535]), (.pnm, [1, 3], [1, 255, 1023, 65535]), (.pam, [1, 2, 3, 4], [1, 100, 255, 40_000]),
    (.tiff, [1, 2, 3, 4], [255, 65535]),
  ]

  @Test(arguments: kinds, [(1, 1), (1, 9), (9, 1), (17, 33), (300, 5)])
  func picturesComeBack(kind: (PictureLayout.FileKind, [Int], [Int]), size: (Int, Int)) throws {
    let scratch = try Scratch()
    for components in kind.1 {
      for maximum in kind.2 {
        let info = SignalInfo(picture: try layout(kind.0, size.0, size.1, components, maximum))
        let samples = noise(Array(repeating: 0...Int32(maximum), count: components), count: size.0 * size.1)
        let reader = try SignalFile.open(try written(samples, info, scratch.path + "/x"))
        #expect(reader.info == info && reader.info.length == size.0 * size.1 && reader.info.unitSamples == size.0)
        #expect(try reader.readAll() == samples && reader.read(1) == [])
        #expect(try SignalInfo(serialized: info.serialized()[...]) == info)
      }
    }
  }

  @Test func metadataComeBack() throws {
    let scratch = try Scratch()
    var metadata = PictureLayout.Metadata()
    (metadata.profile, metadata.orientation) = (bytes(3000), 6)
    for kind in [PictureLayout.FileKind.png, .tiff] {
      (metadata.gamma, metadata.intent) = kind == .png ? (45455, 2) : (nil, nil)
      let info = SignalInfo(picture: try layout(kind, 5, 4, 3, 255, metadata))
      let reader = try SignalFile.open(try written(noise(Array(repeating: 0...255, count: 3), count: 20), info, scratch.path + "/x"))
      #expect(reader.info == info)
      #expect(try SignalInfo(serialized: info.serialized()[...]) == info)
    }
  }

  private func bytes(_ count: Int) -> [UInt8] { noise([0...255], count: count)[0].map { UInt8($0) } }

  @Test func otherKindsTakeTheSamePixels() throws {
    let scratch = try Scratch()
    for (maximum, components) in [(255, 3), (65535, 1), (255, 1)] {
      let info = SignalInfo(picture: try layout(.png, 13, 7, components, maximum))
      let samples = noise(Array(repeating: 0...Int32(maximum), count: components), count: 91)
      for (name, format) in [("x.ppm", OutputFormat.pnm), ("x.pam", .pam), ("x.tif", .tiff), ("x.png", .png)] {
        #expect(OutputFormat(ofName: name, info: info) == format)
        #expect(try SignalFile.open(written(samples, info, scratch.path + "/" + name, format)).readAll() == samples, "\(name)")
      }
      // Interleaved, as pixels are.
      let raw = try SignalFile.open(
        written(samples, info, scratch.path + "/x.raw", .raw),
        options: InputOptions(raw: maximum == 255 ? .u8 : .u16le, rate: 1, channels: components))
      #expect(try raw.readAll() == samples)
    }
    // What has no scale of its own is spread over that of the bits.
    let few = SignalInfo(picture: try layout(.pnm, 4, 1, 1, 5))
    #expect(try SignalFile.open(written([[0, 1, 2, 5]], few, scratch.path + "/y.png", .png)).readAll() == [[0, 51, 102, 255]])
    #expect(
      #expect(throws: SignalError.self) {
        _ = try SignalFile.create(scratch.path + "/z.ppm", info: SignalInfo(picture: try layout(.png, 4, 1, 4)), format: .pnm)
      }?.exitCode == 65)
    #expect(
      #expect(throws: SignalError.self) {
        _ = try SignalFile.create(scratch.path + "/z.png", info: SignalInfo(raw: .u8, rate: 1, channels: 1), format: .png)
      }?.exitCode == 65)
    #expect(!scratch.names.contains { $0.hasPrefix("z") || $0.hasPrefix(".") })
  }

  /// Bits, type of colour, and whether the picture is interlaced.
  static let forms: [(bits: Int, type: UInt8)] = [
    (1, 0), (2, 0), (4, 0), (8, 0), (16, 0), (8, 2), (16, 2), (1, 3), (2, 3), (4, 3), (8, 3), (8, 4), (16, 4), (8, 6), (16, 6),
  ]

  @Test(arguments: forms, [false, true])
  func everyFormOfPNGIsRead(form: (bits: Int, type: UInt8), isInterlaced: Bool) throws {
    let scratch = try Scratch()
    for (width, height) in [(1, 1), (3, 2), (21, 13)] {
      let top = (1 << form.bits) - 1
      func stored(_ x: Int, _ y: Int, _ k: Int) -> Int { (x * 7 + y * 13 + k * 29 + x * y * 257) & top }
      let palette = (0...255).map { [UInt8($0), UInt8(255 - $0), UInt8($0 ^ 0x55)] }
      for isKeyed in [false, true] where form.type < 4 {
        var maker = PNGMaker(width: width, height: height, bits: form.bits, type: form.type, isInterlaced: isInterlaced)
        if form.type == 3 { maker.extra.append(("PLTE", Array(palette[...top].joined()))) }
        // The colour, or the palette's entries, of the first pixel is transparent.
        let key = (0..<maker.stored).map { stored(0, 0, $0) }
        if isKeyed {
          maker.extra.append(
            ("tRNS", form.type == 3 ? (0...min(top, 9)).map { UInt8($0 * 20) } : key.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }))
        }
        let reader = try SignalFile.open(try scratch.write("x.png", maker.file(stored)))
        // Grey keeps its bits, but not beside alpha.
        let full = form.type == 0 && !isKeyed || form.bits == 16 ? top : 255
        var wanted = [[Int32]](repeating: [], count: (form.type == 0 ? 1 : 3) + (isKeyed ? 1 : 0))
        for y in 0..<height {
          for x in 0..<width {
            let samples = (0..<maker.stored).map { stored(x, y, $0) }
            var pixel = form.type == 3 ? palette[samples[0]].map { Int($0) } : samples.map { $0 * full / top }
            if isKeyed { pixel.append(form.type == 3 ? samples[0] < 10 ? samples[0] * 20 : 255 : samples == key ? 0 : full) }
            for (c, value) in pixel.enumerated() { wanted[c].append(Int32(value)) }
          }
        }
        #expect(reader.info.picture?.maximum == full && reader.info.picture?.components == wanted.count)
        #expect(try reader.readAll() == wanted, "\(width)x\(height), key \(isKeyed)")
      }
      guard form.type >= 4 else { continue }
      let maker = PNGMaker(width: width, height: height, bits: form.bits, type: form.type, isInterlaced: isInterlaced)
      let samples = try SignalFile.open(try scratch.write("x.png", maker.file(stored))).readAll()
      #expect(samples == (0..<maker.stored).map { k in (0..<width * height).map { Int32(stored($0 % width, $0 / width, k)) } })
    }
  }

  @Test func everyFormOfPNMIsRead() throws {
    let scratch = try Scratch()
    let files: [([UInt8], [[Int32]], Int)] = [
      (Array("P1 # bits\n3 2\n0 1 0\n110\n".utf8), [[1, 0, 1, 0, 0, 1]], 1),
      (Array("P4\n3 2\n".utf8) + [0b0100_0000, 0b1100_0000], [[1, 0, 1, 0, 0, 1]], 1),
      (Array("P2\n# a comment\n3 1 7\n0 3\n7".utf8), [[0, 3, 7]], 7),
      (Array("P3 1 2 300 1 2 3 4 5 300\n \n".utf8), [[1, 4], [2, 5], [3, 300]], 300),
      (Array("P5\n2 2\n255\n".utf8) + [10, 1, 2, 13], [[10, 1, 2, 13]], 255), (Array("P5 1 1 1000 ".utf8) + [3, 0xE8], [[1000]], 1000),
      (Array("P6\n1 1\n200\n".utf8) + [1, 2, 200], [[1], [2], [200]], 200),
      (Array("P7\nWIDTH 1\nHEIGHT 2\n# x\nDEPTH 2\nMAXVAL 255\nTUPLTYPE GRAYSCALE_ALPHA\nENDHDR\n".utf8) + [1, 2, 3, 4], [[1, 3], [2, 4]], 255),
    ]
    for (file, samples, maximum) in files {
      let reader = try SignalFile.open(try scratch.write("x", file))
      #expect(reader.info.picture?.maximum == maximum)
      #expect(try reader.readAll() == samples)
    }
  }

  /// What is wrong with a file, a word that the message must have, and the error.
  static let damaged: [(name: String, file: [UInt8], tells: String)] = [
    ("x.png", [], "empty"), ("x.png", Array("not a picture\n".utf8), "does not begin as"),
    ("x.png", Array(PNGMaker(width: 40, height: 40).file { x, y, _ in x * y & 255 }.dropLast(30)), "cut short"),
    ("x.png", Array(PNGMaker(width: 40, height: 40).file { x, y, _ in x * y & 255 }.prefix(20)), "cut short"),
    ("x.png", Array(PNGMaker(width: 40, height: 40).file { x, y, _ in x * y & 255 }.dropLast(12)), "cut short"),
    ("x.png", PNGMaker(width: 0, height: 7).file { _, _, _ in 0 }, "no pixels"),
    ("x.png", PNGMaker(width: 4, height: 4, extra: [("acTL", PNGMaker.word(2) + PNGMaker.word(0))]).file { _, _, _ in 0 }, "animated"),
    ("x.png", PNGMaker(width: 4, height: 4, type: 3).file { _, _, _ in 0 }, "no sound PNG"),
    ("x.pgm", Array("P5\n3 3\n255\n12345678".utf8), "cut short"), ("x.pgm", Array("P5\n3 3\n255\n1234567890".utf8), "more bytes follow"),
    ("x.pgm", Array("P5\n0 3\n255\n".utf8), "no pixels (0x3)"), ("x.pgm", Array("P5\n3 3\n65536\n".utf8), "highest sample is 65536"),
    ("x.pgm", Array("P5\n100000 100000\n255\n".utf8), "limit of 2^30"),
    ("x.pgm", Array("P5\n99999999999999999999999 1\n255\n".utf8), "width is no number"),
    ("x.pgm", Array("P5\n1 1\n100\n\u{7F}".utf8), "sample of 127, above the 100"), ("x.pgm", Array("P2\n2 1\n9\n1 x".utf8), "no number"),
    ("x.pbm", Array("P1\n2 1\n02".utf8), "neither 0 nor 1"), ("x.pam", Array("P7\nWIDTH 1\nENDHDR\n".utf8), "lacks one of"),
    ("x.pam", Array("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 5\nMAXVAL 255\nENDHDR\n12345".utf8), "5 samples a pixel"),
    ("x.tif", Array("II*\0".utf8), "no sound TIFF"), ("x.jpg", [0xFF, 0xD8, 0xFF], "cut short"),
  ]

  @Test(arguments: damaged)
  func damagedFilesAreRefused(damage: (name: String, file: [UInt8], tells: String)) throws {
    let scratch = try Scratch()
    let path = try scratch.write(damage.name, damage.file)
    let error = #expect(throws: SignalError.self) { _ = try SignalFile.open(path).readAll() }
    #expect(
      error?.exitCode == 65 && error!.description.hasPrefix(path + ": ") && error!.description.contains(damage.tells), "\(String(describing: error))")
  }

  @Test func bombsAreRefusedBeforeAnythingIsTaken() throws {
    let scratch = try Scratch()
    for (width, height, isInterlaced) in [(100_000, 100_000, false), (1 << 30, 1, false), (60_000, 16_000, true)] {
      let header = PNGMaker.word(width) + PNGMaker.word(height) + [8, 2, 0, 0, isInterlaced ? 1 : 0]
      let bytes =
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + PNGMaker.chunk("IHDR", header) + PNGMaker.chunk("IDAT", deflated([0, 0, 0, 0]))
        + PNGMaker.chunk("IEND", [])
      let path = try scratch.write("x.png", bytes)
      let error = #expect(throws: SignalError.self) { _ = try SignalFile.open(path) }
      guard case .limit = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
  }

  @Test(arguments: ["rgb.jpg", "progressive.jpg", "grey.jpg"])
  func photographsAreRead(name: String) throws {
    let reader = try SignalFile.open(vectors.appendingPathComponent(name).path)
    let picture = try #require(reader.info.picture)
    #expect(picture.kind == .jpeg && (picture.width, picture.height) == (24, 17) && picture.components == (name == "grey.jpg" ? 1 : 3))
    #expect(picture.metadata.orientation == (name == "rgb.jpg" ? 6 : 1) && picture.metadata.profile.isEmpty == (name != "rgb.jpg"))
    let (samples, wanted) = (try reader.readAll(), try SignalFile.open(vectors.appendingPathComponent("pixels.ppm").path).readAll())
    let errors = zip(samples[0], wanted[0]).map { abs($0 - $1) }
    #expect(errors.reduce(0, +) < 408 * 12)
    // Written as PNG with all that is known of it.
    let scratch = try Scratch()
    let back = try SignalFile.open(written(samples, reader.info, scratch.path + "/x"))
    #expect(back.info.picture?.kind == .png && back.info.picture?.metadata == picture.metadata)
    #expect(try back.readAll() == samples)
    // Every cut is found.
    let bytes = Array(try Data(contentsOf: vectors.appendingPathComponent(name)))
    for count in stride(from: 4, to: bytes.count - 1, by: 7) {
      let path = try scratch.write("cut.jpg", Array(bytes.prefix(count)))
      #expect(throws: SignalError.self, "\(count)") { _ = try SignalFile.open(path).readAll() }
    }
  }

  @Test(arguments: ["rgb.tif", "grey16.tif", "tiled16.tif", "white16.tif"])
  func scientificPicturesAreRead(name: String) throws {
    let reader = try SignalFile.open(vectors.appendingPathComponent(name).path)
    let same = try SignalFile.open(vectors.appendingPathComponent(name == "rgb.tif" ? "pixels.ppm" : "pixels16.pgm").path)
    #expect(reader.info.picture?.kind == .tiff && reader.info.picture?.metadata.profile.isEmpty == (name != "rgb.tif"))
    #expect(try reader.readAll() == same.readAll())
  }

  @Test(arguments: [
    ("cmyk.jpg", "CMYK"), ("float.tif", "floating-point numbers of 32 bits"), ("pages.tif", "more pictures than one"),
    ("cmyk.tif", "neither grey nor RGB"),
    ("planes.tif", "colours apart"),
  ])
  func whatIsNotReadIsSaid(name: String, tells: String) throws {
    let error = #expect(throws: SignalError.self) { _ = try SignalFile.open(vectors.appendingPathComponent(name).path) }
    #expect(error?.exitCode == 65 && error?.description.contains(tells) == true, "\(String(describing: error))")
  }

  @Test func writersHoldPicturesToTheirSize() throws {
    let scratch = try Scratch()
    let info = SignalInfo(picture: try layout(.png, 4, 3, 1))
    for (count, tells) in [(11, "only 2 of the picture's 3 rows"), (13, "more rows than the 3")] {
      let error = #expect(throws: SignalError.self) { _ = try written(noise([0...255], count: count), info, scratch.path + "/x") }
      #expect(error?.exitCode == 65 && error?.description.contains(tells) == true, "\(String(describing: error))")
    }
    #expect(throws: SignalError.self) { _ = try written([Array(repeating: 256, count: 12)], info, scratch.path + "/x") }
    #expect(scratch.names == [])
    // Some rows are a picture.
    #expect(try SignalFile.open(written([[1, 2, 3, 4, 5, 6, 7, 8]], info.part(4..<12), scratch.path + "/x")).info.picture?.height == 2)
    #expect(SignalInfo(picture: try layout(.png, 4, 3, 4)).selecting([3, 0]).picture?.components == 2)
  }

  @Test func layoutsAreLimited() throws {
    for (width, height, components, maximum) in [
      (0, 1, 1, 255), (1, 0, 1, 255), ((1 << 24) + 1, 1, 1, 255), (1 << 15, (1 << 15) + 1, 1, 255), (1, 1 << 30, 2, 255), (1, 1, 5, 255),
      (1, 1, 0, 255),
      (1, 1, 1, 0), (1, 1, 1, 65536), (Int.max, Int.max, 4, 255),
    ] { #expect(PictureLayout(kind: .png, width: width, height: height, components: components, maximum: maximum) == nil) }
    #expect(PictureLayout(kind: .png, width: 1 << 15, height: 1 << 15, components: 1, maximum: 1) != nil)
    for wrong: [UInt8] in [
      [0x45], [0x45, 0, 1], [0x45, 0, 0, 1], [0x45, 0, 1, 0], [0x45, 5, 1, 1], [0xC5, 0, 1, 1], [0x05, 0, 0, 1, 1], [0x45, 0x20, 1, 1, 9],
      [0x45, 0x80, 1, 1, 4],
      [0x45, 0x40, 1, 1, 0], [0x45, 0, 1, 1, 1], [0x45, 0, 0x80, 0x80, 0x80, 0x10, 1],
    ] { #expect(throws: BytesError.self, "\(wrong)") { _ = try SignalInfo(serialized: wrong[...]) } }
    #expect(try SignalInfo(serialized: [0x45, 0, 2, 3]).picture == PictureLayout(kind: .png, width: 2, height: 3, components: 1, maximum: 255))
  }

  @Test func anythingButGreyAndRGBIsRefusedInPAM() throws {
    let scratch = try Scratch()
    func file(_ type: String) throws -> String {
      try scratch.write("x.pam", "P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE \(type)\nENDHDR\nabcd")
    }
    #expect(try SignalFile.open(file("RGB_ALPHA")).info.channels.count == 4)
    #expect(#expect(throws: SignalError.self) { _ = try SignalFile.open(file("CMYK")) }?.description.contains("the type CMYK") == true)
  }

  @Test func aProfileOfColoursDoesNotStayWithGrey() throws {
    var metadata = PictureLayout.Metadata()
    metadata.profile = [1, 2, 3]
    let layout = try #require(PictureLayout(kind: .png, width: 2, height: 2, components: 4, maximum: 255, metadata: metadata))
    #expect(SignalInfo(picture: layout).selecting([0]).picture?.metadata.profile == [])
    #expect(SignalInfo(picture: layout).selecting([0, 1, 2]).picture?.metadata.profile == [1, 2, 3])
  }
}
