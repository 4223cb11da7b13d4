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
  private var state: UInt64

  /// One of so many coefficients is taken, and of those with nothing around them a tenth of that.
  public init(_ kind: SubbandNetwork.Kind, share: Int, seed: UInt64) { (self.kind, self.share, state) = (kind, max(1, share), seed | 1) }

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
    features.append(contentsOf: UnsafeBufferPointer(start: values, count: SubbandFeatures.count))
    answers.append(Int32(magnitude))
    weights.append(rare ? 10 : 1)
  }

  /// Half of them are taken as their opposites: of a picture and its negative the network is to expect the same.
  mutating func offer(_ values: UnsafePointer<Float>, isNegative: Bool) {
    guard draw() % UInt64(share) == 0 else { return }
    let isOpposite = state >> 40 & 1 != 0
    for j in 0..<SubbandFeatures.count {
      let hasSign = j < SubbandFeatures.neighbours || SubbandFeatures.differences.contains(j)
      features.append(isOpposite && hasSign ? -values[j] : values[j])
    }
    answers.append(isNegative != isOpposite ? 1 : 0)
    weights.append(1)
  }

  private mutating func draw() -> UInt64 {
    // xorshift (Marsaglia 2003)
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}

/// Where a pass leaves examples.
final class SubbandCollector {
  var magnitudes: SubbandExamples
  var signs: SubbandExamples
  init(magnitudes: SubbandExamples, signs: SubbandExamples) { (self.magnitudes, self.signs) = (magnitudes, signs) }
}
