import Glibc

/// What the distortion of a point is, and what its rate is counted for.
public enum DistortionMeasure: Sendable {
  /// PRDN in percent, against bit/sample: signals over time, and stacks.
  case prdn
  /// Of the colours of a picture, in dB, against bit/pixel.
  case psnr
  /// MS-SSIM of a picture in dB, −10 log₁₀(1 − MS-SSIM), against bit/pixel.
  case msSSIM
  /// PESQ of sound, against kbit/s.
  case pesq
  /// The log-mel distance of sound in dB, against kbit/s.
  case logMel

  /// Words.
  public var name: String {
    switch self {
    case .prdn: "PRDN"
    case .psnr: "PSNR"
    case .msSSIM: "MS-SSIM in dB"
    case .pesq: "PESQ"
    case .logMel: "log-mel distance"
    }
  }

  /// What it is called in figures, and its unit.
  public var figure: (key: String, unit: String) {
    switch self {
    case .prdn: ("prdn", "%")
    case .psnr: ("psnr", "dB")
    case .msSSIM: ("ms_ssim_db", "dB")
    case .pesq: ("pesq", "")
    case .logMel: ("log_mel", "dB")
    }
  }

  /// What rates are told in.
  var rateUnit: String {
    switch self {
    case .prdn: "bit/sample"
    case .psnr, .msSSIM: "bit/pixel"
    case .pesq, .logMel: "kbit/s"
    }
  }

  /// Whether curves are interpolated over its logarithm.
  fileprivate var isLogarithmic: Bool { self == .prdn || self == .logMel }

  /// Where a distortion lies on the axis over which curves are interpolated; nil for one that does not count: PRDN of 99 % or more have lost the signal,
  /// and those without error have no logarithm.
  func position(_ distortion: Double) -> Double? {
    switch self {
    case .prdn: distortion > 0 && distortion < 99 ? log(distortion) : nil
    case .logMel: distortion > 0 && distortion.isFinite ? log(distortion) : nil
    case .psnr, .msSSIM, .pesq: distortion.isFinite ? distortion : nil
    }
  }

  /// The distortion at a position.
  func distortion(_ position: Double) -> Double { isLogarithmic ? exp(position) : position }
}

/// A point of a rate-distortion curve.
public struct RatePoint: Sendable, Equatable {
  /// Bit/sample, bit/pixel or kbit/s.
  public let rate: Double
  /// In the units of a `DistortionMeasure`.
  public let distortion: Double

  public init(rate: Double, distortion: Double) {
    self.rate = rate
    self.distortion = distortion
  }
}

/// By how much the rate of one codec differs from that of another at the same distortion, on average: Bjøntegaard, *Calculation of average PSNR
/// differences between RD-curves*, VCEG-M33, 2001, with PCHIP in place of one polynomial.
///
/// 100 (exp(m) − 1), m the mean of ln(rate) − ln(rate of the peer), both PCHIP functions of ln(PRDN), of decibels or of what else is measured, over the distortion that both curves
/// cover.
public struct BDRate: Sendable, Equatable {
  /// The method, for those who read the figures.
  public static func method(_ measure: DistortionMeasure) -> String {
    "PCHIP of ln(\(measure.rateUnit)) over \(measure.isLogarithmic ? "ln(\(measure.name))" : measure.name)"
  }

  /// In percent; below 0 where the codec needs less than the peer.
  public let percent: Double
  /// The distortion over which the mean goes.
  public let range: ClosedRange<Double>

  /// Nil where the curves have no distortion in common (within the limits), or fewer than two points that count.
  /// - Parameters:
  ///   - measure: what the distortion of both curves is.
  ///   - limits: the distortion to which the mean is kept; nil for all that the curves have in common.
  public init?(of curve: [RatePoint], against peer: [RatePoint], by measure: DistortionMeasure = .prdn, over limits: ClosedRange<Double>? = nil) {
    guard let own = BDRate.interpolated(curve, measure), let other = BDRate.interpolated(peer, measure) else { return nil }
    let (from, to) = (limits.map { measure.position($0.lowerBound) ?? -.infinity }, limits.map { measure.position($0.upperBound) ?? .infinity })
    let low = max(own.domain.lowerBound, other.domain.lowerBound, from ?? -.infinity)
    let high = min(own.domain.upperBound, other.domain.upperBound, to ?? .infinity)
    guard low < high else { return nil }
    let mean = (own.integral(over: low...high) - other.integral(over: low...high)) / (high - low)
    percent = 100 * (exp(mean) - 1)
    range = measure.distortion(low)...measure.distortion(high)
  }

  /// ln(rate) as a function of the position of the distortion. Of points with the same distortion the one with the higher rate counts.
  private static func interpolated(_ curve: [RatePoint], _ measure: DistortionMeasure) -> MonotoneCubic? {
    let usable = curve.filter { $0.rate > 0 && $0.rate.isFinite }
      .compactMap { point in measure.position(point.distortion).map { ($0, log(point.rate)) } }
    let points = Dictionary(usable, uniquingKeysWith: max)
    guard points.count >= 2 else { return nil }
    return MonotoneCubic(points.sorted { $0.key < $1.key }.map { (x: $0.key, y: $0.value) })
  }
}
