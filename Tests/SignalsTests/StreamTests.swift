import Foundation
import Signals
import Testing

/// Input of unknown length that comes in pieces, as through a pipe.
@Suite struct StreamTests {
  /// A named pipe into which another thread writes the bytes in pieces of 997.
  private func pipe(_ scratch: Scratch, _ name: String, _ bytes: [UInt8]) -> String {
    // A reader that gives up early must not end the tests.
    _ = signal(SIGPIPE, SIG_IGN)
    let path = scratch.path + "/" + name
    mkfifo(path, 0o600)
    Thread.detachNewThread {
      guard let file = FileHandle(forWritingAtPath: path) else { return }
      for start in stride(from: 0, to: bytes.count, by: 997) { try? file.write(contentsOf: bytes[start..<min(start + 997, bytes.count)]) }
      try? file.close()
    }
    return path
  }

  @Test(arguments: [1, 3]) func rawSamples(channels: Int) throws {
    let scratch = try Scratch()
    let samples = noise(Array(repeating: -8_000_000...8_000_000, count: channels), count: 70_001)
    let info = SignalInfo(raw: .s24be, rate: 10, channels: channels)
    let writer = try SignalFile.create(scratch.path + "/x.raw", info: info)
    try writer.write(samples)
    try writer.finish()
    let bytes = try scratch.read("x.raw")
    let options = InputOptions(raw: .s24be, rate: 10, channels: channels)
    let reader = try SignalFile.open(pipe(scratch, "a", bytes), options: options)
    #expect(reader.info.length == nil)
    for start in stride(from: 0, to: 70_001, by: 30_000) {
      #expect(try reader.read(30_000) == samples.map { Array($0[start..<min(start + 30_000, 70_001)]) })
    }
    #expect(try reader.read(30_000) == [])
    let cut = try SignalFile.open(pipe(scratch, "b", bytes.dropLast()), options: options)
    let error = #expect(throws: SignalError.self) { _ = try cut.readAll() }
    #expect(error?.exitCode == 65)
  }

  @Test func tables() throws {
    let scratch = try Scratch()
    let text = "a,b\n" + (0..<5000).map { "\($0).5,\($0)\n" }.joined()
    let reader = try SignalFile.open(pipe(scratch, "t.csv", Array(text.utf8)), options: InputOptions(rate: 5))
    #expect(reader.info.length == 5000)
    #expect(try reader.readAll() == [(0..<5000).map { Int32($0 * 10 + 5) }, (0..<5000).map { Int32($0) }])
    var options = InputOptions(rate: 5)
    options.limits.heldBytes = 1000
    let long = pipe(scratch, "u.csv", Array(text.utf8.prefix(2000)))
    let error = #expect(throws: SignalError.self) { _ = try SignalFile.open(long, options: options) }
    #expect(error?.description.contains("1000 bytes") == true)
  }

  /// `TMPDIR` says where, if it says anything.
  @Test func temporaryFilesHaveAPlace() {
    for (named, folder) in [("/var/tmp", "/var/tmp"), ("", "/tmp"), (nil, "/tmp")] {
      #expect(temporaryTemplate(in: named) == Array("\(folder)/aecodec-XXXXXX".utf8CString))
    }
  }
}
