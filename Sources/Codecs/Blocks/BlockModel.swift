import Entropy

/// The prior of the codes of blocks: a magnitude and a sign each, in contexts of the codes around them.
///
/// Codes are visited block by block, within a block position by position, and at a position channel by channel; so the contexts are codes of the block
/// before, of the positions before and above, and of the channels before. Everything that is coded passes through here, for encoder, decoder and meters alike.
final class BlockModel {
  private let channels: Int
  private let positions: Int
  /// Positions in a row, where positions lie in two dimensions; 0 where they lie in one.
  private let rowLength: Int
  private let magnitude: MixingModel
  private let sign: MixingModel

  /// The largest magnitude of a code.
  static let largest = 1 << 20
  private static let tree = IntegerTree(unary: 12, exponents: 19)
  /// Channels that have counters of their own; where there are more, neighbours share them.
  private static let mostClasses = 64
  private static let levels = 12

  /// Shapes of the models for codes of so many channels, by name.
  static func shapes(channels: Int) -> [(name: String, shape: MixingShape)] {
    let (c, l) = (min(channels, mostClasses), levels)
    func inputs(_ contexts: Int...) -> [MixingShape.Input] { contexts.map { .init(contexts: $0, limit: 1000) } }
    return [
      (
        "blockMagnitude",
        MixingShape(
          nodes: tree.nodes, inputs: inputs(c, c * l, c * l, c * l, l * l * l, c * l, l * l * 16), selectors: [c, l], refinements: l, firstRate: 12)
      ),
      ("blockSign", MixingShape(nodes: 1, inputs: inputs(c * 27, c * 9, 81), firstRate: 12)),
    ]
  }

  /// - Parameters:
  ///   - codeShape: channels, then positions, in one or two dimensions.
  ///   - states: trained states of the models by name; those that are missing start untrained.
  init(codeShape: [Int], states: [String: [Int32]]) {
    channels = codeShape[0]
    positions = codeShape.dropFirst().reduce(1, *)
    rowLength = codeShape.count > 2 ? codeShape[codeShape.count - 1] : 0
    let models = BlockModel.shapes(channels: channels).map { name, shape in states[name].map { MixingModel(shape, state: $0) } ?? MixingModel(shape) }
    (magnitude, sign) = (models[0], models[1])
  }

  /// What the models have learned, by name.
  var states: [String: [Int32]] {
    Dictionary(uniqueKeysWithValues: zip(BlockModel.shapes(channels: channels).map(\.name), [magnitude.state, sign.state]))
  }

  /// Codes a sequence of blocks in place.
  /// - Parameter codes: blocks × channels × positions.
  func code<Coder: BinaryCoder>(_ codes: inout [Int32], blocks: Int, _ coder: inout Coder) {
    let size = channels * positions
    precondition(codes.count == blocks * size, "codes of another shape")
    codes.withUnsafeMutableBufferPointer { codes in
      for block in 0..<blocks {
        var recent = 0
        for position in 0..<positions {
          for channel in 0..<channels {
            let index = block * size + channel * positions + position
            code(codes.baseAddress!, index, block, position, channel, &recent, &coder)
            if coder.isOver { return }
          }
        }
      }
    }
  }

  @inline(__always)
  private func code<Coder: BinaryCoder>(
    _ codes: UnsafeMutablePointer<Int32>, _ index: Int, _ block: Int, _ position: Int, _ channel: Int, _ recent: inout Int, _ coder: inout Coder
  ) {
    let (blockSize, c) = (channels * positions, channel * min(channels, BlockModel.mostClasses) / channels)
    // Where a block begins, the end of the block before it comes before.
    let before = position > 0 ? codes[index - 1] : block > 0 ? codes[index - blockSize + positions - 1] : 0
    let secondBefore = position > 1 ? codes[index - 2] : 0
    let above = rowLength > 0 && position >= rowLength ? codes[index - rowLength] : 0
    let earlier = block > 0 ? codes[index - blockSize] : 0
    let lower = channel > 0 ? codes[index - positions] : 0
    let secondLower = channel > 1 ? codes[index - 2 * positions] : 0
    func size(_ value: Int32) -> Int { Int(value.magnitude) }
    let along = BlockModel.level(2 * size(before) + size(secondBefore) + 2 * size(above))
    let across = BlockModel.level(2 * size(lower) + size(secondLower))
    let past = BlockModel.level(2 * size(earlier))
    let (l, busy) = (BlockModel.levels, BlockModel.level(recent >> 3))
    magnitude.setContext(0, c)
    magnitude.setContext(1, c * l + along)
    magnitude.setContext(2, c * l + across)
    magnitude.setContext(3, c * l + past)
    magnitude.setContext(4, (along * l + across) * l + past)
    magnitude.setContext(5, c * l + busy)
    magnitude.setContext(6, (along * l + busy) * 16 + c * 16 / min(channels, BlockModel.mostClasses))
    magnitude.setSelector(0, c)
    magnitude.setSelector(1, busy)
    magnitude.setRefinement(busy)
    let coded = BlockModel.tree.code(size(codes[index]), magnitude, &coder)
    recent += (coded << 5 - recent) >> 2
    guard coded > 0 else {
      codes[index] = 0
      return
    }
    func trit(_ value: Int32) -> Int { value == 0 ? 0 : value < 0 ? 1 : 2 }
    sign.setContext(0, ((c * 3 + trit(earlier)) * 3 + trit(before)) * 3 + trit(lower))
    sign.setContext(1, (c * 3 + trit(above)) * 3 + trit(before))
    sign.setContext(2, ((trit(lower) * 3 + trit(secondLower)) * 3 + trit(before)) * 3 + trit(secondBefore))
    codes[index] = sign.code(codes[index] < 0 ? 1 : 0, node: 0, &coder) != 0 ? -Int32(coded) : Int32(coded)
  }

  /// 0 to 4, then two classes an octave: up to 6, 8, 12, 16, 24, 32, and all above.
  private static func level(_ value: Int) -> Int {
    guard value > 4 else { return value }
    let exponent = Int.bitWidth - 1 - (value - 1).leadingZeroBitCount
    return min(levels - 1, 1 + 2 * exponent + ((value - 1) >> (exponent - 1)) & 1)
  }
}
