import Autoencoders
import Bytes
import Entropy
import Tensors

/// Small changes of an enhancer's weights, which a chunk carries: those of its first and its last layer, and of the biases between.
struct EnhancerChange: Equatable, Sendable {
  /// In units, by the tensors' names.
  let values: [String: [Int32]]

  /// What one unit adds to a weight.
  static let unit: Float = 1 / 64
  static let largest = 1 << 10
  private static let tree = IntegerTree(unary: 6, exponents: 12)

  /// Tensors that can be changed, in their order.
  static func names(_ enhancer: PlaneEnhancer) -> [String] {
    enhancer.tensors.keys.filter { $0.hasSuffix("bias") || $0.hasPrefix("input.") || $0.hasPrefix("output.") }.sorted()
  }

  /// The weights with the changes.
  func applied(to base: [String: Tensor]) -> [String: Tensor] {
    var result = base
    for (name, values) in values {
      guard let tensor = base[name], tensor.count == values.count else { preconditionFailure("changes of another enhancer") }
      result[name] = Tensor(zip(tensor.values, values).map { $0 + Float($1) * EnhancerChange.unit }, shape: tensor.shape)
    }
    return result
  }

  init(_ values: [String: [Int32]]) { self.values = values }

  var isNothing: Bool { values.values.allSatisfy { $0.allSatisfy { $0 == 0 } } }

  private static func model() -> MixingModel {
    // What the two changes before were, in which kind of tensor; how many of the last sixteen weights were changed.
    MixingModel(MixingShape(nodes: tree.nodes, inputs: [.init(contexts: 27), .init(contexts: 3 * 6)], selectors: [3], firstRate: 14))
  }

  private static func code<Coder: BinaryCoder>(
    _ kind: Int, count: Int, _ model: MixingModel, _ coder: inout Coder, _ value: (Int) -> Int32
  ) -> [Int32] {
    var (result, lately, last, second) = ([Int32](), 0, 0, 0)
    result.reserveCapacity(count)
    for k in 0..<count {
      model.setContext(0, (last * 3 + second) * 3 + kind)
      model.setContext(1, min(lately, 5) * 3 + kind)
      model.setSelector(0, kind)
      let wanted = value(k)
      let magnitude = tree.code(Int(wanted.magnitude), model, &coder)
      let isNegative = magnitude > 0 && coder.code(wanted < 0 ? 1 : 0, probability: 32768) != 0
      result.append(Int32(isNegative ? -magnitude : magnitude))
      (second, last) = (last, min(magnitude, 2))
      lately += magnitude != 0 ? 1 : 0
      if k >= 16, result[k - 16] != 0 { lately -= 1 }
    }
    return result
  }

  private static func kind(_ name: String) -> Int { name.hasSuffix("bias") ? 0 : name.hasPrefix("input.") ? 1 : 2 }

  /// The changes of an enhancer as a chunk has them.
  func encoded(for enhancer: PlaneEnhancer) -> [UInt8] {
    var coder = RansEncoder()
    let model = EnhancerChange.model()
    let tensors = enhancer.tensors
    for name in EnhancerChange.names(enhancer) {
      let count = tensors[name]?.count ?? 0
      let own = values[name] ?? Array(repeating: 0, count: count)
      _ = EnhancerChange.code(EnhancerChange.kind(name), count: count, model, &coder) { own[$0] }
    }
    return coder.finish()
  }

  /// - Throws: `EntropyError` on damage.
  init(_ bytes: [UInt8], for enhancer: PlaneEnhancer) throws {
    var coder = RansDecoder(bytes)
    let model = EnhancerChange.model()
    let tensors = enhancer.tensors
    var values: [String: [Int32]] = [:]
    for name in EnhancerChange.names(enhancer) {
      values[name] = EnhancerChange.code(EnhancerChange.kind(name), count: tensors[name]?.count ?? 0, model, &coder) { _ in 0 }
    }
    guard coder.isComplete else { throw EntropyError.damaged("the changes of an enhancer") }
    self.values = values
  }
}
