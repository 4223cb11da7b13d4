import Foundation
import TestSupport
import Testing

/// No space, no permission, nobody who reads: an error that says so, nothing half-written, and nothing lost that was there.
@Suite struct DisksAndPipes {
  let place: Workplace

  init() throws {
    place = try Workplace()
    try place.write(noise(10_000), "noise.raw")
    try place.need("encode", "noise.raw", "--raw", "s16le", "--rate", "360", "--lossless", "-e", "1", "-o", "noise.aec", "-c", place.codec)
    try place.need("encode", "ecg2", "--lossless", "-e", "1", "-o", "ecg.aec", "-c", place.codec)
  }

  /// Runs one of the programs where no file may grow beyond some blocks of 512 bytes, which a full disk is like.
  private func cramped(_ blocks: Int, _ program: String, _ arguments: [String], stdin: String = "/dev/null") throws -> Outcome {
    let line = "ulimit -f \(blocks); exec \"$0\" \"$@\" < \(stdin)"
    return try Outcome(URL(filePath: "/bin/sh"), ["-c", line, built(program).path] + arguments, in: place.folder)
  }

  @Test(arguments: [
    "encode noise.raw --raw s16le --rate 360 --lossless -e 1 -o o.aec -c CODEC",
    "encode noise.raw --raw s16le --rate 360 --lossless -e 1 -o ecg.aec -f -c CODEC",
    "encode noise.raw --raw s16le --rate 360 --target-size 19500 -e 1 -o o.aec -c CODEC", "decode noise.aec -o o.raw",
    "decode noise.aec -o noise.raw -f",
    "decode ecg.aec -o o", "decode ecg.aec -o ecg2 -f", "decode ecg.aec -o o.csv --format csv", "decode ecg.aec -o o.wav --format wav",
    "decode ecg.aec -o o.flac --format flac", "decode noise.aec -o - > o.raw",
  ])
  func noSpaceLeavesEverythingAsItWas(command: String) throws {
    let before = try place.contents()
    let words = command.split(separator: " ").map { $0 == "CODEC" ? place.codec : String($0) }
    for blocks in [1, 9] {
      let outcome: Outcome
      if let mark = words.firstIndex(of: ">") {
        let line = "ulimit -f \(blocks); exec \"$0\" \(words[..<mark].joined(separator: " ")) > \(words[mark + 1])"
        outcome = try Outcome(URL(filePath: "/bin/sh"), ["-c", line, built("aecodec").path], in: place.folder)
        try? FileManager.default.removeItem(at: place.path(words[mark + 1]))
      } else {
        outcome = try cramped(blocks, "aecodec", words)
      }
      #expect(outcome.code == 74, "\(blocks): \(outcome.err)")
      #expect(outcome.err.hasPrefix("aecodec: ") && outcome.err.contains("writing failed"), "\(blocks): \(outcome.err)")
      #expect(try place.contents() == before, "\(blocks)")
    }
  }

  @Test func noSpaceEndsTheFilters() throws {
    let encoding = ["--raw", "s16le", "--rate", "360", "--lossless", "-e", "1", "-c", place.codec]
    #expect(try cramped(9, "aeenc", encoding, stdin: "noise.raw").code == 74)
    #expect(try cramped(9, "aedec", [], stdin: "noise.aec").code == 74)
  }

  @Test func aFullDeviceIsAnError() throws {
    let full = try FileHandle(forWritingTo: URL(filePath: "/dev/full"))
    for (program, arguments, stdin) in [
      ("aecodec", ["decode", "noise.aec", "-o", "-"], "/dev/null"), ("aecodec", ["info", "noise.aec"], "/dev/null"),
      ("aecodec", ["encode", "ecg1", "--json", "-c", place.codec, "-f"], "/dev/null"), ("aecodec", ["--help"], "/dev/null"),
      ("aedec", [], place.path("noise.aec").path), ("aeenc", ["--raw", "s16le", "--rate", "360", "-c", place.codec], place.path("noise.raw").path),
    ] {
      let (input, err) = (try FileHandle(forReadingFrom: URL(filePath: stdin)), try HiddenFile())
      let child = try Child(
        built(program), arguments, in: place.folder, input: input.fileDescriptor, output: full.fileDescriptor, error: err.descriptor)
      #expect(child.wait() == 74, "\(arguments)")
      #expect(try String(decoding: err.read(), as: UTF8.self).contains("standard output: writing failed"), "\(arguments)")
    }
  }

  @Test(.enabled(if: geteuid() != 0, "the superuser reads every folder"))
  func aFolderThatCannotBeReadIsOneFailureOfMany() throws {
    try place.write(try place.bytes("ecg.csv"), "tree/a.csv")
    try FileManager.default.createDirectory(at: place.path("tree/closed"), withIntermediateDirectories: true, attributes: [.posixPermissions: 0])
    defer { try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: place.path("tree/closed").path) }
    let outcome = try place.run("encode", "-r", "tree", "--rate", "360", "-e", "1", "-c", place.codec, "--output-dir", "out")
    #expect(outcome.code == 1 && outcome.err.contains("tree/closed") && outcome.err.contains("1 of 2 files failed"), "\(outcome.err)")
    #expect(try !place.bytes("out/a.csv.aec").isEmpty)
  }

  @Test func aReaderThatIsGoneIsNoMatterOfSpace() throws {
    for (program, arguments) in [("aedec", []), ("aecodec", ["decode", "-", "--format", "raw", "-o", "-"])] {
      let (input, err, pipe) = (try FileHandle(forReadingFrom: place.path("noise.aec")), try HiddenFile(), Pipe())
      try pipe.fileHandleForReading.close()
      let child = try Child(
        built(program), arguments, in: place.folder, input: input.fileDescriptor, output: pipe.fileHandleForWriting.fileDescriptor,
        error: err.descriptor)
      #expect(child.wait() == 74)
      let text = String(decoding: try err.read(), as: UTF8.self)
      #expect(text.contains("the other end") && !text.contains("space"), "\(text)")
    }
  }

  @Test func foldersThatTakeNoFileAreRefused() throws {
    // Nobody may make files there, the superuser included.
    for arguments in [
      ["encode", "ecg1", "-o", "/proc/o.aec", "-c", place.codec], ["decode", "noise.aec", "-o", "/proc/o.raw"],
      ["encode", "ecg1", "--output-dir", "/proc/folder", "-c", place.codec],
    ] {
      let outcome = try place.run(arguments)
      #expect(outcome.code == 73 && outcome.err.contains("aecodec: /proc/"), "\(outcome.err)")
    }
    try FileManager.default.createDirectory(at: place.path("sealed"), withIntermediateDirectories: false)
    chmod(place.path("sealed").path, 0o555)
    let outcome = try place.run("encode", "ecg1", "-o", "sealed/o.aec", "-c", place.codec)
    // The superuser may.
    #expect(outcome.code == (geteuid() == 0 ? 0 : 73), "\(outcome.err)")
  }
}
