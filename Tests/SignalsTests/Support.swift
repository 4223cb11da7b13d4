import Foundation
import Signals

/// A folder that disappears with its last reference.
final class Scratch {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("signals-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))) }

  func text(_ name: String) throws -> String { String(decoding: try read(name), as: UTF8.self) }

  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}

/// The repository's root.
let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// The recordings beside the repository; they are not part of it.
let data = root.appendingPathComponent("../shared/data").standardizedFileURL

/// All WFDB records there, without `.hea`.
let records: [String] = {
  let files = FileManager.default.enumerator(at: data, includingPropertiesForKeys: nil)?.compactMap { ($0 as? URL)?.path } ?? []
  return files.filter { $0.hasSuffix(".hea") }.map { String($0.dropLast(4)) }.sorted()
}()

/// Copies a signal in pieces of uneven size.
func copy(_ reader: any SignalReader, to writer: any SignalWriter, pieces: [Int] = [1, 999, 2, 40_001]) throws {
  var k = 0
  while true {
    let samples = try reader.read(pieces[k % pieces.count])
    if samples.isEmpty { break }
    try writer.write(samples)
    k += 1
  }
  try writer.finish()
}

/// Numbers that look random and are always the same.
struct Generator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }

  mutating func next(in range: ClosedRange<Int32>) -> Int32 {
    Int32(Int(range.lowerBound) + Int(next() % UInt64(Int(range.upperBound) - Int(range.lowerBound) + 1)))
  }
}

/// Samples with both extremes of a range in every channel.
func noise(_ ranges: [ClosedRange<Int32>], count: Int, seed: UInt64 = 1) -> [[Int32]] {
  var generator = Generator(seed)
  return ranges.map { range in
    var samples = (0..<count).map { _ in generator.next(in: range) }
    if count > 0 { samples[0] = range.lowerBound }
    if count > 1 { samples[count - 1] = range.upperBound }
    return samples
  }
}
