import Autoencoders
import Bytes
import Codecs
import Container
import Foundation
import Layers
import Signals
import Tensors

/// What the cases are made from: the project's samples and generated signals, encoded in every way; the same in every run.
struct Corpus: Sendable {
  struct Encoded: Sendable {
    let codec: CodecPackage
    let info: SignalInfo
    let file: [UInt8]
    /// Payloads of the data chunks and their sample counts.
    let chunks: [(payload: [UInt8], count: Int)]
  }

  /// Those that the files name: with a synthesis, without, three of blocks, the last of them variational, and two of pictures, the second that of golden files.
  let codecs: [CodecPackage]
  /// The files of the first.
  let config: [UInt8]
  let weights: [UInt8]
  /// Those of the codecs of blocks.
  let blocks: [(config: [UInt8], weights: [UInt8])]
  /// Those of the codec of pictures.
  let pictures: (config: [UInt8], weights: [UInt8])
  let encoded: [Encoded]
  /// Descriptions of signals as they stand in headers, not compressed.
  let descriptions: [[UInt8]]

  /// - Parameter samples: the folder of the project's samples; the golden files are beside it.
  init(samples: URL) throws {
    let vectors = samples.deletingLastPathComponent().appending(path: "Tests/Vectors")
    var random = RandomSource(seed: 4)
    let signals = try Corpus.signals(samples, &random)

    // A codec with every part that one can have: a prior that learned a little, an enhancer and a synthesis that do something.
    var states: [String: [Int32]] = [:]
    for (info, samples) in signals.prefix(2) {
      states = try FrameExaminer(info: info, quality: 50, effort: 1).examine(samples, states: states).states
    }
    var tensors: [String: Tensor] = [:]
    for (name, tensor) in Enhancer(width: 4, blocks: 2, random: &random).tensors {
      tensors["enhancer." + name] = name.hasPrefix("output") ? random.uniform(tensor.shape, in: -0.02..<0.02) : tensor
    }
    let integers = Dictionary(uniqueKeysWithValues: states.map { ("prior." + $0.key, $0.value) })
    let plain = Safetensors(tensors: tensors, integers: integers).serialized()
    for (name, tensor) in Synthesis(width: 4, blocks: 1, random: &random).tensors {
      let isZero = name.hasPrefix("output") || name == "place"
      tensors["synthesis." + name] = isZero ? random.uniform(tensor.shape, in: -0.02..<0.02) : tensor
    }
    config = Array("{}".utf8)
    weights = Safetensors(tensors: tensors, integers: integers).serialized()
    blocks = try Corpus.blockFiles(signals[1], &random)
    pictures = try Corpus.pictureFiles(&random)
    let speech = try CodecPackage(
      name: "speech", config: Array(#"{"kind": "speech"}"#.utf8), weights: Safetensors(tensors: SpeechNetwork(random: &random).tensors).serialized())
    codecs =
      [try CodecPackage(name: "fuzzed", config: config, weights: weights), try CodecPackage(name: "plain", config: config, weights: plain)]
      + (try blocks.map { try CodecPackage(name: "blocks", config: $0.config, weights: $0.weights) })
      + [try CodecPackage(name: "pictures", config: pictures.config, weights: pictures.weights)]
      + [try CodecPackage.load(path: vectors.appending(path: "codecs/photo-signs").path), speech]

    var encoded: [Encoded] = []
    for (number, (info, samples)) in signals.enumerated() {
      for (k, settings) in Corpus.settings.enumerated() where number < 3 || k % 3 == number % 3 {
        let packet = k % 4 == 3 || k == 2 && number < 2 ? 0.5 : nil
        encoded.append(
          try Corpus.encode(
            info, samples, settings, codecs[(k + number) % 2], chunkSeconds: k % 2 == 0 ? nil : 2, packetSeconds: packet, embedsCodec: k == 1))
      }
    }
    for (number, (info, samples)) in signals.enumerated() {
      for (k, settings) in Corpus.settings.prefix(4).enumerated() where number < 3 || k % 2 == number % 2 {
        encoded.append(
          try Corpus.encode(
            info, samples, settings, codecs[2 + (k / 2 + number) % 2], chunkSeconds: k % 2 == 0 ? nil : 2, packetSeconds: k == 3 ? 0.5 : nil,
            embedsCodec: k == 1 && number < 2))
      }
    }
    // Exact blocks, of samples that the decoder drew.
    let drawn = try Corpus.drawn(blocks[2], &random)
    for number in 0..<2 {
      encoded.append(
        try Corpus.encode(
          drawn.info, drawn.samples, Corpus.settings[4], codecs[4], chunkSeconds: number == 0 ? nil : 20, packetSeconds: nil, embedsCodec: number == 1
        ))
    }
    precondition(encoded.suffix(2).allSatisfy { $0.chunks.contains { $0.payload.first == 10 } }, "drawn samples are coded by bits-back")
    for (number, layout) in Corpus.layouts.enumerated() {
      for settings in Corpus.settings.prefix(2) {
        encoded.append(
          try Corpus.encode(
            SignalInfo(picture: layout), Corpus.slopes(layout, &random), settings, codecs[5], chunkSeconds: number == 0 ? nil : 9, packetSeconds: nil,
            embedsCodec: number == 1))
      }
    }
    precondition(encoded.contains { $0.chunks.contains { $0.payload.first == 14 } }, "sound is coded as such")
    precondition(encoded.contains { $0.chunks.contains { $0.payload.first == 13 } }, "pictures are coded pixel by pixel")
    // Chunks with changes of an enhancer: they take one that fits, and more pixels.
    let fitted = codecs[6]
    encoded += try ["photo-fitted", "photo-fitted-zstd"].map { try Corpus.golden(vectors.appending(path: "valid/\($0).aec"), fitted) }
    for channels in 1...2 {
      let samples = (0..<channels).map { (channel: Int) -> [Int32] in
        (0..<2500).map { (place: Int) -> Int32 in Int32(3000 * random.normal()) / Int32(place / 40 % 3 + channel + 1) }
      }
      let info = SignalInfo(raw: .s16le, rate: 16_000, channels: channels)
      for entropy in [EntropyChoice.prior, .zstd] {
        var settings = EncodeSettings()
        (settings.quality, settings.effort, settings.entropy) = (5, 1, entropy)
        encoded.append(try Corpus.encode(info, samples, settings, speech, chunkSeconds: nil, packetSeconds: nil, embedsCodec: false))
      }
    }
    precondition(encoded.suffix(4).allSatisfy { $0.chunks.contains { [15, 16].contains($0.payload.first) } }, "speech is coded as such")
    self.encoded = encoded
    descriptions = signals.map { $0.0.serialized() } + [SoundEntry.described]
  }

  /// Blocks that a variational codec draws, as a stack.
  private static func drawn(
    _ files: (config: [UInt8], weights: [UInt8]), _ random: inout RandomSource
  ) throws -> (info: SignalInfo, samples: [[Int32]]) {
    guard let json = try JSONParser.parse(files.config)["autoencoder"], let layout = StackLayout(extents: [4, 8]),
      case let network = try AutoencoderConfiguration(json).make(random: &random) as? any GenerativeAutoencoder, let network
    else { preconditionFailure("a variational codec") }
    let tensors = try Safetensors(serialized: files.weights).tensors
    try network.load(
      Dictionary(uniqueKeysWithValues: tensors.filter { $0.key.hasPrefix("autoencoder.") }.map { (String($0.key.dropFirst(12)), $0.value) }))
    let codes = network.drawCodes(count: 60, random: &random)
    let samples = network.drawSamples(codes: codes, random: &random).values.map { Int32(($0 * 255).rounded()) }
    return (SignalInfo(stack: layout), [samples])
  }

  /// Small codecs of blocks: convolutions, recurrent and variational ones, of random weights; a prior that learned a little.
  private static func blockFiles(_ signal: (SignalInfo, [[Int32]]), _ random: inout RandomSource) throws -> [(config: [UInt8], weights: [UInt8])] {
    let designs = [
      #"{"kind": "conv", "block": [1, 4, 8], "layers": [{"channels": 4, "kernel": 3, "stride": 2}], "code": 3, "start": "dct"}"#,
      #"{"kind": "recurrent", "form": "frames", "block": [1, 16], "units": 6, "code": 8, "start": "dct"}"#,
      #"{"kind": "variational", "block": [1, 4, 8], "body": {"kind": "dense", "layers": [6]}, "latents": 2, "likelihood": "logistic", "#
        + #""context": {"radius": 1, "units": 4, "features": 3}}"#,
    ]
    return try zip(designs, ["range", "level", "range"]).map { design, scaling in
      let config = Array(#"{"autoencoder": \#(design), "scaling": "\#(scaling)", "deviation": 0.5}"#.utf8)
      let configuration = try AutoencoderConfiguration(JSONParser.parse(Array(design.utf8)))
      var tensors = configuration.make(random: &random).tensors
      // Posteriors near the prior, and samples that differ in what they are likely to be: then exact blocks are worth it.
      for (name, range) in [("posterior.weight", 0.03), ("body.decoder.0.bias", 2), ("context.output.weight", 2)] as [(String, Float)] {
        if let tensor = tensors[name], configuration.likelihood != nil { tensors[name] = random.uniform(tensor.shape, in: -range..<range) }
      }
      let channels = configuration.codeShape[0]
      func weights(_ states: [String: [Int32]]) -> [UInt8] {
        BlockExaminer.weights(
          network: tensors, centres: Array(repeating: 0, count: channels), steps: Array(repeating: 1, count: channels), states: states
        ).serialized()
      }
      let examiner = BlockExaminer(try CodecPackage(name: "blocks", config: config, weights: weights([:])), info: signal.0)
      return (config, weights(try examiner.examine(signal.1, quality: 50, states: [:]).states))
    }
  }

  /// A small codec of pictures, of random weights.
  private static func pictureFiles(_ random: inout RandomSource) throws -> (config: [UInt8], weights: [UInt8]) {
    let enhancer = PlaneEnhancer(width: 4, blocks: 1, random: &random)
    try enhancer.load(enhancer.tensors.mapValues { random.uniform($0.shape, in: -0.02..<0.02) })
    let networks = SubbandNetworks(
      magnitudes: SubbandNetwork(.magnitudes, units: 8, random: &random), signs: SubbandNetwork(.signs, units: 8, random: &random))
    let weights = PictureExaminer.weights(states: [:], networks: networks, cells: PictureCells(), enhancer: enhancer)
    return (Array(#"{"kind": "picture"}"#.utf8), weights.serialized())
  }

  private static let layouts = [(40, 30, 3, 255), (33, 21, 2, 65535), (7, 25, 1, 255)].compactMap {
    PictureLayout(kind: .png, width: $0.0, height: $0.1, components: $0.2, maximum: $0.3)
  }

  private static func slopes(_ layout: PictureLayout, _ random: inout RandomSource) -> [[Int32]] {
    (0..<layout.components).map { c in
      (0..<layout.pixels).map { k in
        let level = (k % layout.width * (c + 1) + k / layout.width * 3) * layout.maximum / 200
        return Int32(min(layout.maximum, level + random.integer(below: layout.maximum / 16 + 1)))
      }
    }
  }

  private static let settings: [EncodeSettings] = {
    var all: [EncodeSettings] = []
    for (entropy, quality) in [(EntropyChoice.prior, 50.0), (.zstd, 50), (.prior, 90), (.zstd, 20)] {
      var settings = EncodeSettings()
      (settings.entropy, settings.quality, settings.effort) = (entropy, quality, 1)
      all.append(settings)
    }
    for (bound, effort) in [(ErrorBound.lossless, 1), (.lossless, 5), (.maximum(Array(repeating: 3, count: 16)), 2)] {
      var settings = EncodeSettings()
      (settings.bound, settings.effort) = (bound, effort)
      all.append(settings)
    }
    return all
  }()

  /// Signals of a few seconds, at low rates so that a case takes little time.
  private static func signals(_ samples: URL, _ random: inout RandomSource) throws -> [(SignalInfo, [[Int32]])] {
    var result: [(SignalInfo, [[Int32]])] = []
    func generated(_ channels: Int, _ count: Int, _ value: (Int, Int) -> Int32) -> [[Int32]] {
      (0..<channels).map { c in (0..<count).map { value(c, $0) } }
    }
    let noise = random.uniform([4096], in: -1..<1).values
    func beat(_ c: Int, _ t: Int) -> Int32 {
      let phase = t % 52
      return Int32((phase < 4 ? 300 * phase : phase < 8 ? 300 * (8 - phase) : 20) / (c + 1)) + Int32(noise[(t * 7 + c) % 4096] * 12)
    }
    result.append((SignalInfo(raw: .s16le, rate: 64, channels: 1), generated(1, 700, beat)))
    result.append((SignalInfo(raw: .s16le, rate: 50, channels: 2), generated(2, 500, beat)))
    result.append((SignalInfo(raw: .s24le, rate: 40, channels: 3), generated(3, 300) { beat($0, $1) * 1000 }))
    // Full scale from one end to the other, a constant, and few values.
    result.append((SignalInfo(raw: .s32le, rate: 32, channels: 1), generated(1, 300) { _, t in t / 5 % 2 == 0 ? Int32.min : Int32.max }))
    result.append((SignalInfo(raw: .s8, rate: 100, channels: 2), generated(2, 400) { c, t in c == 0 ? 5 : Int32(t / 9 % 4 * 30 - 60) }))
    result.append((SignalInfo(raw: .s16le, rate: 30, channels: 1), generated(1, 400) { _, t in Int32(noise[t] * 32767) }))
    // Sound, by its rate: two channels alike, and one of few values.
    result.append((SignalInfo(raw: .s24le, rate: 8000, channels: 3), generated(3, 500) { c, t in beat(0, t) * Int32(c < 2 ? c + 1 : 256) }))
    for name in ["ecg1", "ecg2", "ecg12"] {
      let reader = try SignalFile.open(samples.appending(path: name).path)
      result.append((reader.info, try reader.read(400)))
    }
    let table = try SignalFile.open(samples.appending(path: "ecg.csv").path, options: InputOptions(rate: 250))
    result.append((table.info, try table.read(200)))
    if let layout = StackLayout(extents: [7, 3, 3]) {
      result.append((SignalInfo(stack: layout), generated(1, 63 * 8) { _, t in Int32(t % 63 * 4 ^ t / 63) }))
    }
    var metadata = PictureLayout.Metadata()
    (metadata.profile, metadata.orientation, metadata.gamma, metadata.intent) = (Array(repeating: 9, count: 40), 5, 45455, 1)
    if let layout = PictureLayout(kind: .tiff, width: 19, height: 11, components: 4, maximum: 1000, metadata: metadata) {
      result.append((SignalInfo(picture: layout), generated(4, 209) { c, t in Int32(t % 19 * (c + 3) * 7 + t / 19) }))
    }
    // Few colours above, more than a palette takes below.
    if let layout = PictureLayout(kind: .png, width: 31, height: 24, components: 3, maximum: 255) {
      result.append((SignalInfo(picture: layout), generated(3, 744) { c, t in Int32(t < 372 ? t % 31 / 9 * (c + 1) * 20 : t * (c + 3) / 9 % 256) }))
    }
    // A folder of pictures in two runs of names, as its description has it.
    let names = Array("a 8.png".utf8)
    let folder = try SignalInfo(serialized: ([0x66, 0, 6, 5, 4, 7] + names + [1, 5] + Array("x.pam".utf8))[...])
    result.append((folder, generated(1, 5 * 90) { _, t in Int32(t % 90 * 2 ^ t / 90) }))
    return result
  }

  private static func encode(
    _ info: SignalInfo, _ samples: [[Int32]], _ settings: EncodeSettings, _ codec: CodecPackage, chunkSeconds: Double?, packetSeconds: Double?,
    embedsCodec: Bool
  ) throws -> Encoded {
    var settings = settings
    if case .maximum(let steps) = settings.bound { settings.bound = .maximum(Array(steps.prefix(samples.count))) }
    var file: [UInt8] = []
    let encoder = FileEncoder(
      codec: codec, settings: settings, chunkSeconds: chunkSeconds, packetSeconds: packetSeconds, embedsCodec: embedsCodec, jobs: 1)
    _ = try encoder.encode(HeldReader(samples, info), sink: { file += $0 })
    return Encoded(codec: codec, info: info, file: file, chunks: try chunks(of: file))
  }

  /// A golden file as it is.
  private static func golden(_ path: URL, _ codec: CodecPackage) throws -> Encoded {
    let file = Array(try Data(contentsOf: path))
    let info = try StreamDecoder(SequentialBytes(BytesInMemory(file))) { _ in codec }.info
    return Encoded(codec: codec, info: info, file: file, chunks: try chunks(of: file))
  }

  private static func chunks(of file: [UInt8]) throws -> [([UInt8], Int)] {
    var reader = try ContainerReader(SequentialBytes(BytesInMemory(file)))
    var chunks: [([UInt8], Int)] = []
    while let chunk = try reader.next() { chunks.append((Array(chunk.payload), chunk.sampleCount)) }
    return chunks
  }
}
