import CKernels
import Layers
import Tensors

/// A small network beside the prior's models: from what is around a coefficient to the odds that its magnitude exceeds 0, 1, 2, ..., or that it is negative. The models
/// take them as one more opinion, which they learn to weigh.
public struct SubbandNetwork: Layer {
  public enum Kind: String, CaseIterable, Sendable {
    /// What magnitudes are to be expected.
    case magnitudes = "network"
    /// Which sign.
    case signs

    /// Odds that are told; larger magnitudes are the models' own affair.
    public var outputs: Int { self == .magnitudes ? SubbandNetwork.odds : 1 }
    fileprivate var prefix: String { rawValue + "." }
    /// What such networks may see.
    fileprivate var inputs: [Int] { self == .magnitudes ? [SubbandFeatures.plain, SubbandFeatures.count] : [SubbandFeatures.count] }
  }

  let input: Dense
  let hidden: Dense
  let output: Dense

  static let odds = 8
  public static let units = 8...256

  public init(_ kind: Kind, units: Int, inputs: Int = SubbandFeatures.count, random: inout RandomSource) {
    precondition(SubbandNetwork.units.contains(units) && kind.inputs.contains(inputs), "a network of another size")
    input = Dense(inputs: inputs, outputs: units, random: &random)
    hidden = Dense(inputs: units, outputs: units, random: &random)
    output = Dense(inputs: units, outputs: kind.outputs, random: &random)
  }

  /// Features [batch, `inputs`] to logits [batch, outputs].
  public func callAsFunction(_ x: Variable) -> Variable { output(hidden(input(x).silu()).silu()) }

  /// How many of the features it sees.
  var inputs: Int { input.weight.value.shape[0] }

  /// The network in a codec's weights; nil if there is none.
  /// - Throws: `LayerError` if what is there is no such network.
  static func stored(_ kind: Kind, in weights: Safetensors) throws -> SubbandNetwork? {
    guard let input = weights.tensors[kind.prefix + "input.weight"] else { return nil }
    guard input.shape.count == 2, kind.inputs.contains(input.shape[0]), units.contains(input.shape[1]) else {
      throw LayerError.shape(kind.prefix + "input.weight", expected: [SubbandFeatures.count, units.upperBound], found: input.shape)
    }
    var random = RandomSource.zeros
    let network = SubbandNetwork(kind, units: input.shape[1], inputs: input.shape[0], random: &random)
    let own = weights.tensors.filter { $0.key.hasPrefix(kind.prefix) }
    try network.load(Dictionary(uniqueKeysWithValues: own.map { (String($0.key.dropFirst(kind.prefix.count)), $0.value) }))
    return network
  }
}

/// The networks of a codec; it may have neither.
public struct SubbandNetworks {
  public var magnitudes: SubbandNetwork?
  public var signs: SubbandNetwork?

  public init(magnitudes: SubbandNetwork? = nil, signs: SubbandNetwork? = nil) { (self.magnitudes, self.signs) = (magnitudes, signs) }

  /// Those in a codec's weights.
  /// - Throws: `LayerError` if what is there are no such networks.
  init(_ weights: Safetensors) throws {
    self.init(magnitudes: try .stored(.magnitudes, in: weights), signs: try .stored(.signs, in: weights))
  }

  /// As they are stored.
  var tensors: [String: Tensor] {
    var result: [String: Tensor] = [:]
    for (kind, network) in [(SubbandNetwork.Kind.magnitudes, magnitudes), (.signs, signs)] {
      for (name, tensor) in network?.tensors ?? [:] { result[kind.prefix + name] = tensor }
    }
    return result
  }

  /// Which there are.
  var kinds: Set<SubbandNetwork.Kind> { Set([magnitudes.map { _ in .magnitudes }, signs.map { _ in .signs }].compactMap { $0 }) }
}

/// A network at work, a coefficient at a time.
final class SubbandOracle {
  private let units: Int
  private let inputs: Int
  private let outputs: Int
  /// Matrices and biases, in their order.
  private let weights: [UnsafeMutablePointer<Float>]
  /// What the layers say.
  private let layers: [UnsafeMutablePointer<Float>]
  /// What it said last, in 1/256.
  let told: UnsafeMutablePointer<Int>

  init(_ network: SubbandNetwork) {
    func allocate(_ values: [Float]) -> UnsafeMutablePointer<Float> {
      let pointer = UnsafeMutablePointer<Float>.allocate(capacity: values.count)
      pointer.initialize(from: values, count: values.count)
      return pointer
    }
    let values = [network.input, network.hidden, network.output].flatMap { [$0.weight.value.values, $0.bias?.value.values ?? []] }
    (units, inputs, outputs) = (values[1].count, network.inputs, values[5].count)
    weights = values.map(allocate)
    layers = [values[1], values[3], values[5]].map(allocate)
    told = .allocate(capacity: outputs)
    told.initialize(repeating: 0, count: outputs)
  }

  deinit {
    for pointer in weights + layers { pointer.deallocate() }
    told.deallocate()
  }

  /// Whether it sees the approximation too.
  var looksAround: Bool { inputs > SubbandFeatures.plain }

  /// Looks at a coefficient.
  func look(_ features: UnsafePointer<Float>) {
    project(0, features, inputs, units)
    project(1, layers[0], units, units)
    project(2, layers[1], units, outputs)
    for k in 0..<outputs { told[k] = Int(bounded(layers[2][k] * 256, 3071).rounded(.toNearestOrEven)) }
  }

  /// What it said, to be said again.
  var memory: [Int] { Array(UnsafeBufferPointer(start: told, count: outputs)) }

  func recall(_ earlier: [Int]) { for k in 0..<outputs { told[k] = earlier[k] } }

  @inline(__always)
  private func project(_ layer: Int, _ x: UnsafePointer<Float>, _ count: Int, _ columns: Int) {
    let y = layers[layer]
    y.update(from: weights[2 * layer + 1], count: columns)
    ck_project(count, columns, weights[2 * layer], x, y, 1)
    if layer < 2 { ck_unary(Int32(CK_SILU.rawValue), columns, y, y, 0) }
  }
}
