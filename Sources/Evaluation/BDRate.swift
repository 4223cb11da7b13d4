import Glibc

/// A point of a rate-distortion curve.
public struct RatePoint: Sendable, Equatable {
  /// Bit/sample.
  public let rate: Double
  /// PRDN in percent.
  public let prdn: Double

  public init(rate: Double, prdn: Double) {
    self.rate = rate
    self.prdn = prdn
  }
}

/// By how much the rate of one codec differs from that of another at the same distortion, on average: Bjøntegaard, *Calculation of average PSNR
/// differences between RD-curves*, VCEG-M33, 2001, with PCHIP in place of one polynomial.
///
/// 100 (exp(m) − 1), m the mean of ln(rate) − ln(rate of the peer), both PCHIP functions of ln(PRDN), over the PRDN that both curves cover.
public struct BDRate: Sendable, Equatable {
  /// The method, for those who read the figures.
  public static let method = "PCHIP of ln(bit/sample) over ln(PRDN)"

  /// In percent; below 0 where the codec needs less than the peer.
  public let percent: Double
  /// The PRDN over which the mean goes, in percent.
  public let range: ClosedRange<Double>

  /// Nil where the curves have no PRDN in common (within the limits), or fewer than two points with some error and some rate.
  /// - Parameter limits: the PRDN in percent to which the mean is kept; nil for all that the curves have in common.
  public init?(of curve: [RatePoint], against peer: [RatePoint], over limits: ClosedRange<Double>? = nil) {
    guard let own = BDRate.interpolated(curve), let other = BDRate.interpolated(peer) else { return nil }
    let low = max(own.domain.lowerBound, other.domain.lowerBound, limits.map { log($0.lowerBound) } ?? -.infinity)
    let high = min(own.domain.upperBound, other.domain.upperBound, limits.map { log($0.upperBound) } ?? .infinity)
    guard low < high else { return nil }
    let mean = (own.integral(over: low...high) - other.integral(over: low...high)) / (high - low)
    percent = 100 * (exp(mean) - 1)
    range = exp(low)...exp(high)
  }

  /// ln(rate) as a function of ln(PRDN). Of points with the same PRDN the one with the higher rate counts, and points whose PRDN is 99 % or more do not:
  /// they have lost the signal.
  private static func interpolated(_ curve: [RatePoint]) -> MonotoneCubic? {
    let usable = curve.filter { $0.prdn > 0 && $0.prdn < 99 && $0.rate > 0 && $0.rate.isFinite }
    let points = Dictionary(usable.map { (log($0.prdn), log($0.rate)) }, uniquingKeysWith: max)
    guard points.count >= 2 else { return nil }
    return MonotoneCubic(points.sorted { $0.key < $1.key }.map { (x: $0.key, y: $0.value) })
  }
}
