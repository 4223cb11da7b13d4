/// A cumulative distribution in integers: the same on every machine, since its table is made of products and quotients of doubles in a fixed order.
///
/// Arguments are in 1/65536, results in 1/2^31; a straight line runs between the table's places, 1/64 apart. Never falling.
public struct CumulativeTable: Sendable {
  /// What all results are below or equal to.
  public static let one: UInt64 = 1 << 31
  private static let placesPerUnit = 64
  private static let shift = 10

  private let values: [UInt32]
  /// Where the table ends on both sides, in 1/65536.
  private let limit: Int

  /// - Parameter values: at -reach, -reach + 1/64, ... reach; from 0 to 1, never falling.
  private init(_ values: [Double], reach: Int) {
    limit = reach << 16
    self.values = values.map { UInt32(($0 * 0x1p31).rounded(.toNearestOrEven)) }
  }

  /// The share at or below `argument`.
  @inline(__always)
  public func callAsFunction(_ argument: Int) -> UInt64 {
    guard argument > -limit else { return 0 }
    guard argument < limit else { return CumulativeTable.one }
    let place = argument + limit
    let (index, rest) = (place >> CumulativeTable.shift, UInt64(place & (1 << CumulativeTable.shift - 1)))
    return values.withUnsafeBufferPointer { values in
      let low = UInt64(values[index])
      return low + ((UInt64(values[index + 1]) - low) * rest) >> UInt64(CumulativeTable.shift)
    }
  }

  /// An argument at which the distribution has about that share, from 0 to 2^31.
  public func argument(_ share: UInt64) -> Int {
    var (low, high) = (0, values.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if UInt64(values[middle]) <= share { low = middle } else { high = middle }
    }
    let (below, above) = (UInt64(values[low]), UInt64(values[high]))
    let rest = above > below ? (min(share, above) - min(below, share)) << UInt64(CumulativeTable.shift) / (above - below) : 0
    return low << CumulativeTable.shift + Int(rest) - limit
  }

  /// The standard logistic distribution.
  public static let logistic: CumulativeTable = {
    let (reach, root) = (24, exponential(1 / Double(placesPerUnit)))
    let places = reach * placesPerUnit
    var (odds, upper) = (1.0, [0.5])
    for _ in 0..<places {
      odds *= root
      upper.append(odds / (1 + odds))
    }
    // Shares below the middle are the odds' own, and keep their precision.
    odds = 1
    var lower: [Double] = []
    for _ in 0..<places {
      odds *= root
      lower.append(1 / (1 + odds))
    }
    lower[places - 1] = 0
    upper[places] = 1
    return CumulativeTable(lower.reversed() + upper, reach: reach)
  }()

  /// The Laplace distribution of the mean magnitude 1.
  public static let laplace: CumulativeTable = {
    let (reach, root) = (24, exponential(-1 / Double(placesPerUnit)))
    var (tail, tails) = (0.5, [0.5])
    for _ in 0..<reach * placesPerUnit {
      tail *= root
      tails.append(tail)
    }
    tails[tails.count - 1] = 0
    return CumulativeTable(tails.dropFirst().reversed() + tails.map { 1 - $0 }, reach: reach)
  }()

  /// The standard normal distribution.
  public static let normal: CumulativeTable = {
    let (reach, halves) = (8, 2 * placesPerUnit)
    // e^(-t²/2) at t = k / 128 is e^(-1/32768) to the power of k².
    let base = exponential(-1 / Double(2 * halves * halves))
    var (density, ratio) = ([1.0], base)
    for k in 0..<reach * halves {
      density.append(density[k] * ratio)
      ratio *= base * base
    }
    // Simpson's rule over two halves of a step; then as shares of all.
    var below = [0.0]
    for place in stride(from: density.count - 1, to: 0, by: -2) {
      below.append(below[below.count - 1] + density[place] + 4 * density[place - 1] + density[place - 2])
    }
    let whole = 2 * below[below.count - 1]
    let lower = below.map { $0 / whole }
    return CumulativeTable(lower + lower.dropLast().reversed().map { 1 - $0 }, reach: reach)
  }()

  /// e^x for small x, by its series.
  private static func exponential(_ x: Double) -> Double {
    var (sum, term) = (1.0, 1.0)
    for k in 1...16 {
      term = term * x / Double(k)
      sum += term
    }
    return sum
  }
}
