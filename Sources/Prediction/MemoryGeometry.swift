/// The lengths that matching works with, all of them following from the sampling rate.
///
/// A frame is about 0.267 s (96 samples at 360 Hz). Matching looks at every `decimation`-th sample only, so that a frame has at most 64 taps
/// whatever the rate; positions are not decimated.
public struct MemoryGeometry: Sendable, Equatable {
  /// Samples in a frame, and in the template before it: `taps` × `decimation`.
  public let frame: Int
  /// Samples that are compared, even.
  public let taps: Int
  /// One sample out of so many is compared.
  public let decimation: Int
  /// Two matches are separate if they are more than so many samples apart.
  public let separation: Int

  /// - Parameter rate: samples per second, positive.
  public init(rate: Double) {
    precondition(rate > 0, "a rate is positive")
    let wanted = max(8, Int(min(1024, rate * (96.0 / 360)).rounded(.toNearestOrEven)))
    decimation = (wanted + 63) / 64
    taps = max(8, 2 * ((wanted + decimation) / (2 * decimation)))
    frame = taps * decimation
    separation = frame / 4
  }
}
