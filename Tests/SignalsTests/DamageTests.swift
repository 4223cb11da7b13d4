import Bytes
import Foundation
import Signals
import Testing

/// Headers, signal files and descriptions that are wrong, and what becomes of half-written output.
@Suite struct DamageTests {
  @Test(arguments: [
    ("", "empty"), ("# only a comment\n", "empty"), ("r\n", "number of signals"), ("r x 360 2\n", "number of signals"),
    ("r -1 360 2\n", "number of signals"), ("r 0 360 2\n", "without signals"), ("r/3 1 360 2\nr1 1\n", "segments"),
    ("r 2 360 2\nr.dat 16\n", "describes 1"), ("r 1 360 2\nr.dat 16\nr.dat 16\n", "describes 2"), ("r 1 0 2\nr.dat 16\n", "sampling rate"),
    ("r 1 nan 2\nr.dat 16\n", "sampling rate"), ("r 1 1e999 2\nr.dat 16\n", "sampling rate"), ("r 1 360 -2\nr.dat 16\n", "number of samples"),
    ("r 1 360 99999999999999999999\nr.dat 16\n", "number of samples"), ("r 1 360 2\nr.dat\n", "description"), ("r 1 360 2\nr.dat 17\n", "format 17"),
    ("r 1 360 2\nr.dat 8\n", "format 8"), ("r 1 360 2\nr.dat 16x2\n", "per frame"), ("r 1 360 2\nr.dat 16:5\n", "skew"),
    ("r 1 360 2\nr.dat 16+\n", "signal format"), ("r 1 360 2\nr.dat x\n", "signal format"), ("r 1 360 2\nr.dat 16+99\n", "byte 99"),
    ("r 1 360 2\nr.dat 16+99999999999999999999\n", "signal format"), ("r 1 360 2\nr.dat 16 1..2\n", "gain"),
    ("r 1 360 2\nr.dat 16 200(x)\n", "baseline"),
    ("r 1 360 2\nr.dat 16 200(1\n", "baseline"), ("r 1 360 2\nr.dat 16 200/\n", "unit"), ("r 1 360 2\nr.dat 16 200 99\n", "resolution"),
    ("r 1 360 2\n../r.dat 16\n", "folder"), ("r 1 360 2\n/etc/passwd 16\n", "folder"), ("r 1 360 2\n~ 0\n", "folder"),
    ("r 2 360 1\nr.dat 16\nr.dat 80\n", "two formats"), ("r 1 360 3\nr.dat 16\n", "holds 2 samples"),
    ("r 1 360 281474976710655\nr.dat 16\n", "holds 2"),
    ("r 1 360 2\nr.dat 516\n", "r.dat"), ("r 1000000 360 2\nr.dat 16\n", "1000000 signals"), ("r 1 360\0 2\nr.dat 16\n", "no text"),
  ])
  func badHeadersAreRefused(text: String, tells: String) throws {
    let scratch = try Scratch()
    _ = try scratch.write("r.dat", [1, 2, 3, 4])
    let path = try scratch.write("r.hea", text)
    let error = #expect(throws: SignalError.self) { _ = try SignalFile.open(path) }
    #expect(error?.exitCode == 65 && error!.description.contains(tells), "\(String(describing: error))")
  }

  @Test func aMillionSignalsAreRefusedAtOnce() throws {
    let scratch = try Scratch()
    let lines = String(repeating: "r.dat 16 200 12 0 0 0 0 lead\n", count: 1_000_000)
    let path = try scratch.write("r.hea", "r 1000000 360 1\n" + lines)
    let error = #expect(throws: SignalError.self) { _ = try SignalFile.open(path) }
    #expect(error?.description.contains("limit of 1024") == true)
    _ = try scratch.write("r.hea", "r 3 360 1\n" + lines)
    #expect(throws: SignalError.self) { _ = try SignalFile.open(path) }
  }

