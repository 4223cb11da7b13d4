import Tensors

/// Coefficients as one of the networks beside the prior is trained on them.
public struct SubbandExamples: Sendable {
  private let kind: SubbandNetwork.Kind
  /// [count, `SubbandFeatures.count`]
  private var features: [Float] = []
  /// Magnitudes, or 1 for a negative coefficient.
  private var answers: [Int32] = []
  /// How many coefficients each stands for.
  private var weights: [Float] = []
  private let share: Int
  private let most: Int
  /// Those that were taken, whether they are still kept or not.
  private var taken = 0
  private var state: UInt64

  /// - Parameters:
  ///   - share: one of so many coefficients is taken, and of those with nothing around them a tenth of that.
  ///   - most: that are kept, each in 4 bytes a feature. Once there are as many, those that are taken replace others so that all had the same chance to stay (algorithm R of Vitter,
  ///     "Random sampling with a reservoir", 1985).
  public init(_ kind: SubbandNetwork.Kind, share: Int, most: Int, seed: UInt64) {
    precondition(share > 0 && most > 0, "examples of nothing")
    (self.kind, self.share, self.most, state) = (kind, share, most, seed | 1)
  }

  public var count: Int { answers.count }

  /// The code length in bits of some examples' decisions by a network: whether each exceeds 0, 1, 2, ..., as far as it does, or is negative.
  /// - Parameter drawn: their numbers.
  public func loss(of network: SubbandNetwork, _ drawn: [Int], on tape: Tape) -> Variable {
    let (count, inputs, outputs) = (drawn.count, network.inputs, kind.outputs)
    let x = Tensor(shape: [count, inputs]) { out in
      for (row, k) in drawn.enumerated() { for j in 0..<inputs { out[row * inputs + j] = features[k * SubbandFeatures.count + j] } }
    }
    let yes = Tensor(shape: [count, outputs]) { out in
      for (row, k) in drawn.enumerated() { for j in 0..<outputs { out[row * outputs + j] = answers[k] > j ? 1 : 0 } }
    }
    let total = drawn.reduce(Float(0)) { $0 + weights[$1] }
    let asked = Tensor(shape: [count, outputs]) { out in
      // 1.4427: bits of a nat.
      for (row, k) in drawn.enumerated() { for j in 0..<outputs { out[row * outputs + j] = answers[k] >= j ? weights[k] / total * 1.442_695 : 0 } }
    }
    return (network(tape.constant(x)).binaryCrossEntropy(targets: Variable(yes)) * Variable(asked)).sum()
  }

  mutating func offer(_ values: UnsafePointer<Float>, magnitude: Int, isEmpty: Bool) {
    let rare = isEmpty && magnitude == 0
    guard draw() % UInt64(rare ? 10 * share : share) == 0 else { return }
    keep(values, answer: Int32(magnitude), weight: rare ? 10 : 1) { _ in false }
  }

  /// Half of them are taken as their opposites: of a picture and its negative the network is to expect the same.
  mutating func offer(_ values: UnsafePointer<Float>, isNegative: Bool) {
    guard draw() % UInt64(share) == 0 else { return }
    let isOpposite = state >> 40 & 1 != 0
    keep(values, answer: isNegative != isOpposite ? 1 : 0, weight: 1) { feature in
      isOpposite && (feature < SubbandFeatures.neighbours || SubbandFeatures.differences.contains(feature))
    }
  }

  private mutating func keep(_ values: UnsafePointer<Float>, answer: Int32, weight: Float, negates: (Int) -> Bool) {
    taken += 1
    let size = SubbandFeatures.count
    if count < most {
      for j in 0..<size { features.append(negates(j) ? -values[j] : values[j]) }
      answers.append(answer)
      weights.append(weight)
      return
    }
    let place = Int(draw() % UInt64(taken))
    guard place < most else { return }
    for j in 0..<size { features[place * size + j] = negates(j) ? -values[j] : values[j] }
    (answers[place], weights[place]) = (answer, weight)
  }

  private mutating func draw() -> UInt64 {
    // xorshift (Marsaglia 2003)
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}

/// Where passes over pictures leave examples for both networks.
public final class SubbandCollector {
  public internal(set) var magnitudes: SubbandExamples
  public internal(set) var signs: SubbandExamples

  /// - Parameters:
  ///   - share: of coefficients, of which one is taken for the network that expects magnitudes; of those with a sign, of which there are few, `signShare` times as many are taken.
  ///   - most: examples of each network.
  public init(share: Int, most: Int, seed: UInt64) {
    magnitudes = SubbandExamples(.magnitudes, share: max(1, share), most: most, seed: seed)
    signs = SubbandExamples(.signs, share: max(1, share / SubbandCollector.signShare), most: most, seed: seed)
  }
  private static let signShare = 8
}
