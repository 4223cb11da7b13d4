import Bytes
import Codecs
import Foundation
import Layers
import Signals
import Tensors
import Testing

@Suite struct PictureCodecTests {
  @Test(arguments: [1, 2, 3, 4], [false, true])
  func whatIsEncodedIsDecoded(components: Int, hasNetwork: Bool) throws {
    let (layout, package) = (PictureCodecs.layout(97, 61, components: components), try PictureCodecs.package(hasNetwork: hasNetwork))
    let samples = PictureCodecs.samples(layout)
    for entropy in [EntropyChoice.prior, .zstd] {
      for effort in [1, 5] {
        let encoded = try PictureCodecs.encode(samples, layout, package, PictureCodecs.settings(entropy: entropy, effort: effort))
        #expect(encoded.payload[0] == (entropy == .prior ? 11 : 12) && encoded.needsCodec)
        let decoded = try PictureCodecs.decode(encoded.payload, layout, package)
        #expect(decoded == encoded.decoded)
        #expect(PictureCodecs.error(decoded, samples, layout) < 6)
        // Alpha is exact.
        if components % 2 == 0 { #expect(decoded[components - 1] == samples[components - 1]) }
      }
    }
  }

  @Test(arguments: [(1, 1), (1, 9), (9, 1), (2, 3), (33, 17), (300, 1), (1, 300), (200, 2)])
  func oddSizes(width: Int, height: Int) throws {
    let (layout, package) = (PictureCodecs.layout(width, height, components: 3, maximum: 65535), try PictureCodecs.package(hasNetwork: false))
    let samples = PictureCodecs.samples(layout)
    let encoded = try PictureCodecs.encode(samples, layout, package, PictureCodecs.settings())
    #expect(try PictureCodecs.decode(encoded.payload, layout, package) == encoded.decoded)
    #expect(PictureCodecs.error(encoded.decoded, samples, layout) < 12)
  }

  @Test func betterQualitiesTakeMoreBytesAndHaveSmallerErrors() throws {
    let (layout, package) = (PictureCodecs.layout(120, 80, components: 3), try PictureCodecs.package(hasNetwork: false))
    let samples = PictureCodecs.samples(layout)
    var last = (bytes: 0, error: Double.infinity)
    for quality in stride(from: 10.0, through: 70, by: 20) {
      let encoded = try PictureCodecs.encode(samples, layout, package, PictureCodecs.settings(quality: quality))
      let error = PictureCodecs.error(encoded.decoded, samples, layout)
      #expect(encoded.payload.count > last.bytes && error < last.error)
      last = (encoded.payload.count, error)
    }
  }

  /// Choosing coefficients by what they cost is worth its time.
  @Test func choiceByCostSavesBytes() throws {
    let (layout, package) = (PictureCodecs.layout(120, 80, components: 3), try PictureCodecs.package(hasNetwork: false))
    let samples = PictureCodecs.samples(layout)
    func cost(_ effort: Int) throws -> Double {
      let encoded = try PictureCodecs.encode(samples, layout, package, PictureCodecs.settings(quality: 40, effort: effort))
      let error = PictureCodecs.error(encoded.decoded, samples, layout)
      // Six decibels a bit for each sample.
      return Double(encoded.payload.count) * error
    }
    #expect(try cost(5) < cost(1))
  }

  /// What makes the error larger with one sign makes it smaller with the other, if it is small; fine samples, so that rounding hides neither.
  @Test(arguments: [1, 3, 4]) func theEnhancerWorksWhereItHelps(components: Int) throws {
    let layout = PictureCodecs.layout(75, 50, components: components, maximum: 65535)
    let samples = PictureCodecs.samples(layout)
    let plain = try PictureCodecs.encode(samples, layout, PictureCodecs.package(hasNetwork: false), PictureCodecs.settings(quality: 20))
    var helped = 0
    for scale: Float in [3e-3, -3e-3, 1e-2, -1e-2, 3e-2, -3e-2] {
      let package = try PictureCodecs.package(hasNetwork: false, enhancer: scale)
      let encoded = try PictureCodecs.encode(samples, layout, package, PictureCodecs.settings(quality: 20))
      #expect(try PictureCodecs.decode(encoded.payload, layout, package) == encoded.decoded)
      guard encoded.decoded != plain.decoded else { continue }
      helped += 1
      #expect(PictureCodecs.error(encoded.decoded, samples, layout) < PictureCodecs.error(plain.decoded, samples, layout))
      #expect(throws: (any Error).self) { try PictureCodecs.decode(encoded.payload, layout, PictureCodecs.package(hasNetwork: false)) }
    }
    #expect(helped > 0)
  }

  private static let kodak = packageFolder.appending(path: "../shared/data/images/kodak").standardizedFileURL

  /// On average the error beside the ends of chunks is not larger, beside that of all other rows, than in the same rows of one that goes on.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: kodak.path), "needs ../shared/data/images/kodak"), arguments: [20.0, 45])
  func seamsDoNotShow(quality: Double) throws {
    let package = try CodecPackage.load(path: packageFolder.appending(path: "codecs/photo").path)
    var worse: [Double] = []
    for name in ["kodim03.png", "kodim05.png", "kodim08.png"] {
      let reader = try SignalFile.open(Self.kodak.appending(path: name).path)
      let layout = try #require(reader.info.picture)
      let (part, rows) = (128 * layout.width, 512)
      let samples = try reader.read(rows * layout.width)
      func decoded(_ range: Range<Int>) throws -> [[Int32]] {
        try PictureCodecs.encode(samples.map { Array($0[range]) }, layout, package, PictureCodecs.settings(quality: quality)).decoded
      }
      /// Of each part, beside seams and elsewhere.
      func squares(of decoded: (Int, Int) -> Int32) -> [(seams: Double, rest: Double)] {
        var sums = Array(repeating: (seams: 0.0, rest: 0.0), count: rows / 128)
        for k in 0..<rows * layout.width {
          let square = (0..<3).reduce(0.0) { $0 + Double((decoded($1, k) - samples[$1][k]) * (decoded($1, k) - samples[$1][k])) }
          let row = k / layout.width
          if (row + 8) % 128 < 16, (8..<rows - 8).contains(row) { sums[row / 128].seams += square } else { sums[row / 128].rest += square }
        }
        return sums
      }
      let whole = try decoded(0..<rows * layout.width)
      let parts = try stride(from: 0, to: rows * layout.width, by: part).map { try decoded($0..<$0 + part) }
      // Steps are those of each part.
      worse += zip(squares { parts[$1 / part][$0][$1 % part] }, squares { whole[$0][$1] })
        .map { cut, uncut in 10 * log10(cut.seams / uncut.seams) - 10 * log10(cut.rest / uncut.rest) }
    }
    // In dB.
    #expect(worse.reduce(0, +) / Double(worse.count) < 0.1)
  }

  /// A chunk with little detail and one with much of it meet in the same texture, whose error is much the same on both sides.
  @Test(arguments: [30.0, 50]) func stepsChangeLittleFromChunkToChunk(quality: Double) throws {
    let layout = PictureCodecs.layout(128, 128, components: 1)
    var random = RandomSource(seed: 5)
    let samples = (0..<layout.pixels).map { k -> Int32 in
      let row = k / layout.width
      let deviation: Float = row < 44 ? 0 : row < 84 ? 5 : 60
      return Int32(min(max(128 + deviation * random.normal(), 0), 255))
    }
    var encoder = try ChunkEncoder(
      codec: PictureCodecs.package(hasNetwork: false), info: SignalInfo(picture: layout), settings: PictureCodecs.settings(quality: quality))
    let half = layout.pixels / 2
    let decoded = try [samples.prefix(half), samples.suffix(half)].flatMap { part in
      try encoder.encode([Array(part)], plan: encoder.plan([Array(part)])).decoded[0]
    }
    func error(_ rows: Range<Int>) -> Double {
      (rows.lowerBound * layout.width..<rows.upperBound * layout.width).reduce(0) { sum, k in
        sum + Double((decoded[k] - samples[k]) * (decoded[k] - samples[k]))
      }
    }
    #expect(abs(10 * log10(error(64..<80) / error(48..<64))) < 1)
  }

  @Test func bitsDoNotDependOnInstructions() throws {
    let (layout, package) = (PictureCodecs.layout(75, 50, components: 3), try PictureCodecs.package(hasNetwork: true, enhancer: 1e-2))
    let samples = PictureCodecs.samples(layout)
    var found: Set<[UInt8]> = []
    try onEveryPath { _ in found.insert(try PictureCodecs.encode(samples, layout, package, PictureCodecs.settings()).payload) }
    #expect(found.count == 1)
  }

  @Test func damageIsAnErrorOrOtherSamples() throws {
    let (layout, package) = (PictureCodecs.layout(40, 30, components: 4), try PictureCodecs.package(hasNetwork: true))
    var random = RandomSource(seed: 8)
    for entropy in [EntropyChoice.prior, .zstd] {
      let payload = try PictureCodecs.encode(PictureCodecs.samples(layout), layout, package, PictureCodecs.settings(entropy: entropy)).payload
      #expect(throws: (any Error).self) { try PictureCodecs.decode(Array(payload.prefix(payload.count / 2)), layout, package) }
      for _ in 0..<200 {
        var damaged = payload
        damaged[1 + random.integer(below: payload.count - 1)] ^= UInt8(1 << random.integer(below: 8))
        if let decoded = try? PictureCodecs.decode(damaged, layout, package) {
          #expect(decoded.count == 4 && decoded.allSatisfy { $0.count == layout.pixels })
          #expect(decoded[..<3].allSatisfy { $0.allSatisfy { (0...255).contains($0) } })
        }
      }
    }
  }

  @Test func otherSignalsAreRefused() throws {
    let package = try PictureCodecs.package(hasNetwork: false)
    let info = SignalInfo(raw: .s16le, rate: 360, channels: 1)
    #expect(throws: CodecError.unsuitable("the codec test is for pictures, and this is none; choose another codec with -c")) {
      try ChunkEncoder(codec: package, info: info, settings: EncodeSettings())
    }
  }

