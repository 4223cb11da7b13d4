import Bytes
import Foundation
import Signals
import TestSupport
import Testing

/// Pictures, as a user runs the programs on them.
@Suite struct Pictures {
  let place: Workplace

  init() throws { place = try Workplace() }

  /// Writes a picture like a photograph, its kind by the name: slopes, an edge and a little noise.
  @discardableResult
  private func make(_ name: String, _ width: Int, _ height: Int, components: Int = 3, maximum: Int = 255, seed: Int = 0) throws -> [[Int32]] {
    var metadata = PictureLayout.Metadata()
    if name.hasSuffix(".png"), seed == 0 { (metadata.orientation, metadata.profile, metadata.intent) = (8, Array(repeating: 1, count: 200), 0) }
    let layout = try #require(
      PictureLayout(kind: .png, width: width, height: height, components: components, maximum: maximum, metadata: metadata))
    let info = SignalInfo(picture: layout)
    let samples = (0..<components).map { c in
      (0..<width * height).map { k -> Int32 in
        let (x, y) = (k % width, k / width)
        let level = 40 + x * (c + 1) * 90 / width + y * 60 / height + (x * 2 > y + 3 * seed ? 50 : 0) + (x * 31 + y * 17 + k * 7919 % 13) % 4
        return Int32(min(level, 255) * maximum / 255)
      }
    }
    try FileManager.default.createDirectory(at: place.path(name).deletingLastPathComponent(), withIntermediateDirectories: true)
    let writer = try SignalFile.create(place.path(name).path, info: info, format: OutputFormat(ofName: name, info: info))
    try writer.write(samples)
    try writer.finish()
    return samples
  }

  private func samples(_ name: String) throws -> [[Int32]] { try SignalFile.open(place.path(name).path).readAll() }

  /// Where no codec is named, a picture goes through the one for pictures, and nothing else does.
  @Test func photographsHaveACodecOfTheirOwn() throws {
    try make("x.png", 96, 64)
    let reached = try #require(place.need("encode", "x.png", "--psnr", "36", "--json").objects.first)
    #expect(abs(try #require(reached["psnr"] as? Double) - 36) <= 0.05)
    let told = try #require(place.need("info", "x.png.aec", "--json").objects.first)
    #expect((told["codec"] as? [String: Any])?["name"] as? String == "photo")
    try place.need("decode", "x.png.aec", "-o", "y.png")
    #expect(try SignalFile.open(place.path("y.png").path).info == SignalFile.open(place.path("x.png").path).info)
    #expect(try samples("y.png") != samples("x.png"))
    try place.write(Data(count: 720), "x.raw")
    let wrong = try place.run("encode", "x.raw", "--raw", "s16le", "--rate", "360", "-c", "photo")
    #expect(wrong.code == 65 && wrong.err.contains("the codec photo is for pictures, and this is none"))
  }

  @Test(arguments: [("x.png", 3, 255), ("x.png", 2, 65535), ("x.ppm", 3, 255), ("x.pam", 4, 255), ("x.tif", 1, 65535)])
  func picturesComeBackToTheBit(name: String, components: Int, maximum: Int) throws {
    let pixels = try make(name, 61, 47, components: components, maximum: maximum)
    let summary = try place.need("encode", name, "--lossless", "-e", "2", "-c", place.codec).err
    #expect(summary.contains(" bit/sample, lossless, ") && summary.contains(" Mpixel/s)"))
    let told = String(decoding: try place.need("info", "\(name).aec").out, as: UTF8.self)
    let colours = ["grey", "grey and alpha", "RGB", "RGB and alpha"][components - 1]
    #expect(told.contains(", 61x47 pixels, \(colours) of \(maximum == 255 ? 8 : 16) bits\n") && !told.contains("signal 0"))
    #expect(told.contains("colour profile: ICC, 200 B") == (name == "x.png") && told.contains("orientation: 8") == (name == "x.png"))
    let picture = try #require(place.need("info", "\(name).aec", "--json").objects.first?["picture"] as? [String: Any])
    #expect(picture["width"] as? Int == 61 && picture["height"] as? Int == 47 && picture["components"] as? Int == components)
    #expect(String(decoding: try place.need("verify", "\(name).aec").out, as: UTF8.self).contains("sound, 61x47 pixels"))
    #expect(try place.run("decode", "\(name).aec").code == 73)
    try place.need("decode", "\(name).aec", "--output-dir", "back")
    #expect(try samples("back/\(name)") == pixels)
    #expect(try SignalFile.open(place.path("back/\(name)").path).info == SignalFile.open(place.path(name).path).info)
    // The name of the output says the format, and so does --format.
    try place.need("decode", "\(name).aec", "-o", "y.pam")
    #expect(try place.bytes("y.pam").starts(with: Data("P7\n".utf8)) && samples("y.pam") == pixels)
    try place.need("decode", "\(name).aec", "--format", "tiff", "--output-dir", "t")
    #expect(try samples(name == "x.tif" ? "t/x.tif" : "t/\(name).tiff") == pixels)
    let raw = try place.need("decode", "\(name).aec", "-o", "-", "--format", "raw").out
    #expect(raw.count == 61 * 47 * components * (maximum == 255 ? 1 : 2))
    #expect(try Outcome(built("aedec"), [], in: place.folder, stdin: place.bytes("\(name).aec")).out == raw)
  }

  @Test func errorsStayWithinTheirBound() throws {
    let pixels = try make("x.png", 61, 47)
    #expect(try place.need("encode", "x.png", "--max-error", "3lsb", "-e", "2", "-c", place.codec).err.contains("error at most 3, PSNR "))
    try place.need("decode", "x.png.aec", "-o", "y.png")
    for (a, b) in zip(try samples("y.png"), pixels) { #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 3 }) }
    #expect(try place.need("encode", "x.png", "-q", "40", "-f", "-e", "1", "-c", place.codec).err.contains("PSNR "))
    try place.need("decode", "x.png.aec", "-o", "z.ppm")
    #expect(try samples("z.ppm").map(\.count) == pixels.map(\.count))
  }

  @Test func photographsComeBackAsPNG() throws {
    let jpeg = root.appending(path: "Tests/Vectors/pictures/rgb.jpg")
    try place.write(Data(contentsOf: jpeg), "x.jpg")
    try place.need("encode", "x.jpg", "--lossless", "-c", place.codec)
    #expect(try place.need("decode", "x.jpg.aec").err.contains("=> x.jpg.png ("))
    #expect(try samples("x.jpg.png") == samples("x.jpg"))
    #expect(try SignalFile.open(place.path("x.jpg.png").path).info.picture?.metadata.orientation == 6)
    // In a folder, pictures are found by their names.
    try place.write(Data(contentsOf: jpeg), "tree/a/x.JPG")
    try place.need("encode", "-r", "tree", "--lossless", "-e", "1", "-c", place.codec)
    #expect(try place.contents().keys.contains("tree/a/x.JPG.aec"))
  }

  @Test func greyOfFewBitsComesBackAsItWas() throws {
    let pixels = try make("x.png", 21, 13, components: 1, maximum: 15)
    try place.need("encode", "x.png", "--lossless", "-e", "1", "-c", place.codec)
    #expect(String(decoding: try place.need("info", "x.png.aec").out, as: UTF8.self).contains(", 21x13 pixels, grey of 4 bits\n"))
    try place.need("decode", "x.png.aec", "-o", "y.png")
    #expect(try samples("y.png") == pixels && place.bytes("y.png") == place.bytes("x.png"))
  }

  /// What is said of a kind of file that holds less than the picture has.
  @Test func whatAFileCannotHoldIsSaid() throws {
    try make("x.png", 9, 7)
    try place.need("encode", "x.png", "--lossless", "-e", "1", "-c", place.codec)
    for (name, format, lost) in [("y.ppm", "PNM", "orientation, colour profile and colour space"), ("y.tif", "TIFF", "colour space")] {
      let said = try place.need("decode", "x.png.aec", "-o", name).err
      let wanted = "aecodec: \(name): \(format) files do not hold the picture's \(lost), left out here; choose png to keep all\n"
      #expect(said.hasPrefix(wanted), "\(said)")
    }
    for name in ["y.png", "y.csv"] {
      #expect(try !place.need("decode", "x.png.aec", "-o", name, "--format", String(name.suffix(3))).err.contains("do not hold"))
    }
    #expect(try place.need("decode", "x.png.aec", "-o", "-", "--format", "pam").err.hasPrefix("aecodec: standard output: PAM files do not hold"))
  }

  /// What a picture says and is not kept; the same picture without it needs no word.
  @Test func whatIsNotKeptIsSaid() throws {
    try make("x.png", 9, 7)
    let chunk = Array("cLLI".utf8) + [UInt8](repeating: 0, count: 8)
    let sum = withUnsafeBytes(of: crc32(chunk).bigEndian) { Array($0) }
    var bytes = Array(try place.bytes("x.png"))
    // Behind signature and header.
    bytes.insert(contentsOf: [0, 0, 0, 8] + chunk + sum, at: 33)
    try place.write(Data(bytes), "y.png")
    for (name, isSaid) in [("x.png", false), ("y.png", true)] {
      let said = try place.need("encode", name, "--lossless", "-e", "1", "-c", place.codec).err
      #expect(said.contains("aecodec: \(name): its chunk cLLI, ") == isSaid, "\(said)")
    }
  }

  /// The second decoder reads descriptions with colours and without.
  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "needs /usr/bin/python3"))
  func theSecondDecoderKnowsColours() throws {
    var metadata = PictureLayout.Metadata()
    (metadata.orientation, metadata.chromaticities, metadata.codePoints) = (3, [0, 1, 2, 3, 4, 5, 6, 200_000], [9, 16, 0, 1])
    let layouts = [metadata, PictureLayout.Metadata()].compactMap {
      PictureLayout(kind: .png, width: 2, height: 3, components: 1, maximum: 255, metadata: $0)
    }
    // What stands for packages that a description does not need.
    let program = """
      import json, sys, types
      for name in ("numpy", "zstandard"): sys.modules[name] = types.ModuleType(name)
      from description import read_description
      for text in sys.argv[1:]: print(json.dumps(read_description(bytes.fromhex(text))))
      """
    let descriptions = layouts.map { SignalInfo(picture: $0).serialized().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }
    let environment = ["PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": root.appending(path: "Tests/SecondDecoder").path]
    let python = URL(filePath: "/usr/bin/python3")
    let objects = try Outcome(python, ["-c", program] + descriptions, in: place.folder, environment: environment).objects
    try #require(objects.count == 2)
    #expect(objects[0]["chromaticities"] as? [Int] == [0, 1, 2, 3, 4, 5, 6, 200_000] && objects[0]["code_points"] as? [Int] == [9, 16, 0, 1])
    #expect(objects[0]["orientation"] as? Int == 3 && objects[1]["chromaticities"] is NSNull && objects[1]["code_points"] is NSNull)
  }

  @Test func rowsTakeThePlaceOfSeconds() throws {
    let pixels = try make("x.png", 40, 90, components: 1)
    try place.need("encode", "x.png", "--lossless", "-e", "1", "--chunk", "25", "-c", place.codec)
    let chunks = try #require(place.need("info", "x.png.aec", "--json").objects.first?["data_chunks"] as? [[String: Any]])
    #expect(chunks.map { $0["samples"] as? Int } == [1000, 1000, 1000, 600])
    try place.need("decode", "x.png.aec", "--from", "20", "--to", "60", "-o", "part.png")
    #expect(try samples("part.png") == [Array(pixels[0][800..<2400])])
    #expect(try SignalFile.open(place.path("part.png").path).info.picture?.height == 40)
    #expect(try place.run("decode", "x.png.aec", "--from", "s10", "-o", "no.png").err.contains("inside a row of 40 samples"))
    try place.need("encode", "x.png", "-t", "7", "--lossless", "-e", "1", "-o", "seven.aec", "-c", place.codec)
    try place.need("decode", "seven.aec", "-o", "seven.png")
    #expect(try samples("seven.png") == [Array(pixels[0][..<280])])
    // What is left of a damaged file is a picture of the same size.
    var bytes = try place.bytes("x.png.aec")
    bytes[(chunks[1]["offset"] as? Int ?? 0) + 40] ^= 1
    try place.write(bytes, "bad.aec")
    let outcome = try place.run("decode", "bad.aec", "-o", "left.png", "--keep-going")
    #expect(outcome.code == 65 && outcome.err.contains("chunk 1 (rows 25 to 49) was filled"), "\(outcome.err)")
    let left = try samples("left.png")[0]
    #expect(left.count == 3600 && left[..<1000] == pixels[0][..<1000] && left[2000...] == pixels[0][2000...])
    try place.write(try place.bytes("x.png.aec").dropLast(200), "cut.aec")
    #expect(try place.run("decode", "cut.aec", "-o", "cut.png", "--keep-going").code == 65)
    #expect(try SignalFile.open(place.path("cut.png").path).info.picture?.height == 75)
  }

  @Test func largePicturesComeInBands() throws {
    let pixels = try make("x.pgm", 1500, 1500, components: 1)
    try place.need("encode", "x.pgm", "--lossless", "-e", "1", "-c", place.codec)
    let info = try #require(place.need("info", "x.pgm.aec", "--json").objects.first)
    let chunks = try #require(info["data_chunks"] as? [[String: Any]])
    #expect(chunks.map { $0["samples"] as? Int } == [699 * 1500, 699 * 1500, 102 * 1500])
    try place.need("decode", "x.pgm.aec", "-o", "y.pgm")
    #expect(try samples("y.pgm") == pixels)
  }

  /// In bands of 64 rows a picture of two megapixels passes in 250 MB of address space, which are too few for it as a whole.
  @Test func memoryDoesNotGrowWithThePicture() throws {
    let (width, height) = (1500, 1400)
    let rows = (0..<height).map { y in Data((0..<width).map { x in UInt8((x / 7 + y / 40) % 256) }) }
    try place.write(Data("P5\n\(width) \(height)\n255\n".utf8) + rows.joined(), "x.pgm")
    func inLittleMemory(_ arguments: String...) throws -> Outcome {
      try Outcome(
        URL(filePath: "/bin/sh"), ["-c", "ulimit -v 250000 && exec \"$0\" \"$@\"", built("aecodec").path] + arguments, in: place.folder,
        environment: ["SWIFT_BACKTRACE": "enable=no"])
    }
    let codec = root.appending(path: "codecs/photo").path
    let encoded = try inLittleMemory("encode", "x.pgm", "-q", "20", "-e", "1", "-j", "1", "--chunk", "64", "-c", codec)
    #expect(encoded.code == 0, "\(encoded.err)")
    let decoded = try inLittleMemory("decode", "x.pgm.aec", "-o", "y.pgm", "-j", "1", "-c", codec)
    #expect(decoded.code == 0, "\(decoded.err)")
    #expect(try inLittleMemory("encode", "x.pgm", "-q", "20", "-e", "1", "-j", "1", "--chunk", "\(height)", "-c", codec, "-o", "whole.aec").code != 0)
  }

  @Test func damagedPicturesAreRefused() throws {
    try make("x.png", 40, 40)
    try place.write(try place.bytes("x.png").prefix(500), "cut.png")
    try place.write(Data("not a picture\n".utf8), "words.png")
    for name in ["cut.png", "words.png"] {
      let before = try place.contents()
      let outcome = try place.run("encode", name, "-c", place.codec)
      #expect(outcome.code == 65 && outcome.err.hasPrefix("aecodec: \(name): "), "\(outcome.err)")
      #expect(try place.contents() == before)
    }
    #expect(try place.run("encode", "none.png", "-c", place.codec).code == 66)
  }

  // MARK: Stacks

  @Test func foldersComeBackAsFolders() throws {
    for k in 8..<12 { try make("in/p\(k).png", 9, 7, seed: k) }
    try place.need("encode", "--stack", "in", "--lossless", "-e", "2", "-c", place.codec)
    let told = String(decoding: try place.need("info", "in.aec").out, as: UTF8.self)
    #expect(told.contains(", 4 pictures of 7x9x3\n") && told.contains("folder of pictures, RGB"))
    try place.need("decode", "in.aec", "-o", "out")
    for k in 8..<12 { #expect(try samples("out/p\(k).png") == samples("in/p\(k).png")) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.path("out").path).count == 4)
    // Nothing is written over.
    let before = try place.contents()
    #expect(try place.run("decode", "in.aec").code == 73)
    #expect(try place.run("decode", "in.aec", "-o", "out", "-f").code == 73)
    #expect(try place.contents() == before)
    try place.need("decode", "in.aec", "--from", "1", "--to", "3", "-o", "some/")
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.path("some").path).sorted() == ["p10.png", "p9.png"])
    try place.need("decode", "in.aec", "-o", "x.idx")
    #expect(try place.bytes("x.idx").count == 4 + 16 + 4 * 189)
    // Files by name, in the order given.
    try place.need("encode", "--stack", "in/p11.png", "in/p8.png", "-o", "two.aec", "--lossless", "-e", "1", "-c", place.codec)
    try place.need("decode", "two.aec")
    #expect(try samples("two/p11.png") == samples("in/p11.png"))
    // An IDX file as pictures.
    try place.need("encode", "x.idx", "--lossless", "-e", "1", "-c", place.codec)
    try place.need("decode", "x.idx.aec", "--format", "png", "-o", "numbered")
    #expect(try samples("numbered/000002.png") == samples("in/p10.png"))
    // A damaged file leaves nothing behind.
    var bytes = try place.bytes("in.aec")
    bytes[bytes.count - 60] ^= 1
    try place.write(bytes, "bad.aec")
    let names = try FileManager.default.contentsOfDirectory(atPath: place.folder.path)
    #expect(try place.run("decode", "bad.aec", "-o", "bad").code == 65)
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.folder.path).sorted() == names.sorted())
  }

  private static let digits = root.appending(path: "../shared/data/mnist/t10k-images-idx3-ubyte.gz").standardizedFileURL

  @Test(.enabled(if: FileManager.default.fileExists(atPath: digits.path), "needs ../shared/data/mnist"))
  func digitsTakeTheSameBytesFromFilesAndFromAFolder() throws {
    let (file, codec) = (Pictures.digits.path, root.appending(path: "codecs/digits").path)
    try place.need("encode", file, "-t", "300", "-q", "50", "-c", codec, "-o", "idx.aec")
    try place.need("encode", file, "-t", "300", "--lossless", "-e", "1", "-c", codec, "-o", "exact.aec")
    try place.need("decode", "exact.aec", "-c", codec, "--format", "png", "-o", "digits")
    try place.need("encode", "--stack", "digits", "-q", "50", "-c", codec, "-o", "png.aec")
    // All but the description is the same, and that takes a few bytes for three hundred names.
    func chunks(_ name: String) throws -> [Data] {
      let (bytes, told) = (try place.bytes(name), try #require(place.need("info", name, "--json").objects.first?["data_chunks"] as? [[String: Any]]))
      return try told.map { chunk in
        let (start, count) = (try #require(chunk["offset"] as? Int), try #require(chunk["bytes"] as? Int))
        return bytes[start..<start + count]
      }
    }
    #expect(try chunks("idx.aec") == chunks("png.aec"))
    let sizes = try (place.bytes("idx.aec").count, place.bytes("png.aec").count)
    #expect(sizes.1 <= sizes.0 + 20, "\(sizes)")
    try place.need("decode", "idx.aec", "-c", codec, "-o", "idx")
    try place.need("decode", "png.aec", "-c", codec, "-o", "back")
    #expect(try samples("back") == samples("idx"))
  }

  /// libtiff goes back in its file, and JPEG is not written.
  @Test func outputsThatCannotBeAreRefused() throws {
    try make("x.tif", 9, 7)
    try place.need("encode", "x.tif", "--lossless", "-e", "1", "-c", place.codec)
    let piped = try place.run("decode", "x.tif.aec", "-o", "-")
    #expect(piped.code == 73 && piped.out.isEmpty && piped.err.contains("TIFF files need a file"))
    #expect(try place.need("decode", "x.tif.aec", "-o", "-", "--format", "png").out.starts(with: [0x89, 0x50]))
    #expect(try place.run("encode", "x.tif", "-t", "0", "-o", "none.aec", "-c", place.codec).code == 64)
    let jpeg = try place.run("decode", "x.tif.aec", "-o", "y.jpg")
    #expect(jpeg.code == 73 && jpeg.err.contains("JPEG files are not written"))
  }

  @Test func stacksAreRefusedThatAreNone() throws {
    try make("in/a.png", 9, 7, seed: 1)
    try make("in/b.png", 7, 9, seed: 1)
    try FileManager.default.createDirectory(at: place.path("none"), withIntermediateDirectories: true)
    for (arguments, code, tells) in [
      (["--stack", "in"], 65, "in/b.png: has 7x9 pixels, RGB of 8 bits, and 9x7 pixels, RGB of 8 bits have in/a.png"),
      (["--stack", "none"], 66, "no pictures"),
      (["--stack", "in/a.png", "in/b.png"], 64, "-o/--output"), (["--stack", "-"], 64, "standard input"), (["--stack", "in", "-r"], 64, "--stack"),
      (["in"], 66, "-r"),
    ] as [([String], Int32, String)] {
      let before = try place.contents()
      let outcome = try place.run(["encode", "-c", place.codec, "--lossless", "-e", "1"] + arguments)
      #expect(outcome.code == code && outcome.err.contains(tells), "\(arguments): \(outcome.code) \(outcome.err)")
      #expect(try place.contents() == before)
    }
  }
}
