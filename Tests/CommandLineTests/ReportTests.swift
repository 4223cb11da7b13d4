import Foundation
import TestSupport
import Testing

/// `aecodec report` on the samples.
@Suite struct Reports {
  let place: Workplace

  init() throws { place = try Workplace() }

  private func contents(_ folder: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: place.bytes("\(folder)/report.json")) as? [String: Any])
  }

  @Test func everyPointIsThereAndTheSizesAreThoseOfFiles() throws {
    let outcome = try place.need(
      "report", "-c", place.codec, "--against", "wavelet", "ecg1", "ecg2.hea", "-q", "70,30", "--entropy", "zstd,prior", "-e", "1", "-o", "out/report"
    )
    let text = String(decoding: outcome.out, as: UTF8.self)
    #expect(text.contains("2 files") && text.contains("BD-rate/wavelet") && text.contains("PCHIP") && text.contains("out/report/report.json"))
    #expect(outcome.err.isEmpty, "\(outcome.err)")

    let report = try contents("out/report")
    #expect((report["command"] as? [String])?.dropFirst().first == "report")
    let version = String(decoding: try place.need("--version").out, as: UTF8.self).split(separator: "\n").first.map(String.init)
    #expect((report["versions"] as? [String: String])?["aecodec"] == version)
    #expect((report["failed"] as? [Any])?.isEmpty == true)
    let files = try #require(report["files"] as? [[String: Any]])
    #expect(files.map { $0["file"] as? String } == ["ecg1", "ecg2.hea"] && files.map { $0["leads"] as? Int } == [1, 2])
    let points = try #require(files[1]["points"] as? [[String: Any]])
    let own = points.filter { $0["coder"] as? String != "wavelet" }
    #expect(own.map { $0["setting"] as? Double } == [30, 70, 30, 70])
    #expect(points.count > 10 && points.allSatisfy { ($0["bytes"] as? Int ?? 0) > 0 && ($0["prdn"] as? Double ?? 0) > 0 })

    let encoded = try place.need("encode", "ecg2", "-c", place.codec, "-q", "70", "--entropy", "prior", "-e", "1", "-o", "ecg2.aec", "--json")
    let summary = try #require(encoded.objects.first)
    let point = try #require(own.last)
    #expect(point["bytes"] as? Int == (try place.bytes("ecg2.aec").count))
    #expect(abs((point["prdn"] as? Double ?? 0) - (summary["prdn_mean"] as? Double ?? -1)) < 1e-9)
    #expect(point["max_error"] as? Int == summary["max_error"] as? Int)

    let lines = String(decoding: try place.bytes("out/report/report.csv"), as: UTF8.self).split(separator: "\r\n")
    #expect(lines.count == 1 + files.reduce(0) { $0 + (($1["points"] as? [Any])?.count ?? 0) })
    #expect(lines[0].hasPrefix("file,leads,samples,rate,coder,setting,bytes,bit_per_sample,cr11,prdn,"))
    #expect(Set(lines.map { $0.split(separator: ",", omittingEmptySubsequences: false).count }).count == 1)
  }

  /// Any codecs stand side by side, and a folder's stacks are measured too.
  @Test func codecsAreComparedOnAStackOfPictures() throws {
    let codecs = root.appending(path: "Tests/Vectors/codecs")
    let (blocks, pictures) = (codecs.appending(path: "blocks").path, codecs.appending(path: "pictures").path)
    try place.write(try Data(contentsOf: root.appending(path: "samples/glyphs-images-idx3-ubyte")), "stacks/glyphs-images-idx3-ubyte")
    try place.need("report", "-c", blocks, "-c", pictures, "--against", "xz", "stacks", "-t", "20", "-q", "40,80", "--entropy", "zstd", "-o", "out")
    let report = try contents("out")
    #expect((report["codecs"] as? [[String: String]])?.map { $0["name"] } == ["blocks", "pictures"])
    let files = try #require(report["files"] as? [[String: Any]])
    #expect(files.map { $0["file"] as? String } == ["stacks/glyphs-images-idx3-ubyte"] && files[0]["samples"] as? Int == 20 * 28 * 28)
    let coders = (files[0]["points"] as? [[String: Any]])?.compactMap { $0["coder"] as? String } ?? []
    #expect(coders.filter { $0.hasPrefix("blocks zstd") }.count == 2 && coders.filter { $0.hasPrefix("pictures zstd") }.count == 2, "\(coders)")
  }

  /// Tools for pictures come twice; what they were measured on is said.
  @Test func aStackIsComparedWithToolsForPictures() throws {
    let codec = root.appending(path: "Tests/Vectors/codecs/pictures").path
    let optipng = #"[ "$1" = --version ] && { echo OptiPNG 0.1; exit; }; exec /bin/cp "$5" "$4""#
    for (name, script) in [("optipng", optipng), ("pngtopnm", #"exec /bin/cat "$1""#)] {
      try place.write(Data("#!/bin/sh\n\(script)\n".utf8), "tools/\(name)")
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: place.path("tools/\(name)").path)
    }
    // 300 pictures of 4 x 3.
    let pixels = Data((0..<3600).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) })
    try place.write(Data([0, 0, 8, 3, 0, 0, 1, 44, 0, 0, 0, 4, 0, 0, 0, 3]) + pixels, "small-idx3-ubyte")
    try place.write(Glyphs.part(of: Glyphs.file(), 20), "glyphs-idx3-ubyte")
    let outcome = try run(
      ["report", "-c", codec, "--against", "png,webp", "small-idx3-ubyte", "glyphs-idx3-ubyte", "-q", "50", "--entropy", "zstd", "-o", "out"],
      path: place.path("tools").path)
    let text = String(decoding: outcome.out, as: UTF8.self)
    #expect(outcome.code == 0 && outcome.err.isEmpty, "\(outcome.err)")
    #expect(text.contains("png files: measured on 200 of 300 pictures of 4x3, evenly spread (small-idx3-ubyte)\n"), "\(text)")
    #expect(text.contains("left out: webp: cwebp is not installed; it is in Debian's package webp\n"), "\(text)")
    #expect(text.split(separator: "\n")[1].contains("PSNR"))
    #expect(text.contains("\nnothing lost/png tiles ") && !text.contains("\nnothing lost/png files "), "only what was measured whole is compared")
    let report = try contents("out")
    let files = try #require(report["files"] as? [[String: Any]])
    let points = try #require(files[0]["points"] as? [[String: Any]])
    let own = try #require(points.first)
    #expect(points.compactMap { $0["coder"] as? String }.filter { $0.hasPrefix("png") } == ["png files", "png tiles"])
    #expect(points.compactMap { $0["measured_samples"] as? Int } == [3600, 3600, 2400, 3600])
    let (error, psnr) = (try #require(own["item_error"] as? Double), try #require(own["psnr"] as? Double))
    #expect(abs(error - 12 * pow(10, -psnr / 10)) < 1e-9)
    #expect((report["versions"] as? [String: String])?["png tiles"]?.hasPrefix("OptiPNG 0.1; optipng ") == true)
  }

  @Test func badFilesAreNamedAndTheRestGoesOn() throws {
    try place.write(Data("1.0\nNaN\nthree\n".utf8), "all/nan.csv")
    for name in ["ecg1.hea", "ecg1.dat"] { try place.write(try place.bytes(name), "all/good/\(name)") }
    let outcome = try place.run("report", "-c", place.codec, "all", "--rate", "360", "-q", "50", "--entropy", "zstd", "-e", "1", "-o", "out")
    #expect(outcome.code == 1 && outcome.err.contains("all/nan.csv") && outcome.err.contains("1 of 2 files failed"), "\(outcome.err)")
    let report = try contents("out")
    let failed = try #require(report["failed"] as? [[String: String]])
    #expect(failed.map { $0["file"] } == ["all/nan.csv"] && failed[0]["reason"]?.contains("nan.csv") == true)
    #expect((report["files"] as? [[String: Any]])?.map { $0["file"] as? String } == ["all/good/ecg1"])
  }

  /// Runs the program with other programs first in its path.
  private func run(_ arguments: [String], path: String) throws -> Outcome {
    try place.write(Data(), "tmp/none")
    return try Outcome(built("aecodec"), arguments, in: place.folder, environment: ["PATH": path, "TMPDIR": place.path("tmp").path])
  }

  /// An xz that copies the samples of ecg1 and has no mind for those of ecg2.
  @Test func aPeerThatFailsOnOneFileIsAFailedPoint() throws {
    let script =
      "#!/bin/sh\n[ \"$1\" = --version ] && { echo xz 0.1; exit; }\nfor file; do :; done\n[ $(wc -c < $file) = 86400 ] || exit 5\ncat $file\n"
    try place.write(Data(script.utf8), "tools/xz")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: place.path("tools/xz").path)
    let arguments = [
      "report", "-c", place.codec, "--against", "xz,wavelet", "ecg1", "ecg2", "-q", "30,50", "--entropy", "zstd", "-e", "1", "-o", "out",
    ]
    let outcome = try run(arguments, path: place.path("tools").path + ":/usr/bin:/bin")
    let text = String(decoding: outcome.out, as: UTF8.self)
    #expect(outcome.code == 1 && outcome.err == "aecodec: 1 point could not be measured\n", "\(outcome.err)")
    #expect(text.contains("not measured: xz: xz failed with status 5 (ecg2)\n") && text.contains("BD-rate/wavelet"))
    let report = try contents("out")
    #expect((report["versions"] as? [String: String])?["xz"]?.hasPrefix("xz 0.1; xz -9e -c {in} > {out}; ") == true)
    let files = try #require(report["files"] as? [[String: Any]])
    #expect((files[0]["failed"] as? [Any])?.isEmpty == true)
    let failed = try #require((files[1]["failed"] as? [[String: Any]])?.first)
    #expect(failed["coder"] as? String == "xz" && failed["setting"] as? Double == 0 && failed["reason"] as? String == "xz failed with status 5")
    let points = try #require(files[0]["points"] as? [[String: Any]])
    let exact = points.filter { ["xz", "ecg lossless -e 1"].contains($0["coder"] as? String) }
    #expect(exact.count == 2 && exact.allSatisfy { $0["prdn"] as? Double == 0 && $0["max_error"] as? Int == 0 })
    #expect(exact.last?["bytes"] as? Int == 86400 && exact.last?["bit_per_sample"] as? Double == 16)
    let lines = String(decoding: try place.bytes("out/report.csv"), as: UTF8.self).split(separator: "\r\n")
    #expect(lines.count { $0.hasSuffix(",xz failed with status 5") } == 1)
    #expect(Set(lines.map { $0.split(separator: ",", omittingEmptySubsequences: false).count }).count == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.path("tmp").path) == ["none"], "no temporary folder stays")
  }

  /// A tool that hangs holds a pipe open: it is ended with the report, and its files go.
  @Test(.timeLimit(.minutes(5)), arguments: [SIGINT, SIGTERM])
  func anInterruptionEndsTheToolsToo(number: Int32) throws {
    let script = "#!/bin/sh\n[ \"$1\" = --version ] && exit\necho begun > pipe\nexec sleep 100000 > pipe\n"
    try place.write(Data(script.utf8), "tools/xz")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: place.path("tools/xz").path)
    try place.write(Data(), "tmp/none")
    try #require(mkfifo(place.path("pipe").path, 0o600) == 0)
    let err = try HiddenFile()
    let child = try Child(
      built("aecodec"), ["report", "-c", place.codec, "--against", "xz", "ecg1", "-q", "50", "--entropy", "zstd", "-e", "1", "-o", "out"],
      in: place.folder, environment: ["PATH": place.path("tools").path + ":/usr/bin:/bin", "TMPDIR": place.path("tmp").path],
      error: err.descriptor)
    // Opened for writing too, so that the pipe does not end between the script's two uses of it.
    let pipe = open(place.path("pipe").path, O_RDWR | O_CLOEXEC)
    try #require(pipe >= 0)
    let reader = FileHandle(fileDescriptor: open(place.path("pipe").path, O_RDONLY | O_CLOEXEC), closeOnDealloc: true)
    #expect(try reader.read(upToCount: 6) == Data("begun\n".utf8))
    child.send(number)
    #expect(child.wait() == 128 + number)
    #expect(try String(decoding: err.read(), as: UTF8.self) == "aecodec: interrupted; unfinished output was removed\n")
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.path("tmp").path) == ["none"])
    close(pipe)
    // Comes to its end when nobody has it open for writing: the tool is gone.
    #expect(try reader.readToEnd() ?? Data() == Data())
  }

  @Test func aMissingToolIsLeftOut() throws {
    try place.write(Data(), "tools/none")
    let arguments = ["report", "-c", place.codec, "--against", "lame,wavelet", "ecg1", "-q", "30,50", "--entropy", "zstd", "-e", "1", "-o", "out"]
    let outcome = try run(arguments, path: place.path("tools").path)
    #expect(outcome.code == 0 && outcome.err.isEmpty, "\(outcome.err)")
    #expect(String(decoding: outcome.out, as: UTF8.self).contains("left out: lame: lame is not installed; it is in Debian's package lame\n"))
    let report = try contents("out")
    #expect((report["left_out"] as? [[String: String]])?.map { $0["coder"] } == ["lame"])
    #expect((report["coders"] as? [[String: Any]])?.map { $0["coder"] as? String } == ["ecg zstd -e 1", "wavelet"])
  }

  @Test func severalFilesAtOnceGiveTheSameFigures() throws {
    let arguments = ["report", "-c", place.codec, "--against", "wavelet", "ecg1", "ecg2", "ecg12", "-q", "30,50", "--entropy", "prior", "-e", "1"]
    _ = try place.run(arguments + ["-o", "one"])
    let outcome = try place.run(arguments + ["-o", "two", "-j", "2", "--range", "4,16"])
    let text = String(decoding: outcome.out, as: UTF8.self)
    #expect(outcome.code == 0 && text.contains("2 files at once") && text.contains("PRDN 4.00 to 16.0 %"), "\(text)")
    let points = try ["one", "two"].map { folder -> [[String: Any]] in
      let files = try #require(try contents(folder)["files"] as? [[String: Any]])
      #expect(files.map { $0["file"] as? String } == ["ecg1", "ecg2", "ecg12"])
      return files.flatMap { $0["points"] as? [[String: Any]] ?? [] }
    }
    #expect(points[0].count == points[1].count && points[0].count > 30)
    for (one, two) in zip(points[0], points[1]) {
      #expect(one["bytes"] as? Int == two["bytes"] as? Int && one["prdn"] as? Double == two["prdn"] as? Double)
      #expect(one["peak_memory"] is Int && two["peak_memory"] is NSNull)
      let peaks = try #require(two["r_peaks"] as? [String: Any])
      #expect((peaks["original"] as? Int ?? 0) > 9 && (peaks["sensitivity"] as? Double ?? 0) > 80)
    }
    let coders = try #require(try contents("two")["coders"] as? [[String: Any]])
    let rate = try #require((coders[0]["bd_rate"] as? [String: [String: Double]])?["wavelet"])
    #expect((rate["percent"] ?? 0) < 0 && (rate["prdn_from"] ?? 0) >= 3.99999 && (rate["prdn_to"] ?? 99) <= 16.00001)
  }

  static let refusals: [(arguments: String, code: Int32, names: String)] = [
    ("report -o out -c CODEC", 64, "input"), ("report ecg1 -c CODEC", 64, "output"), ("report - -o out -c CODEC", 64, "-:"),
    ("report ecg1 -o out --against zfq -c CODEC", 64, "zfq"), ("report ecg1 -o out -q 20,101 -c CODEC", 64, "--quality"),
    ("report ecg1 -o out -q 20, -c CODEC", 64, "20,"), ("report ecg1 -o out -e 0 -c CODEC", 64, "--effort"),
    ("report ecg1 -o out --range 16,4 -c CODEC", 64, "--range"), ("report ecg1 -o out --range 4 -c CODEC", 64, "--range"),
    ("report ecg1 -o out -j 0 -c CODEC", 64, "--jobs"), ("report ecg1 -o out --entropy none -c CODEC", 64, "none"),
    ("report ecg1 -o out -c nosuchcodec", 69, "nosuchcodec"), ("report ecg1 -o out -c CODEC -c CODEC", 64, "--codec"),
    ("report nosuch -o out -c CODEC", 66, "nosuch"), ("report empty -o out -c CODEC", 66, "empty"), ("report nan.csv -o out -c CODEC", 65, "nan.csv"),
    ("report nan.csv nosuch -o out -c CODEC", 1, "2 of 2"), ("report ecg1 -o kept -c CODEC", 73, "report.csv"),
    ("report ecg1 -o ecg1.dat -c CODEC", 73, "ecg1.dat"),
  ]

  @Test(arguments: refusals.indices)
  func refusalsSayWhyAndTouchNothing(number: Int) throws {
    let (text, code, names) = Reports.refusals[number]
    try place.write(Data("1.0\nNaN\nthree\n".utf8), "nan.csv")
    try place.write(Data("dear".utf8), "empty/text")
    try place.write(Data("somebody's file".utf8), "kept/report.csv")
    let before = try place.contents()
    let outcome = try place.run(text.split(separator: " ").map { $0 == "CODEC" ? place.codec : String($0) })
    #expect(outcome.code == code && outcome.err.hasPrefix("aecodec: ") && outcome.err.contains(names), "\(text): \(outcome.err)")
    #expect(outcome.out.isEmpty, "\(text)")
    #expect(try place.contents() == before, "\(text)")
    #expect(!FileManager.default.fileExists(atPath: place.path("out").path), "\(text)")
  }

  @Test func anOlderReportIsOverwrittenOnlyOnDemand() throws {
    let arguments = ["report", "ecg1", "-c", place.codec, "-q", "50", "--entropy", "zstd", "-e", "1", "-o", "out"]
    try #require(try place.run(arguments).code == 0)
    #expect(try place.run(arguments).code == 73)
    #expect(try place.run(arguments + ["-f"]).code == 0)
  }
}
