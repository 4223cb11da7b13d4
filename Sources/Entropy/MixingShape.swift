/// How a `MixingModel` is built: which contexts it counts in, which weight sets mix them, and how fast all of it adapts.
///
/// A model codes one kind of symbol, by binary decisions numbered 0 ..< nodes (the nodes of its decision tree). Every context, weight-set
/// selector and refinement context exists once per node.
public struct MixingShape: Sendable, Equatable {
  /// One context: a table of adaptive bit counters.
  public struct Input: Sendable, Equatable {
    /// The number of values that the context takes.
    public var contexts: Int
    /// A counter moves by 1 / (n + 1.5) at its n-th bit, and never by less than 1 / (limit + 1.5). 1 to 1023.
    public var limit: Int

    public init(contexts: Int, limit: Int = 255) {
      self.contexts = contexts
      self.limit = limit
    }
  }

  /// Decisions in the tree.
  public var nodes: Int
  public var inputs: [Input]
  /// How many probabilities the caller gives the mixer directly, stretched, besides the counters'.
  public var signals: Int
  /// The number of values of each weight-set selector. Each selector has a mixer of its own; their outputs are averaged in the stretched domain.
  public var selectors: [Int]
  /// The number of values of the context of the final adaptive refinement (an interpolated map from probability to probability); 0 for none.
  public var refinements: Int
  /// Learning rate of the weights at first and after many decisions: about rate / 1000 each.
  public var firstRate: Int
  public var lastRate: Int
  /// Weights to begin with, in 1/65536.
  public var inputWeight: Int32
  public var signalWeight: Int32

  public init(
    nodes: Int, inputs: [Input], signals: Int = 0, selectors: [Int] = [1], refinements: Int = 0, firstRate: Int = 20, lastRate: Int = 2,
    inputWeight: Int32 = 20000, signalWeight: Int32 = 20000
  ) {
    self.nodes = nodes
    self.inputs = inputs
    self.signals = signals
    self.selectors = selectors
    self.refinements = refinements
    self.firstRate = firstRate
    self.lastRate = lastRate
    self.inputWeight = inputWeight
    self.signalWeight = signalWeight
  }

  /// Inputs of the mixer: counters, signals and a constant.
  @usableFromInline var width: Int { inputs.count + signals + 1 }
  /// Where the counters of each input start in the state, then where they end.
  var counterOffsets: [Int] { inputs.reduce(into: [0]) { $0.append($0.last! + $1.contexts * nodes) } }
  /// Where the weight sets of each selector start in the state, then where they end; a set is `width` weights and a count.
  var weightOffsets: [Int] { selectors.reduce(into: [counterOffsets.last!]) { $0.append($0.last! + $1 * nodes * (width + 1)) } }
  /// Points of a refinement map: one per natural unit from -12 to 12.
  @usableFromInline static let refinementPoints = 25
  /// The number of integers in a model's state.
  public var stateCount: Int { weightOffsets.last! + refinements * nodes * MixingShape.refinementPoints }

  func validate() {
    precondition(nodes > 0 && signals >= 0 && !selectors.isEmpty && refinements >= 0, "a mixing model needs nodes and a selector")
    precondition(inputs.allSatisfy { $0.contexts > 0 && (1...1023).contains($0.limit) } && selectors.allSatisfy { $0 > 0 }, "an empty context")
    precondition((1...64).contains(lastRate) && (lastRate...64).contains(firstRate), "learning rates are 1 to 64, the first the larger")
  }
}

/// An adaptive bit counter as stored in a model's state: a 22-bit probability of a one and the number of bits seen, 0 to 1023.
@frozen
public struct BitCounter: Equatable, Sendable {
  /// Probability in the upper 22 bits, count in the lower 10.
  public var packed: UInt32

  @inlinable public init(packed: UInt32) { self.packed = packed }

  /// - Parameters:
  ///   - probability: of a one, in 1/65536, 0 to 65535.
  ///   - count: of how many bits' worth the probability is, 0 to 1023.
  public init(probability: UInt32, count: UInt32) {
    precondition(probability < 65536 && count < 1024, "probabilities have 16 bits, counts 10")
    packed = (probability << 16) | 0x8000 | count
  }

  /// Nothing seen, one half.
  public static let fresh = BitCounter(packed: 1 << 31)

  @inlinable public var probability: UInt32 { packed >> 16 }
  @inlinable public var count: UInt32 { packed & 1023 }

  /// The counter after one more bit.
  @inlinable @inline(__always)
  public func updated(_ bit: Int, limit: Int32) -> BitCounter {
    let count = Int32(truncatingIfNeeded: packed & 1023)
    let probability = Int(packed >> 10)
    let target = bit != 0 ? (1 << 22) - 1 : 0
    let moved = probability &+ ((target &- probability) &* Int(Logistic.tables.step[Int(count)])) >> 16
    return BitCounter(packed: UInt32(truncatingIfNeeded: moved) << 10 | UInt32(truncatingIfNeeded: count < limit ? count &+ 1 : count))
  }
}
