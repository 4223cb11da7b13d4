import Foundation
import TestSupport
import Testing

/// Live signals: what went in comes out before more goes in.
@Suite struct LiveSignals {
  @Test func aPacketComesOutBeforeTheNextGoesIn() throws {
    let place = try Workplace()
    let (input, between, output) = (try ChildPipe(), try ChildPipe(), try ChildPipe())
    // Should a filter hold back what it has, both end after two minutes and the test fails.
    func filter(_ name: String, _ arguments: [String], from: Int32, to: Int32) throws -> Child {
      let all = ["120", built(name).path, "-c", place.codec] + arguments
      return try Child(URL(filePath: "/usr/bin/timeout"), all, in: place.folder, input: from, output: to)
    }
    let shape = ["--raw", "s16le", "--rate", "360", "--packet", "2", "-e", "1"]
    let aeenc = try filter("aeenc", shape, from: input.reading, to: between.writing)
    let aedec = try filter("aedec", [], from: between.reading, to: output.writing)
    input.closeReading()
    between.closeReading()
    between.closeWriting()
    output.closeWriting()

    // Two seconds are eight frames of 96 samples at this rate, to the nearest frame.
    let bytes = 2 * 8 * 96
    let samples = beats(3 * 8 * 96, channels: 1)
    let (writer, reader) = (
      FileHandle(fileDescriptor: input.writing, closeOnDealloc: false), FileHandle(fileDescriptor: output.reading, closeOnDealloc: false)
    )
    for k in 0..<3 {
      try writer.write(contentsOf: samples[k * bytes..<(k + 1) * bytes])
      var found = 0
      while found < bytes, let more = try reader.read(upToCount: bytes - found), !more.isEmpty { found += more.count }
      #expect(found == bytes)
    }
    input.closeWriting()
    #expect(aeenc.wait() == 0 && aedec.wait() == 0)
  }
}
