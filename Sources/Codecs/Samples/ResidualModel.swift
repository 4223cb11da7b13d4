import Entropy

/// Codes a channel's samples, given predictions, as binary decisions about the interval that a sample lies in.
///
/// A sample is `center + step q`: first "q > 0?", then "q < 0?", then outward, unary over buckets of 2^k, then by doubling, then by bisection
/// inside the bucket. Every decision's probability is a mixture of what the predictions say (a logistic distribution around each,
/// with the scales of its recent errors, integrated over the interval: the fractions of the predictions count) and of adaptive counters.
/// Decisions that the channel's range settles cost nothing.
final class ResidualModel {
  /// Unary buckets, doublings and bisections with nodes of their own, on each side.
  private static let buckets = 14
  private static let doublings = 4
  private static let bisections = 2
  private static let perSide = buckets + doublings + bisections

  private let step: Int
  private let lowest: Int
  private let highest: Int
  private let experts: Int
  private let model: MixingModel
  /// Mean absolute error per expert, fast and slow.
  private var errors: [Double]
  /// Per expert and scale: location relative to the center, 1 / scale, and the distribution function at the interval's ends and at the split.
  private var means: [Double]
  private var inverses: [Double]
  private var below: [Double]
  private var above: [Double]
  private var split: [Double]
  private var fast = 4.0
  private var slow = 4.0
  private var last = 0
  private var before = 0
  private var coded = 0
  /// The last sample's error against the prediction, in steps: what other channels may look at.
  private(set) var deviation = 0.0

  /// - Parameters:
  ///   - bound: largest error allowed; samples are coded in steps of `2 bound + 1`.
  ///   - lowest, highest: the range of the channel's samples, relative to its start value.
  init(bound: Int, lowest: Int, highest: Int, experts: Int) {
    step = 2 * bound + 1
    self.lowest = lowest
    self.highest = highest
    self.experts = experts
    let count = 2 * experts
    errors = [Double](repeating: 0, count: count)
    means = errors
    inverses = errors
    below = errors
    above = errors
    split = errors
    // The mixer without a context is there twice: it has two thirds of the average.
    model = MixingModel(
      MixingShape(
        nodes: 2 + 2 * ResidualModel.perSide,
        inputs: [
          .init(contexts: 24), .init(contexts: 24 * 24), .init(contexts: 16 * 12), .init(contexts: 11 * 12), .init(contexts: 12 * 81),
          .init(contexts: 12),
        ], signals: count, selectors: [1, 16, 1], refinements: 24, firstRate: 20, lastRate: 3, inputWeight: 4000, signalWeight: Int32(64000 / count))
    )
  }

  /// Codes a sample and learns it. Gives the sample as the decoder has it: within the bound of `sample`, and in the range.
  /// - Parameters:
  ///   - predictions: the experts' predictions, the combination last; all of them finite and below 2^35.
  ///   - other: `deviation` of the channel coded before at this time, or nil.
  func code<Coder: BinaryCoder>(
    _ sample: Int, _ predictions: UnsafePointer<Double>, other: Double?, _ coder: inout Coder
  ) -> Int {
    let prediction = predictions[experts - 1]
    let center = min(max(Int(prediction < 0 ? prediction - 0.5 : prediction + 0.5), lowest), highest)
    let difference = sample - center
    let bound = step / 2
    let wanted = difference >= 0 ? (difference + bound) / step : -((bound - difference) / step)
    prepare(prediction, predictions, center, other)
    // Values of q whose intervals reach into the range.
    let top = (highest - center + bound) / step
    let bottom = -((center - lowest + bound) / step)
    var shift = 0
    while fast / Double(step) > Double(6 << shift) { shift += 1 }
    var q = 0
    if top > 0, decide(wanted > 0, node: 0, at: 1, &coder) {
      q = outward(wanted, limit: top, shift: shift, sign: 1, node: 2, &coder)
    } else if bottom < 0, !decide(wanted >= 0, node: 1, at: 0, &coder) {
      q = -outward(-wanted, limit: -bottom, shift: shift, sign: -1, node: 2 + ResidualModel.perSide, &coder)
    }
    let value = min(max(center + q * step, lowest), highest)
    learn(Double(value), prediction, predictions, q)
    return value
  }

  /// Codes a magnitude, 1 to `limit`, by decisions from the center outward.
  private func outward<Coder: BinaryCoder>(
    _ wanted: Int, limit: Int, shift: Int, sign: Int, node: Int, _ coder: inout Coder
  ) -> Int {
    // The magnitude lies in low ..< low + width.
    var low = 1
    var width = 1 << shift
    var place = 0
    while low + width <= limit {
      let asked = node + min(place, ResidualModel.buckets + ResidualModel.doublings - 1)
      if !farther(wanted >= low + width, sign: sign, than: low + width, node: asked, &coder) { break }
      low += width
      place += 1
      if place >= ResidualModel.buckets { width *= 2 }
    }
    width = min(width, limit - low + 1)
    var depth = 0
    while width > 1 {
      let half = width / 2
      let asked = depth < ResidualModel.bisections ? node + ResidualModel.buckets + ResidualModel.doublings + depth : -1
      if farther(wanted >= low + half, sign: sign, than: low + half, node: asked, &coder) {
        low += half
        width -= half
      } else {
        width = half
      }
      depth += 1
    }
    return low
  }

  /// Whether the magnitude is at least `magnitude` on the side of `sign`.
  @inline(__always)
  private func farther<Coder: BinaryCoder>(_ wanted: Bool, sign: Int, than magnitude: Int, node: Int, _ coder: inout Coder) -> Bool {
    sign > 0
      ? decide(wanted, node: node, at: magnitude, &coder) : !decide(!wanted, node: node, at: 1 - magnitude, &coder)
  }

