/// The decoded samples of all channels so far, as doubles relative to a start value.
public final class SampleHistory {
  /// Zeros before the first sample, so that every filter has a past.
  static let margin = 64
  let channels: Int
  let count: Int
  private let samples: UnsafeMutablePointer<Double>

  /// - Parameter count: samples per channel.
  public init(channels: Int, count: Int) {
    self.channels = channels
    self.count = count
    samples = CascadeKernels.zeros(channels * (count + SampleHistory.margin))
  }

  deinit { samples.deallocate() }

  @inline(__always)
  func past(_ channel: Int, _ t: Int) -> UnsafePointer<Double> {
    UnsafePointer(samples + (channel &* (count &+ SampleHistory.margin) &+ SampleHistory.margin &+ t))
  }

  /// Sets a sample, 0 <= t < count.
  public func set(_ channel: Int, _ t: Int, _ value: Double) {
    samples[channel &* (count &+ SampleHistory.margin) &+ SampleHistory.margin &+ t] = value
  }
}
