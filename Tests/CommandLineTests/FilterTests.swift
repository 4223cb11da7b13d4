import Foundation
import TestSupport
import Testing

/// `aeenc` and `aedec`, the filters.
@Suite struct Filters {
  let place: Workplace

  init() throws { place = try Workplace() }

  /// Runs one of the filters.
  private func filter(_ name: String, _ arguments: [String], stdin: Data) throws -> Outcome {
    try Outcome(built(name), arguments, in: place.folder, stdin: stdin)
  }

  @Test(arguments: [[], ["-q", "30"], ["--lossless"], ["--max-error", "3lsb"], ["--chunk=9", "-e", "2", "-j", "2"]])
  func filtersGiveTheBytesOfTheProgram(how: [String]) throws {
    let raw = beats(12000, channels: 2)
    let shape = ["--raw", "s16le", "--rate", "250", "--channels", "2", "-c", place.codec] + how
    let encoded = try filter("aeenc", shape, stdin: raw)
    #expect(encoded.code == 0 && encoded.err.isEmpty)
    #expect(try encoded.out == place.run(["encode", "-", "-o", "-"] + shape, stdin: raw).out)
    let decoded = try filter("aedec", ["-c", place.codec], stdin: encoded.out)
    #expect(decoded.code == 0 && decoded.err.isEmpty && decoded.out.count == raw.count)
    #expect(try decoded.out == place.need("decode", "-", "-o", "-", stdin: encoded.out).out)
    if how == ["--lossless"] { #expect(decoded.out == raw) }
  }

  @Test func recordsComeOutWithoutAHeader() throws {
    try place.need("encode", "ecg1", "-c", place.codec)
    let whole = try place.need("decode", "ecg1.aec", "-o", "-", "--format", "raw").out
    #expect(try filter("aedec", ["-c", place.codec], stdin: place.bytes("ecg1.aec")).out == whole)
  }

  @Test func refusalsHaveTheirStatus() throws {
    let raw = beats(3000, channels: 1)
    let wrong: [([String], Int32, String)] = [
      ([], 64, "--raw"), (["--raw", "s16le"], 64, "--rate"), (["--raw", "s17", "--rate", "250"], 64, "--raw"),
      (["--raw", "s16le", "--rate", "250", "file"], 64, "file"), (["--raw", "s16le", "--rate", "250", "-q", "30", "--lossless"], 64, "exclude"),
      (["--raw", "s16le", "--rate", "250", "-q", "101"], 64, "quality"), (["--raw", "s16le", "--rate", "250", "-c", "no/codec"], 69, "no/codec"),
      (["--raw", "s16le", "--rate", "250", "--channels", "7"], 65, "standard input"),
    ]
    for (arguments, code, text) in wrong {
      let outcome = try filter("aeenc", arguments, stdin: raw)
      #expect(outcome.code == code && outcome.err.hasPrefix("aeenc: ") && outcome.err.contains(text), "\(arguments): \(outcome.err)")
    }
    let good = try filter("aeenc", ["--raw", "s16le", "--rate", "250", "--lossless", "--chunk", "3", "-c", place.codec], stdin: raw).out
    for cut in [0, 5, good.count / 2, good.count - 1] {
      #expect(try filter("aedec", [], stdin: good.prefix(cut)).code == 65)
    }
    // What stands before the cut has come out.
    let half = try filter("aedec", [], stdin: good.prefix(good.count / 2))
    #expect(!half.out.isEmpty && raw.starts(with: half.out))
    #expect(try filter("aedec", ["--help"], stdin: Data()).code == 0)
  }

  @Test(arguments: [("aeenc", SIGINT), ("aedec", SIGINT), ("aedec", SIGTERM)])
  func anInterruptionEndsAFilter(name: String, number: Int32) throws {
    let raw = beats(9000, channels: 1)
    let encoding = ["--raw", "s16le", "--rate", "250", "--chunk", "12", "-e", "1", "-c", place.codec]
    let file = try filter("aeenc", encoding, stdin: raw).out
    let before = try place.contents()
    let (input, out, err) = (try ChildPipe(), try ChildPipe(), try HiddenFile())
    let child = try Child(
      built(name), name == "aeenc" ? encoding : ["-c", place.codec], in: place.folder, input: input.reading, output: out.writing,
      error: err.descriptor)
    out.closeWriting()
    // Two chunks and some; what comes out says that the work has begun, input that does not end keeps it from finishing.
    let given = name == "aeenc" ? raw.prefix(14_000) : file.dropLast(9)
    try FileHandle(fileDescriptor: input.writing, closeOnDealloc: false).write(contentsOf: given)
    #expect(try FileHandle(fileDescriptor: out.reading, closeOnDealloc: false).read(upToCount: 1)?.count == 1)
    child.send(number)
    #expect(child.wait() == 128 + number)
    #expect(try String(decoding: err.read(), as: UTF8.self) == "\(name): interrupted; unfinished output was removed\n")
    #expect(try place.contents() == before)
  }

  @Test func aReaderThatGoesAwayIsAnErrorOfAWrite() throws {
    try place.write(beats(3000, channels: 1), "x.raw")
    let (input, out) = (try FileHandle(forReadingFrom: place.path("x.raw")), try ChildPipe())
    out.closeReading()
    let arguments = ["--raw", "s16le", "--rate", "250", "--chunk", "4", "-e", "1", "-c", place.codec]
    let child = try Child(built("aeenc"), arguments, in: place.folder, input: input.fileDescriptor, output: out.writing)
    #expect(child.wait() == 74)
  }
}