  /// Whether q is at least `boundary`. Without a node the predictions decide alone.
  private func decide<Coder: BinaryCoder>(_ wanted: Bool, node: Int, at boundary: Int, _ coder: inout Coder) -> Bool {
    let point = (Double(boundary) - 0.5) * Double(step)
    let count = 2 * experts
    var certain = 32768
    for k in 0..<count {
      split[k] = Distribution.logistic((point - means[k]) * inverses[k])
      let whole = above[k] - below[k]
      let part = above[k] - split[k]
      let share = whole > 1e-14 ? part / whole : 0.5
      certain = min(max(Int(share * 65536), 1), 65535)
      if node >= 0 { model.setSignal(k, Logistic.stretch(certain)) }
    }
    let result: Bool
    if node >= 0 {
      result = model.code(wanted ? 1 : 0, node: node, &coder) != 0
    } else {
      result = coder.code(wanted ? 1 : 0, probability: UInt32(min(max(certain, 1024), 65536 - 1024))) != 0
    }
    if result { swap(&below, &split) } else { swap(&above, &split) }
    return result
  }

  /// Sets distributions and contexts for a sample.
  private func prepare(_ prediction: Double, _ predictions: UnsafePointer<Double>, _ center: Int, _ other: Double?) {
    for k in 0..<2 * experts {
      means[k] = predictions[k / 2] - Double(center)
      inverses[k] = 1 / max(0.05, 0.62 * errors[k])
      below[k] = Distribution.logistic((Double(lowest - center) - 0.5 - means[k]) * inverses[k])
      above[k] = Distribution.logistic((Double(highest - center) + 0.5 - means[k]) * inverses[k])
    }
    let size = ResidualModel.halfOctaves(fast / Double(step))
    let longSize = ResidualModel.halfOctaves(slow / Double(step))
    let fraction = min(max(prediction - Double(center) + 0.5, 0), 0.999)
    model.setContext(0, size)
    model.setContext(1, size * 24 + longSize)
    model.setContext(2, Int(fraction * 16) * 12 + size / 2)
    model.setContext(3, ResidualModel.signedOctave(other) * 12 + size / 2)
    model.setContext(4, (size / 2 * 9 + ResidualModel.coarse(last)) * 9 + ResidualModel.coarse(before))
    model.setContext(5, size / 2)
    model.setSelector(1, min(size, 15))
    model.setRefinement(size)
  }

  private func learn(_ value: Double, _ prediction: Double, _ predictions: UnsafePointer<Double>, _ q: Int) {
    // Errors smaller than the quantisation are not seen: half the bound stands for them.
    let unseen = Double(step / 2) / 2
    let start = coded < 400 ? 1 / Double(coded + 1) : 0
    for expert in 0..<experts {
      let error = abs(value - predictions[expert]) + unseen
      errors[2 * expert] += (error - errors[2 * expert]) * max(start, 0.06)
      errors[2 * expert + 1] += (error - errors[2 * expert + 1]) * max(start, 0.003)
    }
    let error = abs(value - prediction)
    fast += (error - fast) * 0.06
    slow += (error - slow) * 0.008
    before = last
    last = q
    deviation = (value - prediction) / Double(step)
    coded += 1
  }

  /// Twice the binary logarithm, rounded down, plus 8: 0 to 23.
  private static func halfOctaves(_ value: Double) -> Int {
    let value = value + 0.001
    return min(max(2 * Int(value.exponent) + (value.significand >= 1.4142135623730951 ? 1 : 0) + 8, 0), 23)
  }

  /// Sign and octave of another channel's deviation: 0 to 10, 5 for none.
  private static func signedOctave(_ deviation: Double?) -> Int {
    guard let deviation, deviation != 0 else { return 5 }
    let octave = min(max(Int((abs(deviation) + 0.01).exponent) + 1, 0), 5)
    return deviation < 0 ? 5 - octave : 5 + octave
  }

  /// Sign and size of a quantised residual: 0 to 8.
  private static func coarse(_ q: Int) -> Int {
    let size = abs(q)
    let level = size < 2 ? size : size < 4 ? 2 : size < 8 ? 3 : 4
    return q < 0 ? 4 - level : 4 + level
  }
}

/// The logistic distribution function from a table made of products and quotients in a fixed order.
enum Distribution {
  private static let points = 32  // per unit
  private static let reach = 20
  private struct Table: @unchecked Sendable { let values: UnsafeMutablePointer<Double> }
  private static let table: Table = {
    var root = 1.0  // e^(1 / points)
    var term = 1.0
    for k in 1...14 {
      term = term / Double(points) / Double(k)
      root += term
    }
    let values = UnsafeMutablePointer<Double>.allocate(capacity: 2 * reach * points + 2)
    var odds = 1.0
    for k in 0...reach * points {
      values[reach * points + k] = odds / (1 + odds)
      values[reach * points - k] = 1 / (1 + odds)
      odds *= root
    }
    values[2 * reach * points + 1] = values[2 * reach * points]
    return Table(values: values)
  }()

  /// 1 / (1 + e^-t), interpolated, plus t / 10^9, which keeps far intervals apart.
  @inline(__always)
  static func logistic(_ t: Double) -> Double {
    let limit = Double(reach)
    let position = (min(max(t, -limit), limit) + limit) * Double(points)
    let index = Int(position)
    let fraction = position - Double(index)
    let low = table.values[index]
    return low + (table.values[index + 1] - low) * fraction + 1e-9 * t
  }
}