  @Test func weightsThatCannotBeAreRefused() throws {
    let weights = try PictureCodecs.package(hasNetwork: true).weights
    func refuses(_ name: String, _ tensor: Tensor?) {
      var changed = weights.tensors
      changed[name] = tensor
      let bytes = Safetensors(tensors: changed, integers: weights.integers).serialized()
      #expect(throws: (any Error).self, "\(name)") {
        try CodecPackage(name: "test", config: Array(#"{"kind": "picture"}"#.utf8), weights: bytes)
      }
    }
    refuses("picture.steps", Tensor(zeros: [3, 16]))
    refuses("picture.steps", Tensor(repeating: 1, shape: [3, 15]))
    refuses("picture.colours", Tensor(repeating: 1, shape: [3, 3]))
    refuses("picture.lifting", Tensor(repeating: .nan, shape: [5]))
    refuses("picture.shifts", nil)
    refuses("network.hidden.weight", Tensor(zeros: [16, 17]))
    refuses("network.input.weight", Tensor(zeros: [74, 100_000]))
    refuses("network.input.weight", Tensor(zeros: [75, 16]))
    refuses("signs.input.weight", Tensor(zeros: [74, 8]))
    refuses("signs.output.bias", nil)
    refuses("enhancer.input.weight", Tensor(zeros: [32, 4, 6, 6]))
    refuses("other", Tensor(zeros: [1]))
  }
}