  @Test func missingFiles() throws {
    let scratch = try Scratch()
    for name in ["none", "none.hea", "none.dat", "none.csv", "none.wav"] {
      let error = #expect(throws: SignalError.self) { _ = try SignalFile.open(scratch.path + "/" + name, options: InputOptions(rate: 1)) }
      #expect(error?.exitCode == 66, "\(name)")
    }
    let header = try scratch.write("r.hea", "r 1 360 2\nr.dat 16\n")
    #expect(#expect(throws: SignalError.self) { _ = try SignalFile.open(header) }?.exitCode == 66)
    let orphan = try scratch.write("o.dat", [1, 2])
    #expect(#expect(throws: SignalError.self) { _ = try SignalFile.open(orphan) }?.exitCode == 66)
    #expect(#expect(throws: SignalError.self) { _ = try SignalFile.open(scratch.path) }?.exitCode == 66)
  }

  @Test func rawThatEndsInsideASample() throws {
    let scratch = try Scratch()
    let path = try scratch.write("x.raw", [1, 2, 3])
    for channels in [1, 2] {
      let error = #expect(throws: SignalError.self) {
        _ = try SignalFile.open(path, options: InputOptions(raw: .s16le, rate: 1, channels: channels))
      }
      #expect(error?.exitCode == 65)
    }
    let empty = try scratch.write("e.raw", [])
    #expect(throws: SignalError.self) { _ = try SignalFile.open(empty, options: InputOptions(raw: .s8, rate: 1)) }
  }

  @Test func samplesThatDoNotFitAreRefused() throws {
    let scratch = try Scratch()
    let writer = try SignalFile.create(scratch.path + "/x.raw", info: SignalInfo(raw: .s8, rate: 1, channels: 1))
    #expect(throws: SignalError.self) { try writer.write([[127, 128]]) }
    writer.abort()
    #expect(scratch.names == [])
  }

  @Test func nothingHalfWrittenStays() throws {
    let scratch = try Scratch()
    let info = try SignalInfo(serialized: Array("\u{1}1 360 2\n200 /mV 212 .dat 12 0 0\tI\n".utf8)[...])
    let writer = try SignalFile.create(scratch.path + "/r", info: info)
    try writer.write([[1, 2]])
    #expect(scratch.names.allSatisfy { $0.hasSuffix(".tmp") })
    writer.abort()
    #expect(scratch.names == [])
    do { _ = try SignalFile.create(scratch.path + "/r", info: info) }
    #expect(scratch.names == [])
    // What an interruption leaves is for the tests of the programs: here it would take the files of other tests too.
  }

  @Test func existingFilesStayUnlessToldOtherwise() throws {
    let scratch = try Scratch()
    let path = try scratch.write("x.raw", [9])
    let info = SignalInfo(raw: .s8, rate: 1, channels: 1)
    #expect(#expect(throws: SignalError.self) { _ = try SignalFile.create(path, info: info) }?.exitCode == 73)
    let writer = try SignalFile.create(path, info: info, overwrite: true)
    try writer.write([[1]])
    #expect(try scratch.read("x.raw") == [9])
    try writer.finish()
    #expect(try scratch.read("x.raw") == [1])
    let late = try AtomicFile(path: scratch.path + "/y")
    try late.write([1, 2, 3])
    _ = try scratch.write("y", [7])
    #expect(throws: SignalError.self) { try late.commit(overwrite: false) }
    late.abort()
    #expect(try scratch.read("y") == [7] && scratch.names == ["x.raw", "y"])
    #expect(#expect(throws: SignalError.self) { _ = try AtomicFile(path: scratch.path + "/no/y") }?.exitCode == 73)
  }

  @Test func damagedDescriptionsThrow() throws {
    let texts = [
      "", "\u{1}", "\u{1}x", "\u{1}1 360 2\n", "\u{1}1 360 2\nI\n", "\u{1}1 0 2\n200 /mV 16 .dat\tI\n", "\u{1}2 360 2\n200 /mV 16 .dat\tI\n",
      "\u{1}1 360 2\n200 /mV 16 /x\tI\n", "\u{1}1 360 2\n200 /mV 16 .hea\tI\n", "\u{1}1 360 2\n200 /mV 99 .dat\tI\n",
      "\u{1}1 360 2\nx /mV 16 .dat\tI\n", "\u{1}1 360 2\n200 /mV 16 .dat 1 2 3 4\tI\n", "\u{1}99999 360 2\n", "\u{5}", "\u{0}\u{1}",
      "\u{2}\u{4}\u{1}\u{0}x",
    ]
    for text in texts { #expect(throws: BytesError.self, "\(text)") { _ = try SignalInfo(serialized: Array(text.utf8)[...]) } }
    // Any change of any byte gives an error or a description that can be written again.
    let whole = Array("\u{1}2 360/100(5) 650000 1:00 1/1/2000\n200 /mV 212 .dat 11 1024 0\tMLII\nV5\n# text\n".utf8)
    var generator = Generator(7)
    for _ in 0..<20_000 {
      var bytes = whole
      for _ in 0...generator.next() % 3 { bytes[Int(generator.next() % UInt64(bytes.count))] = UInt8(generator.next() & 0xFF) }
      if let info = try? SignalInfo(serialized: bytes[...]) { #expect(try SignalInfo(serialized: info.serialized()[...]) == info) }
    }
  }

  @Test func aCutSoundFileIsRefused() throws {
    let scratch = try Scratch()
    let info = SignalInfo(raw: .s16le, rate: 8000, channels: 1)
    for (name, format) in [("x.wav", OutputFormat.wav), ("x.flac", .flac)] {
      let writer = try SignalFile.create(scratch.path + "/" + name, info: info, format: format)
      try writer.write(noise([-30000...30000], count: 20_000))
      try writer.finish()
      let whole = try scratch.read(name)
      _ = try scratch.write(name, Array(whole.prefix(whole.count / 2)))
      let error = #expect(throws: SignalError.self) { _ = try SignalFile.open(scratch.path + "/" + name).readAll() }
      #expect(error?.exitCode == 65)
    }
  }

  /// Any change of a file gives an error or a signal, never a crash.
  @Test func damagedFilesGiveErrorsOrSignals() throws {
    let scratch = try Scratch()
    let header = Array("r 2 360/100(5) 4 1:00 1/1/2000\nr.dat 212+2 200(-3)/mV 11 1024 7 -9 0 MLII\nr.dat 212+2 200 12 0 5 6 0 V5\n# text\n".utf8)
    let table = Array("# sampling rate: 100\nI;II\n0.5;1e-2\n-7;+3.25\n".utf8)
    _ = try scratch.write("r.dat", Array(0..<14))
    var generator = Generator(11)
    for (name, whole) in [("r.hea", header), ("t.csv", table)] {
      var read = 0
      for _ in 0..<3000 {
        var bytes = whole
        for _ in 0...generator.next() % 3 {
          let k = Int(generator.next() % UInt64(bytes.count))
          let digit = Array("0123456789 +-./(x\n".utf8)[Int(generator.next() % 18)]
          bytes[k] = generator.next() % 2 == 0 ? digit : UInt8(generator.next() & 0xFF)
        }
        let path = try scratch.write(name, bytes)
        do {
          let reader = try SignalFile.open(path)
          let samples = try reader.readAll()
          #expect(samples.allSatisfy { $0.count == reader.info.length })
          #expect(try SignalInfo(serialized: reader.info.serialized()[...]) == reader.info)
          read += 1
        } catch let error as SignalError {
          #expect(error.description.contains(scratch.path))
        }
      }
      #expect(read > 0)
    }
  }

  @Test func aRawDescriptionIsSmall() {
    #expect(SignalInfo(raw: .s16le, rate: 360, channels: 1, length: 31_104_000).serialized().count <= 10)
    #expect(SignalInfo(raw: .s16le, rate: 192_000, channels: 1, length: 1 << 34).serialized().count <= 10)
  }
}
