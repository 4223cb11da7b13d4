import Entropy

/// Codes a sample, given predictions, as binary decisions about the interval that it lies in.
///
/// A sample is `center + step q`: first "q >= 0?", then outward through buckets of 1, 1, 2, 2, 4, 4, ... times 2^shift values, then by bisection in
/// the bucket. Every decision's probability is a mixture of what the predictions say (a logistic distribution around each, over the interval that is left) and of
/// adaptive counters. Decisions that the range settles are not coded.
final class PixelResidual {
  static let sizes = 40
  private static let buckets = 10
  private static let bisections = 3

  private let views: Int
  private let exactShift: UInt32
  private let hashShift: UInt32
  private let fineShift: UInt32
  private let step: Int
  private let lowest: Int
  private let highest: Int
  private let survival = Survival.Lookup()
  /// The side, and the buckets of both sides.
  private let model: MixingModel
  /// Bisections.
  private let fine: MixingModel
  /// By view: location relative to the center, on the side that is looked at; 1 / scale; survival at the ends of what is left and at the split.
  private let means: UnsafeMutablePointer<Float>
  private let inverses: UnsafeMutablePointer<Float>
  private let near: UnsafeMutablePointer<Float>
  private let far: UnsafeMutablePointer<Float>
  private let split: UnsafeMutablePointer<Float>

  /// What stands around a sample, as contexts.
  struct Surroundings {
    /// Size of errors to be expected, 0 ..< sizes.
    var size = 0
    /// 0 ..< 81
    var errors = 0
    /// 0 ..< 81
    var colours = 0
    /// 0 ..< 64
    var pattern = 0
    /// 0 ..< 81
    var disagreement = 0
    /// 0 ..< 20
    var texture = 0
    /// 0 ..< 16
    var fraction = 0
    /// Hashes: the values of all components; differences between them; differences to those of the neighbours.
    var exact: UInt32 = 0
    var difference: UInt32 = 0
    var steps: UInt32 = 0
  }

  /// - Parameters:
  ///   - views: distributions that are told.
  ///   - hashBits: at least 8, of the largest table.
  init(bound: Int, lowest: Int, highest: Int, views: Int, hashBits: Int) {
    self.views = views
    (exactShift, hashShift, fineShift) = (32 - UInt32(hashBits), 32 - UInt32(min(hashBits, 14)), 32 - UInt32(min(hashBits, 13)))
    step = 2 * bound + 1
    (self.lowest, self.highest) = (lowest, highest)
    let sizes = PixelResidual.sizes
    model = MixingModel(
      MixingShape(
        nodes: 1 + 2 * PixelResidual.buckets,
        inputs: [
          .init(contexts: sizes), .init(contexts: sizes / 2 * 16), .init(contexts: sizes / 2 * 81), .init(contexts: sizes / 2 * 81),
          .init(contexts: sizes / 2 * 64), .init(contexts: sizes / 2 * 81), .init(contexts: sizes / 2 * 20),
          .init(contexts: 1 << min(hashBits, 14)), .init(contexts: 1 << hashBits), .init(contexts: 1 << min(hashBits, 14)),
        ], signals: views, selectors: [1, sizes, 20], refinements: sizes / 2, firstRate: 40, lastRate: 5, inputWeight: 6000,
        signalWeight: 12000))
    fine = MixingModel(
      MixingShape(
        nodes: 2 * PixelResidual.buckets * PixelResidual.bisections,
        inputs: [
          .init(contexts: 1), .init(contexts: sizes), .init(contexts: 1 << min(hashBits, 13)), .init(contexts: 1 << min(hashBits, 14)),
          .init(contexts: 1 << min(hashBits, 13)),
        ], signals: views, selectors: [1, sizes], firstRate: 40, lastRate: 5, inputWeight: 6000, signalWeight: 12000))
    func zeros() -> UnsafeMutablePointer<Float> {
      let pointer = UnsafeMutablePointer<Float>.allocate(capacity: views)
      pointer.initialize(repeating: 0, count: views)
      return pointer
    }
    (means, inverses, near, far, split) = (zeros(), zeros(), zeros(), zeros(), zeros())
  }

  deinit { for pointer in [means, inverses, near, far, split] { pointer.deallocate() } }

