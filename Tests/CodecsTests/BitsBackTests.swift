import Bytes
import Codecs
import Container
import Entropy
import Layers
import Signals
import Tensors
import Testing

/// Lossless coding by variational codecs: everything comes back, nothing else than before where they do not help, damage is refused.
@Suite(.serialized) struct BitsBackTests {
  private static var lossless: EncodeSettings {
    var settings = EncodeSettings(effort: 1)
    settings.bound = .lossless
    return settings
  }

  private static func encode(_ autoencoder: String, _ samples: [[Int32]], _ info: SignalInfo = VariationalCodecs.pictures) throws -> EncodedChunk {
    try BlockCodecs.encode(samples, info, VariationalCodecs.codec(autoencoder), lossless)
  }

  private static func decode(_ payload: [UInt8], _ autoencoder: String, count: Int, _ info: SignalInfo = VariationalCodecs.pictures) throws
    -> [[Int32]]
  {
    try ChunkDecoder(codec: VariationalCodecs.codec(autoencoder), info: info).decode(payload[...], sampleCount: count)
  }

  /// Whole blocks, and a part of one behind them; groups of one and of many.
  @Test(arguments: VariationalCodecs.all, [3600, 3601, 7000, 14_399]) func samplesComeBack(autoencoder: String, count: Int) throws {
    let samples = [Array(try VariationalCodecs.samples(autoencoder, blocks: 400).prefix(count))]
    let chunk = try Self.encode(autoencoder, samples)
    #expect(chunk.payload[0] == 10 && chunk.needsCodec && chunk.decoded == samples, "method \(chunk.payload[0])")
    #expect(try Self.decode(chunk.payload, autoencoder, count: count) == samples)
  }

  /// What a chunk takes is what the network says of its samples, and what the first code takes.
  @Test(arguments: [VariationalCodecs.binary, VariationalCodecs.context, VariationalCodecs.table]) func payloadsHaveTheLengthOfTheEvidence(
    autoencoder: String
  ) throws {
    let samples = [try VariationalCodecs.samples(autoencoder, blocks: 1000)]
    let payload = try Self.encode(autoencoder, samples).payload
    #expect(payload[0] == 10)
    let bytes = Double(payload.count)
    let nats = try VariationalCodecs.evidence(autoencoder, samples[0])
    let ideal = nats / 0.693_147_18 / 8
    #expect(bytes > 0.99 * ideal && bytes < 1.01 * ideal + 24, "\(bytes) bytes, \(ideal) by the evidence")
  }

  @Test func severalLeadsAndSixteenBitsComeBack() throws {
    let low = try VariationalCodecs.samples(VariationalCodecs.deep, blocks: 100, levels: 65_536, lowest: -32_768)
    let info = SignalInfo(raw: .s16le, rate: 100, channels: 2)
    let samples = [Array(low.prefix(1990)), Array(low.suffix(1990))]
    let chunk = try Self.encode(VariationalCodecs.deep, samples, info)
    #expect(chunk.payload[0] == 10)
    #expect(try Self.decode(chunk.payload, VariationalCodecs.deep, count: 1990, info) == samples)
  }

  /// 0 and 1, 0 and 255, any other two values; with three, exact samples are what is left.
  @Test func binarySamplesMayBeAnyTwoValues() throws {
    let ones = try VariationalCodecs.samples(VariationalCodecs.binary, blocks: 300, levels: 2)
    for (zero, one) in [(0, 1), (0, 255), (17, 44)] as [(Int32, Int32)] {
      let samples = [ones.map { $0 == 0 ? zero : one }]
      let chunk = try Self.encode(VariationalCodecs.binary, samples)
      #expect(chunk.payload[0] == 10)
      #expect(try Self.decode(chunk.payload, VariationalCodecs.binary, count: samples[0].count) == samples)
    }
    let three = [ones.indices.map { $0 == 5 ? 7 : ones[$0] }]
    let chunk = try Self.encode(VariationalCodecs.binary, three)
    #expect(chunk.payload[0] == 1 && chunk.decoded == three)
    for value in [0, 255, 9] as [Int32] {
      let constant = [[Int32](repeating: value, count: 900)]
      let chunk = try Self.encode(VariationalCodecs.binary, constant)
      #expect(try Self.decode(chunk.payload, VariationalCodecs.binary, count: 900) == constant)
    }
  }

