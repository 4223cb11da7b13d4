import Glibc

/// Finds the R-peaks of an electrocardiogram: Pan and Tompkins, *A real-time QRS detection algorithm*, IEEE Transactions on Biomedical Engineering 32,
/// 1985. Their band, window, thresholds, search-back and T-wave rule; filters without delay, because the whole lead is there, and made for its rate, so
/// that any from 100 to 1000 Hz will do.
public struct PeakDetector: Sendable {
  /// Sampling rates in Hz for which the filters are made.
  public static let rates = 100.0...1000.0

  /// Samples a second.
  private let rate: Double
  /// No two beats are nearer: the heart cannot.
  private static let refractory = 0.2
  /// A wave that follows a beat within this time and is half as steep is its T wave.
  private static let waveOfRecovery = 0.36
  /// Seconds in which there is a beat as a rule; thresholds are learned from eight such stretches.
  private static let learning = 2.0

  public init(rate: Double) {
    precondition(PeakDetector.rates.contains(rate), "100 to 1000 Hz")
    self.rate = rate
  }

  /// The times of the R-peaks in samples, between samples too, in order.
  public func peaks(_ lead: [Int32]) -> [Double] {
    guard let first = lead.first, Double(lead.count) >= rate else { return [] }
    let filtered = bandPass(lead.map { Double($0) - Double(first) })
    let slope = derivative(filtered)
    let energy = movingMean(slope.map { $0 * $0 }, samples(0.15))
    var search = PeakSearch(
      candidates(filtered, slope, energy), refractory: samples(PeakDetector.refractory), recovery: samples(PeakDetector.waveOfRecovery),
      stretch: samples(PeakDetector.learning))
    return located(search.beats(), filtered)
  }

  private func samples(_ seconds: Double) -> Int { max(1, Int((seconds * rate).rounded())) }

  /// 5 to 15 Hz: a high-pass and a low-pass of second order (Butterworth), forwards and backwards.
  private func bandPass(_ signal: [Double]) -> [Double] {
    var result = signal
    for section in [Biquad(highPass: 5 / rate), Biquad(lowPass: 15 / rate)] {
      section.run(&result)
      result.reverse()
      section.run(&result)
      result.reverse()
    }
    return result
  }

  /// The five-point derivative of the paper, its points as far apart in time as there (5 ms), and at least a sample.
  private func derivative(_ signal: [Double]) -> [Double] {
    let (step, last) = (samples(0.005), signal.count - 1)
    let at = { (k: Int) in signal[max(0, min(last, k))] }
    return signal.indices.map { 2 * at($0 + step) + at($0 + 2 * step) - 2 * at($0 - step) - at($0 - 2 * step) }
  }

  /// The mean over so many samples about each.
  private func movingMean(_ signal: [Double], _ width: Int) -> [Double] {
    var (sums, total) = ([0.0], 0.0)
    sums.reserveCapacity(signal.count + 1)
    for value in signal {
      total += value
      sums.append(total)
    }
    let half = width / 2
    return signal.indices.map { (sums[min(signal.count, $0 + half + 1)] - sums[max(0, $0 - half)]) / Double(2 * half + 1) }
  }

  /// The largest maxima of the energy, none within the refractory time of a larger one before or after it.
  private func candidates(_ filtered: [Double], _ slope: [Double], _ energy: [Double]) -> [PeakSearch.Candidate] {
    let (distance, reach) = (samples(PeakDetector.refractory), samples(0.075))
    var positions: [Int] = []
    for k in 1..<energy.count - 1 where energy[k] > energy[k - 1] && energy[k] >= energy[k + 1] {
      if let last = positions.last, k - last < distance {
        if energy[k] > energy[last] { positions[positions.count - 1] = k }
      } else {
        positions.append(k)
      }
    }
    return positions.map { k in
      let near = max(0, k - reach)...min(energy.count - 1, k + reach)
      let height = near.reduce(0) { max($0, abs(filtered[$1])) }
      let steepness = near.reduce(0) { max($0, abs(slope[$1])) }
      return PeakSearch.Candidate(position: k, energy: energy[k], height: height, slope: steepness)
    }
  }

  /// The extremes of the filtered signal nearest to the beats, all on the side of zero on which most are larger, so that a complex that goes both ways is
  /// always found at the same point of it.
  private func located(_ beats: [Int], _ filtered: [Double]) -> [Double] {
    let reach = samples(0.075)
    let near = beats.map { max(1, $0 - reach)...max(1, min(filtered.count - 2, $0 + reach)) }
    let upwards = near.reduce(0) { sum, range in
      let (low, high) = range.reduce((0.0, 0.0)) { (min($0.0, filtered[$1]), max($0.1, filtered[$1])) }
      return sum + (high >= -low ? 1 : -1)
    }
    let sign = upwards >= 0 ? 1.0 : -1
    return near.map { range in
      let top = range.max { sign * filtered[$0] < sign * filtered[$1] } ?? range.lowerBound
      // The vertex of the parabola through the extreme and its neighbours.
      let (a, b, c) = (filtered[top - 1], filtered[top], filtered[top + 1])
      let bend = a - 2 * b + c
      let shift = bend == 0 ? 0 : (a - c) / (2 * bend)
      return Double(top) + max(-0.5, min(0.5, shift))
    }
  }
}

/// A filter of second order: the bilinear transform of Butterworth's, as in Oppenheim and Schafer, *Discrete-Time Signal Processing*, 7.
private struct Biquad {
  private let b: (Double, Double, Double)
  private let a: (Double, Double)

  /// - Parameter lowPass: the cut-off in cycles a sample.
  init(lowPass cutoff: Double) {
    let k = tan(Double.pi * cutoff)
    let norm = 1 / (1 + 2.0.squareRoot() * k + k * k)
    b = (k * k * norm, 2 * k * k * norm, k * k * norm)
    a = (2 * (k * k - 1) * norm, (1 - 2.0.squareRoot() * k + k * k) * norm)
  }

  /// - Parameter highPass: the cut-off in cycles a sample.
  init(highPass cutoff: Double) {
    let k = tan(Double.pi * cutoff)
    let norm = 1 / (1 + 2.0.squareRoot() * k + k * k)
    b = (norm, -2 * norm, norm)
    a = (2 * (k * k - 1) * norm, (1 - 2.0.squareRoot() * k + k * k) * norm)
  }

  func run(_ signal: inout [Double]) {
    var (first, second) = (0.0, 0.0)
    for k in signal.indices {
      let x = signal[k]
      let y = b.0 * x + first
      first = b.1 * x - a.0 * y + second
      second = b.2 * x - a.1 * y
      signal[k] = y
    }
  }
}