  /// Codes a sample. Gives the sample as the decoder has it: within the bound of `wanted`, and in the range.
  /// - Parameters:
  ///   - center: within the range.
  ///   - locations, scales: of the distributions that predictions make; scales are positive.
  ///   - expected: size of the error that is to be expected.
  @inline(__always)
  func code<Coder: BinaryCoder>(
    _ wanted: Int, center: Int, locations: UnsafePointer<Float>, scales: UnsafePointer<Float>, expected: Float, _ around: Surroundings,
    _ coder: inout Coder
  ) -> Int {
    let half = around.size / 2
    model.setContext(0, around.size)
    model.setContext(1, half &* 16 &+ around.fraction)
    model.setContext(2, half &* 81 &+ around.errors)
    model.setContext(3, half &* 81 &+ around.colours)
    model.setContext(4, half &* 64 &+ around.pattern)
    model.setContext(5, half &* 81 &+ around.disagreement)
    model.setContext(6, half &* 20 &+ around.texture)
    model.setContext(7, Int(around.difference >> hashShift))
    model.setContext(8, Int(around.exact >> exactShift))
    model.setContext(9, Int(around.steps >> hashShift))
    model.setSelector(1, around.size)
    model.setSelector(2, around.texture)
    model.setRefinement(half)
    fine.setContext(1, around.size)
    fine.setContext(2, Int(around.difference >> fineShift))
    fine.setContext(3, Int(around.exact >> hashShift))
    fine.setContext(4, Int(around.steps >> fineShift))
    fine.setSelector(1, around.size)

    let difference = wanted &- center
    let bound = step / 2
    let q = difference >= 0 ? (difference &+ bound) / step : -((bound &- difference) / step)
    // Values of q whose intervals reach into the range.
    let top = (highest &- center &+ bound) / step
    let bottom = (center &- lowest &+ bound) / step
    var shift = 0
    while shift < 24, expected > Float(step &* (5 << shift)) { shift &+= 1 }
    let (width, unit) = (Float(step), Float(center))
    for k in 0..<views {
      means[k] = (locations[k] - unit) / width
      inverses[k] = width / scales[k]
      near[k] = survival((-(Float(bottom) + 0.5) - means[k]) * inverses[k])
      far[k] = survival((Float(top) + 0.5 - means[k]) * inverses[k])
    }
    let isUp = bottom == 0 ? true : decide(q >= 0, node: 0, depth: -1, at: 0, &coder)
    let magnitude: Int
    if isUp {
      for k in 0..<views { near[k] = survival((-0.5 - means[k]) * inverses[k]) }
      magnitude = outward(q, limit: top, shift: shift, node: 1, &coder)
    } else {
      // Seen from the other side: 0 is the value below the center.
      for k in 0..<views {
        means[k] = -1 - means[k]
        near[k] = survival((-0.5 - means[k]) * inverses[k])
        far[k] = survival((Float(bottom) - 0.5 - means[k]) * inverses[k])
      }
      magnitude = -1 &- outward(-1 &- q, limit: bottom &- 1, shift: shift, node: 1 &+ PixelResidual.buckets, &coder)
    }
    return min(max(center &+ magnitude &* step, lowest), highest)
  }

  /// Codes a number, 0 to `limit`.
  @inline(__always)
  private func outward<Coder: BinaryCoder>(_ wanted: Int, limit: Int, shift: Int, node: Int, _ coder: inout Coder) -> Int {
    // The number lies in low ..< low + width.
    var (low, place, width) = (0, 0, 1 << shift)
    while low &+ width <= limit {
      let bucket = min(place, PixelResidual.buckets &- 1)
      if !decide(wanted >= low &+ width, node: node &+ bucket, depth: -1, at: low &+ width, &coder) { break }
      low &+= width
      place &+= 1
      width = 1 << (shift &+ place / 2)
    }
    width = min(width, limit &- low &+ 1)
    // Nodes of the first two bisections of a bucket stand for its halves and quarters; those below share the last two.
    var part = 0
    let first = (node &- 1 &+ min(place, PixelResidual.buckets &- 1)) &* PixelResidual.bisections
    while width > 1 {
      let half = width / 2
      if decide(wanted >= low &+ half, node: first, depth: part, at: low &+ half, &coder) {
        low &+= half
        width &-= half
        part = 2
      } else {
        width = half
        part = 1
      }
    }
    return low
  }

  /// Whether the number is at least `boundary`.
  @inline(__always)
  private func decide<Coder: BinaryCoder>(_ wanted: Bool, node: Int, depth: Int, at boundary: Int, _ coder: inout Coder) -> Bool {
    let point = Float(boundary) - 0.5
    let model = depth < 0 ? model : fine
    for k in 0..<views {
      let share = survival((point - means[k]) * inverses[k])
      split[k] = share
      let (above, below) = (max(share - far[k], 1e-12), max(near[k] - share, 1e-12))
      model.setSignal(k, Int(survival.logarithm(above) - survival.logarithm(below)))
    }
    let result = model.code(wanted ? 1 : 0, node: depth < 0 ? node : node &+ depth, &coder) != 0
    let target = result ? near : far
    for k in 0..<views { target[k] = split[k] }
    return result
  }
}
