import Codecs
import Foundation
import Signals
import TestSupport
import Testing

/// Reports on pictures, for the tests of figures and of the page.
struct PictureReport {
  let place: Workplace
  /// A codec that nobody trained.
  let codec: String

  init() throws {
    place = try Workplace()
    codec = place.path("codecs/drawn").path
    let package = CodecPackage(pictures: "drawn")
    try place.write(Data(#"{"format": 1, "kind": "picture"}"#.utf8), "codecs/drawn/config.json")
    try place.write(Data(package.weights.serialized()), "codecs/drawn/model.safetensors")
    // Programs in the place of optipng's that keep the picture as it is.
    let optipng = #"[ "$1" = --version ] && { echo OptiPNG 0.1; exit; }; exec /bin/cp "$5" "$4""#
    for (name, script) in [("optipng", optipng), ("pngtopnm", #"exec /bin/cat "$1""#)] {
      try place.write(Data("#!/bin/sh\n\(script)\n".utf8), "tools/\(name)")
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: place.path("tools/\(name)").path)
    }
  }

  /// Writes a picture like a photograph: slopes, an edge and a little noise.
  func draw(_ name: String, _ width: Int, _ height: Int, components: Int = 3) throws {
    let layout = try #require(PictureLayout(kind: .png, width: width, height: height, components: components, maximum: 255))
    let samples = (0..<components).map { c in
      (0..<width * height).map { k -> Int32 in
        let (x, y) = (k % width, k / width)
        let level = 40 + x * (c + 1) * 40 / width + y * 60 / height + (x * 2 > y ? 50 : 0) + (x * 31 + y * 17 + k * 7919 % 13) % 4
        return Int32(min(level, 255))
      }
    }
    try FileManager.default.createDirectory(at: place.path(name).deletingLastPathComponent(), withIntermediateDirectories: true)
    let writer = try SignalFile.create(place.path(name).path, info: SignalInfo(picture: layout))
    try writer.write(samples)
    try writer.finish()
  }

  /// With the programs above, and no others.
  func run(_ arguments: String...) throws -> Outcome {
    try Outcome(built("aecodec"), ["report", "-c", codec] + arguments, in: place.folder, environment: ["PATH": place.path("tools").path])
  }

  func contents(_ folder: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: place.bytes("\(folder)/report.json")) as? [String: Any])
  }

  func page(_ folder: String) throws -> String { String(decoding: try place.bytes("\(folder)/report.html"), as: UTF8.self) }
}

/// `aecodec report` on pictures.
@Suite struct PictureReports {
  let made: PictureReport
  var place: Workplace { made.place }

  init() throws { made = try PictureReport() }

  @Test func picturesHaveFiguresOfTheirOwn() throws {
    try made.draw("photos/wide.png", 600, 170)
    try made.draw("photos/more/small.ppm", 50, 60)
    // No picture, and not for a codec of pictures.
    try place.write(try place.bytes("ecg.csv"), "photos/ecg.csv")
    let outcome = try made.run("photos", "--against", "png,webp,wavelet", "-q", "20,50,80", "-o", "out")
    let text = String(decoding: outcome.out, as: UTF8.self)
    #expect(outcome.code == 0 && outcome.err.isEmpty, "\(outcome.err)")
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines[0].hasPrefix("2 pictures, 0.11 megapixels; ") && lines[0].contains("PSNR 27.0 to 36.0 dB"), "\(text)")
    #expect(lines[1].split(separator: " ", omittingEmptySubsequences: true) == ["coder", "bit/pixel", "PSNR", "MS-SSIM", "encoding", "decoding"])
    #expect(lines[2].hasPrefix("drawn auto -e "), "what a user gets, and no second way")
    #expect(text.contains("left out: webp: cwebp is not installed; it is in Debian's package webp\n"), "\(text)")
    #expect(text.contains("BD-rate/wavelet") && text.contains("BD-rate by MS-SSIM/wavelet"))
    let bytes = "P6\n600 170\n255\n".utf8.count + 600 * 170 * 3 + "P6\n50 60\n255\n".utf8.count + 50 * 60 * 3
    #expect(lines.contains { $0.hasPrefix("nothing lost/png ") && $0.contains("\(bytes) bytes") && $0.contains("+") }, "\(text)")

