import Glibc

/// A signal at another rate, by a filter with a Kaiser window of 60 dB: the filter of Octave's `resample`, which programs that measure speech take.
package struct Resampling {
  /// The ratio of rates, without common factors.
  private let up: Int
  private let down: Int
  /// Of odd length, its sum 1.
  private let filter: [Double]

  /// - Parameters:
  ///   - from: the rate that is there, in Hz.
  ///   - to: the rate that is wanted.
  package init(from: Int, to: Int) {
    precondition(from > 0 && to > 0, "positive rates")
    let common = Resampling.commonDivisor(from, to)
    (up, down) = (to / common, from / common)
    let cutoff = 0.5 / Double(max(up, down))
    let rejection = 60.0
    let reach = Int(((rejection - 8) / (28.714 * cutoff / 10)).rounded(.up))
    let shape = 0.1102 * (rejection - 8.7)
    let taps = (-reach...reach).map { t -> Double in
      let x = Double(t) / Double(reach)
      let angle = 2 * Double.pi * cutoff * Double(t)
      return (t == 0 ? 1 : sin(angle) / angle) * Resampling.bessel(shape * max(0, 1 - x * x).squareRoot())
    }
    let sum = taps.reduce(0, +)
    filter = taps.map { $0 / sum }
  }

  /// So many samples at the other rate that none is lost; zeros stand around the signal.
  package func callAsFunction(_ x: [Double]) -> [Double] {
    if up == down { return x }
    let reach = filter.count / 2
    return (0..<(x.count * up + down - 1) / down).map { m in
      // Sample k of x stands at k * up among those of the filter's rate, the one that is wanted at m * down.
      let place = m * down
      let first = max(0, (place - reach + up - 1) / up)
      let last = min(x.count - 1, (place + reach) / up)
      var sum = 0.0
      for k in stride(from: first, through: last, by: 1) { sum += x[k] * filter[reach + place - k * up] }
      return Double(up) * sum
    }
  }

  private static func commonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : commonDivisor(b, a % b) }

  /// The modified Bessel function of order 0, for small arguments.
  private static func bessel(_ x: Double) -> Double {
    var (term, sum, k) = (1.0, 1.0, 1.0)
    while term > 1e-17 * sum {
      term *= x / (2 * k) * (x / (2 * k))
      sum += term
      k += 1
    }
    return sum
  }
}
