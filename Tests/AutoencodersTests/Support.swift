import Autoencoders
import Bytes
import Tensors

/// A configuration from its text.
func configuration(_ text: String) throws -> AutoencoderConfiguration { try AutoencoderConfiguration(try JSONParser.parse(Array(text.utf8))) }

/// One autoencoder of the tables: tiny, and of every kind and option.
struct Example: Sendable, CustomStringConvertible {
  let text: String
  init(_ text: String) { self.text = text }
  var description: String { text }

  /// Weights with everything in them: parts that begin as nothing take part too.
  func make() throws -> any Autoencoder {
    var random = RandomSource(seed: 5)
    let autoencoder = try configuration(text).make(random: &random)
    for entry in autoencoder.namedParameters where entry.parameter.value.squaredNorm() == 0 {
      entry.parameter.value = random.uniform(entry.parameter.value.shape, in: -0.3..<0.3)
    }
    return autoencoder
  }

  static let all: [Example] = [
    #"{"kind": "linear", "block": [2, 7], "code": 3}"#,
    #"{"kind": "dense", "block": [1, 9], "layers": [6, 2]}"#,
    #"{"kind": "dense", "block": [1, 3, 3], "layers": [6, 5, 2], "activation": "tanh", "output": "sigmoid"}"#,
    #"{"kind": "dense", "block": [1, 9], "layers": [12], "activation": "relu"}"#,
    #"{"kind": "dense", "block": [1, 9], "layers": [6, 5, 3], "activation": "silu", "tied": true}"#,
    #"{"kind": "dense", "block": [1, 9], "layers": [6, 3], "activation": "sigmoid", "tied": true}"#,
    #"{"kind": "conv", "block": [1, 16], "layers": [{"channels": 3, "kernel": 5, "stride": 2}, {"channels": 4, "kernel": 4, "stride": 4}], "code": 2}"#,
    #"{"kind": "conv", "block": [2, 13], "layers": [{"channels": 3, "kernel": 3, "stride": 2, "blocks": 1}, {"channels": 2, "kernel": 3}], "code": 2}"#,
    #"{"kind": "conv", "block": [1, 12], "layers": [{"channels": 3, "kernel": 5, "stride": 2, "pooling": "max"}], "code": 1, "activation": "tanh"}"#,
    #"{"kind": "conv", "block": [1, 12], "layers": [{"channels": 3, "kernel": 2, "stride": 3, "pooling": "mean"}], "code": 1, "unpooling": "repeat"}"#,
    #"{"kind": "conv", "block": [2, 5, 7], "layers": [{"channels": 3, "kernel": 3, "stride": 2}], "code": 2, "activation": "silu"}"#,
    #"{"kind": "conv", "block": [1, 6, 6], "layers": [{"channels": 2, "kernel": 3, "stride": 2, "pooling": "max", "blocks": 1}], "bottleneck": 4, "output": "sigmoid"}"#,
    #"{"kind": "conv", "block": [1, 16], "layers": [{"channels": 3, "kernel": 5, "stride": 4}], "code": 3, "start": "dct", "activation": "tanh"}"#,
    #"{"kind": "conv", "block": [2, 14], "layers": [{"channels": 3, "kernel": 5, "stride": 4}], "code": 5, "start": "mdct", "activation": "tanh"}"#,
    #"{"kind": "conv", "block": [1, 4, 6], "layers": [{"channels": 2, "kernel": 3, "stride": 2}], "code": 2, "start": "mdct", "activation": "tanh"}"#,
    #"{"kind": "recurrent", "form": "frames", "block": [1, 6], "cell": "gru", "units": 4, "code": 2, "bidirectional": true}"#,
    #"{"kind": "recurrent", "form": "frames", "block": [2, 3], "cell": "lstm", "units": 3, "code": 4, "start": "dct"}"#,
    #"{"kind": "recurrent", "form": "sequence", "block": [2, 6], "step": 2, "layers": [4, 3]}"#,
    #"{"kind": "recurrent", "form": "sequence", "block": [1, 4, 5], "cell": "gru", "layers": [3], "bidirectional": true, "output": "sigmoid"}"#,
    #"{"kind": "variational", "block": [1, 9], "body": {"kind": "dense", "layers": [6, 5], "activation": "tanh"}, "latents": 3, "likelihood": "bernoulli"}"#,
    #"{"kind": "variational", "block": [2, 5], "body": {"kind": "dense", "layers": [7], "activation": "silu"}, "latents": 3, "likelihood": "gaussian"}"#,
    #"{"kind": "variational", "block": [1, 3, 3], "body": {"kind": "dense", "layers": [6, 5], "activation": "tanh"}, "latents": 3, "likelihood": "logistic", "components": 2}"#,
    #"{"kind": "variational", "block": [2, 4, 6], "body": {"kind": "conv", "layers": [{"channels": 3, "kernel": 3, "stride": 2}], "bottleneck": 5, "activation": "silu"}, "latents": 4, "likelihood": "logistic", "levels": 16}"#,
    #"{"kind": "variational", "block": [2, 3, 3], "body": {"kind": "dense", "layers": [6], "activation": "tanh"}, "latents": 2, "likelihood": "bernoulli", "context": {"radius": 1, "units": 5, "layers": 1, "features": 3}}"#,
    #"{"kind": "variational", "block": [1, 7], "body": {"kind": "dense", "layers": [6], "activation": "tanh"}, "latents": 2, "likelihood": "gaussian", "context": {"units": 4, "layers": 0, "features": 2}}"#,
  ].map { Example($0) }
}

/// Numbers in 0.05..<0.95, the same every time.
func numbers(_ shape: [Int], seed: UInt64 = 3) -> Tensor {
  var random = RandomSource(seed: seed)
  return random.uniform(shape, in: 0.05..<0.95)
}
