import Codecs
import Layers
import Signals
import Tensors
import Testing

/// Pictures of many kinds, components × pixels.
enum PixelSamples {
  static let kinds = ["photograph", "noise", "constant", "drawing", "dither", "slope", "one dot", "sparse values", "few colours"]

  static func make(_ kind: String, width: Int, count: Int, components: Int, maximum: Int) -> [[Int32]] {
    var random = RandomSource(seed: UInt64(width * 131 + count + components))
    let noise = (0..<components * count).map { _ in random.integer(below: 1 << 20) }
    return (0..<components).map { c in
      (0..<count).map { t in
        let (x, y, r) = (t % width, t / width, noise[c * count + t])
        let value: Int =
          switch kind {
          case "noise": r % (maximum + 1)
          case "constant": maximum / (c + 1)
          case "drawing": (x / 7 + y / 5) % 3 == 0 || x == y ? maximum : x / 16 % 2 * (maximum / 3)
          case "dither": (x * 64 / width > r % 64) ? maximum : 0
          case "slope": x * maximum / max(1, width - 1)
          case "one dot": t == count / 2 ? 0 : maximum
          case "sparse values": ((x + 2 * y + r % 3) % 40) * 6
          case "few colours": ((x / 3 + y / 4 + r % 2) * (c + 1) * 37) % 11
          default: (40 + x * (c + 1) * 60 / width + y / 2 + (x * 2 > y ? 60 : 0) + r % 5) * maximum / 300
          }
        return Int32(min(max(value, 0), maximum))
      }
    }
  }
}

@Suite struct PixelCoderTests {
  private func worst(_ a: [[Int32]], _ b: [[Int32]]) -> Int32 { zip(a, b).map { zip($0, $1).map { abs($0 - $1) }.max() ?? 0 }.max() ?? 0 }

  /// Encodes, decodes, and holds the result to the bound.
  private func bytes(_ samples: [[Int32]], width: Int, bound: Int32 = 0, effort: Int = 5) throws -> Int {
    let payload = try #require(PixelCoder.encode(samples, width: width, bound: samples.map { _ in bound }, effort: effort))
    let decoded = try PixelCoder.decode(payload, width: width, components: samples.count, sampleCount: samples[0].count)
    #expect(decoded.map(\.count) == samples.map(\.count))
    #expect(worst(decoded, samples) <= bound)
    return payload.count
  }

  @Test(arguments: PixelSamples.kinds, [1, 2, 3, 4])
  func everyKindComesBack(kind: String, components: Int) throws {
    for maximum in [1, 255, 1000, 65535] {
      let samples = PixelSamples.make(kind, width: 37, count: 37 * 29, components: components, maximum: maximum)
      _ = try bytes(samples, width: 37)
      if maximum > 1 { _ = try bytes(samples, width: 37, bound: Int32(maximum / 50)) }
    }
  }

  @Test(arguments: [(1, 1), (1, 40), (40, 1), (2, 2), (3, 7), (9, 80), (64, 64), (5000, 3)])
  func oddSizes(width: Int, height: Int) throws {
    for kind in ["photograph", "noise", "drawing"] {
      for effort in [1, 5, 9] {
        let samples = PixelSamples.make(kind, width: width, count: width * height, components: 3, maximum: 255)
        _ = try bytes(samples, width: width, effort: effort)
        _ = try bytes(samples, width: width, bound: 2, effort: effort)
      }
    }
  }

  /// A file may hold less than it says, and packets are of any length.
  @Test func aRowMayBeShort() throws {
    for count in [1, 36, 38, 100] { _ = try bytes(PixelSamples.make("photograph", width: 37, count: count, components: 3, maximum: 255), width: 37) }
  }

  @Test(arguments: 1...16) func everyDepth(bits: Int) throws {
    for kind in ["photograph", "noise", "slope"] {
      let samples = PixelSamples.make(kind, width: 50, count: 2000, components: 1, maximum: 1 << bits - 1)
      let count = try bytes(samples, width: 50)
      // Noise takes hardly more than its bits.
      #expect(count < 2000 * bits / 8 + 100 + 2000 * bits / 80)
    }
  }

