import Bytes

/// A stack of symbols: the range variant of asymmetric numeral systems (Duda, arXiv:1311.2540) with a 64-bit state and whole symbols, last in, first out.
/// `pop` undoes `push` and the other way round, to the last bit: what bits-back coding needs. The state lies in 2^31 ..< 2^63, words of 32 bits below it.
///
/// An encoder's stack has no bottom: below what was pushed lies a stock of pseudo-random words, the same for everybody (SplitMix64 of Steele, Lea and Flood 2014,
/// from seed 0). What is taken from it makes the stream longer, and is there again when a decoder has taken everything else off.
///
/// Stream: the state, eight bytes, then the words from the top down, four bytes each; most significant byte first.
public struct SymbolStack {
  private var state: UInt64
  private var words: [UInt32] = []
  /// How many words were taken from the stock; nil where there is none.
  private var drawn: Int?
  /// More was taken than there is: the bytes are damaged.
  public private(set) var isExhausted = false

  /// An encoder's.
  public init() {
    state = SymbolStack.first
    drawn = 0
  }

  /// A decoder's.
  /// - Throws: `EntropyError.damaged` if no encoder wrote this.
  public init(_ bytes: ArraySlice<UInt8>) throws {
    guard bytes.count >= 8, bytes.count % 4 == 0 else { throw EntropyError.damaged("a stack of symbols") }
    state = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    guard state >> 31 != 0, state >> 63 == 0 else { throw EntropyError.damaged("a stack of symbols") }
    words.reserveCapacity(bytes.count / 4)
    var index = bytes.endIndex
    while index > bytes.startIndex + 8 {
      index -= 4
      words.append(bytes[index..<index + 4].reduce(0) { $0 << 8 | UInt32($1) })
    }
  }

  /// The stream of all that is on the stack.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + 4 * words.count)
    for shift in stride(from: UInt64(56), through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: state >> shift)) }
    for word in words.reversed() {
      for shift in stride(from: UInt32(24), through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }
    return bytes
  }

  /// Whether all that is left is the stock that an encoder began with: true when everything was taken off an undamaged stack.
  public var isAtStock: Bool {
    !isExhausted && state == SymbolStack.first && words.indices.allSatisfy { words[$0] == SymbolStack.stock(words.count - 1 - $0) }
  }

  /// Puts on a symbol whose share is start ..< start + width of 2^bits; width at least 1 and less than all, bits 1 to 31.
  @inline(__always)
  public mutating func push(start: UInt32, width: UInt32, bits: Int) {
    let width = UInt64(width)
    if state >= width << UInt64(63 - bits) {
      words.append(UInt32(truncatingIfNeeded: state))
      state >>= 32
    }
    let (quotient, remainder) = state.quotientAndRemainder(dividingBy: width)
    state = quotient << UInt64(bits) + remainder + UInt64(start)
  }

  /// Where in 0 ..< 2^bits the symbol on top lies.
  @inline(__always)
  public func top(bits: Int) -> UInt32 { UInt32(truncatingIfNeeded: state & (1 << UInt64(bits) - 1)) }

  /// Takes off the symbol on top, whose share `top` lies in.
  @inline(__always)
  public mutating func pop(start: UInt32, width: UInt32, bits: Int) {
    state = UInt64(width) * (state >> UInt64(bits)) + UInt64(top(bits: bits)) - UInt64(start)
    if state >> 31 == 0 { state = state << 32 | UInt64(next()) }
  }

  private mutating func next() -> UInt32 {
    if let word = words.popLast() { return word }
    guard let index = drawn else {
      isExhausted = true
      return 0
    }
    drawn = index + 1
    return SymbolStack.stock(index)
  }

  private static func stock(_ index: Int) -> UInt32 {
    var z = UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return UInt32(truncatingIfNeeded: (z ^ (z >> 31)) >> 32)
  }

  /// The state of an empty stack: as many bits as may be, since symbols taken off it are to look random.
  private static let first: UInt64 = 0x6A09_E667_F3BC_C908
}
