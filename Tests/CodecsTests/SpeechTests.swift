import Autoencoders
import Bytes
import CKernels
import Codecs
import Entropy
import Layers
import Signals
import Tensors
import Testing

@Suite struct SpeechTests {
  private static func settings(_ quality: Double = 40, _ entropy: EntropyChoice = .prior) -> EncodeSettings {
    EncodeSettings(quality: quality, entropy: entropy)
  }

  @Test(arguments: [(1, 16_000.0), (2, 16_000), (1, 44_100), (3, 8000), (2, 22_050.5)], [EntropyChoice.prior, .zstd])
  func whatIsEncodedIsDecoded(shape: (channels: Int, rate: Double), entropy: EntropyChoice) throws {
    let count = Int(shape.rate * 0.7) + 3
    let samples = SpeechCodecs.voice(count, rate: shape.rate, channels: shape.channels)
    let info = SpeechCodecs.info(shape.channels, rate: shape.rate)
    let encoded = try SpeechCodecs.encode(samples, info, Self.settings(40, entropy))
    #expect(encoded.payload[0] == (entropy == .prior ? 15 : 16) && encoded.needsCodec)
    #expect(encoded.decoded.count == shape.channels && encoded.decoded.allSatisfy { $0.count == count })
    let decoder = try ChunkDecoder(codec: SpeechCodecs.codec.get(), info: info)
    #expect(try decoder.decode(encoded.payload[...], sampleCount: count) == encoded.decoded)
  }

  @Test func theSameBitsOnEveryPathAndWithAnyNumberOfThreads() throws {
    let samples = SpeechCodecs.voice(9000)
    let first = try SpeechCodecs.encode(samples, SpeechCodecs.info(), Self.settings())
    let jobs = Threads.jobs
    defer { Threads.jobs = jobs }
    try onEveryPath { path in
      for threads in [1, 3] {
        Threads.jobs = threads
        let own = try SpeechCodecs.encode(samples, SpeechCodecs.info(), Self.settings())
        #expect(own.payload == first.payload && own.decoded == first.decoded, "path \(path), \(threads) threads")
        let decoder = try ChunkDecoder(codec: SpeechCodecs.codec.get(), info: SpeechCodecs.info())
        #expect(try decoder.decode(first.payload[...], sampleCount: 9000) == first.decoded, "path \(path), \(threads) threads")
      }
    }
  }

  /// What a decoder expects symbol by symbol is what an encoder expects of all at once, to the bit.
  @Test func stepsExpectWhatSequencesDo() throws {
    let network = try SpeechNetwork(SpeechCodecs.codec.get().weights.tensors)
    let x = SpeechCodecs.voice(320 * 120)[0].map { Float($0) / 32768 }
    let tracked = SpeechExaminer.tracked(x)
    let codes = network.encode(x, pitches: tracked.pitches, periodicity: tracked.periodicity, quality: 3.3)
    #expect(codes.coefficients.contains { $0 != 0 } && codes.latents.contains { $0 != 0 })
    let groups = SpeechShape.groups.count
    let all = network.prior.expectations(codes, quality: 3.3, groups: groups)
    let stepper = SpeechStepper(SpeechStepper.Weights(network.prior), quality: 3.3, groups: groups)
    let symbols = codes.symbols
    for t in 0..<codes.frames {
      stepper.begin()
      for g in 0..<groups {
        let size = 3 * SpeechShape.groups[g]
        let own = Array(UnsafeBufferPointer(start: stepper.expectations(g), count: size))
        #expect(own == Array(all[g][t * size..<(t + 1) * size]), "frame \(t), group \(g)")
        for i in SpeechShape.groupStarts[g]..<SpeechShape.groupStarts[g + 1] {
          let value = symbols[t * SpeechShape.symbols + i]
          stepper.set(i, squashed: SpeechShape.squashed(Int(value.magnitude)) * (value < 0 ? -1 : 1))
        }
      }
      stepper.end(pitch: codes.pitches[t])
    }
  }

