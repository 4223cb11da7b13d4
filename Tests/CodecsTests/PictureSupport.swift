import Autoencoders
import Bytes
import Codecs
import Layers
import Signals
import Tensors

/// Pictures that look a little like photographs, and codecs that nobody trained.
enum PictureCodecs {
  static func layout(_ width: Int, _ height: Int, components: Int, maximum: Int = 255) -> PictureLayout {
    guard let layout = PictureLayout(kind: .png, width: width, height: height, components: components, maximum: maximum) else {
      preconditionFailure("no such picture")
    }
    return layout
  }

  /// Slopes, an edge, a pattern and a little noise; alpha is a disc.
  static func samples(_ layout: PictureLayout) -> [[Int32]] {
    let (width, height) = (layout.width, layout.height)
    return (0..<layout.components).map { c in
      (0..<width * height).map { k in
        let (x, y) = (k % width, k / width)
        if layout.components % 2 == 0, c == layout.components - 1 {
          return (2 * x - width) * (2 * x - width) + (2 * y - height) * (2 * y - height) < width * height ? Int32(layout.maximum) : 0
        }
        let edge = x * 2 > y + 10 * c ? 60 : 0
        let level = 40 + x * (c + 1) * 60 / width + y * 50 / height + edge + (x / 3 + y / 5) % 2 * 12 + (x * 31 + y * 17 + k * 7919 % 13) % 4
        return Int32(min(level, 255) * layout.maximum / 255)
      }
    }
  }

  /// - Parameters:
  ///   - hasNetwork: beside the prior's models, with random weights.
  ///   - enhancer: how large the random corrections of the enhancer are; nil for none.
  static func package(hasNetwork: Bool, enhancer: Float? = nil) throws -> CodecPackage {
    var random = RandomSource(seed: 4)
    let magnitudes = hasNetwork ? SubbandNetwork(.magnitudes, units: 16, random: &random) : nil
    let networks = SubbandNetworks(magnitudes: magnitudes, signs: hasNetwork ? SubbandNetwork(.signs, units: 8, random: &random) : nil)
    let weights = PictureExaminer.weights(
      states: [:], networks: networks, cells: PictureCells(), enhancer: try enhancer.map { try self.enhancer(scale: $0, &random) })
    return try CodecPackage(name: "test", config: Array(#"{"format": 1, "kind": "picture"}"#.utf8), weights: weights.serialized())
  }

  /// One that does something: untrained ones do nothing.
  static func enhancer(scale: Float, _ random: inout RandomSource) throws -> PlaneEnhancer {
    let enhancer = PlaneEnhancer(width: 8, blocks: 2, random: &random)
    var tensors = enhancer.tensors
    for name in ["blocks.0.second.weight", "blocks.1.second.weight", "output.weight"] {
      guard let tensor = tensors[name] else { continue }
      tensors[name] = Tensor(
        random.uniform(tensor.shape, in: -0.1..<0.1).values.map { name == "output.weight" ? $0 * scale : $0 }, shape: tensor.shape)
    }
    try enhancer.load(tensors)
    return enhancer
  }

  static func settings(quality: Double = 60, entropy: EntropyChoice = .prior, effort: Int = 5) -> EncodeSettings {
    var settings = EncodeSettings()
    (settings.quality, settings.entropy, settings.effort) = (quality, entropy, effort)
    return settings
  }

  static func encode(_ samples: [[Int32]], _ layout: PictureLayout, _ package: CodecPackage, _ settings: EncodeSettings) throws -> EncodedChunk {
    var encoder = try ChunkEncoder(codec: package, info: SignalInfo(picture: layout), settings: settings)
    return try encoder.encode(samples, plan: encoder.plan(samples))
  }

  static func decode(_ payload: [UInt8], _ layout: PictureLayout, _ package: CodecPackage) throws -> [[Int32]] {
    try ChunkDecoder(codec: package, info: SignalInfo(picture: layout)).decode(payload[...], sampleCount: layout.pixels)
  }

  /// The root of the mean squared error of the colours, in 1/255 of the range.
  static func error(_ a: [[Int32]], _ b: [[Int32]], _ layout: PictureLayout) -> Double {
    let colours = layout.components > 2 ? 3 : 1
    var sum = 0.0
    for c in 0..<colours {
      for (x, y) in zip(a[c], b[c]) {
        let difference = Double(x - y) * 255 / Double(layout.maximum)
        sum += difference * difference
      }
    }
    return (sum / Double(colours * layout.pixels)).squareRoot()
  }
}