  /// Levels lie evenly over what the format holds; samples between them are coded exactly, by other means.
  @Test func fewerLevelsThanTheFormatHasLieEvenly() throws {
    let samples = try VariationalCodecs.samples(VariationalCodecs.table, blocks: 300)
    #expect(Set(samples).count == 16 && samples.allSatisfy { $0 % 17 == 0 })
    let between = [samples.indices.map { $0 == 5 ? 7 : samples[$0] }]
    let chunk = try Self.encode(VariationalCodecs.table, between)
    #expect(chunk.payload[0] == 1 && chunk.decoded == between)
    // 15 do not lie evenly over 0 to 255.
    let odd = VariationalCodecs.table.replacing("16", with: "15")
    #expect(try Self.encode(odd, [samples]).payload[0] == 1)
    let payload = try Self.encode(VariationalCodecs.table, [samples]).payload
    #expect(throws: CodecError.self) { try Self.decode(payload, odd, count: samples.count) }
    // In 16 bits every 4369th.
    let wide = try VariationalCodecs.samples(VariationalCodecs.table, blocks: 300, levels: 65_536, lowest: -32_768)
    let info = SignalInfo(raw: .s16le, rate: 100, channels: 1)
    let widePayload = try Self.encode(VariationalCodecs.table, [wide], info).payload
    #expect(widePayload[0] == 10)
    #expect(try Self.decode(widePayload, VariationalCodecs.table, count: wide.count, info) == [wide])
  }

  /// What its likelihood does not know goes as it does with every other codec.
  @Test func otherSignalsAreCodedExactlyAsBefore() throws {
    let info = SignalInfo(raw: .s16le, rate: 100, channels: 1)
    let samples = TestSamples.make("beats", leads: 1, count: 2000, bits: 14)
    for autoencoder in [VariationalCodecs.grey, VariationalCodecs.binary] {
      let chunk = try Self.encode(autoencoder, samples, info)
      #expect(chunk.payload[0] == 1 && !chunk.needsCodec && chunk.decoded == samples)
    }
    let noise = [(0..<3600).map { Int32($0 * 7919 % 256) }]
    #expect(try Self.encode(VariationalCodecs.grey, noise).payload[0] <= 1, "the network is worse than nothing here")
    let gaussian = VariationalCodecs.grey.replacing("logistic", with: "gaussian")
    #expect(try Self.encode(gaussian, [try VariationalCodecs.samples(VariationalCodecs.grey, blocks: 100)]).payload[0] <= 1)
  }

  @Test func lossyChunksGoTheWayOfEveryAutoencoder() throws {
    let samples = [try VariationalCodecs.samples(VariationalCodecs.grey, blocks: 200)]
    let codec = try VariationalCodecs.codec(VariationalCodecs.grey)
    for (entropy, method) in [(EntropyChoice.prior, UInt8(8)), (.zstd, 9)] {
      let chunk = try BlockCodecs.encode(samples, VariationalCodecs.pictures, codec, EncodeSettings(quality: 30, effort: 1, entropy: entropy))
      #expect(chunk.payload[0] == method)
      #expect(try Self.decode(chunk.payload, VariationalCodecs.grey, count: samples[0].count) == chunk.decoded)
    }
  }

  @Test(arguments: [VariationalCodecs.grey, VariationalCodecs.mixture, VariationalCodecs.tableContext]) func sameBitsEverywhere(autoencoder: String)
    throws
  {
    let samples = [try VariationalCodecs.samples(autoencoder, blocks: 90)]
    let wanted = try Self.encode(autoencoder, samples)
    #expect(wanted.payload[0] == 10)
    defer { Threads.jobs = 1 }
    try onEveryPath { path in
      for jobs in [1, 4] {
        Threads.jobs = jobs
        let payload = try Self.encode(autoencoder, samples).payload
        let decoded = try Self.decode(wanted.payload, autoencoder, count: samples[0].count)
        #expect(payload == wanted.payload && decoded == samples, "path \(path), \(jobs) threads")
      }
    }
  }

  @Test func wholeFilesComeBackAndCanBeReadFromTheMiddle() throws {
    let codec = try VariationalCodecs.codec(VariationalCodecs.grey)
    let samples = [try VariationalCodecs.samples(VariationalCodecs.grey, blocks: 300)]
    let file = try encodeFile(HeldReader(samples, VariationalCodecs.pictures), codec, Self.lossless, chunk: 100)
    let chunks = try Vectors.chunks(file.bytes).chunks
    #expect(chunks.count == 3 && chunks.allSatisfy { $0.payload.first == 10 })
    #expect(try decodeFile(file.bytes, codec, jobs: 2).samples == samples)
    let middle = try ChunkDecoder(codec: codec, info: VariationalCodecs.pictures).decode(chunks[1].payload, sampleCount: 3600)
    #expect(middle == [Array(samples[0][3600..<7200])])
  }

