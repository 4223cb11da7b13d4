import Autoencoders
import Bytes
import Codecs
import Layers
import Signals
import Tensors

/// Variational codecs that nobody trained, and samples as their decoders draw them: a biased last layer makes some samples likelier than others.
enum VariationalCodecs {
  static let body = #""body": {"kind": "dense", "layers": [12, 8], "activation": "tanh"}"#
  static let binary = #"{"kind": "variational", "block": [1, 6, 6], \#(body), "latents": 3, "likelihood": "bernoulli"}"#
  static let grey = #"{"kind": "variational", "block": [1, 6, 6], \#(body), "latents": 3, "likelihood": "logistic"}"#
  static let mixture = """
    {"kind": "variational", "block": [1, 6, 6], "body": {"kind": "conv", "layers": [{"channels": 4, "kernel": 3, "stride": 2}], "bottleneck": 8},
     "latents": 2, "likelihood": "logistic", "components": 2}
    """
  static let deep = #"{"kind": "variational", "block": [2, 20], \#(body), "latents": 3, "likelihood": "logistic", "levels": 65536}"#
  /// Samples that depend on those before them.
  static let context = grey.replacing(#""logistic""#, with: #""logistic", "context": {"radius": 1, "units": 6, "features": 4}"#)
  /// Sixteen levels, which are every 17th of 0 to 255.
  static let table = grey.replacing(#""logistic""#, with: #""softmax", "levels": 16"#)
  static let tableContext = context.replacing(#""logistic""#, with: #""softmax", "levels": 16"#)
  static let all = [binary, grey, mixture, context, table, tableContext]

  static func weights(_ autoencoder: String) throws -> Safetensors {
    var tensors: [String: Tensor] = [:]
    for (name, tensor) in try BlockCodecs.weights(autoencoder).tensors where name.hasPrefix("autoencoder.") {
      tensors[String(name.dropFirst("autoencoder.".count))] = tensor
    }
    var random = RandomSource(seed: 15)
    // Posteriors near the prior: what samples take is what their distribution says.
    for name in ["posterior.weight", "posterior.bias"] { tensors[name] = random.uniform(tensors[name]?.shape ?? [], in: -0.03..<0.03) }
    for name in tensors.keys.sorted() where ["body.decoder.1.bias", "body.decoder.0.convolution.bias", "context.output.weight"].contains(name) {
      tensors[name] = random.uniform(tensors[name]?.shape ?? [], in: -2..<2)
    }
    let channels = tensors["expand.weight"]?.shape[0] ?? 0
    return BlockExaminer.weights(
      network: tensors, centres: Array(repeating: 0, count: channels), steps: Array(repeating: 1, count: channels), states: [:])
  }

  static func config(_ autoencoder: String) -> [UInt8] { BlockCodecs.config(autoencoder, scaling: "range", deviation: "0.3") }

  static func codec(_ autoencoder: String) throws -> CodecPackage {
    try CodecPackage(name: "variational", config: config(autoencoder), weights: weights(autoencoder).serialized())
  }

  /// Samples of as many blocks, as a source of those levels holds them.
  /// - Parameter lowest: the sample that is 0 to the autoencoder.
  static func samples(_ autoencoder: String, blocks: Int, levels: Int = 256, lowest: Int32 = 0) throws -> [Int32] {
    var random = RandomSource(seed: 77)
    let network = try network(autoencoder)
    let codes = network.drawCodes(count: blocks, random: &random)
    return network.drawSamples(codes: codes, random: &random).values.map { Int32(($0 * Float(levels - 1)).rounded()) + lowest }
  }

  /// The negative evidence lower bound of all blocks together, in nats, a mean over some draws of their codes.
  static func evidence(_ autoencoder: String, _ samples: [Int32]) throws -> Double {
    let network = try network(autoencoder)
    let blocks = samples.count / network.blockSize
    let x = Variable(Tensor(samples.map { Float($0) * (1 / 255) }, shape: [1, blocks, network.blockSize]))
    var random = RandomSource(seed: 78)
    return (0..<8).reduce(0.0) { sum, _ in
      let (own, divergence) = network.evidence(x, seen: x, random: &random)
      return sum + Double((own + divergence).value.scalar) * Double(blocks) / 8
    }
  }

  private static func network(_ autoencoder: String) throws -> VariationalAutoencoder {
    var random = RandomSource(seed: 1)
    let network = try AutoencoderConfiguration(JSONParser.parse(Array(autoencoder.utf8))).make(random: &random)
    let own = try weights(autoencoder).tensors.filter { $0.key.hasPrefix("autoencoder.") }
    try network.load(Dictionary(uniqueKeysWithValues: own.map { (String($0.key.dropFirst("autoencoder.".count)), $0.value) }))
    guard let network = network as? VariationalAutoencoder else { throw CodecError.notACodec("not a variational one") }
    return network
  }

  static var pictures: SignalInfo { StackLayout(extents: [6, 6]).map { SignalInfo(stack: $0) } ?? SignalInfo(raw: .s8, rate: 36, channels: 1) }
}
