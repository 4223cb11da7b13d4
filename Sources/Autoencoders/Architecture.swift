import Bytes
import Layers
import Tensors

/// A kind of autoencoder as a configuration describes it, checked and not yet made.
protocol Architecture: Sendable {
  /// Its name in the member "kind".
  static var kind: String { get }
  /// Takes its members; what does not add up is an error.
  /// - Throws: `AutoencoderError.configuration`.
  init(block: [Int], _ reader: inout ConfigurationReader) throws
  /// All its members, defaults written out.
  var members: [(String, JSONValue)] { get }
  /// Extents of its code.
  var codeShape: [Int] { get }
  /// What its decoder ends with.
  var output: Output { get }
  /// Names and shapes of all parameters.
  var shapes: [String: [Int]] { get }
  /// The most numbers that stand between two of its layers for one block.
  var widest: Int { get }
  /// Products that encoding and decoding one block take together, about; its sums do not overflow where all limits are kept.
  var products: Int { get }
  /// What `Autoencoder.isSequential` will be.
  var isSequential: Bool { get }
  func make(random: inout RandomSource) -> any Autoencoder
}

extension Architecture {
  var isSequential: Bool { false }
  /// Each parameter once.
  var products: Int { shapes.values.reduce(0) { $0 + $1.reduce(1, *) } }
}

/// A kind that can be the body of a variational autoencoder: between block and hidden numbers on one side, between hidden numbers and features of each sample on
/// the other.
protocol BodyArchitecture: Architecture {
  /// Takes the members of a body: those of the kind but what ends it.
  /// - Parameter features: numbers that `decode` makes for each of a block, feature by feature.
  /// - Throws: `AutoencoderError.configuration`.
  init(block: [Int], features: Int, _ reader: inout ConfigurationReader) throws
  /// Of hidden layers.
  var activation: Activation { get }
}

/// Bounds on what a configuration can ask for. All sizes are small enough that products of them do not overflow.
enum Limit {
  /// Numbers in a block, and in what a layer makes of it.
  static let numbers = 1 << 24
  /// Extent of a block along one dimension.
  static let extent = 1 << 20
  /// Units or channels of a layer.
  static let units = 1 << 14
  /// Numbers in the code of a variational autoencoder.
  static let latents = 1 << 12
  /// Numbers in all parameters together.
  static let parameters = 1 << 26
  /// Numbers in a code for each number in a block.
  static let expansion = 4
}

extension [String: [Int]] {
  /// Adds the shapes of a `Dense` layer.
  mutating func addDense(_ name: String, inputs: Int, outputs: Int) {
    self["\(name).weight"] = [inputs, outputs]
    self["\(name).bias"] = [outputs]
  }
}
