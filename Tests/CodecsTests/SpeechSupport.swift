import Autoencoders
import Bytes
import Codecs
import Layers
import Signals
import Tensors

/// Something like a voice, and a codec of speech that nobody trained.
enum SpeechCodecs {
  static let config = Array(#"{"format": 1, "kind": "speech"}"#.utf8)

  /// A codec whose weights are numbers made of their names' order: they do not depend on how networks begin.
  static let codec: Result<CodecPackage, any Error> = Result {
    var random = RandomSource(seed: 0)
    let shapes = SpeechNetwork(random: &random).tensors.mapValues(\.shape)
    var tensors: [String: Tensor] = [:]
    for (index, name) in shapes.keys.sorted().enumerated() {
      var own = RandomSource(seed: 11).stream(UInt64(index))
      let shape = shapes[name] ?? []
      let bound: Float = name.hasSuffix("norm.scale") ? 1 : 0.6 / Float(shape.first ?? 1).squareRoot()
      var values = own.uniform(shape, in: -bound..<bound)
      // Steps that leave some coefficients and not all.
      if name == "quantiser.steps" { values = Tensor(values.values.map { $0 - 3.5 }, shape: shape) }
      tensors[name] = values
    }
    return try CodecPackage(name: "speech", config: config, weights: Safetensors(tensors: tensors).serialized())
  }

  /// One as training begins: what it expects is wide, and what it decodes is not far off.
  static let begun: Result<CodecPackage, any Error> = Result {
    var random = RandomSource(seed: 3)
    return try CodecPackage(name: "begun", config: config, weights: Safetensors(tensors: SpeechNetwork(random: &random).tensors).serialized())
  }

  /// Pulses at a gliding pitch through two resonances, a stretch of noise, and a pause.
  static func voice(_ count: Int, rate: Double = 16_000, channels: Int = 1, peak: Double = 8000) -> [[Int32]] {
    var random = RandomSource(seed: 5)
    var phase = 0.0
    var states = [[0.0, 0], [0.0, 0]]
    let mono = (0..<count).map { i -> Double in
      let t = Double(i) / rate
      phase += (120 + 30 * (t - (t * 2).rounded(.down) / 2)) / rate
      let isPulse = phase >= 1
      if isPulse { phase -= 1 }
      let part = Int(t * 5) % 6
      var x = part == 5 ? 0 : part == 3 ? Double(random.normal()) * 0.1 : isPulse ? 1 : 0
      for (k, a) in [1.85, 1.45].enumerated() {
        let y = x * 0.2 + a * states[k][0] - 0.9 * states[k][1]
        states[k] = [y, states[k][0]]
        x = y
      }
      return x
    }
    let loudest = mono.map(\.magnitude).max() ?? 1
    return (0..<channels).map { c in mono.map { Int32(($0 / max(loudest, 1e-9) * peak / Double(c + 1)).rounded()) } }
  }

  static func info(_ channels: Int = 1, rate: Double = 16_000) -> SignalInfo { SignalInfo(raw: .s16le, rate: rate, channels: channels) }

  static func encode(_ samples: [[Int32]], _ info: SignalInfo, _ settings: EncodeSettings, by package: CodecPackage? = nil) throws -> EncodedChunk {
    var encoder = try ChunkEncoder(codec: package ?? codec.get(), info: info, settings: settings)
    return try encoder.encode(samples, plan: encoder.plan(samples))
  }
}
