/// The logistic domain in integers: `stretch(p) = ln(p / (1 - p))` in 1/256, `squash` its inverse, and code lengths.
///
/// Probabilities are in 1/65536. The tables are made once from products and quotients of doubles in a fixed order, no libm,
/// so that they are the same on every machine.
public enum Logistic {
  /// Stretched values lie in -limit ... limit, which is 12 in the natural unit.
  public static let limit = 3071

  @usableFromInline static let tables = LogisticTables()

  /// `ln(p / (1 - p))` in 1/256 of a probability in 1/65536, 0 to 65535.
  @inlinable @inline(__always)
  public static func stretch(_ probability: Int) -> Int { Int(tables.stretch[probability]) }

  /// The probability in 1/65536, 1 to 65535, of a stretched value; values outside the limits are clamped.
  @inlinable @inline(__always)
  public static func squash(_ value: Int) -> Int {
    Int(tables.squash[min(max(value, -limit), limit) &+ limit])
  }

  /// The code length of an event in 1/4096 bit; `probability` in 1/65536, from 1 to 65536.
  @inlinable @inline(__always)
  public static func cost(_ probability: UInt32) -> UInt32 {
    let shift = UInt32(truncatingIfNeeded: probability.leadingZeroBitCount)
    let mantissa = Int((probability << shift) >> 19) & 4095
    return ((shift &- 15) &<< 12) &- UInt32(tables.fraction[mantissa])
  }
}

/// Storage behind `Logistic`; written once at first use, read only afterwards.
@usableFromInline
struct LogisticTables: @unchecked Sendable {
  @usableFromInline let stretch: UnsafeMutablePointer<Int16>
  @usableFromInline let squash: UnsafeMutablePointer<UInt16>
  /// log2(1 + k / 4096) in 1/4096.
  @usableFromInline let fraction: UnsafeMutablePointer<UInt16>
  /// Confidence of a counter that has seen k bits: k / (k + 0.6), in 1/256.
  @usableFromInline let confidence: UnsafeMutablePointer<Int32>
  /// 65536 / (k + 1.5): how far a counter that has seen k bits moves towards the next one.
  @usableFromInline let step: UnsafeMutablePointer<Int32>

  init() {
    let limit = Logistic.limit
    // e^(1/512) by its series, then the powers by products.
    var root = 1.0
    var term = 1.0
    for k in 1...12 {
      term = term / 512 / Double(k)
      root += term
    }
    squash = .allocate(capacity: 2 * limit + 1)
    var odds = 1.0
    var powers: [Double] = []  // e^((k + 1/2) / 256)
    for k in 0...limit {
      squash[limit + k] = UInt16(min(65535, (65536 * odds / (1 + odds)).rounded(.toNearestOrEven)))
      squash[limit - k] = UInt16(max(1, (65536 / (1 + odds)).rounded(.toNearestOrEven)))
      odds *= root
      powers.append(odds)
      odds *= root
    }
    stretch = .allocate(capacity: 65536)
    stretch[0] = Int16(-limit)
    var k = 0
    for p in 32768..<65536 {
      while k < limit, Double(p) / Double(65536 - p) > powers[k] { k += 1 }
      stretch[p] = Int16(k)
      stretch[65536 - p] = Int16(-k)
    }
    fraction = .allocate(capacity: 4096)
    for m in 0..<4096 {
      var value = 1 + Double(m) / 4096
      var bits = 0
      for _ in 0..<13 {
        value *= value
        bits *= 2
        if value >= 2 {
          bits += 1
          value /= 2
        }
      }
      fraction[m] = UInt16((bits + 1) / 2)
    }
    confidence = .allocate(capacity: 1024)
    step = .allocate(capacity: 1024)
    for n in 0..<1024 {
      confidence[n] = Int32(256 * 10 * n / (10 * n + 6))
      step[n] = Int32(65536 * 2 / (2 * n + 3))
    }
  }
}
