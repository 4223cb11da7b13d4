/// What the enhancer sees of a stretch of one lead.
public struct EnhancerInput: Sendable {
  /// [4, length]: the decoded signal less its mean over a frame's length around each sample, in four steps; what the memory expected less what was
  /// decoded; the root of the variance of what it expected; what the frame added to its copy.
  public let signals: [Float]
  /// [features, positions]
  public let features: [Float]
  /// Samples, a multiple of the network's stride; zeros behind the end of the lead.
  public let length: Int

  public init(signals: [Float], features: [Float], length: Int) { (self.signals, self.features, self.length) = (signals, features, length) }
}

/// One lead of a decoded chunk as the enhancer sees it, from which it takes one stretch after the other.
struct EnhancerView {
  private let trace: FrameTrace
  private let lead: Int
  private let decoded: UnsafeBufferPointer<Int32>
  private let start: Int
  private let inverseStep: Float
  /// The lead's quantiser step, relative to the deviation of its decoded samples, as a logarithm to base 2.
  private let relativeStep: Float
  private let speed: Float
  /// Of the network's hidden layers; the last one may lie partly behind the samples.
  let positions: Int

  /// - Parameters:
  ///   - decoded: samples of the lead; they outlive the view.
  ///   - start: where in the trace they begin.
  ///   - step: the lead's quantiser step, in steps of the converter.
  ///   - rate: in Hz.
  init(_ trace: FrameTrace, lead: Int, decoded: UnsafeBufferPointer<Int32>, from start: Int = 0, step: Float, rate: Double) {
    (self.trace, self.lead, self.decoded, self.start) = (trace, lead, decoded, start)
    inverseStep = 1 / step
    positions = (decoded.count + Enhancer.stride - 1) / Enhancer.stride
    // The sum is exact in 64 bits.
    let mean = Double(decoded.reduce(Int64(0)) { $0 + Int64($1) }) / Double(max(1, decoded.count))
    var squares = 0.0
    for value in decoded { squares += (Double(value) - mean) * (Double(value) - mean) }
    let deviation = Float((squares / Double(max(1, decoded.count))).squareRoot())
    relativeStep = EnhancerView.logarithm(step / max(deviation, 0.25))
    speed = EnhancerView.logarithm(Float(rate) / 360)
  }

  /// What the network takes in of some positions, the same whatever they are a part of.
  func input(_ range: Range<Int>) -> EnhancerInput {
    let length = range.count * Enhancer.stride
    let first = range.lowerBound * Enhancer.stride
    let end = min(first + length, decoded.count)
    let base = lead * trace.length + start
    let half = trace.frame / 2
    var signals = [Float](repeating: 0, count: Enhancer.signalCount * length)

    // The samples around the present one, less that which comes next; sums are exact in 64 bits.
    var sum = decoded[max(0, first - half)..<min(decoded.count, first + half)].reduce(Int64(0)) { $0 + Int64($1) }
    for i in first..<end {
      let (low, high) = (max(0, i - half), min(decoded.count, i + half + 1))
      if i + half < decoded.count { sum += Int64(decoded[i + half]) }
      if i > first, i - half > 0 { sum -= Int64(decoded[i - half - 1]) }
      let around = Float(Double(sum) / Double(high - low) - Double(decoded[i]))
      let k = i - first
      signals[k] = bounded(-around * inverseStep * 0.25, 64)
      signals[length + k] = bounded(trace.surprise[base + i], 8)
      signals[2 * length + k] = bounded(trace.spread[base + i].squareRoot(), 8)
      signals[3 * length + k] = bounded(trace.added[base + i], 8)
    }

    var features = [Float](repeating: 0, count: Enhancer.featureCount * range.count)
    for position in range {
      let frame = (start + min(position * Enhancer.stride + Enhancer.stride / 2, decoded.count - 1)) / trace.frame
      let k = position - range.lowerBound
      for feature in 0..<FrameTrace.featureCount { features[feature * range.count + k] = trace.features[frame * FrameTrace.featureCount + feature] }
      features[FrameTrace.featureCount * range.count + k] = relativeStep * 0.5
      features[(FrameTrace.featureCount + 1) * range.count + k] = speed
    }
    return EnhancerInput(signals: signals, features: features, length: length)
  }

  /// log2 by the exponent and a straight line between powers of two.
  private static func logarithm(_ value: Float) -> Float {
    value > 0 && value.isFinite ? bounded(Float(value.exponent) + value.significand - 1, 20) : -20
  }
}
