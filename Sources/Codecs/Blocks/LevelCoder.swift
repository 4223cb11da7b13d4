import Autoencoders
import Entropy

/// Puts samples on a stack and takes them off again, by what a likelihood says of them (`Likelihood.parameters`). All that coder and decoder must agree on is in
/// integers, made of the parameters one by one.
struct LevelCoder: Sendable {
  /// Of frequencies.
  private static let precision = 24
  /// The least that a decision's frequencies are.
  private static let least = 64

  private let components: Int
  /// Values that a sample may have, from 0 on.
  let levels: Int

  /// Nil if the likelihood is not one of whole levels.
  init?(_ likelihood: Likelihood) {
    switch likelihood {
    case .bernoulli: (components, levels) = (0, 2)
    case .gaussian: return nil
    case .discretised(let components, let levels): (self.components, self.levels) = (components, levels)
    }
  }

  /// - Parameters:
  ///   - parameters: the first of the sample's own.
  ///   - step: from one to the next.
  func push(_ level: Int, _ parameters: UnsafePointer<Float>, step: Int, to stack: inout SymbolStack) {
    if level > 0, levels > 2 {
      let mixture = Mixture(self, parameters, step)
      let start = mixture.start(level)
      stack.push(start: start, width: mixture.start(level + 1) - start, bits: LevelCoder.precision)
    }
    let zeros = LevelCoder.zeros(parameters[0])
    if level == 0 {
      stack.push(start: 0, width: zeros, bits: LevelCoder.precision)
    } else {
      stack.push(start: zeros, width: 1 << UInt32(LevelCoder.precision) - zeros, bits: LevelCoder.precision)
    }
  }

  func pop(_ parameters: UnsafePointer<Float>, step: Int, from stack: inout SymbolStack) -> Int {
    let zeros = LevelCoder.zeros(parameters[0])
    guard stack.top(bits: LevelCoder.precision) >= zeros else {
      stack.pop(start: 0, width: zeros, bits: LevelCoder.precision)
      return 0
    }
    stack.pop(start: zeros, width: 1 << UInt32(LevelCoder.precision) - zeros, bits: LevelCoder.precision)
    guard levels > 2 else { return 1 }
    let mixture = Mixture(self, parameters, step)
    let top = stack.top(bits: LevelCoder.precision)
    var (low, high) = (1, levels)
    while high - low > 1 {
      let middle = (low + high) / 2
      if mixture.start(middle) <= top { low = middle } else { high = middle }
    }
    let start = mixture.start(low)
    stack.pop(start: start, width: mixture.start(low + 1) - start, bits: LevelCoder.precision)
    return low
  }

  /// The frequency of level 0, given the probability of all others.
  @inline(__always)
  private static func zeros(_ above: Float) -> UInt32 {
    let all = 1 << precision
    let ones = Int((bounded(above, 1) * Float(all)).rounded(.toNearestOrEven))
    return UInt32(all - min(max(ones, least), all - least))
  }

  /// The levels above 0: a mixture of logistic distributions, each level with a frequency of at least 1.
  private struct Mixture {
    private let levels: Int
    private let components: Int
    /// In 1/65536 level, 1/2^30 for each level, and 1/65536.
    private var (means, inverses, weights): (Row, Row, Row)
    private typealias Row = InlineRow

    @inline(__always)
    init(_ coder: LevelCoder, _ parameters: UnsafePointer<Float>, _ step: Int) {
      (levels, components) = (coder.levels, coder.components)
      (means, inverses, weights) = (Row(), Row(), Row())
      let range = Float(levels - 1)
      var rest = 65536
      for k in 0..<components {
        means[k] = Int((bounded(parameters[(1 + k) * step], 2) * (range * 65536)).rounded(.toNearestOrEven))
        let inverse = bounded(parameters[(1 + components + k) * step], 2048)
        inverses[k] = max(1, Int((inverse * (0x1p30 / range)).rounded(.toNearestOrEven)))
        let weight = Int((bounded(parameters[(1 + 2 * components + k) * step], 1) * 65536).rounded(.toNearestOrEven))
        weights[k] = k == components - 1 ? rest : min(max(weight, 0), rest)
        rest -= weights[k]
      }
    }

    /// The frequencies of all levels from 1 to below `level` together.
    @inline(__always)
    func start(_ level: Int) -> UInt32 {
      guard level > 1 else { return 0 }
      guard level < levels else { return 1 << UInt32(LevelCoder.precision) }
      var share: UInt64 = 0
      for k in 0..<components {
        share += UInt64(weights[k]) * CumulativeTable.logistic(((level << 16 - 32768 - means[k]) * inverses[k]) >> 30)
      }
      let free = UInt64(1 << LevelCoder.precision - (levels - 1))
      return UInt32(level - 1) + UInt32(((share >> 16) * free) >> 31)
    }
  }
}

/// As many integers as a mixture has components at most, without an allocation.
private struct InlineRow {
  private var low = SIMD8<Int>(), high = SIMD8<Int>()

  subscript(_ index: Int) -> Int {
    @inline(__always) get { index < 8 ? low[index] : high[index - 8] }
    @inline(__always) set { if index < 8 { low[index] = newValue } else { high[index - 8] = newValue } }
  }
}
