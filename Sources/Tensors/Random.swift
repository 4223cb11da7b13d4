import CKernels

/// Random numbers by counter: number `i` of a source is a hash of seed and i, so the same seed gives the same bits on every machine.
/// The hash is SplitMix64's (Steele, Lea and Flood 2014).
public struct RandomSource: Equatable, Sendable, RandomNumberGenerator {
  public let seed: UInt64
  /// How many numbers were drawn: saved with a checkpoint, it lets a resumed run go on where it stopped.
  public private(set) var position: UInt64
  private var fillsWithZeros = false

  /// For what is made only to be overwritten, as a network that is loaded next: its tensors are zero, nothing is drawn for them. All else is random.
  public static let zeros: RandomSource = {
    var source = RandomSource(seed: 0)
    source.fillsWithZeros = true
    return source
  }()

  public init(seed: UInt64, position: UInt64 = 0) { (self.seed, self.position) = (seed, position) }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  public mutating func next() -> UInt64 {
    position &+= 1
    return RandomSource.mix(RandomSource.mix(seed &+ 0x9E37_79B9_7F4A_7C15) &+ position &* 0x9E37_79B9_7F4A_7C15)
  }

  /// A source with numbers of its own, told apart by `name`.
  public func stream(_ name: UInt64) -> RandomSource { RandomSource(seed: RandomSource.mix(seed ^ RandomSource.mix(name &+ 1))) }

  /// An integer below `bound`.
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "integer(below:) needs a positive bound")
    return Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A number in 0..<1, a multiple of 2^-24.
  public mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// Independent numbers, uniform in `range`.
  public mutating func uniform(_ shape: [Int], in range: Range<Float>) -> Tensor {
    guard !fillsWithZeros else { return Tensor(zeros: shape) }
    let width = range.upperBound - range.lowerBound
    return Tensor(shape: shape) { for i in $0.indices { $0[i] = range.lowerBound.addingProduct(width, uniform()) } }
  }

  /// A number of the standard normal distribution (Marsaglia's polar method).
  public mutating func normal() -> Float {
    while true {
      let (u, v) = (2 * uniform() - 1, 2 * uniform() - 1)
      var square = u * u + v * v
      guard square > 0, square < 1 else { continue }
      var log: Float = 0
      ck_unary(Int32(CK_LOG.rawValue), 1, &square, &log, 0)
      return u * (-2 * log / square).squareRoot()
    }
  }

  /// Independent numbers of the standard normal distribution, times `scale`.
  public mutating func normal(_ shape: [Int], scale: Float = 1) -> Tensor {
    guard !fillsWithZeros else { return Tensor(zeros: shape) }
    return Tensor(shape: shape) { for i in $0.indices { $0[i] = scale * normal() } }
  }
}
