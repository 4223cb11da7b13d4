import Autoencoders
import Entropy

/// Puts samples on a stack and takes them off again, by what a likelihood says of them (`Likelihood.parameters`). All that coder and decoder must agree on is in
/// integers, made of the parameters one by one.
struct LevelCoder: Sendable {
  /// Of frequencies.
  fileprivate static let precision = 24
  /// The least that a decision's frequencies are.
  private static let least = 64

  /// How the levels behind the first one are told.
  private enum Kind {
    /// There is one.
    case binary
    case mixture(components: Int)
    /// Each level has a share of its own, the first one too.
    case table
  }

  private let kind: Kind
  /// Values that a sample may have, from 0 on.
  let levels: Int

  /// Nil if the likelihood is not one of whole levels.
  init?(_ likelihood: Likelihood) {
    switch likelihood {
    case .bernoulli: (kind, levels) = (.binary, 2)
    case .gaussian: return nil
    case .discretised(let components, let levels): (kind, self.levels) = (levels > 2 ? .mixture(components: components) : .binary, levels)
    case .categorical(let levels): (kind, self.levels) = (.table, levels)
    }
  }

  /// - Parameters:
  ///   - parameters: the first of the sample's own.
  ///   - step: from one to the next.
  func push(_ level: Int, _ parameters: UnsafePointer<Float>, step: Int, to stack: inout SymbolStack) {
    if case .table = kind {
      let table = LevelTable(parameters, step: step, levels: levels)
      let start = table.start(level)
      return stack.push(start: start, width: table.start(level + 1) - start, bits: LevelCoder.precision)
    }
    if level > 0, case .mixture(let components) = kind {
      let mixture = Mixture(components, levels, parameters, step)
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
    if case .table = kind {
      let table = LevelTable(parameters, step: step, levels: levels)
      return take(from: &stack, lowest: 0) { table.start($0) }
    }
    let zeros = LevelCoder.zeros(parameters[0])
    guard stack.top(bits: LevelCoder.precision) >= zeros else {
      stack.pop(start: 0, width: zeros, bits: LevelCoder.precision)
      return 0
    }
    stack.pop(start: zeros, width: 1 << UInt32(LevelCoder.precision) - zeros, bits: LevelCoder.precision)
    guard case .mixture(let components) = kind else { return 1 }
    let mixture = Mixture(components, levels, parameters, step)
    return take(from: &stack, lowest: 1) { mixture.start($0) }
  }

  /// Takes off the level whose share lies on top.
  /// - Parameter start: where the share of a level begins; it rises.
  @inline(__always)
  private func take(from stack: inout SymbolStack, lowest: Int, _ start: (Int) -> UInt32) -> Int {
    let top = stack.top(bits: LevelCoder.precision)
    var (low, high) = (lowest, levels)
    while high - low > 1 {
      let middle = (low + high) / 2
      if start(middle) <= top { low = middle } else { high = middle }
    }
    let first = start(low)
    stack.pop(start: first, width: start(low + 1) - first, bits: LevelCoder.precision)
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
    init(_ components: Int, _ levels: Int, _ parameters: UnsafePointer<Float>, _ step: Int) {
      (self.levels, self.components) = (levels, components)
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

/// All levels of a sample, each with a frequency of at least 1, by their probabilities.
private struct LevelTable {
  private static let one = 1 << LevelCoder.precision
  /// Of all levels below each, then of all, in 1/2^24 of a probability; together they are about 1.
  private let sums: [UInt64]

  init(_ parameters: UnsafePointer<Float>, step: Int, levels: Int) {
    sums = [UInt64](unsafeUninitializedCapacity: levels + 1) { sums, count in
      var sum: UInt64 = 0
      for level in 0..<levels {
        sums[level] = sum
        // What is no number counts as nothing.
        sum += UInt64(max(0, (bounded(parameters[level * step], 1) * Float(LevelTable.one)).rounded(.toNearestOrEven)))
      }
      sums[levels] = sum
      count = levels + 1
    }
  }

  /// The frequencies of all levels below `level` together.
  @inline(__always)
  func start(_ level: Int) -> UInt32 {
    let levels = sums.count - 1
    guard level < levels else { return UInt32(LevelTable.one) }
    return UInt32(level) + UInt32(sums[level] * UInt64(LevelTable.one - levels) / max(1, sums[levels]))
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
