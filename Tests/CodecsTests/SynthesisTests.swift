import Codecs
import Layers
import Signals
import Tensors
import Testing

/// The network inside the loop: encoder and decoder run it alike, everywhere.
@Suite(.serialized) struct SynthesisTests {
  /// A network whose output layer, zero at first, is random of a size.
  static func weights(seed: UInt64, width: Int = 8, blocks: Int = 2, size: Float) -> Safetensors {
    var random = RandomSource(seed: seed)
    var tensors: [String: Tensor] = [:]
    for (name, tensor) in Synthesis(width: width, blocks: blocks, random: &random).tensors { tensors["synthesis." + name] = tensor }
    for name in ["output.weight", "output.bias", "place"] {
      let key = "synthesis." + name
      if let old = tensors[key] { tensors[key] = random.normal(old.shape, scale: size) }
    }
    return Safetensors(tensors: tensors)
  }

  static let codec = CodecPackage(name: "synthesis", weights: weights(seed: 1, size: 0.1))

  @Test(arguments: [1.0, 100, 128, 360, 500, 1000, 20000], [1, 3])
  func everyRateComesBack(rate: Double, leads: Int) throws {
    let info = SignalInfo(raw: .s16le, rate: rate, channels: leads)
    let samples = TestSamples.make("beats", leads: leads, count: max(300, Int(min(8000, 6 * rate))), bits: 12, period: 97)
    for entropy in EntropyChoice.allCases { try FrameRoundTripTests.check(samples, info, EncodeSettings(effort: 5, entropy: entropy), Self.codec) }
  }

  @Test(arguments: TestSamples.kinds) func everyKindOfSignalComesBack(kind: String) throws {
    for leads in [1, 2, 70] {
      let info = SignalInfo(raw: .s16le, rate: 250, channels: leads)
      let samples = TestSamples.make(kind, leads: leads, count: 3000 / leads, bits: 16)
      for quality in [0.0, 50, 100] { try FrameRoundTripTests.check(samples, info, EncodeSettings(quality: quality, entropy: .prior), Self.codec) }
    }
  }

  @Test(arguments: [Int32.min, -1, 0, .max]) func extremesComeBack(value: Int32) throws {
    let info = SignalInfo(raw: .s32le, rate: 360, channels: 2)
    for count in [97, 2000] {
      let edges = (0..<count).map { $0 % 96 == 95 ? Int32.max : value }
      for quality in [0.0, 100] { try FrameRoundTripTests.check([edges, edges.reversed()], info, EncodeSettings(quality: quality), Self.codec) }
    }
  }

  /// What the network remembers runs on from packet to packet.
  @Test(arguments: [1, 5]) func packetsComeBack(effort: Int) throws {
    let info = SignalInfo(raw: .s16le, rate: 250, channels: 2)
    let samples = TestSamples.make("beats", leads: 2, count: 5000, bits: 12)
    let (bytes, report) = try encodeFile(
      HeldReader(samples, info), Self.codec, EncodeSettings(effort: effort, entropy: .prior), chunk: 10, packet: 2)
    let decoded = try decodeFile(bytes, Self.codec).samples
    let largest = zip(samples.joined(), decoded.joined()).map { abs(Int64($0) - Int64($1)) }.max()
    #expect(decoded.map(\.count) == [5000, 5000] && largest == report.distortion.maximumError)
  }

  /// Weights that no training makes: what the network says may be anything.
  @Test(arguments: [Float(1), 1e4, 1e38, .infinity, .nan]) func foreignWeightsComeBack(size: Float) throws {
    let info = SignalInfo(raw: .s16le, rate: 360, channels: 1)
    var weights = Self.weights(seed: 2, size: 1)
    for (name, tensor) in weights.tensors { weights.tensors[name] = Tensor(tensor.values.map { $0 * size }, shape: tensor.shape) }
    let samples = TestSamples.make("beats", leads: 1, count: 4000, bits: 12)
    try FrameRoundTripTests.check(samples, info, EncodeSettings(entropy: .prior), CodecPackage(name: "foreign", weights: weights))
  }

  @Test(arguments: [100.0, 360]) func theSameBytesOnEveryPath(rate: Double) throws {
    let info = SignalInfo(raw: .s16le, rate: rate, channels: 2)
    let samples = TestSamples.make("beats", leads: 2, count: 6000, bits: 12)
    var payloads: Set<[UInt8]> = []
    try onEveryPath { _ in
      payloads.insert(try FrameRoundTripTests.check(samples, info, EncodeSettings(effort: 5, entropy: .prior), Self.codec).payload)
    }
    #expect(payloads.count == 1)
  }

