/// What a model of binary decisions is run against: an encoder, a decoder, or a meter of cost.
///
/// Model code is written once, generic over `BinaryCoder`, and takes the bit that `code` returns: encoder and meter give back the bit
/// that they were handed, a decoder ignores it and gives the bit that it read. Encoding, decoding and cost therefore cannot drift apart.
public protocol BinaryCoder {
  /// Whether models adapt to the bits that pass through; a model does not change under a coder for which this is false.
  static var learns: Bool { get }
  /// Whether what is coded from now on does not count: a meter has gone beyond its limit.
  var isOver: Bool { get }
  /// Codes one decision. `probability` is that of a one, in 1/65536, from 1 to 65535.
  mutating func code(_ bit: Int, probability: UInt32) -> Int
}

extension BinaryCoder {
  @inlinable public var isOver: Bool { false }
}

/// Adds up ideal code lengths and changes no model: the price of an alternative in a search.
@frozen
public struct CostMeter: BinaryCoder {
  /// The cost so far, in units of 1/4096 bit.
  public var cost: Int = 0
  /// The cost beyond which nobody asks.
  public var limit: Int

  @inlinable public init(limit: Int = .max) { self.limit = limit }
  @inlinable public static var learns: Bool { false }
  @inlinable public var isOver: Bool { cost > limit }

  @inlinable
  public mutating func code(_ bit: Int, probability: UInt32) -> Int {
    cost &+= Int(Logistic.cost(bit != 0 ? probability : 65536 &- probability))
    return bit
  }
}