    let report = try made.contents("out")
    #expect(report["kind"] as? String == "pictures")
    let files = try #require(report["files"] as? [[String: Any]])
    #expect(files.map { $0["file"] as? String } == ["photos/more/small.ppm", "photos/wide.png"])
    #expect(files[1]["width"] as? Int == 600 && files[1]["height"] as? Int == 170 && files[1]["components"] as? Int == 3)
    let points = try files.map { try #require($0["points"] as? [[String: Any]]) }
    #expect(points[0].allSatisfy { $0["ms_ssim"] is NSNull } && points[1].allSatisfy { $0["ms_ssim"] is Double })
    let own = try #require(points[1].first { $0["setting"] as? Double == 50 })
    let (size, rate) = (try #require(own["bytes"] as? Int), try #require(own["bit_per_pixel"] as? Double))
    #expect(abs(rate - Double(8 * size) / (600 * 170)) < 1e-12 && own["prdn"] == nil)
    let encoded = try place.need("encode", "photos/wide.png", "-c", made.codec, "-q", "50", "-o", "wide.aec", "--json")
    #expect(try place.bytes("wide.aec").count == size)
    #expect(abs((own["psnr"] as? Double ?? 0) - (encoded.objects.first?["psnr"] as? Double ?? -1)) < 1e-9)
    let coders = try #require(report["coders"] as? [[String: Any]])
    #expect(coders[0]["bd_rate"] is [String: Any] && coders[0]["bd_rate_ms_ssim"] is [String: Any])
    #expect((coders[0]["points"] as? [[String: Double]])?.allSatisfy { Set($0.keys) == ["bit_per_pixel", "psnr"] } == true)
    #expect(coders[0]["encode_megapixels_per_second"] is Double)
    let rows = String(decoding: try place.bytes("out/report.csv"), as: UTF8.self).split(separator: "\r\n")
    #expect(rows[0].hasPrefix("file,width,height,components,white,pixels,coder,setting,bytes,bit_per_pixel,psnr,ms_ssim,"))
    #expect(Set(rows.map { $0.split(separator: ",", omittingEmptySubsequences: false).count }).count == 1)
  }

  /// What is told after a picture was encoded, and what a report says of the same: the noise of its colours against white.
  private func checkRatios(_ name: String) throws {
    let told = try place.need("encode", name, "-c", made.codec, "-q", "50", "-o", "\(name).aec", "--json").objects.first
    try place.need("decode", "\(name).aec", "-c", made.codec, "-o", "\(name).pam")
    let (original, decoded) = try (SignalFile.open(place.path(name).path), SignalFile.open(place.path("\(name).pam").path).readAll())
    let layout = try #require(original.info.picture)
    let pairs = try zip(original.readAll(), decoded).prefix(layout.components < 3 ? 1 : 3)
    let errors = pairs.map { a, b in zip(a, b).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) } }
    let mean = errors.reduce(0, +) / Double(errors.count * layout.pixels)
    let psnr = 10 * log10(Double(layout.maximum * layout.maximum) / mean)
    #expect(mean > 0 && abs((told?["psnr"] as? Double ?? 0) - psnr) < 1e-9, "\(name): \(psnr) dB")
    let prdn = try #require(told?["prdn"] as? [Double])
    #expect(abs((told?["prdn_mean"] as? Double ?? 0) - prdn.prefix(errors.count).reduce(0, +) / Double(errors.count)) < 1e-9)

