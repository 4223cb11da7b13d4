/// The decoded samples of all channels so far, as doubles relative to a start value, and what else the predictors may look at.
public final class SampleHistory {
  /// Zeros before the first sample, so that every filter has a past.
  static let margin = 64
  let channels: Int
  let count: Int
  /// Samples of the side signal to either side of the present one that the predictors look at; a few more are kept beyond both ends.
  static let sideReach = 8
  private static let sideMargin = 16
  private let samples: UnsafeMutablePointer<Double>
  private let sides: UnsafeMutablePointer<Double>
  let hasSide: Bool

  /// - Parameters:
  ///   - count: samples per channel.
  ///   - side: nothing, or per channel a signal known to both sides beforehand that resembles the channel, `count` samples each, in the same units.
  public init(channels: Int, count: Int, side: [[Double]]) {
    precondition(side.isEmpty || side.count == channels && side.allSatisfy { $0.count == count }, "a side signal of another shape")
    self.channels = channels
    self.count = count
    samples = CascadeKernels.zeros(channels * (count + SampleHistory.margin))
    hasSide = !side.isEmpty
    sides = CascadeKernels.zeros(hasSide ? channels * (count + 2 * SampleHistory.sideMargin) : 0)
    // The ends are repeated, so that samples beyond them can always be read.
    let margin = SampleHistory.sideMargin
    for (channel, values) in side.enumerated() where count > 0 {
      for t in -margin..<count + margin { sides[channel * (count + 2 * margin) + t + margin] = values[min(max(t, 0), count - 1)] }
    }
  }

  deinit {
    samples.deallocate()
    sides.deallocate()
  }

  @inline(__always)
  func past(_ channel: Int, _ t: Int) -> UnsafePointer<Double> {
    UnsafePointer(samples + (channel &* (count &+ SampleHistory.margin) &+ SampleHistory.margin &+ t))
  }

  @inline(__always)
  func side(_ channel: Int, _ t: Int) -> UnsafePointer<Double> {
    UnsafePointer(sides + (channel &* (count &+ 2 &* SampleHistory.sideMargin) &+ SampleHistory.sideMargin &+ t))
  }

  /// How much the side signal moves about sample `t`: the largest step between neighbours from four samples before to five after. 0 without one.
  public func activity(_ channel: Int, _ t: Int) -> Double {
    guard hasSide else { return 0 }
    let place = side(channel, t)
    var most = 0.0
    for k in -4...4 { most = max(most, abs(place[k + 1] - place[k])) }
    return most
  }

  /// Sets a sample, 0 <= t < count.
  public func set(_ channel: Int, _ t: Int, _ value: Double) {
    samples[channel &* (count &+ SampleHistory.margin) &+ SampleHistory.margin &+ t] = value
  }
}
