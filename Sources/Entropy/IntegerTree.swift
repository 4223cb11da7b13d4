/// The decision tree of an integer, for a `MixingModel`: unary up to a limit, then Exp-Golomb.
///
/// Nodes: 0 ..< unary ask "is it larger than k?"; then come `exponents` nodes for the unary part of the exponent of what exceeds the limit,
/// and for each exponent one node for the mantissa's highest bit; lower mantissa bits are even. The last node is free
/// for a caller's own decision, such as a sign.
public struct IntegerTree: Sendable, Equatable {
  /// Values below this are unary.
  public let unary: Int
  /// The largest exponent; values below `unary + 2^(exponents + 1) - 1` can be coded.
  public let exponents: Int

  public init(unary: Int, exponents: Int = 20) {
    precondition(unary >= 0 && (0...40).contains(exponents), "a tree of that size")
    self.unary = unary
    self.exponents = exponents
  }

  /// Nodes that a model needs for this tree.
  public var nodes: Int { unary + 2 * exponents + 2 }
  /// The largest value, in magnitude, that the tree can code.
  public var largest: Int { unary + (2 << exponents) - 2 }

  /// Codes an unsigned integer, `atLeast` to `largest`, in the contexts set in the model. Gives the integer. `atLeast` may not exceed `unary`.
  @inlinable
  public func code<Coder: BinaryCoder>(_ value: Int, atLeast: Int = 0, _ model: MixingModel, _ coder: inout Coder) -> Int {
    for k in atLeast..<unary where model.code(value > k ? 1 : 0, node: k, &coder) == 0 { return k }
    let rest = value &- unary &+ 1
    let wanted = rest > 0 ? Int.bitWidth &- 1 &- rest.leadingZeroBitCount : 0
    var exponent = 0
    while exponent < exponents, model.code(wanted > exponent ? 1 : 0, node: unary &+ exponent, &coder) != 0 { exponent &+= 1 }
    var mantissa = 1
    for place in stride(from: exponent &- 1, through: 0, by: -1) {
      let bit = (rest >> place) & 1
      let coded =
        place == exponent &- 1
        ? model.code(bit, node: unary &+ exponents &+ exponent, &coder) : coder.code(bit, probability: 32768)
      mantissa = mantissa << 1 | coded
    }
    return mantissa &+ unary &- 1
  }
}
