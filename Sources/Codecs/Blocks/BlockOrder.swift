import Signals

/// Where in a chunk the samples of blocks stand: as they come, but for items of a stack with colours.
///
/// An autoencoder has colours first, [colours, rows, columns]; items of a stack have them last, rows, columns, colours. Where the extents of the two are such, each
/// block has the colours of its item one after the other.
struct BlockOrder: Sendable {
  /// Samples of a block.
  let blockLength: Int
  /// Of each number of a block, which sample of its item it is, and the other way round; nil where they are the same.
  private let table: [Int]?
  private let inverse: [Int]?

  /// - Parameter block: extents of a block, channels first.
  init(block: [Int], info: SignalInfo) {
    blockLength = block.reduce(1, *)
    guard block.count == 3, block[0] > 1, info.stack?.extents == [block[1], block[2], block[0]] else {
      (table, inverse) = (nil, nil)
      return
    }
    let (colours, pixels) = (block[0], block[1] * block[2])
    table = (0..<blockLength).map { $0 % pixels * colours + $0 / pixels }
    inverse = (0..<blockLength).map { $0 % colours * pixels + $0 / colours }
  }

  /// Whether samples stand as they come.
  var isPlain: Bool { table == nil }

  /// The sample that a number is, both counted over all blocks of a chunk.
  func sample(_ number: Int) -> Int { table.map { number - number % blockLength + $0[number % blockLength] } ?? number }

  /// The number that a sample is.
  func number(_ sample: Int) -> Int { inverse.map { sample - sample % blockLength + $0[sample % blockLength] } ?? sample }
}
