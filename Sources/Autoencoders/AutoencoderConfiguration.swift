import Bytes
import Tensors

/// Which autoencoder a codec has: a kind, the block it works on, and the members of that kind (docs/AUTOENCODERS.md has them all):
///
/// ```json
/// {"kind": "dense", "block": [1, 28, 28], "layers": [1000, 500, 250, 30], "activation": "leakyRelu", "output": "linear", "tied": false}
/// ```
///
/// Nothing is allocated before everything is checked, so a configuration may come from anywhere.
public struct AutoencoderConfiguration: Sendable {
  /// Extents of a block: [channels, length], or [channels, rows, columns].
  public let block: [Int]
  private let architecture: any Architecture

  private static let kinds: [any Architecture.Type] = [
    LinearArchitecture.self, DenseArchitecture.self, ConvolutionalArchitecture.self, RecurrentArchitecture.self, VariationalArchitecture.self,
    MaskedArchitecture.self,
  ]

  /// Reads and checks a configuration.
  /// - Throws: `AutoencoderError.configuration`.
  package init(_ value: JSONValue) throws {
    var reader = try ConfigurationReader(value)
    let names = AutoencoderConfiguration.kinds.map { $0.kind }
    let kind = try reader.need(try reader.text("kind"), "kind", "\(ConfigurationReader.list(names))")
    guard let type = AutoencoderConfiguration.kinds.first(where: { $0.kind == kind }) else {
      throw reader.error("kind", "must be \(ConfigurationReader.list(names)), not \"\(kind)\"")
    }
    let block = try reader.need(
      try reader.integers("block", 1...Limit.extent, count: 2...3), "block", "[channels, length] or [channels, rows, columns]")
    guard block.reduce(1, *) <= Limit.numbers, block[0] <= Limit.units else {
      throw reader.error("block", "may have at most \(Limit.units) channels and \(Limit.numbers) numbers in all")
    }
    self.block = block
    architecture = try type.init(block: block, &reader)
    try reader.finish()
    guard architecture.widest <= Limit.numbers else {
      throw AutoencoderError.configuration(
        "a layer makes \(architecture.widest) numbers of a block; the limit is \(Limit.numbers): take a smaller \"block\" or fewer channels")
    }
    guard parameterCount <= Limit.parameters else {
      throw AutoencoderError.configuration(
        "the autoencoder has \(parameterCount) parameters; the limit is \(Limit.parameters): take a smaller \"block\" or smaller layers")
    }
    guard codeShape.reduce(1, *) <= Limit.expansion * block.reduce(1, *) else {
      throw AutoencoderError.configuration(
        "the code has \(codeShape.reduce(1, *)) numbers, more than \(Limit.expansion) times the \(block.reduce(1, *)) of a block: take a smaller code"
      )
    }
  }

  /// The configuration as it would be read, with every default written out.
  package var json: JSONValue {
    .object([("kind", .text(type(of: architecture).kind)), ("block", .array(block.map(JSONValue.integer)))] + architecture.members)
  }

  /// The kind's name.
  public var kind: String { type(of: architecture).kind }

  /// Extents of the code, as `Autoencoder.codeShape` will have them.
  public var codeShape: [Int] { architecture.codeShape }

  /// What the decoder ends with: linear, or numbers in 0...1.
  public var output: Output { architecture.output }

  /// Names and shapes of all parameters, computed without making them: what a codec package must hold.
  public var expectedShapes: [String: [Int]] { architecture.shapes }

  /// The most numbers that stand between two of its layers for one block.
  public var widest: Int { architecture.widest }

  /// Products that encoding and decoding one block take together, about.
  public var products: Int { architecture.products }

  /// Whether a state runs on from block to block, as `Autoencoder.isSequential` says.
  public var isSequential: Bool { architecture.isSequential }

  /// How a variational autoencoder's samples are distributed; nil of every other.
  public var likelihood: Likelihood? { (architecture as? VariationalArchitecture)?.likelihood }

  /// How the block is cut, where its parts can be hidden (`PatchFilling`); nil for other kinds.
  public var patches: PatchGrid? { (architecture as? MaskedArchitecture)?.patches }

  /// Layers that can be trained one after the other (`LayerwisePretraining`); 0 for kinds that cannot.
  public var pretrainedLayers: Int { (architecture as? DenseArchitecture)?.layerCount ?? 0 }

  /// Whether it says of a linear path, which could begin as principal components, that it begins as a cosine transform.
  public var beginsAsCosines: Bool { (architecture as? RecurrentArchitecture)?.beginsAsCosines ?? false }

  /// Numbers in all parameters together.
  public var parameterCount: Int { architecture.shapes.values.reduce(0) { $0 + $1.reduce(1, *) } }

  /// The untrained autoencoder.
  public func make(random: inout RandomSource) -> any Autoencoder { architecture.make(random: &random) }
}
