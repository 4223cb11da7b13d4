/// A piecewise cubic through points that is monotone wherever they are (PCHIP): Fritsch and Carlson, *Monotone piecewise cubic interpolation*,
/// SIAM Journal on Numerical Analysis 17, 1980, with the slopes of Fritsch and Butland, *A method for constructing local monotone piecewise cubic
/// interpolants*, SIAM Journal on Scientific and Statistical Computing 5, 1984: weighted harmonic means inside, three-point formulas at the ends.
public struct MonotoneCubic: Sendable {
  private let x: [Double]
  private let y: [Double]
  /// The derivative at each point.
  private let slopes: [Double]

  /// - Parameter points: at least two, `x` strictly increasing, all finite.
  public init(_ points: [(x: Double, y: Double)]) {
    precondition(points.count >= 2 && zip(points, points.dropFirst()).allSatisfy { $0.x < $1.x }, "two points or more, in order")
    x = points.map(\.x)
    y = points.map(\.y)
    slopes = MonotoneCubic.slopes(x, y)
  }

  /// Where it is defined.
  public var domain: ClosedRange<Double> { x[0]...x[x.count - 1] }

  private static func slopes(_ x: [Double], _ y: [Double]) -> [Double] {
    let last = x.count - 1
    let widths = (0..<last).map { x[$0 + 1] - x[$0] }
    let rises = (0..<last).map { (y[$0 + 1] - y[$0]) / widths[$0] }
    guard last > 1 else { return [rises[0], rises[0]] }
    let inner = (1..<last).map { k -> Double in
      let (before, after) = (rises[k - 1], rises[k])
      guard before * after > 0 else { return 0 }
      let (w, v) = (2 * widths[k] + widths[k - 1], widths[k] + 2 * widths[k - 1])
      return (w + v) / (w / before + v / after)
    }
    return [end(widths[0], widths[1], rises[0], rises[1])] + inner
      + [end(widths[last - 1], widths[last - 2], rises[last - 1], rises[last - 2])]
  }

  /// The slope at an end, from the widths and rises of the interval there and the next one; kept from overshooting.
  private static func end(_ width: Double, _ next: Double, _ rise: Double, _ nextRise: Double) -> Double {
    let slope = ((2 * width + next) * rise - width * nextRise) / (width + next)
    if slope * rise <= 0 { return 0 }
    if rise * nextRise <= 0, abs(slope) > 3 * abs(rise) { return 3 * rise }
    return slope
  }

  /// - Parameter position: within `domain`.
  public func value(at position: Double) -> Double {
    precondition(domain.contains(position), "within the points")
    let k = interval(of: position)
    let (width, t) = (x[k + 1] - x[k], (position - x[k]) / (x[k + 1] - x[k]))
    let (c2, c3) = coefficients(k)
    return y[k] + width * t * (slopes[k] + t * (c2 + t * c3))
  }

  /// The integral over a range within `domain`.
  public func integral(over range: ClosedRange<Double>) -> Double {
    precondition(domain.contains(range.lowerBound) && domain.contains(range.upperBound), "within the points")
    var sum = 0.0
    for k in 0..<x.count - 1 {
      let (low, high) = (max(range.lowerBound, x[k]), min(range.upperBound, x[k + 1]))
      if low < high { sum += antiderivative(k, high) - antiderivative(k, low) }
    }
    return sum
  }

  private func interval(of position: Double) -> Int { max(0, min(x.count - 2, (x.firstIndex { $0 > position } ?? x.count) - 1)) }

  /// Of t² and t³, t from 0 to 1 over an interval, in units of slope.
  private func coefficients(_ k: Int) -> (Double, Double) {
    let rise = (y[k + 1] - y[k]) / (x[k + 1] - x[k])
    return (3 * rise - 2 * slopes[k] - slopes[k + 1], slopes[k] + slopes[k + 1] - 2 * rise)
  }

  /// The integral from the beginning of an interval to a position in it.
  private func antiderivative(_ k: Int, _ position: Double) -> Double {
    let width = x[k + 1] - x[k]
    let t = (position - x[k]) / width
    let (c2, c3) = coefficients(k)
    return width * t * (y[k] + width * t * (slopes[k] / 2 + t * (c2 / 3 + t * c3 / 4)))
  }
}
