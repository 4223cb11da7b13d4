import Autoencoders
import Bytes
import Codecs
import Layers
import Signals
import Tensors

/// Codecs of blocks that nobody trained: transforms with random corrections beside them, where their kind has one.
enum BlockCodecs {
  static let linear = #"{"kind": "linear", "block": [1, 64], "code": 16}"#
  static let dense = #"{"kind": "dense", "block": [1, 48], "layers": [24, 12]}"#
  static let conv = """
    {"kind": "conv", "block": [1, 96], "layers": [{"channels": 6, "kernel": 9, "stride": 4}, {"channels": 8, "kernel": 5, "stride": 4}],
     "code": 16, "start": "mdct"}
    """
  static let plane = #"{"kind": "conv", "block": [1, 28, 28], "layers": [{"channels": 6, "kernel": 5, "stride": 4}], "code": 12, "start": "dct"}"#
  static let recurrent = #"{"kind": "recurrent", "form": "frames", "block": [1, 32], "units": 12, "code": 16, "start": "dct"}"#
  static let all = [linear, dense, conv, plane, recurrent]

  static func config(_ autoencoder: String, scaling: String = "level", deviation: String = "1") -> [UInt8] {
    Array(#"{"kind": "test", "autoencoder": \#(autoencoder), "scaling": "\#(scaling)", "deviation": \#(deviation)}"#.utf8)
  }

  static func weights(_ autoencoder: String, states: [String: [Int32]] = [:]) throws -> Safetensors {
    let configuration = try AutoencoderConfiguration(JSONParser.parse(Array(autoencoder.utf8)))
    var random = RandomSource(seed: 5)
    let network = configuration.make(random: &random)
    if let network = network as? LinearAutoencoder {
      network.begin(as: .cosines(block: configuration.block, codeSize: configuration.codeSize))
    }
    // Corrections that begin as nothing do something.
    var tensors = network.tensors
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) where tensor.values.allSatisfy({ $0 == 0 }) {
      tensors[name] = random.uniform(tensor.shape, in: -0.02..<0.02)
    }
    let channels = configuration.codeShape[0]
    return BlockExaminer.weights(
      network: tensors, centres: (0..<channels).map { 0.01 * Float($0) }, steps: (0..<channels).map { 1 + 0.02 * Float($0) }, states: states)
  }

  static func codec(_ autoencoder: String, scaling: String = "level", states: [String: [Int32]] = [:], name: String = "blocks") throws -> CodecPackage
  {
    let weights = try weights(autoencoder, states: states)
    return try CodecPackage(name: name, config: config(autoencoder, scaling: scaling), weights: weights.serialized())
  }

  /// A chunk as the encoder has it.
  static func encode(_ samples: [[Int32]], _ info: SignalInfo, _ codec: CodecPackage, _ settings: EncodeSettings) throws -> EncodedChunk {
    var encoder = try ChunkEncoder(codec: codec, info: info, settings: settings)
    let plan = encoder.plan(samples)
    return try encoder.encode(samples, plan: plan)
  }
}