  /// Untrained it corrects nothing; a trained one changes what is decoded, and files by either stage need it.
  @Test(arguments: [EntropyChoice.prior, .zstd]) func untrainedItIsTheTransform(entropy: EntropyChoice) throws {
    let info = SignalInfo(raw: .s16le, rate: 360, channels: 1)
    let samples = TestSamples.make("beats", leads: 1, count: 6000, bits: 12)
    var settings = EncodeSettings(entropy: entropy)
    settings.frameErrorLimit = 4
    let plain = try FrameRoundTripTests.check(samples, info, settings)
    let still = try FrameRoundTripTests.check(samples, info, settings, CodecPackage(name: "still", weights: Self.weights(seed: 3, size: 0)))
    let moved = try FrameRoundTripTests.check(samples, info, settings, Self.codec)
    #expect(plain.decoded == still.decoded && plain.payload != still.payload && still.payload.count == plain.payload.count)
    #expect(moved.decoded != plain.decoded)
    var encoder = try ChunkEncoder(codec: Self.codec, info: info, settings: settings)
    let plan = encoder.plan(samples)
    #expect(try encoder.encode(samples, plan: plan).needsCodec)
    #expect(throws: CodecError.self) { try ChunkDecoder(codec: TestCodec.empty, info: info).decode(moved.payload[...], sampleCount: 6000) }
  }

  /// What runs in the codec is the network that is trained, but for rounding.
  @Test(arguments: [0, 1, 2, 5], [128.0, 360]) func itIsTheTrainedNetwork(blocks: Int, rate: Double) throws {
    let weights = Self.weights(seed: 5, blocks: blocks, size: 0.1)
    let own = Dictionary(uniqueKeysWithValues: weights.tensors.map { (String($0.key.dropFirst("synthesis.".count)), $0.value) })
    var random = RandomSource(seed: 0)
    let network = Synthesis(width: 8, blocks: blocks, random: &random)
    try network.load(own)
    let info = SignalInfo(raw: .s16le, rate: rate, channels: 2)
    let samples = TestSamples.make("beats", leads: 2, count: 6000, bits: 12)
    let examiner = FrameExaminer(info: info, quality: 60, effort: 5, synthesis: own)
    for example in try examiner.examine(samples, states: [:], recordsSynthesis: true).synthesis {
      var (x, f, y) = ([Float](repeating: 0, count: 7 * 192), [Float](repeating: 0, count: 11), [Float](repeating: 0, count: 96))
      var largest: Float = 0
      for frame in example.usable {
        example.write(frame, sign: 1, signals: &x, features: &f, target: &y)
        let expected = network(signals: Variable(Tensor(x, shape: [1, 7, 192])), features: Variable(Tensor(f, shape: [1, 11, 1]))).value.values
        let found = example.correction(frame)
        for i in 0..<96 {
          #expect(abs(expected[i] - found[i]) < 1e-4)
          largest = max(largest, abs(found[i]))
        }
      }
      #expect(largest > 0.1)
    }
  }

  /// A few bytes may stand for very many short frames, and a network may be large: such a chunk is refused before it is begun, and not made.
  @Test func tooMuchWorkIsRefused() throws {
    let codec = CodecPackage(name: "large", weights: Self.weights(seed: 6, width: 128, blocks: 8, size: 0.01))
    let info = SignalInfo(raw: .s16le, rate: 1, channels: 1)
    let few = try FrameRoundTripTests.check(
      TestSamples.make("beats", leads: 1, count: 1200, bits: 12, period: 17), info, EncodeSettings(entropy: .zstd), codec)
    #expect(few.payload[0] == 6)
    #expect(throws: CodecError.limit("a synthesis of 62500 frames of 1 channels takes too long with this codec")) {
      try ChunkDecoder(codec: codec, info: info).decode(few.payload[...], sampleCount: 500_000)
    }
    let many = try FrameRoundTripTests.check([Array(repeating: 7, count: 500_000)], info, EncodeSettings(entropy: .zstd), codec)
    #expect(many.decoded[0].count == 500_000)
  }

  /// Weights of another shape are refused before they are used.
  @Test(arguments: ["synthesis.place", "synthesis.signals.weight", "synthesis.blocks.1.0.weight", "synthesis.output.bias"])
  func otherShapesAreRefused(name: String) throws {
    for shape in [[1], [1, 3, 5], [2000, 7, 16]] {
      var weights = Self.weights(seed: 4, size: 1)
      weights.tensors[name] = Tensor(zeros: shape)
      if name == "synthesis.output.bias", shape == [1] { continue }
      #expect(throws: (any Error).self) { try CodecPackage(name: "other", config: [], weights: weights.serialized()) }
    }
    var more = Self.weights(seed: 4, size: 1)
    more.tensors["synthesis.more"] = Tensor(zeros: [1])
    #expect(throws: (any Error).self) { try CodecPackage(name: "other", config: [], weights: more.serialized()) }
  }
}