  /// What training counts as bits is what files take, where all groups of symbols are coded: noise has all frequencies.
  @Test func filesTakeWhatTrainingCounts() throws {
    var random = RandomSource(seed: 2)
    let samples = [(0..<16_000).map { _ in Int32(2500 * random.normal()) }]
    let network = try SpeechNetwork(SpeechCodecs.begun.get().weights.tensors)
    let payload = try SpeechCodecs.encode(samples, SpeechCodecs.info(), Self.settings(100), by: SpeechCodecs.begun.get()).payload
    // All groups, and the gain that a voice at this level gets: none.
    #expect(payload[2] == 25 && payload[4] == 60)
    // The same frames: a mirrored one on both sides.
    let padded = (0..<52 * 320).map { (place: Int) -> Int32 in
      let inside = abs(place - 320)
      return samples[0][min(inside, 2 * 15_999 - inside)]
    }
    let x = padded.map { Float($0) / 32768 }
    let tracked = SpeechExaminer.tracked(x)
    let batch = SpeechNetwork.Batch(signals: [x], pitches: [tracked.pitches], periodicity: [tracked.periodicity], qualities: [7])
    let bits = network.trained(batch, isRounded: true, on: Tape(), &random).bits.value.values.reduce(0, +)
    #expect(abs(Double(payload.count) - Double(bits) / 8) < 12 + 0.01 * Double(payload.count))
  }

  @Test func oddSignals() throws {
    let info = SpeechCodecs.info(2)
    let decoder = try ChunkDecoder(codec: SpeechCodecs.codec.get(), info: info)
    let silence = [Int32](repeating: 0, count: 5000)
    let square = (0..<5000).map { (place: Int) -> Int32 in place / 20 % 2 == 0 ? 32767 : -32768 }
    for samples in [[silence, silence], [SpeechCodecs.voice(5000)[0], silence], [square, square], [[5], [-7]], [[1, 2, 3], [4, 5, 6]]] {
      let encoded = try SpeechCodecs.encode(samples, info, Self.settings())
      let decoded = try decoder.decode(encoded.payload[...], sampleCount: samples[0].count)
      #expect(decoded == encoded.decoded)
      #expect(decoded.allSatisfy { $0.count == samples[0].count && $0.allSatisfy { (-32768...32767).contains($0) } })
    }
    // Rates that are none of sound are kept exactly.
    let slow = try SpeechCodecs.encode([silence, square], SpeechCodecs.info(2, rate: 100), Self.settings())
    #expect(slow.decoded == [silence, square] && !slow.needsCodec)
  }

  /// Two chunks that meet do so without a jump: their first and last samples are where they belong.
  @Test func chunksMeetWithoutAJump() throws {
    let samples = SpeechCodecs.voice(24_000, peak: 14_000)[0]
    func decoded(_ range: Range<Int>) throws -> [Int32] {
      try SpeechCodecs.encode([Array(samples[range])], SpeechCodecs.info(), Self.settings(10), by: SpeechCodecs.begun.get()).decoded[0]
    }
    for seam in [7000, 12_345] {
      let (left, right) = (try decoded(0..<seam), try decoded(seam..<24_000))
      // In 1/128 of full scale, half of that for rounding.
      #expect(abs(left[seam - 1] - samples[seam - 1]) <= 130 && abs(right[0] - samples[seam]) <= 130)
    }
  }

  @Test func quietSignalsAreCodedAsLoudOnesAre() throws {
    let loud = try SpeechCodecs.encode(SpeechCodecs.voice(16_000), SpeechCodecs.info(), Self.settings())
    let quiet = try SpeechCodecs.encode(SpeechCodecs.voice(16_000, peak: 80), SpeechCodecs.info(), Self.settings())
    #expect(quiet.payload[4] > loud.payload[4] + 20)
    #expect(Double(quiet.payload.count) > 0.4 * Double(loud.payload.count))
  }

  /// What is nearly silent in one channel says nothing of the others.
  @Test func channelsHaveGainsOfTheirOwn() throws {
    let (voice, count) = (SpeechCodecs.voice(8000, peak: 3000)[0], 8000)
    let dither = (0..<count).map { Int32($0 % 7 == 0 ? 1 : 0) }
    func gains(_ samples: [[Int32]]) throws -> [UInt8] {
      let payload = try SpeechCodecs.encode(samples, SpeechCodecs.info(samples.count), Self.settings()).payload
      var reader = ByteReader(payload.dropFirst())
      return try SpeechHead(from: &reader, channels: samples.count).channels.map { channel in
        guard case .coded(let gain, _) = channel else { return 0 }
        return UInt8(gain + 60)
      }
    }
    let own = try gains([dither, voice, voice])
    #expect(own[0] > own[1] + 20 && own[1] == own[2] && abs(Int(own[1]) - 60) < 12)
    // Mean and difference have that of the louder one.
    let opposite = try gains([voice, voice.map { -$0 }])
    #expect(opposite[0] == 0 && abs(Int(opposite[1]) - 60) < 12)
  }

