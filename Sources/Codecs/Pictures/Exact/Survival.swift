/// What a logistic distribution says about intervals, in floats from tables made of products and quotients in a fixed order: the same on every machine.
enum Survival {
  private static let points = 32  // per unit
  static let reach: Float = 24
  private struct Tables: @unchecked Sendable {
    /// 1 / (1 + e^t) from -reach on.
    let survival: UnsafeMutablePointer<Float>
    /// ln(1 + k / 512) in 1/256.
    let logarithm: UnsafeMutablePointer<Float>
  }
  private static let tables: Tables = {
    var root = 1.0  // e^(1 / points)
    var term = 1.0
    for k in 1...14 {
      term = term / Double(points) / Double(k)
      root += term
    }
    let places = Int(reach) * points
    let survival = UnsafeMutablePointer<Float>.allocate(capacity: 2 * places + 2)
    var odds = 1.0
    for k in 0...places {
      survival[places + k] = Float(1 / (1 + odds))
      survival[places - k] = Float(odds / (1 + odds))
      odds *= root
    }
    survival[2 * places + 1] = survival[2 * places]
    let logarithm = UnsafeMutablePointer<Float>.allocate(capacity: 512)
    for k in 0..<512 {
      // ln(1 + x) = 2 artanh(x / (2 + x)).
      let x = Double(2 * k + 1) / 1024
      let ratio = x / (2 + x)
      var (sum, power) = (0.0, ratio)
      for j in 0..<24 {
        sum += power / Double(2 * j + 1)
        power = power * ratio * ratio
      }
      logarithm[k] = Float(512 * sum)
    }
    return Tables(survival: survival, logarithm: logarithm)
  }()

  /// The tables, for those who look things up often.
  struct Lookup {
    private let survival = tables.survival
    private let logarithm = tables.logarithm

    /// 1 / (1 + e^t); beyond the table it falls on slowly, so that intervals out there are not empty.
    @inline(__always)
    func callAsFunction(_ t: Float) -> Float {
      let position = (min(max(t, -reach), reach) + reach) * Float(points)
      let index = Int(position)
      let low = survival[index]
      return low + (survival[index &+ 1] - low) * (position - Float(index))
    }

    /// 256 ln(x) of a positive x.
    @inline(__always)
    func logarithm(_ x: Float) -> Float {
      let bits = x.bitPattern
      return Float(Int32(truncatingIfNeeded: bits >> 23) &- 127) * 177.44567 + logarithm[Int((bits >> 14) & 511)]
    }
  }
}

/// Sizes on a logarithmic scale, from the bits of floats.
enum Octaves {
  /// Four times the binary logarithm, nearly (a straight line in each octave), plus 8: 0 to `limit`.
  @inline(__always)
  static func quarters(_ x: Float, limit: Int) -> Int {
    let place = Int(truncatingIfNeeded: (x + 0.25).bitPattern >> 21) &- (125 << 2)
    return min(max(place, 0), limit)
  }

  /// Sign and size: -limit to limit, 0 below 1, then by octaves.
  @inline(__always)
  static func signed(_ x: Float, limit: Int) -> Int {
    let size = abs(x)
    guard size >= 1 else { return 0 }
    let octave = min(Int(truncatingIfNeeded: size.bitPattern >> 23) &- 126, limit)
    return x < 0 ? -octave : octave
  }
}