  @Test(arguments: VariationalCodecs.all) func damagedChunksAreRefusedOrDecoded(autoencoder: String) throws {
    let samples = [try VariationalCodecs.samples(autoencoder, blocks: 60)]
    let payload = try Self.encode(autoencoder, samples).payload
    let decoder = try ChunkDecoder(codec: VariationalCodecs.codec(autoencoder), info: VariationalCodecs.pictures)
    var random = RandomSource(seed: 3)
    var refused = 0
    for k in 0..<150 {
      var damaged = payload
      for _ in 0...random.integer(below: 3) {
        damaged[random.integer(below: k % 2 == 0 ? min(14, damaged.count) : damaged.count)] ^= UInt8(1 + random.integer(below: 255))
      }
      if k % 5 == 0 { damaged.removeLast(1 + random.integer(below: damaged.count - 1)) }
      if k % 7 == 0 { damaged += [UInt8](repeating: 9, count: 4) }
      do {
        let found = try decoder.decode(damaged[...], sampleCount: samples[0].count)
        #expect(found.count == 1 && found[0].count == samples[0].count)
      } catch {
        #expect(error is BytesError || error is EntropyError || error is CodecError || error is SampleCoderError, "\(error)")
        refused += 1
      }
    }
    #expect(refused > 120)
  }

  @Test func whatCannotBeIsRefused() throws {
    let grey = VariationalCodecs.grey
    let samples = [try VariationalCodecs.samples(grey, blocks: 60)]
    let payload = try Self.encode(grey, samples).payload
    func refuses(_ payload: [UInt8], _ what: String, count: Int = 2160, with autoencoder: String = VariationalCodecs.grey) {
      #expect(throws: (any Error).self, "\(what)") { try Self.decode(payload, autoencoder, count: count) }
    }
    refuses([10], "nothing behind the method")
    refuses([10, 10], "no stack")
    refuses([10, 3] + payload.dropFirst(2), "8 buckets")
    refuses([10, 17] + payload.dropFirst(2), "131072 buckets")
    refuses(Array(payload.dropLast(4)), "a word less")
    refuses(payload + [1, 2, 3, 4], "a word more")
    refuses(payload, "a block less", count: 2124)
    refuses(payload, "more samples", count: 2200)
    refuses(payload, "another likelihood", with: VariationalCodecs.binary)
    for count in [1 << 24, 1 << 40] {
      #expect { try Self.decode(payload, grey, count: count) } throws: { if case CodecError.limit = $0 { true } else { false } }
    }
    let linear = try BlockCodecs.codec(BlockCodecs.linear)
    for codec in [nil, TestCodec.empty, linear] {
      #expect { try ChunkDecoder(codec: codec, info: VariationalCodecs.pictures).decode(payload[...], sampleCount: 2160) } throws: {
        "\($0)".contains("needs a variational codec")
      }
    }
  }

  /// Numbers that no training gives neither trap nor loop.
  @Test(arguments: [Float.nan, .infinity, -.infinity, 1e30, -1e30], [VariationalCodecs.grey, VariationalCodecs.table])
  func weightsThatAreNoNumbersGiveNothingWorseThanAnError(value: Float, autoencoder: String) throws {
    let samples = [try VariationalCodecs.samples(autoencoder, blocks: 40)]
    for name in ["autoencoder.posterior.bias", "autoencoder.body.decoder.1.bias", "autoencoder.expand.weight"] {
      var weights = try VariationalCodecs.weights(autoencoder)
      weights.tensors[name] = Tensor(repeating: value, shape: weights.tensors[name]?.shape ?? [])
      let codec = try CodecPackage(name: "odd", config: VariationalCodecs.config(autoencoder), weights: weights.serialized())
      let chunk = try BlockCodecs.encode(samples, VariationalCodecs.pictures, codec, Self.lossless)
      let back = try ChunkDecoder(codec: codec, info: VariationalCodecs.pictures).decode(chunk.payload[...], sampleCount: samples[0].count)
      #expect(back == samples)
    }
  }
}