  /// Many channels have shorter chunks; longer ones than can be are refused where they are asked for.
  @Test func chunksOfManyChannels() throws {
    let samples = SpeechCodecs.voice(20_000, channels: 40)
    let reader = HeldReader(samples, SpeechCodecs.info(40))
    let whole = try encodeFile(reader, SpeechCodecs.codec.get(), Self.settings(10), chunk: nil)
    #expect(whole.bytes.count < 20_000 * 40 * 2 / 8)
    #expect { try encodeFile(HeldReader(samples, SpeechCodecs.info(40)), SpeechCodecs.codec.get(), Self.settings(10), chunk: 60) } throws: {
      "\($0)".contains("give --chunk fewer seconds")
    }
  }

  /// Exact files of several chunks need no codec, and name none.
  @Test func exactFilesNeedNoCodec() throws {
    var settings = EncodeSettings()
    settings.bound = .lossless
    let samples = SpeechCodecs.voice(9000)
    let file = try encodeFile(HeldReader(samples, SpeechCodecs.info()), SpeechCodecs.codec.get(), settings, chunk: 0.2).bytes
    #expect(try Vectors.decode(file, []) == samples)
  }

  @Test func picturesAreRefused() throws {
    #expect(throws: CodecError.self) {
      try ChunkEncoder(
        codec: SpeechCodecs.codec.get(), info: SignalInfo(picture: PictureCodecs.layout(9, 9, components: 3)), settings: Self.settings())
    }
  }

  @Test(arguments: [EntropyChoice.prior, .zstd]) func damagedChunksAreRefusedOrDecoded(entropy: EntropyChoice) throws {
    let info = SpeechCodecs.info(2)
    let payload = try SpeechCodecs.encode(SpeechCodecs.voice(3000, channels: 2), info, Self.settings(30, entropy)).payload
    let decoder = try ChunkDecoder(codec: SpeechCodecs.codec.get(), info: info)
    var random = RandomSource(seed: 8)
    var refused = 0
    for k in 0..<60 {
      var damaged = payload
      for _ in 0...random.integer(below: 3) {
        damaged[random.integer(below: k % 2 == 0 ? 9 : damaged.count)] ^= UInt8(1 + random.integer(below: 255))
      }
      if k % 5 == 0 { damaged.removeLast(1 + random.integer(below: damaged.count - 1)) }
      if k % 7 == 0 { damaged += [UInt8(random.integer(below: 256))] }
      do {
        let found = try decoder.decode(damaged[...], sampleCount: 3000)
        #expect(found.count == 2 && found.allSatisfy { $0.count == 3000 })
      } catch {
        #expect(error is BytesError || error is EntropyError || error is CodecError || error is SampleCoderError, "\(error)")
        refused += 1
      }
    }
    #expect(refused > 20)
    // More than any chunk has, before anything is allocated for it.
    for count in [1 << 22, 1 << 40] { #expect(throws: CodecError.self) { try decoder.decode(payload[...], sampleCount: count) } }
  }

  @Test func codecsThatCannotBeAreRefused() throws {
    let whole = try SpeechCodecs.codec.get().weights
    func refuses(_ change: (inout [String: Tensor]) -> Void) {
      var tensors = whole.tensors
      change(&tensors)
      #expect(throws: (any Error).self) {
        try CodecPackage(name: "x", config: SpeechCodecs.config, weights: Safetensors(tensors: tensors).serialized())
      }
    }
    refuses { $0["pitch"] = nil }
    refuses { $0["pitch"] = Tensor(zeros: [2, 2]) }
    refuses { $0["more"] = Tensor(zeros: [1]) }
    refuses { $0["decoder.levels"] = Tensor(repeating: .nan, shape: [8, 256]) }
    refuses { $0["decoder.levels"] = Tensor(repeating: 1e9, shape: [8, 256]) }
  }
}
