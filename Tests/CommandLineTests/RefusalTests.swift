import Foundation
import TestSupport
import Testing

@Suite struct Refusals {
  let place: Workplace

  init() throws {
    place = try Workplace()
    try place.need("encode", "ecg1", "-o", "good.aec", "-c", place.codec)
    try place.write(Data("somebody's file".utf8), "kept.aec")
    try place.write(Data("dear codec\n".utf8), "text.aec")
    try place.write(Data(), "empty.aec")
    try place.write(Data("1.0\nNaN\nthree\n".utf8), "nan.csv")
    try place.write(Data("nodat 1 360 100\nnosuch.dat 212 200 11 1024 0 0 0 I\n".utf8), "nodat.hea")
    try place.write(Data("format 1 360 100\necg1.dat 999 200 11 1024 0 0 0 I\n".utf8), "format.hea")
    try place.write(noise(100), "x.raw")
    for (name, config) in [("eeg", #"{"kind": "eeg"}"#), ("torn", "{")] {
      try place.write(Data(config.utf8), "\(name)/config.json")
      try place.write(Data([8, 0, 0, 0, 0, 0, 0, 0] + Array("{}      ".utf8)), "\(name)/model.safetensors")
    }
  }

  static let cases: [(arguments: String, code: Int32, names: String)] = [
    ("encode nosuch -o o.aec -c CODEC", 66, "nosuch"),
    ("decode nosuch.aec -o o", 66, "nosuch.aec"),
    ("encode nodat -o o.aec -c CODEC", 66, "nosuch.dat"),
    ("encode format -o o.aec -c CODEC", 65, "format"),
    ("encode nan.csv --rate 360 -o o.aec -c CODEC", 65, "nan.csv"),
    ("encode ecg1 -o o.aec -c ./eeg", 69, "eeg"),
    ("report ecg1 -o o -c ./eeg", 69, "kind \"eeg\""),
    ("encode ecg1 -o o.aec -c ./torn", 69, "config.json, line 1"),
    ("decode text.aec -o o", 65, "text.aec"),
    ("decode empty.aec -o o", 65, "empty"),
    ("info text.aec", 65, "text.aec"),
    ("verify text.aec", 65, "text.aec"),
    ("encode ecg1 -o o.aec --frobnicate", 64, "--frobnicate"),
    ("frobnicate ecg1", 64, "frobnicate"),
    ("encode -c CODEC", 64, "input"),
    ("encode ecg1 -q 101 -c CODEC", 64, "--quality"),
    ("encode ecg1 -q x -c CODEC", 64, "x"),
    ("encode ecg1 -q nan -c CODEC", 64, "--quality"),
    ("encode ecg1 -q 50 --lossless -c CODEC", 64, "-q/--quality and --lossless"),
    ("encode ecg1 --prdn 9 --target-size 900 -c CODEC", 64, "--prdn and --target-size"),
    ("encode ecg1 --bitrate 0 -c CODEC", 64, "--bitrate"),
    ("encode ecg1 --target-size 60x -c CODEC", 64, "60000, 60k or 1.5M"),
    ("encode ecg1 --target-size 1.5 -c CODEC", 64, "60000, 60k or 1.5M"),
    ("encode ecg1 --target-size k -c CODEC", 64, "60000, 60k or 1.5M"),
    ("encode ecg1 --target-size 0k -c CODEC", 64, "--target-size"),
    ("encode ecg1 --target-size 99999999999999999999M -c CODEC", 64, "--target-size"),
    ("encode ecg1 --max-error=-1lsb -c CODEC", 64, "-1lsb"),
    ("encode ecg1 --max-error 3 -c CODEC", 64, "max-error"),
    ("encode ecg1 --max-error 3furlongs -c CODEC", 64, "furlongs"),
    ("encode ecg1 --frame-error-limit 1 -c CODEC", 64, "--frame-error-limit"),
    ("encode ecg1 --frame-error-limit 4 -c digits", 64, "--frame-error-limit: the codec digits is none of frames"),
    ("encode ecg1 --frame-error-limit 4 -c photo", 64, "--frame-error-limit: the codec photo is none of frames"),
    ("encode ecg1 --frame-error-limit 4 -c speech", 64, "--frame-error-limit: the codec speech is none of frames"),
    ("encode ecg1 -e 10 -c CODEC", 64, "--effort"),
    ("encode ecg1 -j 0 -c CODEC", 64, "--jobs"),
    ("encode ecg1 --chunk 0 -c CODEC", 64, "--chunk"),
    ("encode ecg1 --strict -c CODEC", 64, "--strict"),
    ("encode ecg1 ecg2 -o o.aec -c CODEC", 64, "--output-dir"),
    ("encode ecg1 -o o.aec --output-dir out -c CODEC", 64, "--output-dir"),
    ("encode - ecg1 --raw s16le --rate 360 -c CODEC", 64, "--output"),
    ("encode - -o o.aec -c CODEC", 65, "--raw"),
    ("encode x.raw --raw s16le -o o.aec -c CODEC", 64, "--rate"),
    ("encode x.raw --raw s17 --rate 360 -o o.aec -c CODEC", 64, "s17"),
    ("encode ecg1 -o - --json -c CODEC", 64, "--json"),
    ("encode ecg1 --signals 7 -o o.aec -c CODEC", 64, "7"),
    ("decode good.aec -o o --from 00:61:00 --to 1", 64, "00:61:00"),
    ("decode good.aec -o o --from 50 --to 40", 64, "--from"),
    ("encode ecg1 -o o.aec -c nosuchcodec", 69, "nosuchcodec"),
    ("encode ecg1 -o o.aec -c no/such", 69, "no/such"),
    ("encode ecg1 -o kept.aec -c CODEC", 73, "kept.aec"),
    ("encode ecg1 -o no/such/o.aec -c CODEC", 73, "no/such"),
    ("encode x.raw --raw s16le --rate 360 -o x.raw -f -c CODEC", 73, "x.raw"),
    ("encode ecg1 -o ecg1.dat -f -c CODEC", 73, "ecg1.dat"),
    ("decode good.aec -o good.aec -f --format raw", 73, "good.aec"),
    ("decode good.aec -o ecg1", 73, "ecg1"),
    ("decode good.aec -o /dev/full --format raw", 74, "/dev/full"),
    ("decode good.aec -o ./", 73, "./"),
    ("encode ecg1 ecg1.hea -c CODEC", 64, "both become ecg1.aec"),
    ("encode . --output-dir out -c CODEC", 66, "-r"),
  ]

  @Test(arguments: cases.indices)
  func refusalsSayWhyAndTouchNothing(number: Int) throws {
    let (text, code, names) = Refusals.cases[number]
    let before = try place.contents()
    let outcome = try place.run(text.split(separator: " ").map { $0 == "CODEC" ? place.codec : String($0) }, stdin: Data([1, 2, 3]))
    #expect(outcome.code == code, "\(text): \(outcome.err)")
    #expect(outcome.err.hasPrefix("aecodec: ") && outcome.err.contains(names), "\(text): \(outcome.err)")
    #expect(outcome.err.split(separator: "\n").count == 1, "\(text): \(outcome.err)")
    #expect(outcome.out.isEmpty, "\(text)")
    #expect(try place.contents() == before, "\(text)")
  }

  @Test func rawInputThatEndsInsideASampleIsRefused() throws {
    let outcome = try place.run(
      "encode", "-", "--raw", "s16le", "--rate", "360", "--channels", "2", "-o", "-", "-c", place.codec, stdin: Data([1, 2, 3]))
    #expect(outcome.code == 65)
  }

  @Test func anotherCodecIsNamed() throws {
    let other = place.path("codecs/other")
    try FileManager.default.copyItem(at: URL(filePath: place.codec), to: other)
    let config = other.appending(path: "config.json")
    try (Data(contentsOf: config) + Data("\n".utf8)).write(to: config)
    try place.need("encode", "ecg1", "-o", "chunks.aec", "--chunk", "30", "-c", "other")
    let wrong = try place.run("decode", "chunks.aec", "-o", "o", "-c", place.codec)
    #expect(wrong.code == 69 && wrong.err.contains("other (id ") && wrong.err.contains("has id "), "\(wrong.err)")
    try place.need("decode", "chunks.aec", "-o", "o")
    try FileManager.default.removeItem(at: other)
    let missing = try place.run("decode", "chunks.aec", "-o", "p")
    #expect(missing.code == 69 && missing.err.contains("other"), "\(missing.err)")
  }

  @Test func aReaderThatGoesAwayIsAnError() throws {
    let (out, err) = (try ChildPipe(), try HiddenFile())
    out.closeReading()
    let child = try Child(
      built("aecodec"), ["decode", "good.aec", "--format", "raw", "-o", "-"], in: place.folder, output: out.writing, error: err.descriptor)
    #expect(child.wait() == 74)
    #expect(try String(decoding: err.read(), as: UTF8.self).hasPrefix("aecodec: standard output: "))
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func anInterruptionLeavesNothing(number: Int32) throws {
    let before = try place.contents()
    let input = try ChildPipe()
    let child = try Child(
      built("aecodec"), ["encode", "-", "--raw", "s16le", "--rate", "360", "-o", "o.aec", "-c", place.codec], in: place.folder, input: input.reading)
    // The temporary file is the sign that the work has begun; input that never ends keeps it from finishing.
    while try place.contents() == before, child.isRunning { sched_yield() }
    child.send(number)
    #expect(child.wait() == 128 + number)
    #expect(try place.contents() == before)
  }
}
