import Autoencoders
import Tensors
import Testing

/// Autoencoders that start as a transform.
@Suite struct TransformStartTests {
  private static func untrained(_ text: String) throws -> any Autoencoder {
    var random = RandomSource(seed: 1)
    return try configuration(text).make(random: &random)
  }

  /// With all its coefficients an untrained one gives back what it was given; also where the strides do not divide the block.
  @Test(arguments: [
    #"{"kind": "conv", "block": [1, 256], "layers": [{"channels": 16, "kernel": 9, "stride": 32, "pooling": "mean"}], "code": 32, "unpooling": "repeat", "start": "dct"}"#,
    #"{"kind": "conv", "block": [1, 256], "layers": [{"channels": 8, "kernel": 8, "stride": 4}, {"channels": 16, "kernel": 8, "stride": 8}], "code": 32, "start": "mdct"}"#,
    #"{"kind": "conv", "block": [1, 4096], "layers": [{"channels": 8, "kernel": 32, "stride": 32}], "code": 32, "start": "mdct"}"#,
    #"{"kind": "conv", "block": [3, 251], "layers": [{"channels": 4, "kernel": 16, "stride": 16}], "code": 48, "start": "mdct"}"#,
    #"{"kind": "conv", "block": [1, 251], "layers": [{"channels": 4, "kernel": 256, "stride": 128}], "code": 128, "start": "dct"}"#,
    #"{"kind": "conv", "block": [1, 28, 28], "layers": [{"channels": 4, "kernel": 4, "stride": 4}], "code": 16, "start": "dct"}"#,
    #"{"kind": "conv", "block": [3, 30, 17], "layers": [{"channels": 4, "kernel": 8, "stride": 8}], "code": 192, "start": "mdct"}"#,
    #"{"kind": "recurrent", "form": "frames", "block": [2, 40], "units": 8, "code": 80, "start": "dct", "bidirectional": true}"#,
  ]) func allCoefficientsGiveBackTheBlock(_ text: String) throws {
    let autoencoder = try TransformStartTests.untrained(text)
    let x = numbers([1, 3, autoencoder.blockSize])
    let decoded = autoencoder.decode(autoencoder.encode(Variable(x))).value
    #expect(zip(x.values, decoded.values).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  /// A slow wave is in the first coefficients.
  @Test(arguments: ["dct", "mdct"]) func fewCoefficientsHoldWhatIsSmooth(start: String) throws {
    let autoencoder = try TransformStartTests.untrained(
      #"{"kind": "conv", "block": [1, 256], "layers": [{"channels": 4, "kernel": 32, "stride": 32}], "code": 6, "start": "\#(start)"}"#)
    // Smooth from end to end, and zero there.
    let wave = (0..<256).map { t -> Float in
      let x = Float(t) / 255
      return x * x * (1 - x) * (1 - x) * (x - 0.4) * 30
    }
    let x = Tensor(wave, shape: [1, 1, 256])
    let decoded = autoencoder.decode(autoencoder.encode(Variable(x))).value
    let error = zip(x.values, decoded.values).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    #expect(error < 1e-3 * x.squaredNorm())
  }

  /// A recurrent autoencoder begins as the principal components it is given.
  @Test func framesBeginAsPrincipalComponents() throws {
    let frames = try TransformStartTests.untrained(#"{"kind": "recurrent", "form": "frames", "block": [1, 10], "units": 6, "code": 3}"#)
    let x = numbers([4, 20, 10])
    let principal = try LinearAutoencoder.principalComponents(of: x.reshaped([80, 10]), codeSize: 3)
    try #require(frames as? any LinearStart).begin(as: principal)
    #expect(frames.encode(Variable(x)).value.values == principal.encode(Variable(x)).value.values)
  }
}
