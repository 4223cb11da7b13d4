import Bytes
import Codecs
import Container
import Entropy
import Foundation
import Layers
import Signals
import Tensors
import Testing

/// Makes the golden files that are not there yet, and never touches one that is: they must decode for ever. Runs for `Tests/Vectors/make` alone, never in a usual run of the tests.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["AECODEC_MAKE_VECTORS"] != nil, "for Tests/Vectors/make"))
struct VectorMaker {
  static func write(_ bytes: some Sequence<UInt8>, _ path: String) throws {
    let url = Vectors.folder.appending(path: path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  private static func writeAll(_ files: [(name: String, bytes: [UInt8])], _ kind: String, what: ([UInt8]) throws -> String) throws {
    let there = Set(Vectors.files(kind))
    let new = files.filter { !there.contains("\($0.name).aec") }
    for file in new { try write(file.bytes, "\(kind)/\(file.name).aec") }
    let lines = try Vectors.list(kind).map { "\($0)\t\($1)\n" } + new.map { "\($0.name).aec\t\(try what($0.bytes))\n" }
    try write(lines.sorted().joined().utf8, "\(kind)/LIST")
  }

  func made(
    _ kind: String, _ raw: RawEncoding, _ rate: Double, leads: Int, count: Int, bits: Int, _ codec: CodecPackage, _ settings: EncodeSettings,
    chunk: Double? = nil, packet: Double? = nil, embedsCodec: Bool = false
  ) throws -> [UInt8] {
    let info = SignalInfo(raw: raw, rate: rate, channels: leads)
    return try encodeFile(
      HeldReader(TestSamples.make(kind, leads: leads, count: count, bits: bits), info), codec, settings, chunk: chunk, packet: packet,
      embedsCodec: embedsCodec
    )
    .bytes
  }

  private func sample(
    _ name: String, _ codec: CodecPackage, _ settings: EncodeSettings, signals: [String]? = nil, chunk: Double? = nil
  ) throws -> [UInt8] {
    let path = packageFolder.appending(path: "samples/\(name)").path
    return try encodeFile(try SignalFile.open(path, options: InputOptions(selection: signals)), codec, settings, chunk: chunk).bytes
  }

  /// Not quite a second of something like a voice, at the end silent.
  private func voice(_ rate: Double, channels: Int, _ codec: CodecPackage, _ settings: EncodeSettings, chunk: Double?) throws -> [UInt8] {
    let samples = SpeechCodecs.voice(Int(rate * 0.7), rate: rate, channels: channels).map { $0 + [Int32](repeating: 0, count: Int(rate * 0.2)) }
    return try encodeFile(HeldReader(samples, SpeechCodecs.info(channels, rate: rate)), codec, settings, chunk: chunk).bytes
  }

  /// Sound of one channel with texts, and with chunks on both sides of the samples.
  private func chunks(_ codec: CodecPackage, _ settings: EncodeSettings) throws -> [UInt8] {
    var described: [UInt8] = [0xC3, 0x80, 0x7D, 1, 0, 0, 1, 0, 0, 1, 0x54]
    for (key, name) in [(UInt8(10), "bext"), (10, "iXML"), (11, "cue "), (11, "LIST")] {
      described += [key] + Array(name.utf8) + [4] + Array("adtl".utf8)
    }
    let samples = TestSamples.make("beats", leads: 1, count: 900, bits: 12)
    return try encodeFile(HeldReader(samples, SignalInfo(serialized: described[...])), codec, settings, chunk: nil).bytes
  }

  /// The first pictures of the stack in `samples/`.
  private func pictures(_ count: Int, _ codec: CodecPackage, _ settings: EncodeSettings, chunk: Double) throws -> [UInt8] {
    let reader = try SignalFile.open(packageFolder.appending(path: "samples/glyphs-images-idx3-ubyte").path)
    let samples = try reader.read(count * reader.info.unitSamples)
    return try encodeFile(HeldReader(samples, reader.info), codec, settings, chunk: chunk).bytes
  }

  /// Pictures of `pictures/`, by themselves or as a stack under such names.
  private func files(_ names: [String], stack: Bool, _ codec: CodecPackage, _ settings: EncodeSettings, chunk: Double?) throws -> [UInt8] {
    let kept = packageFolder.appending(path: "Tests/Vectors/pictures")
    guard stack else { return try encodeFile(SignalFile.open(kept.appending(path: names[0]).path), codec, settings, chunk: chunk).bytes }
    let folder = FileManager.default.temporaryDirectory.appending(path: "vectors-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for name in names { try FileManager.default.copyItem(at: kept.appending(path: "pixels.ppm"), to: folder.appending(path: name)) }
    return try encodeFile(SignalFile.open(folder.path), codec, settings, chunk: chunk).bytes
  }

  /// A picture that is made up, pixel by pixel.
  private func pixels(_ kind: String, components: Int, maximum: Int, _ codec: CodecPackage, effort: Int) throws -> [UInt8] {
    let layout = PictureCodecs.layout(61, 40, components: components, maximum: maximum)
    let samples = PixelSamples.make(kind, width: layout.width, count: layout.pixels, components: components, maximum: maximum)
    var settings = EncodeSettings(effort: effort)
    settings.bound = .lossless
    return try encodeFile(HeldReader(samples, SignalInfo(picture: layout)), codec, settings, chunk: nil).bytes
  }

  @Test func make() throws {
    let (codec, synthesis) = (try makeTinyCodec(), try makeSynthesisCodec())
    let blocks = try makeBlockCodecs()
    let variational = try makeVariationalCodecs()
    // The first was made when there was no network of signs.
    let (photo, signs) = (try makePictureCodec("photo"), try makePictureCodec("photo-signs"))
    let speech = try SpeechCodecs.codec.get()
    let codecs = [codec, synthesis, blocks.signals, blocks.pictures, variational.levels, variational.binary, photo, signs, speech]
    func settings(_ quality: Double, _ entropy: EntropyChoice = .auto, _ effort: Int = 3) -> EncodeSettings {
      EncodeSettings(quality: quality, effort: effort, entropy: entropy)
    }
    /// The network is hardly trained: frames may be farther off than usual before they go without it.
    func loose(_ quality: Double, _ entropy: EntropyChoice = .auto, _ effort: Int = 3) -> EncodeSettings {
      var settings = settings(quality, entropy, effort)
      settings.frameErrorLimit = 4
      return settings
    }
    func bound(_ bound: ErrorBound, _ effort: Int = 3) -> EncodeSettings {
      var settings = EncodeSettings(effort: effort)
      settings.bound = bound
      return settings
    }
    func drawn(_ autoencoder: String, _ codec: CodecPackage, blocks: Int, levels: Int = 256, chunk: Double) throws -> [UInt8] {
      // The last block is not whole.
      let samples = [Array(try VariationalCodecs.samples(autoencoder, blocks: blocks, levels: levels).dropLast(7))]
      return try encodeFile(HeldReader(samples, VariationalCodecs.pictures), codec, bound(.lossless), chunk: chunk).bytes
    }
    func drawn(
      _ width: Int, _ height: Int, components: Int, maximum: Int = 255, _ codec: CodecPackage, _ settings: EncodeSettings, chunk: Double
    ) throws -> [UInt8] {
      let layout = PictureCodecs.layout(width, height, components: components, maximum: maximum)
      return try encodeFile(HeldReader(PictureCodecs.samples(layout), SignalInfo(picture: layout)), codec, settings, chunk: chunk).bytes
    }
    let valid: [(name: String, bytes: [UInt8])] = [
      ("no-samples", try made("constant", .s16le, 360, leads: 2, count: 0, bits: 12, codec, settings(50))),
      ("one-sample", try made("constant", .s8, 1, leads: 1, count: 1, bits: 8, codec, settings(50))),
      ("stored-noise-s8", try made("noise", .s8, 100, leads: 1, count: 3000, bits: 8, codec, bound(.lossless))),
      ("stored-12-leads", try made("full scale", .s32le, 500, leads: 12, count: 2, bits: 32, codec, settings(50))),
      ("lossless-s24", try made("sums of leads", .s24le, 250, leads: 3, count: 1500, bits: 20, codec, bound(.lossless))),
      ("lossless-csv", try sample("ecg.csv", codec, bound(.lossless))),
      ("bound-12-leads", try sample("ecg12", codec, bound(.maximum(Array(repeating: 40, count: 12))))),
      ("prior-1-lead", try sample("ecg1", codec, settings(50, .prior, 5))),
      ("prior-12-leads", try sample("ecg12", codec, settings(40, .prior))),
      ("prior-fine", try made("beats", .s16le, 1000, leads: 2, count: 6000, bits: 14, codec, settings(95, .prior))),
      ("runs-1-lead", try sample("ecg1", codec, settings(50, .zstd, 5))),
      ("runs-12-leads", try sample("ecg12", codec, settings(40, .zstd))),
      ("runs-20-kHz", try made("beats", .s24le, 20000, leads: 1, count: 20_000, bits: 20, codec, settings(60, .zstd))),
      ("chunks", try sample("ecg2", codec, settings(30), chunk: 20)),
      ("one-of-two-leads", try sample("ecg2", codec, settings(20), signals: ["1"])),
      ("steps-s32", try made("steps", .s32le, 360, leads: 1, count: 4000, bits: 32, codec, settings(80))),
      ("enhanced", try enhanced(codec, .prior)),
      ("packets", try made("beats", .s16le, 360, leads: 2, count: 4000, bits: 12, codec, settings(50), chunk: 8, packet: 2)),
      ("packets-runs", try made("beats", .s16le, 250, leads: 1, count: 4000, bits: 12, codec, settings(70, .zstd), chunk: 8, packet: 2)),
      ("packets-lossless", try made("beats", .s16le, 360, leads: 1, count: 4000, bits: 12, codec, bound(.lossless), chunk: 8, packet: 3)),
      ("codec-in-the-file", try made("beats", .s16le, 360, leads: 1, count: 2000, bits: 12, codec, settings(60, .prior), embedsCodec: true)),
      ("sound-stereo", try made("beats", .s16le, 8000, leads: 2, count: 5000, bits: 14, codec, bound(.lossless, 5))),
      ("sound-5-channels", try made("sums of leads", .s24le, 48_000, leads: 5, count: 1500, bits: 20, codec, bound(.lossless, 8))),
      ("sound-bound", try made("beats", .s16le, 16_000, leads: 1, count: 6000, bits: 16, codec, bound(.maximum([12]), 1))),
      ("sound-full-scale-s32", try made("full scale", .s32le, 44_100, leads: 2, count: 3000, bits: 32, codec, bound(.lossless, 5))),
      (
        "sound-packets",
        try made("quiet with a spike", .s16le, 8000, leads: 1, count: 9000, bits: 16, codec, bound(.lossless), chunk: 1, packet: 0.5)
      ),
      ("sound-chunks", try chunks(codec, bound(.lossless))),
      ("stack", try pictures(12, codec, bound(.lossless), chunk: 5)),
      ("picture", try files(["rgb.jpg"], stack: false, codec, bound(.lossless), chunk: 10)),
      ("picture-grey-16", try files(["grey16.tif"], stack: false, codec, bound(.maximum([100])), chunk: nil)),
      ("pixels", try files(["rgb.jpg"], stack: false, codec, bound(.lossless, 5), chunk: 20)),
      ("pixels-bound", try files(["rgb.jpg"], stack: false, codec, bound(.maximum([3, 3, 3]), 9), chunk: nil)),
      ("pixels-grey-16", try files(["grey16.tif"], stack: false, codec, bound(.lossless), chunk: nil)),
      ("pixels-colours", try pixels("few colours", components: 4, maximum: 255, codec, effort: 5)),
      ("pixels-values", try pixels("sparse values", components: 2, maximum: 1000, codec, effort: 5)),
      ("pixels-drawing", try pixels("drawing", components: 1, maximum: 1, codec, effort: 2)),
      ("folder", try files(["a 8.ppm", "a 9.ppm", "a 10.ppm", "b.pam"], stack: true, codec, bound(.lossless), chunk: 3)),
      ("blocks-prior", try sample("ecg2", blocks.signals, settings(40, .prior), chunk: 20)),
      ("blocks-zstd", try sample("ecg2", blocks.signals, settings(40, .zstd), chunk: 20)),
      ("blocks-fine", try made("beats", .s24le, 360, leads: 3, count: 1500, bits: 22, blocks.signals, settings(90, .zstd))),
      ("blocks-packets", try made("beats", .s16le, 360, leads: 1, count: 4000, bits: 12, blocks.signals, settings(50), chunk: 8, packet: 2)),
      ("pictures-prior", try pictures(12, blocks.pictures, settings(60, .prior), chunk: 5)),
      ("pictures-zstd", try pictures(12, blocks.pictures, settings(60, .zstd), chunk: 5)),
      ("photo-prior", try drawn(97, 61, components: 3, photo, settings(60, .prior), chunk: 40)),
      ("photo-zstd", try drawn(97, 61, components: 3, photo, settings(60, .zstd), chunk: 40)),
      ("photo-alpha-16", try drawn(75, 50, components: 4, maximum: 65535, photo, settings(20, .prior), chunk: 100)),
      ("photo-signs", try drawn(97, 61, components: 3, signs, settings(60, .prior, 5), chunk: 40)),
      ("photo-fitted", try drawn(240, 160, components: 3, signs, settings(75, .prior, 8), chunk: 1000)),
      ("photo-fitted-zstd", try drawn(240, 160, components: 4, signs, settings(75, .zstd, 8), chunk: 1000)),
      ("photo-grey-16", try drawn(75, 50, components: 1, maximum: 65535, photo, settings(20, .prior), chunk: 100)),
      ("bits-back-levels", try drawn(VariationalCodecs.context, variational.levels, blocks: 140, chunk: 100)),
      ("bits-back-binary", try drawn(VariationalCodecs.binary, variational.binary, blocks: 300, levels: 2, chunk: 1000)),
      ("speech-prior", try voice(16_000, channels: 1, speech, settings(30, .prior), chunk: 0.4)),
      ("speech-zstd", try voice(16_000, channels: 2, speech, settings(30, .zstd), chunk: nil)),
      ("speech-44-khz", try voice(44_100, channels: 2, speech, settings(70, .prior), chunk: nil)),
      ("synthesis-prior", try sample("ecg1", synthesis, loose(50, .prior, 5))),
      ("synthesis-zstd", try sample("ecg1", synthesis, loose(50, .zstd, 5))),
      ("synthesis-12-leads", try sample("ecg12", synthesis, loose(40, .zstd))),
      ("synthesis-2-leads-250-hz", try sample("ecg2", synthesis, loose(30, .prior), chunk: 20)),
      ("synthesis-2-leads-250-hz-zstd", try sample("ecg2", synthesis, loose(30, .zstd), chunk: 20)),
      ("synthesis-1-khz", try made("beats", .s16le, 1000, leads: 2, count: 6000, bits: 14, synthesis, loose(60, .zstd))),
      ("synthesis-packets", try made("beats", .s16le, 360, leads: 2, count: 4000, bits: 12, synthesis, loose(50), chunk: 8, packet: 2)),
      ("synthesis-packets-zstd", try made("beats", .s16le, 250, leads: 1, count: 4000, bits: 12, synthesis, loose(70, .zstd), chunk: 8, packet: 2)),
      ("synthesis-enhanced", try enhanced(synthesis, .prior)),
      ("synthesis-enhanced-zstd", try enhanced(synthesis, .zstd)),
      (
        "synthesis-codec-in-the-file",
        try made("beats", .s16le, 360, leads: 1, count: 2000, bits: 12, synthesis, loose(60, .zstd), embedsCodec: true)
      ),
    ]
    try Self.writeAll(valid, "valid") { Vectors.hash(try Vectors.decode($0, codecs)) }
    let names = Dictionary(uniqueKeysWithValues: valid.map { ($0.name, $0.bytes) })
    let wide = try made("sums of leads", .s16le, 360, leads: 65, count: 500, bits: 12, synthesis, settings(50, .prior))
    try Self.writeAll(try damaged(names, wide: wide, codec), "invalid") { Vectors.refusal($0, codecs) }
    for (name, text) in try Vectors.list("invalid") { #expect(!text.hasPrefix("none") && !text.hasPrefix("another"), "\(name): \(text)") }
  }
}
