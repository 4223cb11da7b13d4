import Bytes
import Layers
import Tensors

/// Fully connected layers to a linear code and mirrored back (Hinton and Salakhutdinov 2006). Each block is seen alone.
public struct DenseAutoencoder: Autoencoder {
  public let blockShape: [Int]
  public let codeShape: [Int]
  public let activation: Activation
  public let output: Output
  /// From the block to the code.
  public let encoder: [Dense]
  /// From the code to the block; empty with tied weights.
  public let decoder: [Dense]
  /// With tied weights, the decoder's biases in its order; its matrices are the encoder's transposed.
  public let decoderBiases: [Parameter]

  public init(block: [Int], layers: [Int], activation: Activation, output: Output, tied: Bool, random: inout RandomSource) {
    self.init(block: block, features: 1, layers: layers, activation: activation, output: output, tied: tied, random: &random)
  }

  /// - Parameter features: numbers that `decode` makes for each of a block; one of an autoencoder, and with tied weights.
  init(block: [Int], features: Int, layers: [Int], activation: Activation, output: Output, tied: Bool, random: inout RandomSource) {
    precondition(!layers.isEmpty && (features == 1 || !tied), "a dense autoencoder needs layers")
    (blockShape, codeShape, self.activation, self.output) = (block, [layers[layers.count - 1]], activation, output)
    let widths = [block.reduce(1, *)] + layers
    encoder = layers.indices.map {
      Dense(inputs: widths[$0], outputs: widths[$0 + 1], spread: $0 == layers.count - 1 ? .linear : activation.spread, random: &random)
    }
    let back = layers.indices.reversed()
    decoder =
      tied
      ? []
      : back.map {
        Dense(
          inputs: widths[$0 + 1], outputs: $0 == 0 ? features * widths[0] : widths[$0], spread: $0 == 0 ? .linear : activation.spread, random: &random
        )
      }
    decoderBiases = tied ? back.map { Parameter(Tensor(zeros: [widths[$0]])) } : []
  }

  public var linearEncoder: Dense? { encoder.count == 1 ? encoder[0] : nil }

  public func encode(_ x: Variable) -> Variable { encoder.indices.reduce(x) { encode($0, layer: $1) } }
  public func decode(_ codes: Variable) -> Variable { encoder.indices.reversed().reduce(codes) { decode($0, layer: $1) } }

  /// What layer `index` of the encoder makes of the one before it.
  func encode(_ x: Variable, layer index: Int) -> Variable {
    let y = encoder[index](x)
    return index == encoder.count - 1 ? y : activation(y)
  }

  /// The way back of `encode(_:layer:)`.
  func decode(_ y: Variable, layer index: Int) -> Variable {
    let x = decoderSums(y, layer: index)
    return index == 0 ? output(x) : activation(x)
  }

  /// The same in front of the activation.
  func decoderSums(_ y: Variable, layer index: Int) -> Variable {
    let mirrored = encoder.count - 1 - index
    guard decoder.isEmpty else { return decoder[mirrored](y) }
    return linear(y, weight: y.use(encoder[index].weight).permuted([1, 0]), bias: y.use(decoderBiases[mirrored]))
  }
}

/// {"layers": widths, the last of them the code's, "activation", "output", "tied"}
struct DenseArchitecture: BodyArchitecture {
  static let kind = "dense"
  private let block: [Int]
  /// Of each sample in what the decoder makes; nil for an autoencoder of its own.
  private let features: Int?
  private let layers: [Int]
  let activation: Activation
  let output: Output
  private let tied: Bool

  init(block: [Int], _ reader: inout ConfigurationReader) throws { try self.init(block: block, of: nil, &reader) }
  init(block: [Int], features: Int, _ reader: inout ConfigurationReader) throws { try self.init(block: block, of: features, &reader) }

  private init(block: [Int], of features: Int?, _ reader: inout ConfigurationReader) throws {
    (self.block, self.features) = (block, features)
    layers = try reader.need(
      try reader.integers("layers", 1...Limit.units, count: 1...64), "layers", "the widths of the encoder's layers, the last of them the code's")
    activation = try reader.choice("activation") ?? .leakyRelu
    output = features == nil ? try reader.choice("output") ?? .linear : .linear
    tied = features == nil ? try reader.flag("tied") ?? false : false
  }

  var members: [(String, JSONValue)] {
    [("layers", .array(layers.map(JSONValue.integer))), ("activation", .text(activation.rawValue))]
      + (features == nil ? [("output", .text(output.rawValue)), ("tied", .flag(tied))] : [])
  }
  var codeShape: [Int] { [layers[layers.count - 1]] }
  var layerCount: Int { layers.count }
  private var widths: [Int] { [block.reduce(1, *)] + layers }
  /// What the decoder's last layer makes.
  private var made: Int { (features ?? 1) * widths[0] }
  var widest: Int { widths.reduce(made, max) }
  var shapes: [String: [Int]] {
    var shapes: [String: [Int]] = [:]
    for index in layers.indices {
      let mirrored = layers.count - 1 - index
      shapes.addDense("encoder.\(index)", inputs: widths[index], outputs: widths[index + 1])
      if tied {
        shapes["decoderBiases.\(mirrored)"] = [widths[index]]
      } else {
        shapes.addDense("decoder.\(mirrored)", inputs: widths[index + 1], outputs: index == 0 ? made : widths[index])
      }
    }
    return shapes
  }
  func make(random: inout RandomSource) -> any Autoencoder {
    DenseAutoencoder(block: block, features: features ?? 1, layers: layers, activation: activation, output: output, tied: tied, random: &random)
  }
}
