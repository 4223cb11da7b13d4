import Foundation
import Signals
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Writing a record over an older one of the same name: whatever cuts it off, no header stands beside samples that are not its own.
@Suite struct ReplacementTests {
  let scratch: Scratch
  /// A record of two signal files, and how it was described.
  let info: SignalInfo

  init() throws {
    scratch = try Scratch()
    _ = try scratch.write("r.dat", [1, 2, 3, 4])
    _ = try scratch.write("r.x", [5, 6, 7, 8])
    let path = try scratch.write("r.hea", "r 2 360 2\nr.dat 16 200 12 0 1\nr.x 16 200 12 0 5\n")
    info = try SignalFile.open(path).info
  }

  /// Opens the record for writing, the old one being there, and writes one sample more than the old one had.
  private func writer() throws -> any SignalWriter {
    let writer = try SignalFile.create(scratch.path + "/r", info: info, overwrite: true)
    try writer.write([[7, 8, 9], [10, 11, 12]])
    return writer
  }

  /// What happened to the names in the folder while something ran: + for a file that came under it, - for one that went.
  private func changes(_ body: () throws -> Void) throws -> [String] {
    let watch = inotify_init1(Int32(IN_NONBLOCK))
    #expect(watch >= 0)
    defer { close(watch) }
    #expect(inotify_add_watch(watch, scratch.path, UInt32(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)) >= 0)
    try body()
    var events = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(watch, &events, events.count)
    var (found, at) = ([String](), 0)
    while at < count {
      let (mask, length) = events.withUnsafeBytes { bytes in
        (bytes.loadUnaligned(fromByteOffset: at + 4, as: UInt32.self), Int(bytes.loadUnaligned(fromByteOffset: at + 12, as: UInt32.self)))
      }
      let name = String(decoding: events[(at + 16)..<(at + 16 + length)].prefix { $0 != 0 }, as: UTF8.self)
      found.append((mask & UInt32(IN_CREATE | IN_MOVED_TO) != 0 ? "+" : "-") + name)
      at += 16 + length
    }
    return found.filter { !$0.hasSuffix(".tmp") && !$0.hasSuffix(".old") }
  }

  @Test func theOldHeaderGoesFirstAndTheNewOneComesLast() throws {
    let writer = try writer()
    let changes = try changes { try writer.finish() }
    #expect(changes == ["-r.hea", "-r.x", "-r.dat", "+r.dat", "+r.x", "+r.hea"])
    #expect(scratch.names == ["r.dat", "r.hea", "r.x"])
    #expect(try SignalFile.open(scratch.path + "/r").read(10) == [[7, 8, 9], [10, 11, 12]])
  }

  @Test func aFileAloneTakesThePlaceOfAnotherInOneStep() throws {
    let raw = SignalInfo(raw: .s16le, rate: 360, channels: 1)
    _ = try scratch.write("x.raw", [1, 2])
    let writer = try SignalFile.create(scratch.path + "/x.raw", info: raw, overwrite: true)
    try writer.write([[5]])
    #expect(try changes { try writer.finish() } == ["+x.raw"])
  }

  @Test func whatCannotBeReplacedLeavesTheOldRecordAsItWas() throws {
    let before = try ["r.dat", "r.hea"].map(scratch.read)
    let writer = try writer()
    // Another process makes a folder of one of the names.
    try FileManager.default.removeItem(atPath: scratch.path + "/r.x")
    try FileManager.default.createDirectory(atPath: scratch.path + "/r.x", withIntermediateDirectories: false)
    let error = #expect(throws: SignalError.self) { try writer.finish() }
    #expect(error?.exitCode == 73)
    #expect(try ["r.dat", "r.hea"].map(scratch.read) == before)
    #expect(scratch.names == ["r.dat", "r.hea", "r.x"])
  }
}
