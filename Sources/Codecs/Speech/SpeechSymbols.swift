import Autoencoders
import Entropy

/// Codes symbols of speech by what the prior's network expects of them: whether a symbol is zero, its sign, and its magnitude step by step, all in
/// integers made of the expectations one by one.
struct SpeechSymbols {
  /// Magnitudes from here on are told by their excess, in bits.
  private static let escape = 24
  private static let largest = SpeechNetwork.largest
  /// Of pitches and of squashed numbers.
  private static let logistic = CumulativeTable.logistic
  private static let one = Int64(CumulativeTable.one)

  /// Symbols as networks see them.
  private let squashed: [Float]

  init() { squashed = SpeechShape.squashedMagnitudes(upTo: 1023) }

  /// sign(x) log(1 + |x|)
  func squash(_ value: Int32) -> Float {
    let magnitude = Int(value.magnitude)
    let result = magnitude < squashed.count ? squashed[magnitude] : SpeechShape.squashed(magnitude)
    return value < 0 ? -result : result
  }

  /// Codes the symbols of a group.
  /// - Parameters:
  ///   - expectations: means, inverse scales, probabilities of zero, one after the other.
  ///   - within: how symbols move the means of those behind them, [before][behind].
  ///   - symbols: those of the group, to be coded or to be filled in.
  func code<Coder: BinaryCoder>(
    count: Int, expectations: UnsafePointer<Float>, within: UnsafeBufferPointer<Float>, _ coder: inout Coder, symbols: UnsafeMutablePointer<Int32>
  ) {
    // Means first as the network has them, then moved by each symbol as it becomes known.
    var means = Array(UnsafeBufferPointer(start: expectations, count: count))
    for k in 0..<count {
      let mean = means[k]
      let distribution = Distribution(mean: mean, inverseScale: expectations[count + k], zero: expectations[2 * count + k])
      let value = Int32(distribution.code(Int(symbols[k]), &coder))
      symbols[k] = value
      guard value != 0 else { continue }
      let squashed = squash(value)
      for behind in k + 1..<count { means[behind] += squashed * within[k * count + behind] }
    }
  }

  /// A rounded logistic distribution, with a probability of its own for zero.
  private struct Distribution {
    /// In 1/65536.
    let mean: Int64
    /// One over the scale.
    let inverse: Float
    /// In 1/65536.
    let zero: Int64

    init(mean: Float, inverseScale: Float, zero: Float) {
      self.mean = Int64(bounded(mean, 32768) * 65536)
      inverse = bounded(inverseScale, 64)
      self.zero = Int64(bounded(zero * 65536, 65536))
    }

    /// The share below `edge`, in 1/65536.
    private func share(_ edge: Int64) -> Int64 {
      let distance = Float(edge - mean) * inverse
      return Int64(logistic(Int(bounded(distance, 0x1p30))))
    }

    private static func probability(_ part: Int64, of whole: Int64) -> UInt32 {
      guard whole >= 1 << 12 else { return 32768 }
      return UInt32(min(max((part << 16) / whole, 1), 65535))
    }

    func code<Coder: BinaryCoder>(_ value: Int, _ coder: inout Coder) -> Int {
      let (low, high) = (share(-32768), share(32768))
      let isZero = (zero << 15) + (one - (zero << 15)) / 65536 * ((high - low) >> 15)
      guard coder.code(value == 0 ? 1 : 0, probability: Distribution.probability(isZero, of: one)) == 0 else { return 0 }
      let above = one - high
      let isPositive = coder.code(value > 0 ? 1 : 0, probability: Distribution.probability(above, of: above + low)) != 0
      let magnitude = abs(value)
      var (m, tail) = (1, isPositive ? above : low)
      while m < escape {
        let edge = Int64(m) * 65536 + 32768
        let next = isPositive ? one - share(edge) : share(-edge)
        if coder.code(magnitude > m ? 1 : 0, probability: Distribution.probability(next, of: tail)) == 0 { return isPositive ? m : -m }
        (m, tail) = (m + 1, next)
      }
      // What is beyond, by the gamma code (Elias 1975).
      let excess = magnitude - escape + 1
      var bits = 0
      while bits < 14, coder.code(excess >> (bits + 1) > 0 ? 1 : 0, probability: 32768) != 0 { bits += 1 }
      var rest = 1
      for bit in stride(from: bits - 1, through: 0, by: -1) { rest = rest << 1 | coder.code(excess >> bit & 1, probability: 32768) }
      let result = min(escape - 1 + rest, largest)
      return isPositive ? result : -result
    }
  }
}
