import Bytes
import Tensors

/// Training to fill in: some patches of each block are hidden, and what the decoder says of them is held against them (He et al. 2022).
///
/// ```json
/// {"share": 0.75, "run": 1, "weight": 1, "alone": true}
/// ```
public struct Hiding: Equatable, Sendable {
  /// Of the patches; at least one is hidden, and one visible.
  public let share: Float
  /// Patches that are hidden on end: 1 for patches anywhere, more where what gets lost are stretches.
  public let run: Int
  /// How much an error of a hidden number counts, beside one of a number that is decoded from its own code.
  public let weight: Float
  /// Whether nothing else is made small: no codes of all patches are trained for then.
  public let alone: Bool

  public init(share: Float = 0.75, run: Int = 1, weight: Float = 1, alone: Bool = false) {
    (self.share, self.run, self.weight, self.alone) = (share, run, weight, alone)
  }

  /// Patches of a block of so many that are hidden.
  func hidden(of count: Int) -> Int { min(max(1, Int((share * Float(count)).rounded())), count - 1) }

  /// Of each of so many blocks the numbers of visible patches, ascending, drawn for each block by itself.
  public func visible(blocks: Int, of count: Int, random: inout RandomSource) -> [[Int]] {
    (0..<blocks).map { _ in
      var (isHidden, left) = (Array(repeating: false, count: count), hidden(of: count))
      while left > 0 {
        // Runs over an end are cut, so that every patch is hidden about as often.
        let start = random.integer(below: count + run - 1) - (run - 1)
        for patch in max(0, start)..<min(count, start + run) where !isHidden[patch] && left > 0 {
          isHidden[patch] = true
          left -= 1
        }
      }
      return isHidden.indices.filter { !isHidden[$0] }
    }
  }

  /// The loss of the hidden patches, for as many numbers as a block has: x [..., numbers of a block] against what `autoencoder` fills in where it sees `input` alone.
  func loss(of autoencoder: any PatchFilling, _ input: Variable, _ x: Variable, _ distribution: Distribution, random: inout RandomSource) -> Variable
  {
    let grid = autoencoder.patches
    let blocks = x.shape.dropLast().reduce(1, *)
    let visible = visible(blocks: blocks, of: grid.count, random: &random)
    let hidden = visible.enumerated().flatMap { block, own in
      let own = Set(own)
      return (0..<grid.count).filter { !own.contains($0) }.map { block * grid.count + $0 }
    }
    func chosen(_ x: Variable) -> Variable { grid.cut(x).reshaped([blocks * grid.count, grid.size]).rows(hidden) }
    let filled = autoencoder.fill(input.reshaped([blocks, autoencoder.blockSize]), visible: visible)
    return (weight * Float(grid.count)) * distribution.loss(chosen(filled), chosen(x.reshaped([blocks, autoencoder.blockSize])))
  }

  /// {"share", "run", "weight", "alone"}
  init(_ reader: inout ConfigurationReader) throws {
    share = try reader.number("share", 0.01...0.95) ?? 0.75
    run = try reader.integer("run", 1...4096) ?? 1
    weight = try reader.number("weight", 0.001...1000) ?? 1
    alone = try reader.flag("alone") ?? false
  }

  var json: JSONValue {
    .object([
      ("share", .number(Double(share))), ("run", .integer(run)), ("weight", .number(Double(weight))), ("alone", .flag(alone)),
    ])
  }
}
