import Bytes
import Foundation
import Signals

/// Stacks of pictures: IDX files, plain and packed by gzip; damaged before they are packed, after it, or both.
struct StackEntry: Entry {
  static let name = "idx"
  private let stacks: [[UInt8]]
  private let folder: URL

  init(_ corpus: Corpus, samples: URL, folder: URL) throws {
    self.folder = folder
    let pictures = try Data(contentsOf: samples.appending(path: "glyphs-images-idx3-ubyte"))
    // A count that the shortened data have.
    let start: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2] + pictures[8..<16 + 2 * 784]
    let small: [[UInt8]] = [
      [0, 0, 8, 1, 0, 0, 0, 5, 1, 2, 3, 4, 5], [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6],
      [0, 0, 8, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6],
    ]
    stacks = [start] + small
  }

  func run(_ dice: inout Dice) throws -> Bool {
    let mutator = Mutator()
    let other = stacks[dice.below(stacks.count)]
    var bytes = stacks[dice.below(stacks.count)]
    let isPacked = dice.one(in: 2)
    if !isPacked || dice.one(in: 2) { bytes = mutator.mutate(bytes, with: other, &dice) }
    if isPacked {
      bytes = StackEntry.packed(bytes)
      if dice.one(in: 8) { bytes += StackEntry.packed(other) }
      if dice.below(3) > 0 { bytes = mutator.mutate(bytes, with: other, &dice) }
    }
    try write(bytes, folder.appending(path: "x"))
    try readSome(try SignalFile.open(folder.appending(path: "x").path))
    return true
  }

  /// A gzip member.
  private static func packed(_ bytes: [UInt8]) -> [UInt8] {
    var trailer = ByteWriter()
    trailer.append(littleEndian: crc32(bytes))
    trailer.append(littleEndian: UInt32(truncatingIfNeeded: bytes.count))
    // The zlib stream has two bytes before and four behind the same deflate data.
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + deflated(bytes).dropFirst(2).dropLast(4) + trailer.bytes
  }
}
