import Glibc

/// How close the decoded samples of one lead are to the original ones. Both are integers as the converter gave them.
///
/// PRD and PRDN are one error over two norms; see Němcová, Smíšek, Maršánová, Smital and Vítek, *A comparative analysis of methods for evaluation of
/// ECG signal quality after compression*, BioMed Research International, 2018.
public struct Fidelity: Sendable, Equatable {
  /// Samples.
  public let count: Int
  /// Σ (x − y)².
  public let squaredError: Double
  /// Σ (x − mean(x))².
  public let spread: Double
  /// Σ x² of the samples as stored, with whatever offset the converter adds.
  public let energy: Double
  /// The largest |x − y|, in steps of the converter.
  public let maximumError: Int64

  /// - Parameter decoded: as many samples as `original` has.
  public init(original: [Int32], decoded: [Int32]) {
    precondition(original.count == decoded.count, "as many decoded samples as original ones")
    count = original.count
    var total: Int64 = 0
    for sample in original { total += Int64(sample) }
    let mean = original.isEmpty ? 0 : Double(total) / Double(original.count)
    var (squaredError, spread, energy, maximumError) = (0.0, 0.0, 0.0, Int64(0))
    for (x, y) in zip(original, decoded) {
      let difference = Int64(y) - Int64(x)
      maximumError = max(maximumError, abs(difference))
      squaredError += Double(difference) * Double(difference)
      energy += Double(x) * Double(x)
      spread += (Double(x) - mean) * (Double(x) - mean)
    }
    (self.squaredError, self.spread, self.energy, self.maximumError) = (squaredError, spread, energy, maximumError)
  }

  /// 100 ‖x − y‖ / ‖x − mean(x)‖ in percent, the normalised PRD: free of the converter's offset. 0 without error, infinite if only a constant was
  /// distorted.
  public var prdn: Double { percent(of: spread) }

  /// 100 ‖x − y‖ / ‖x‖ in percent over the samples as stored: the converter's offset counts as signal, which makes the figure small. Only for
  /// comparison with literature that does so.
  public var prdWithOffset: Double { percent(of: energy) }

  /// 10 log₁₀ (Σ (x − mean(x))² / Σ (x − y)²) in dB; infinite without error.
  public var snr: Double { -20 * log10(prdn / 100) }

  /// The mean squared error in units of a squared peak (`SignalInfo.peak`).
  public func relativeError(peak: Double) -> Double { count == 0 ? 0 : squaredError / (peak * peak * Double(count)) }

  private func percent(of norm: Double) -> Double { squaredError == 0 ? 0 : 100 * (squaredError / norm).squareRoot() }
}

/// −10 log₁₀ of the mean over the leads of `Fidelity.relativeError` in dB, as `--psnr` has it; infinite without error.
/// - Parameter peaks: of each lead (`SignalInfo.peak`).
public func peakSignalToNoise(_ leads: [Fidelity], peaks: [Double]) -> Double {
  let errors = zip(leads, peaks).map { $0.relativeError(peak: $1) }
  return -10 * log10(errors.reduce(0, +) / Double(max(1, errors.count)))
}

/// The rate of a file.
public enum Rate {
  /// Bits of the file for each sample of each lead; 0 without samples.
  public static func bitsPerSample(bytes: Int, samples: Int, leads: Int) -> Double {
    samples * leads == 0 ? 0 : Double(8 * bytes) / Double(samples * leads)
  }

  /// 11 / (bit/sample): the compression ratio against samples of 11 bits, those of the MIT-BIH Arrhythmia Database.
  public static func compressionRatio11(bitsPerSample: Double) -> Double { 11 / bitsPerSample }
}

/// The mean over those of several values that are finite; nil if none is.
public func finiteMean(_ values: [Double]) -> Double? {
  let finite = values.filter(\.isFinite)
  return finite.isEmpty ? nil : finite.reduce(0, +) / Double(finite.count)
}
