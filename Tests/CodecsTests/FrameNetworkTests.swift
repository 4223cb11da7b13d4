import Codecs
import Layers
import Signals
import Tensors
import Testing

/// The network beside the prior: encoder and decoder run it alike, everywhere.
@Suite(.serialized) struct FrameNetworkTests {
  /// A network whose every weight is random, so that it moves all decisions.
  static func weights(seed: UInt64, size: Float = 1) -> Safetensors {
    var random = RandomSource(seed: seed)
    var tensors: [String: Tensor] = [:]
    for entry in FrameNetwork(random: &random).namedParameters {
      let shape = entry.parameter.value.shape
      tensors["network." + entry.name] = random.normal(shape, scale: size / Float(shape[0]).squareRoot())
    }
    return Safetensors(tensors: tensors)
  }

  static let codec = CodecPackage(name: "network", weights: weights(seed: 1))

  @Test(arguments: [1.0, 100, 128, 360, 1000, 20000], [1, 3])
  func everyRateComesBack(rate: Double, leads: Int) throws {
    let info = SignalInfo(raw: .s16le, rate: rate, channels: leads)
    let samples = TestSamples.make("beats", leads: leads, count: max(300, Int(min(8000, 6 * rate))), bits: 12, period: 97)
    for entropy in EntropyChoice.allCases { try FrameRoundTripTests.check(samples, info, EncodeSettings(entropy: entropy), Self.codec) }
  }

  @Test(arguments: TestSamples.kinds) func everyKindOfSignalComesBack(kind: String) throws {
    for leads in [1, 2] {
      let info = SignalInfo(raw: .s16le, rate: 250, channels: leads)
      let samples = TestSamples.make(kind, leads: leads, count: 3000, bits: 16)
      for quality in [0.0, 50, 100] { try FrameRoundTripTests.check(samples, info, EncodeSettings(quality: quality, entropy: .prior), Self.codec) }
    }
  }

  @Test func theSameBytesOnEveryPath() throws {
    let info = SignalInfo(raw: .s16le, rate: 360, channels: 1)
    let samples = TestSamples.make("beats", leads: 1, count: 6000, bits: 12)
    var payloads: Set<[UInt8]> = []
    try onEveryPath { _ in
      payloads.insert(try FrameRoundTripTests.check(samples, info, EncodeSettings(entropy: .prior), Self.codec).payload)
    }
    #expect(payloads.count == 1)
  }

  /// It moves probabilities only where symbols are coded: what is decoded does not depend on it, and an untrained one changes no byte.
  @Test func itChangesBytesAndNoSamples() throws {
    let info = SignalInfo(raw: .s16le, rate: 360, channels: 1)
    let samples = TestSamples.make("beats", leads: 1, count: 6000, bits: 12)
    let settings = EncodeSettings(entropy: .prior)
    let plain = try FrameRoundTripTests.check(samples, info, settings)
    let moved = try FrameRoundTripTests.check(samples, info, settings, Self.codec)
    #expect(plain.decoded == moved.decoded && plain.payload != moved.payload)
    var still = Self.weights(seed: 2)
    for name in ["side", "lead", "code"] {
      for part in ["weight", "bias"] {
        let key = "network.\(name).\(part)"
        still.tensors[key] = Tensor(zeros: try #require(still.tensors[key]).shape)
      }
    }
    #expect(try FrameRoundTripTests.check(samples, info, settings, CodecPackage(name: "still", weights: still)).payload == plain.payload)
  }

  /// Weights may hold anything; encoder and decoder must still agree.
  @Test(arguments: [Float.nan, .infinity, 1e30, -1e30]) func wildWeightsDoNoHarm(value: Float) throws {
    let info = SignalInfo(raw: .s16le, rate: 100, channels: 1)
    let samples = TestSamples.make("beats", leads: 1, count: 2000, bits: 12)
    for name in ["network.input.bias", "network.memory.recurrentBias", "network.side.bias", "network.code.bias"] {
      var weights = Self.weights(seed: 3)
      weights.tensors[name] = Tensor(repeating: value, shape: try #require(weights.tensors[name]).shape)
      try FrameRoundTripTests.check(samples, info, EncodeSettings(entropy: .prior), CodecPackage(name: "wild", weights: weights))
    }
  }

  @Test func wrongShapesAreRefused() throws {
    let good = Self.weights(seed: 4)
    #expect(try PackageTests.load(weights: good.serialized()).weights == good)
    for (name, tensor) in good.tensors {
      var missing = good
      missing.tensors[name] = nil
      PackageTests.refuses(missing.serialized())
      var longer = good
      longer.tensors[name] = Tensor(zeros: tensor.shape.dropLast() + [tensor.shape[tensor.shape.count - 1] + 1])
      PackageTests.refuses(longer.serialized())
    }
    var extra = good
    extra.tensors["network.more"] = Tensor(zeros: [1])
    PackageTests.refuses(extra.serialized())
  }

  /// The gradients of the training loss point downhill: a few steps on one example lower its code length by far.
  @Test func itLearns() throws {
    let info = SignalInfo(raw: .s16le, rate: 360, channels: 1)
    let samples = TestSamples.make("beats", leads: 1, count: 36_000, bits: 12)
    let example = try FrameExaminer(info: info, quality: 60, effort: 1).examine(samples, states: [:], recordsNetwork: true).network
    #expect(example.frameCount == 375)
    var random = RandomSource(seed: 5)
    let network = FrameNetwork(random: &random)
    let adam = Adam(network.namedParameters)
    let window = FrameNetwork.Window(example, start: 20)
    let first = try #require(network.loss([window], steps: 128, on: nil))
    #expect(abs(Double(first.moved.value.scalar) - first.plain) < 1e-3 * first.plain)
    for _ in 0..<40 {
      let loss = try #require(network.loss([window], steps: 128, on: Tape()))
      loss.moved.backward()
      _ = adam.clipGradients(norm: 1)
      adam.step(learningRate: 0.01)
    }
    #expect(Double(try #require(network.loss([window], steps: 128, on: nil)).moved.value.scalar) < 0.7 * first.plain)
  }
}