  @Test func whatIsKnownTakesHardlyAnything() throws {
    let page = PixelSamples.make("one dot", width: 1000, count: 1_000_000, components: 3, maximum: 255)
    #expect(try bytes(page, width: 1000) < 200)
    #expect(try bytes(PixelSamples.make("constant", width: 1000, count: 1_000_000, components: 3, maximum: 255), width: 1000) < 12)
    let drawing = PixelSamples.make("drawing", width: 300, count: 90_000, components: 3, maximum: 255)
    #expect(try bytes(drawing, width: 300) < 2000)
  }

  @Test func widerBoundsTakeFewerBytes() throws {
    let samples = PixelSamples.make("photograph", width: 120, count: 120 * 90, components: 3, maximum: 255)
    var last = Int.max
    for bound: Int32 in [0, 1, 2, 5, 12] {
      let count = try bytes(samples, width: 120, bound: bound)
      #expect(count < last)
      last = count
    }
  }

  /// Drawings within a bound are not larger than exact ones.
  @Test func errorsDoNotSpoilDrawings() throws {
    for kind in ["drawing", "few colours"] {
      let samples = PixelSamples.make(kind, width: 160, count: 160 * 100, components: 3, maximum: 255)
      #expect(try bytes(samples, width: 160, bound: 3) <= bytes(samples, width: 160))
    }
  }

  @Test func twoDimensionsAreBetterThanOne() throws {
    let samples = PixelSamples.make("photograph", width: 120, count: 120 * 90, components: 3, maximum: 255)
    let along = SampleCoder.encode(samples, bound: [0, 0, 0], effort: 5).count
    for effort in [1, 5, 9] { #expect(try bytes(samples, width: 120, effort: effort) < along) }
  }

  @Test func samplesOutOfRangeAreNotForIt() {
    #expect(PixelCoder.encode([[0, -1]], width: 2, bound: [0], effort: 5) == nil)
    #expect(PixelCoder.encode([[0, 65536]], width: 2, bound: [0], effort: 5) == nil)
    #expect(PixelCoder.encode([[0, 7]], width: 1 << 19, bound: [0], effort: 5) == nil)
    #expect(throws: SampleCoderError.self) { try PixelCoder.decode([1, 0, 0], width: 1 << 19, components: 1, sampleCount: 2) }
  }

  @Test func bitsDoNotDependOnInstructions() throws {
    let samples = PixelSamples.make("photograph", width: 70, count: 70 * 50, components: 4, maximum: 4095)
    var found: Set<[UInt8]> = []
    try onEveryPath { _ in
      let payload = try #require(PixelCoder.encode(samples, width: 70, bound: [0, 0, 0, 0], effort: 9))
      found.insert(payload)
      #expect(try PixelCoder.decode(payload, width: 70, components: 4, sampleCount: 3500) == samples)
    }
    #expect(found.count == 1)
  }

  @Test(arguments: ["photograph", "few colours", "sparse values"])
  func damageIsAnErrorOrOtherSamples(kind: String) throws {
    let samples = PixelSamples.make(kind, width: 24, count: 24 * 20, components: 3, maximum: 255)
    let payload = try #require(PixelCoder.encode(samples, width: 24, bound: [0, 0, 0], effort: 2))
    var random = RandomSource(seed: 5)
    func decode(_ bytes: [UInt8], count: Int = 480) throws -> [[Int32]] {
      try PixelCoder.decode(bytes, width: 24, components: 3, sampleCount: count)
    }
    for length in [0, 1, 5, payload.count / 2, payload.count - 1] {
      #expect(throws: SampleCoderError.self) { try decode(Array(payload.prefix(length))) }
    }
    #expect(throws: SampleCoderError.self) { try decode(payload + [0]) }
    #expect(throws: SampleCoderError.self) { try decode([0] + payload.dropFirst()) }
    #expect(throws: SampleCoderError.self) { try decode([8] + payload.dropFirst()) }
    #expect(throws: SampleCoderError.self) { try decode(payload, count: 479) }
    #expect(throws: SampleCoderError.self) { try decode(payload, count: 1 << 40) }
    for _ in 0..<150 {
      var damaged = payload
      for _ in 0...random.integer(below: 3) { damaged[random.integer(below: min(damaged.count, 60))] = UInt8(random.integer(below: 256)) }
      do {
        let decoded = try decode(damaged)
        #expect(decoded.map(\.count) == [480, 480, 480] && decoded.allSatisfy { $0.allSatisfy { (0...65535).contains($0) } })
      } catch is SampleCoderError {}
    }
  }
}

/// Pictures in chunks, as files have them.
@Suite struct PixelChunkTests {
  @Test(arguments: [ErrorBound.lossless, .maximum([2, 2, 2])])
  func picturesGoThroughTwoDimensions(bound: ErrorBound) throws {
    let (layout, package) = (PictureCodecs.layout(90, 70, components: 3), try PictureCodecs.package(hasNetwork: false))
    let samples = PictureCodecs.samples(layout)
    var settings = PictureCodecs.settings()
    settings.bound = bound
    let encoded = try PictureCodecs.encode(samples, layout, package, settings)
    #expect(encoded.payload[0] == 13 && !encoded.needsCodec)
    #expect(try PictureCodecs.decode(encoded.payload, layout, package) == encoded.decoded)
    // No codec is needed.
    let bare = try ChunkDecoder(codec: nil, info: SignalInfo(picture: layout))
    #expect(try bare.decode(encoded.payload[...], sampleCount: layout.pixels) == encoded.decoded)
    // Signals that are no pictures have no such chunks.
    let signal = try ChunkDecoder(codec: nil, info: SignalInfo(raw: .s16le, rate: 90, channels: 3))
    #expect(throws: CodecError.self) { try signal.decode(encoded.payload[...], sampleCount: layout.pixels) }
  }

