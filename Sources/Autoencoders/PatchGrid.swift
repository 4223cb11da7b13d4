import Tensors

/// A block cut into patches of equal extents, without a rest: stretches of [channels, length], rectangles of [channels, rows, columns]. All channels of a place are in
/// one patch; patches are numbered row by row.
public struct PatchGrid: Equatable, Sendable {
  /// Extents of a block.
  public let block: [Int]
  /// Extents of a patch, without channels: [length], or [rows, columns].
  public let patch: [Int]

  init(block: [Int], patch: [Int]) {
    precondition(patch.count == block.count - 1 && zip(block.dropFirst(), patch).allSatisfy { $0 % $1 == 0 }, "patches \(patch) of a block \(block)")
    (self.block, self.patch) = (block, patch)
  }

  /// Patches along each dimension.
  public var extents: [Int] { zip(block.dropFirst(), patch).map { $0 / $1 } }
  /// Patches of a block.
  public var count: Int { extents.reduce(1, *) }
  /// Numbers in a patch.
  public var size: Int { block[0] * patch.reduce(1, *) }

  /// The patch that number `index` of a block lies in.
  public func patch(of index: Int) -> Int {
    let place = index % block.dropFirst().reduce(1, *)
    let (row, column) = place.quotientAndRemainder(dividingBy: block[block.count - 1])
    return (patch.count == 2 ? row / patch[0] * extents[1] : 0) + column / patch[patch.count - 1]
  }

  // One dimension is a single row: patch rows, rows of a patch, patch columns, columns of a patch.
  private var split: [Int] { patch.count == 2 ? [extents[0], patch[0], extents[1], patch[1]] : [1, 1, extents[0], patch[0]] }

  /// x [blocks, numbers of a block] to [blocks, patches, numbers of a patch].
  public func cut(_ x: Variable) -> Variable {
    x.reshaped([-1, block[0]] + split).permuted([0, 2, 4, 1, 3, 5]).reshaped([-1, count, size])
  }

  /// The way back of `cut`.
  public func joined(_ patches: Variable) -> Variable {
    let s = split
    return patches.reshaped([-1, s[0], s[2], block[0], s[1], s[3]]).permuted([0, 3, 1, 4, 2, 5]).reshaped([-1, count * size])
  }
}
