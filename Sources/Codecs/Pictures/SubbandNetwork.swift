import CKernels
import Layers
import Tensors

/// A small network beside the prior's models: from the magnitudes around a coefficient to the odds that its own exceeds 0, 1, 2, ... The models take them as one more
/// opinion, which they learn to weigh.
public struct SubbandNetwork: Layer {
  let input: Dense
  let hidden: Dense
  let output: Dense

  /// Odds that are told; larger magnitudes are the models' own affair.
  public static let odds = 8
  public static let units = 8...256

  public init(units: Int, random: inout RandomSource) {
    precondition(SubbandNetwork.units.contains(units), "a network of another size")
    input = Dense(inputs: SubbandFeatures.count, outputs: units, random: &random)
    hidden = Dense(inputs: units, outputs: units, random: &random)
    output = Dense(inputs: units, outputs: SubbandNetwork.odds, random: &random)
  }

  /// Features [batch, `SubbandFeatures.count`] to logits [batch, `odds`].
  public func callAsFunction(_ x: Variable) -> Variable { output(hidden(input(x).silu()).silu()) }

  static let prefix = "network."

  /// The network in a codec's weights; nil if there is none.
  /// - Throws: `LayerError` if what is there is no such network.
  static func stored(in weights: Safetensors) throws -> SubbandNetwork? {
    guard let input = weights.tensors[prefix + "input.weight"] else { return nil }
    guard let width = input.shape.last, units.contains(width) else {
      throw LayerError.shape(prefix + "input.weight", expected: [SubbandFeatures.count, units.upperBound], found: input.shape)
    }
    var random = RandomSource(seed: 0)
    let network = SubbandNetwork(units: width, random: &random)
    let own = weights.tensors.filter { $0.key.hasPrefix(prefix) }
    try network.load(Dictionary(uniqueKeysWithValues: own.map { (String($0.key.dropFirst(prefix.count)), $0.value) }))
    return network
  }
}

/// The network at work, a coefficient at a time.
final class SubbandOracle {
  private let weights: [[Float]]
  private let units: Int
  private var first: [Float]
  private var second: [Float]
  private var odds = [Float](repeating: 0, count: SubbandNetwork.odds)
  /// What it said last, in 1/256.
  private(set) var told = [Int](repeating: 0, count: SubbandNetwork.odds)

  init(_ network: SubbandNetwork) {
    weights = [network.input, network.hidden, network.output].flatMap { [$0.weight.value.values, $0.bias?.value.values ?? []] }
    units = weights[1].count
    first = weights[1]
    second = weights[1]
  }

  /// Looks at a coefficient.
  func look(_ features: UnsafePointer<Float>) {
    project(features, SubbandFeatures.count, weights[0], weights[1], &first)
    project(first, units, weights[2], weights[3], &second)
    let bias = weights[5]
    for k in odds.indices { odds[k] = bias[k] }
    ck_project(units, odds.count, weights[4], second, &odds, 1)
    for k in odds.indices { told[k] = Int(bounded(odds[k] * 256, 3071).rounded(.toNearestOrEven)) }
  }

  func recall(_ earlier: [Int]) { told = earlier }

  private func project(_ x: UnsafePointer<Float>, _ count: Int, _ matrix: [Float], _ bias: [Float], _ y: inout [Float]) {
    for k in bias.indices { y[k] = bias[k] }
    ck_project(count, units, matrix, x, &y, 1)
    ck_unary(Int32(CK_SILU.rawValue), units, y, &y, 0)
  }
}