    let outcome = try made.run(name, "--against", "wavelet", "-q", "50", "-o", "report-\(name)")
    try #require(outcome.code == 0, "\(outcome.err)")
    let files = try #require(try made.contents("report-\(name)")["files"] as? [[String: Any]])
    let own = (files.first?["points"] as? [[String: Any]])?.first { $0["setting"] as? Double == 50 }
    #expect(abs((own?["psnr"] as? Double ?? 0) - psnr) < 1e-9, "\(name): \(psnr) dB")
  }

  /// Alpha is exact, and no figure is better for it.
  @Test(arguments: [2, 4]) func alphaCountsNowhere(components: Int) throws {
    try made.draw("photo.png", 90, 60, components: components)
    try checkRatios("photo.png")
    // Nor what a target reaches.
    for (option, wanted, key) in [("--psnr", 36.0, "psnr"), ("--prdn", 8, "prdn_mean")] {
      let told = try #require(place.need("encode", "photo.png", "-c", made.codec, option, "\(wanted)", "-f", "-o", "x.aec", "--json").objects.first)
      let (reached, target) = (try #require(told[key] as? Double), try #require(told["target"] as? [String: Any]))
      // Steps of so small a picture are some percent apart.
      #expect(target["value"] as? Double == reached && abs(reached / wanted - 1) < 0.06, "\(option): \(reached)")
    }
  }

  /// White is what the file states: 2^bits - 1 would be 6 dB better.
  @Test func whiteIsThePeak() throws {
    let pixels = (0..<90 * 60).map { k -> UInt8 in
      let (column, row) = (k % 90, k / 90)
      let ripple: Int = (k * 31 + row * 17) % 5
      return UInt8(column + row / 2 + ripple)
    }
    try place.write(Data("P5\n90 60\n128\n".utf8) + Data(pixels), "dim.pgm")
    try checkRatios("dim.pgm")
  }

  /// The middle of some pictures, at some qualities.
  @Test func thePageHoldsPictures() throws {
    for k in 0..<5 { try made.draw("photos/\(k).png", k == 1 ? 600 : 20, 16, components: k == 3 ? 4 : 3) }
    let outcome = try made.run("photos", "--against", "png", "-q", "10,20,30,40,50,60", "-o", "out")
    try #require(outcome.code == 0, "\(outcome.err)")
    let page = try made.page("out")
    #expect(try PageTests.data("signal", in: page).isEmpty)
    let pictures = try PageTests.data("picture", in: page)
    #expect(pictures.map { $0["file"] as? String } == ["photos/0.png", "photos/2.png", "photos/4.png"])
    for picture in pictures {
      let versions = try #require(picture["versions"] as? [[String: Any]])
      #expect(versions.map { $0["setting"] as? Double } == [10, 30, 40], "what loses nothing is not shown")
      for text in versions.map({ $0["png"] }) + [picture["original"]] {
        let bytes = (text as? String).flatMap { Data(base64Encoded: $0) }
        try #require(bytes).write(to: place.path("shown.png"))
        let layout = try #require(try SignalFile.open(place.path("shown.png").path).info.picture)
        #expect(layout.width == 20 && layout.height == 16 && layout.components == 3)
      }
    }
    try #require(try made.run("photos/1.png", "photos/3.png", "--against", "png", "-q", "20,40", "--show", "20", "-o", "two").code == 0)
    let wide = try PageTests.data("picture", in: made.page("two"))
    #expect(wide.map { $0["left"] as? Int } == [44, 0] && wide.map { $0["width"] as? Int } == [512, 20])
    #expect(wide.allSatisfy { ($0["versions"] as? [[String: Any]])?.map { $0["setting"] as? Double } == [20] })
  }

  /// Every tool that loses something, qualities that reach below the range of PSNR, one way.
  @Test func picturesHaveDefaultsOfTheirOwn() throws {
    try made.draw("photo.png", 20, 20)
    let outcome = try made.run("photo.png", "-o", "out")
    let text = String(decoding: outcome.out, as: UTF8.self)
    #expect(outcome.code == 0 && outcome.err.isEmpty, "\(outcome.err)")
    for tool in ["jpeg", "jpeg2000", "webp", "avif", "jpegxl"] { #expect(text.contains("left out: \(tool): "), "\(text)") }
    let files = try #require(try made.contents("out")["files"] as? [[String: Any]])
    let points = try #require(files.first?["points"] as? [[String: Any]])
    #expect(points.map { $0["setting"] as? Double } == [5, 15, 30, 45, 60, 75, 90])
    let wrong = try made.run("photo.png", "--show", "50", "-o", "other")
    #expect(wrong.code == 64 && wrong.err.contains("--show: 50"), "\(wrong.err)")
  }

  @Test func picturesAndSignalsAreReportedApart() throws {
    try made.draw("photo.png", 20, 20)
    let mixed = try made.run("ecg1", "photo.png", "-o", "out")
    #expect(mixed.code == 64 && mixed.err.contains("photo.png") && mixed.err.contains("ecg1"), "\(mixed.err)")
    let none = try made.run("codecs", "-o", "out")
    #expect(none.code == 66 && none.err.contains("no picture there"), "\(none.err)")
    #expect(!FileManager.default.fileExists(atPath: place.path("out").path))
  }
}
