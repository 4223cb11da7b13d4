/// What floating-point samples are as 32-bit integers, so that every codec takes them.
///
/// All forms but one keep every bit of 32-bit numbers, infinities and NaN too; that one is for codecs that lose something anyway.
public enum FloatForm: UInt8, Sendable, CaseIterable {
  /// Multiples of 2^-23 up to 2 are their 24-bit integers, as files have them that were made from integers; all others are as in `ordered`,
  /// those changing places with the multiples (so that every number is one integer, and every integer one number).
  case grid
  /// The bits, with those but the sign inverted in negative numbers: larger numbers are larger integers.
  case ordered
  /// The multiple of 2^-23 next to it, up to 256 in magnitude.
  case quantised
  /// As `grid`, of multiples of 2^-15, up to 512: they are their 16-bit integers.
  case words

  /// Bits of the integers between which full scale lies.
  static let depth = 24
  private static let scale = 0x1p23
  /// The largest multiple up to which every integer is a 32-bit number.
  private static let gridEnd: UInt32 = 1 << 24

  // MARK: Forms that keep all bits

  /// How many multiples there are up to 1, and what they are multiples of.
  private var steps: (inverse: Float, step: Float) { self == .words ? (0x1p15, 0x1p-15) : (0x1p23, 0x1p-23) }

  /// The bits of a number as an integer of the same order, and back: it is its own inverse.
  @inline(__always) private static func ordered(_ bits: Int32) -> Int32 { bits ^ ((bits >> 31) & Int32.max) }

  /// Lets the multiples and the integers that count them change places; its own inverse.
  @inline(__always) private func exchanged(_ value: Int32) -> Int32 {
    if value.magnitude <= FloatForm.gridEnd { return FloatForm.ordered(Int32(bitPattern: (Float(value) * steps.step).bitPattern)) }
    return count(FloatForm.ordered(value)) ?? value
  }

  /// Which multiple the number of these bits is; nil if it is none, too large, or a zero with a sign.
  @inline(__always) private func count(_ bits: Int32) -> Int32? {
    let count = Float(bitPattern: UInt32(bitPattern: bits)) * steps.inverse
    guard count.magnitude <= Float(FloatForm.gridEnd), count == Float(Int32(count)), bits != Int32.min else { return nil }
    return Int32(count)
  }

  /// The integers of 32-bit numbers that are given as their bits; only of forms that keep them.
  func encode(bits: inout [Int32]) {
    bits.withUnsafeMutableBufferPointer { bits in
      switch self {
      case .grid, .words: for k in bits.indices { bits[k] = exchanged(FloatForm.ordered(bits[k])) }
      case .ordered: for k in bits.indices { bits[k] = FloatForm.ordered(bits[k]) }
      case .quantised: preconditionFailure("this form does not keep the bits")
      }
    }
  }

  /// The form in which numbers, given as bits, are smallest: most programs that write them began with integers.
  static func best(bits: [[Int32]]) -> FloatForm {
    func others(_ form: FloatForm) -> Int {
      bits.reduce(0) { sum, channel in channel.withUnsafeBufferPointer { sum + $0.count { form.count($0) == nil } } }
    }
    // Silence says nothing of what follows.
    if others(.words) == 0, bits.contains(where: { $0.contains { $0 != 0 } }) { return .words }
    return others(.grid) * 256 <= bits.reduce(0) { $0 + $1.count } ? .grid : .ordered
  }

  // MARK: Quantised

  /// The integer of a number; nil for NaN, infinities and magnitudes from 256 on.
  @inline(__always) static func quantise(_ number: Double) -> Int32? {
    let count = (number * scale).rounded(.toNearestOrEven)
    return count.magnitude <= 0x7FFF_FFFF ? Int32(count) : nil
  }

  // MARK: Numbers again

  /// The bits of the 32-bit number that an integer stands for.
  @inline(__always) func bits(_ value: Int32) -> Int32 {
    switch self {
    case .grid, .words: FloatForm.ordered(exchanged(value))
    case .ordered: FloatForm.ordered(value)
    case .quantised: Int32(bitPattern: (Float(value) * 0x1p-23).bitPattern)
    }
  }

  /// The 64-bit number that an integer stands for.
  @inline(__always) func number(_ value: Int32) -> Double {
    self == .quantised ? Double(value) * 0x1p-23 : Double(Float(bitPattern: UInt32(bitPattern: bits(value))))
  }

  /// An integer of `depth` bits next to what an integer stands for: beyond full scale the largest, and 0 for NaN.
  func integer(_ value: Int32) -> Int32 {
    let count = (number(value) * FloatForm.scale).rounded(.toNearestOrEven)
    return count.isNaN ? 0 : Int32(max(-0x80_0000, min(0x7F_FFFF, count)))
  }
}