  @Test func chunksStandAloneAndDoNotDependOnJobs() throws {
    let (layout, package) = (PictureCodecs.layout(40, 50, components: 3), try PictureCodecs.package(hasNetwork: false))
    let samples = PictureCodecs.samples(layout)
    var settings = PictureCodecs.settings()
    settings.bound = .lossless
    // A row takes the place of a second.
    let files = try [1, 4].map { try encodeFile(HeldReader(samples, SignalInfo(picture: layout)), package, settings, chunk: 13, jobs: $0).bytes }
    #expect(files[0] == files[1])
    let chunks = try Vectors.chunks(files[0]).chunks
    #expect(chunks.map(\.sampleCount) == [520, 520, 520, 440] && chunks.allSatisfy { $0.payload.first == 13 })
    let decoder = try ChunkDecoder(codec: nil, info: SignalInfo(picture: layout))
    #expect(try decoder.decode(chunks[2].payload, sampleCount: 520) == samples.map { Array($0[1040..<1560]) })
    #expect(try decodeFile(files[0], package, jobs: 3).samples == samples)
  }

  /// The same of lossy ones, by either stage, with alpha, also fitted. The first has less detail than the others.
  @Test(arguments: [EntropyChoice.prior, .zstd], [5, 8]) func lossyChunksStandAloneAndDoNotDependOnJobs(entropy: EntropyChoice, effort: Int) throws {
    let (layout, package) = (PictureCodecs.layout(90, 70, components: 4), try PictureCodecs.package(hasNetwork: true, enhancer: 1e-2))
    let (info, part) = (SignalInfo(picture: layout), 25 * layout.width)
    let samples = PictureCodecs.samples(layout).enumerated().map { c, plane in
      plane.enumerated().map { k, sample in c < 3 && k < part ? 90 + sample / 4 : sample }
    }
    let settings = PictureCodecs.settings(entropy: entropy, effort: effort)
    let files = try [1, 4].map { try encodeFile(HeldReader(samples, info), package, settings, chunk: 25, jobs: $0).bytes }
    #expect(files[0] == files[1])
    let chunks = try Vectors.chunks(files[0]).chunks
    #expect(chunks.map(\.sampleCount) == [part, part, 20 * layout.width])
    #expect(chunks.allSatisfy { $0.payload.first == (entropy == .prior ? 11 : 12) })
    let decoded = try decodeFile(files[0], package).samples
    #expect(try decoded != samples && decoded[3] == samples[3] && decodeFile(files[0], package, jobs: 3).samples == decoded)
    let decoder = try ChunkDecoder(codec: package, info: info)
    #expect(try decoder.decode(chunks[1].payload, sampleCount: part) == decoded.map { Array($0[part..<2 * part]) })
  }

  /// Noise is stored.
  @Test func noPictureGrows() throws {
    let (layout, package) = (PictureCodecs.layout(90, 70, components: 3), try PictureCodecs.package(hasNetwork: false))
    var settings = PictureCodecs.settings()
    settings.bound = .lossless
    let samples = PixelSamples.make("noise", width: 90, count: layout.pixels, components: 3, maximum: 255)
    #expect(try PictureCodecs.encode(samples, layout, package, settings).payload.count <= layout.pixels * 3 + 16)
  }
}
