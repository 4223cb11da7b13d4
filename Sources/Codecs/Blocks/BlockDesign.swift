import Autoencoders
import Bytes
import Layers
import Tensors

/// What the configuration of a codec of blocks says: its autoencoder, and how samples become the numbers that it sees.
struct BlockDesign: Sendable {
  let autoencoder: AutoencoderConfiguration
  let scaling: BlockScaling.Kind
  /// The deviation that is typical of the numbers that the autoencoder sees; quantiser steps are relative to it.
  let deviation: Double

  /// - Parameter config: the members of config.json.
  /// - Throws: `CodecError.notACodec`; the text says which member is wrong.
  init(_ config: JSONValue, name: String) throws {
    func wrong(_ text: String) -> CodecError { .notACodec("\(name)/config.json: \(text)") }
    guard let json = config["autoencoder"] else { throw wrong("\"autoencoder\" is missing; the codec is damaged or made for another program") }
    do { autoencoder = try AutoencoderConfiguration(json) } catch let error as AutoencoderError { throw wrong("\"autoencoder\": \(error)") }
    guard case .text(let scaling)? = config["scaling"], let scaling = BlockScaling.Kind(rawValue: scaling) else {
      throw wrong("\"scaling\" must be \"range\" or \"level\"")
    }
    guard case .number(let deviation)? = config["deviation"], (1e-6...1e6).contains(deviation) else {
      throw wrong("\"deviation\" must be a number from 0.000001 to 1000000")
    }
    (self.scaling, self.deviation) = (scaling, deviation)
  }

  /// The quantiser step of a quality from 0 to 100, before that of a channel of codes is applied.
  func step(quality: Double) -> Double { FramePlanner.relativeStep(quality: quality) * deviation }

  /// The weights' names and shapes, by which they are held against the configuration before a network of that size is made.
  static let prefix = "autoencoder."
  static let centres = "quantiser.centres"
  static let steps = "quantiser.steps"

  /// - Throws: `LayerError` if the weights are those of another autoencoder; `BytesError` if the prior's states are not those of its codes,
  ///   or the quantiser's numbers cannot be.
  func validate(_ weights: Safetensors) throws {
    var shapes = autoencoder.expectedShapes.reduce(into: [String: [Int]]()) { $0[BlockDesign.prefix + $1.key] = $1.value }
    let channels = autoencoder.codeShape[0]
    (shapes[BlockDesign.centres], shapes[BlockDesign.steps]) = ([channels], [channels])
    for (name, shape) in shapes {
      guard let tensor = weights.tensors[name] else { throw LayerError.missing(name) }
      guard tensor.shape == shape else { throw LayerError.shape(name, expected: shape, found: tensor.shape) }
    }
    guard weights.tensors.keys.allSatisfy({ shapes[$0] != nil }) else {
      throw BytesError.malformed("there are tensors that this program does not know")
    }
    guard weights.tensors[BlockDesign.centres]?.values.allSatisfy(\.isFinite) == true,
      weights.tensors[BlockDesign.steps]?.values.allSatisfy({ $0.isFinite && $0 > 0 }) == true
    else { throw BytesError.malformed("the quantiser's centres must be finite, and its steps finite and above 0") }
    let models = BlockModel.shapes(channels: channels)
    guard weights.integers.keys.allSatisfy({ key in models.contains { "prior." + $0.name == key } }) else {
      throw BytesError.malformed("there are states of models that this program does not know")
    }
    for (name, shape) in models {
      guard let state = weights.integers["prior." + name], state.count != shape.stateCount else { continue }
      throw BytesError.malformed("the state of the prior's \(name) has \(state.count) numbers, not \(shape.stateCount)")
    }
  }

  /// The network in a codec's weights, one of its own for each caller.
  /// - Throws: `LayerError` if they belong to another.
  func network(_ weights: Safetensors) throws -> any Autoencoder {
    var random = RandomSource.zeros
    let network = autoencoder.make(random: &random)
    let own = weights.tensors.filter { $0.key.hasPrefix(BlockDesign.prefix) }
    try network.load(Dictionary(uniqueKeysWithValues: own.map { (String($0.key.dropFirst(BlockDesign.prefix.count)), $0.value) }))
    return network
  }
}

extension AutoencoderConfiguration {
  /// Numbers in a block.
  public var blockSize: Int { block.reduce(1, *) }
  /// Numbers in its code.
  public var codeSize: Int { codeShape.reduce(1, *) }
}
