import Signals

/// How far the R-peaks of a decoded lead are those of the original.
///
/// Sensitivity and positive predictive value are those of ANSI/AAMI EC57, *Testing and reporting performance results of cardiac rhythm and ST segment
/// measurement algorithms*, with the window of that standard: a peak is found again if one is within 150 ms. Published figures of detectors use it; it is
/// shorter than the 200 ms that are at least between two beats.
public struct PeakAgreement: Sendable, Equatable {
  /// In seconds, the same to both sides.
  public static let window = 0.15

  /// Peaks in the original, in the decoded lead, and in both.
  public let original: Int
  public let decoded: Int
  public let matched: Int
  /// Standard deviation of decoded − original time over matched peaks in ms; nil where there are none.
  public let jitter: Double?
  /// Mean of |decoded − original| over matched peaks in ms; nil where there are none.
  public let meanAbsoluteShift: Double?

  /// - Parameters:
  ///   - original: times in samples, in order.
  ///   - decoded: likewise.
  ///   - rate: samples a second.
  public init(original: [Double], decoded: [Double], rate: Double) {
    let shifts = PeakAgreement.shifts(original, decoded, within: PeakAgreement.window * rate).map { 1000 * $0 / rate }
    (self.original, self.decoded, matched) = (original.count, decoded.count, shifts.count)
    let mean = finiteMean(shifts)
    jitter = mean.flatMap { mean in finiteMean(shifts.map { ($0 - mean) * ($0 - mean) })?.squareRoot() }
    meanAbsoluteShift = finiteMean(shifts.map(abs))
  }

  /// Part of the original peaks that are found again, in percent; nil without any.
  public var sensitivity: Double? { original == 0 ? nil : 100 * Double(matched) / Double(original) }

  /// Part of the peaks found in the decoded lead that are in the original, in percent; nil without any.
  public var positivePredictiveValue: Double? { decoded == 0 ? nil : 100 * Double(matched) / Double(decoded) }

  /// Pairs each peak with one of the other list at most, the nearer of two, and gives the differences.
  private static func shifts(_ original: [Double], _ decoded: [Double], within window: Double) -> [Double] {
    var (i, j, shifts) = (0, 0, [Double]())
    while i < original.count, j < decoded.count {
      let shift = decoded[j] - original[i]
      if shift < -window {
        j += 1
      } else if shift > window {
        i += 1
      } else if j + 1 < decoded.count, abs(decoded[j + 1] - original[i]) < abs(shift) {
        j += 1
      } else if i + 1 < original.count, abs(decoded[j] - original[i + 1]) < abs(shift) {
        i += 1
      } else {
        shifts.append(shift)
        i += 1
        j += 1
      }
    }
    return shifts
  }
}

/// The R-peaks of a signal's first lead, to which those of decoded signals are held.
public struct ReferencePeaks: Sendable {
  public let times: [Double]
  private let detector: PeakDetector
  private let rate: Double

  /// Nil if the signal is no electrocardiogram for all one can tell: it is a stack, its first lead is not in volts, or its rate is outside
  /// `PeakDetector.rates`.
  public init?(_ samples: [[Int32]], _ info: SignalInfo) {
    guard info.stack == nil, PeakDetector.rates.contains(info.rate), let lead = samples.first,
      ["nV", "uV", "µV", "mV", "V"].contains(info.channels[0].units)
    else {
      return nil
    }
    (detector, rate) = (PeakDetector(rate: info.rate), info.rate)
    times = detector.peaks(lead)
  }

  func agreement(_ decoded: [[Int32]]) -> PeakAgreement { PeakAgreement(original: times, decoded: detector.peaks(decoded[0]), rate: rate) }
}
