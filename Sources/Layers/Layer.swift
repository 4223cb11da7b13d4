import Tensors

/// Something with parameters: a layer, or a network made of layers. The parameters are found in the stored properties, in the order they are declared,
/// and named by them, so that a network needs no more than its layers and what it does with them:
///
/// ```swift
/// /// x [batch, 1, length], length a multiple of 8: x with a learned correction.
/// struct Enhancer: Layer {
///   let input: Conv1d, output: ConvTransposed1d
///   var blocks: [[Conv1d]] = []
///
///   init(width: Int = 32, random: inout RandomSource) {
///     input = Conv1d(inputChannels: 1, outputChannels: width, kernelSize: 16, stride: 8, padding: 4, random: &random)
///     for _ in 0..<4 {
///       blocks.append((0..<2).map { _ in Conv1d(inputChannels: width, outputChannels: width, kernelSize: 7, padding: 3, random: &random) })
///     }
///     output = ConvTransposed1d(inputChannels: width, outputChannels: 1, kernelSize: 16, stride: 8, padding: 4, random: &random)
///     output.weight.value = Tensor(zeros: output.weight.value.shape)  // begins as the identity
///   }
///
///   func callAsFunction(_ x: Variable) -> Variable {
///     var h = input(x)
///     for block in blocks { h = h + block[1](block[0](h).silu()) }
///     return x + output(h.silu())
///   }
/// }
///
/// var random = RandomSource(seed: 1)
/// let network = Enhancer(random: &random)
/// let adam = Adam(network.namedParameters)
/// for step in 0..<steps {
///   let tape = Tape()
///   let loss = (network(tape.constant(decoded)) - tape.constant(original)).squared().mean()
///   loss.backward()
///   adam.clipGradients(norm: 1)
///   adam.step(learningRate: Schedule(peak: 1e-3, warmUp: 100, total: steps).rate(at: step))
/// }
/// let better = network(Variable(decoded)).value                         // no tape: inference
/// let bytes = Safetensors(tensors: network.tensors).serialized()        // to be saved, and later:
/// try network.load(Safetensors(serialized: bytes).tensors)
/// ```
public protocol Layer {
  /// All parameters with their names, such as `blocks.0.1.weight`.
  var namedParameters: [NamedParameter] { get }
}

/// A parameter and where in its network it stands.
public struct NamedParameter {
  public let name: String
  public let parameter: Parameter
  public init(name: String, parameter: Parameter) { (self.name, self.parameter) = (name, parameter) }
}

extension Layer {
  public var namedParameters: [NamedParameter] { collect(Mirror(reflecting: self), prefix: "") }

  /// The values of all parameters by name.
  public var tensors: [String: Tensor] {
    Dictionary(namedParameters.map { ($0.name, $0.parameter.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// Takes the values of all parameters from `tensors`, which may hold more.
  public func load(_ tensors: [String: Tensor]) throws {
    let own = namedParameters
    for entry in own {
      guard let tensor = tensors[entry.name] else { throw LayerError.missing(entry.name) }
      guard tensor.shape == entry.parameter.value.shape else {
        throw LayerError.shape(entry.name, expected: entry.parameter.value.shape, found: tensor.shape)
      }
    }
    for entry in own { entry.parameter.value = tensors[entry.name] ?? entry.parameter.value }
  }
}

/// Why weights do not fit a network.
public enum LayerError: Error, Equatable, CustomStringConvertible {
  case missing(String)
  case shape(String, expected: [Int], found: [Int])

  public var description: String {
    switch self {
    case .missing(let name): "the weights have no tensor \"\(name)\"; they belong to another network"
    case .shape(let name, let expected, let found):
      "tensor \"\(name)\" has shape \(found) where the network has \(expected); the weights belong to another network"
    }
  }
}

private func collect(_ mirror: Mirror, prefix: String) -> [NamedParameter] {
  var found: [NamedParameter] = []
  for (position, child) in mirror.children.enumerated() {
    let own = mirror.displayStyle == .collection || mirror.displayStyle == .tuple ? String(position) : child.label ?? String(position)
    let name = prefix + own
    switch child.value {
    case let parameter as Parameter: found.append(NamedParameter(name: name, parameter: parameter))
    case let layer as any Layer: found += layer.namedParameters.map { NamedParameter(name: "\(name).\($0.name)", parameter: $0.parameter) }
    default:
      let inner = Mirror(reflecting: child.value)
      switch inner.displayStyle {
      case .collection, .tuple: found += collect(inner, prefix: name + ".")
      case .optional: found += inner.children.flatMap { collect(Mirror(reflecting: [$0.value]), prefix: name + ".") }.map(dropIndex(after: name))
      default: break
      }
    }
  }
  return found
}

/// An optional's content takes the name of the property itself.
private func dropIndex(after name: String) -> (NamedParameter) -> NamedParameter {
  { entry in
    let rest = entry.name.dropFirst(name.count + 2)
    return NamedParameter(name: rest.isEmpty ? name : name + rest, parameter: entry.parameter)
  }
}

/// Weights drawn uniformly from ±1/sqrt(fanIn), which keeps the size of signals about the same from layer to layer.
func initial(_ shape: [Int], fanIn: Int, _ random: inout RandomSource) -> Parameter {
  let bound = 1 / Float(max(1, fanIn)).squareRoot()
  return Parameter(random.uniform(shape, in: -bound..<bound))
}
