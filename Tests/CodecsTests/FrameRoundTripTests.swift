import Codecs
import Prediction
import Signals
import Testing

/// What the encoder says it decoded is what a decoder decodes.
@Suite struct FrameRoundTripTests {
  /// Encodes as one chunk and decodes; gives what was decoded and the payload.
  @discardableResult
  static func check(
    _ samples: [[Int32]], _ info: SignalInfo, _ settings: EncodeSettings, _ codec: CodecPackage = TestCodec.empty,
    at location: SourceLocation = #_sourceLocation
  ) throws -> (payload: [UInt8], decoded: [[Int32]]) {
    var encoder = try ChunkEncoder(codec: codec, info: info, settings: settings)
    let plan = encoder.plan(samples)
    let encoded = try encoder.encode(samples, plan: plan)
    let decoded = try ChunkDecoder(codec: codec, info: info).decode(encoded.payload[...], sampleCount: samples[0].count)
    #expect(decoded == encoded.decoded, "decoder and encoder differ", sourceLocation: location)
    #expect(decoded.map(\.count) == samples.map(\.count), sourceLocation: location)
    for (lead, channel) in decoded.enumerated() {
      #expect(channel.allSatisfy { info.sampleRange(lead).contains($0) }, "a sample beyond its format", sourceLocation: location)
    }
    let plain = samples.count * ((samples[0].count * info.storageBits(0) + 7) / 8)
    #expect(encoded.payload.count <= plain + 2, "larger than the samples", sourceLocation: location)
    return (encoded.payload, decoded)
  }

  static let encodings: [(RawEncoding, Int)] = [(.s8, 8), (.s16le, 16), (.s24le, 24), (.s32le, 32)]

  @Test(arguments: [1.0, 100, 128, 250, 360, 500, 1000, 20000], [1, 2, 12])
  func everyRateAndNumberOfLeads(rate: Double, leads: Int) throws {
    let info = SignalInfo(raw: .s16le, rate: rate, channels: leads)
    let frame = MemoryGeometry(rate: rate).frame
    let samples = TestSamples.make("beats", leads: leads, count: 9 * frame + 5, bits: 12, period: 3 * frame + 1)
    for entropy in EntropyChoice.allCases { try Self.check(samples, info, EncodeSettings(entropy: entropy)) }
  }

  @Test(arguments: TestSamples.kinds, encodings)
  func everyKindOfSignalAndResolution(kind: String, encoding: (raw: RawEncoding, bits: Int)) throws {
    for leads in [1, 3] {
      let info = SignalInfo(raw: encoding.raw, rate: 250, channels: leads)
      let samples = TestSamples.make(kind, leads: leads, count: 2600, bits: encoding.bits)
      for entropy in [EntropyChoice.prior, .zstd] {
        for quality in [0.0, 50, 100] { try Self.check(samples, info, EncodeSettings(quality: quality, entropy: entropy)) }
      }
    }
  }

  @Test(arguments: [1, 2, 63, 64, 65, 66, 127, 128, 129, 640])
  func everyLength(count: Int) throws {
    for leads in [1, 2] {
      let info = SignalInfo(raw: .s16le, rate: 240, channels: leads)
      for kind in ["beats", "noise", "constant"] {
        let samples = TestSamples.make(kind, leads: leads, count: count, bits: 12)
        for entropy in EntropyChoice.allCases { try Self.check(samples, info, EncodeSettings(entropy: entropy)) }
      }
    }
  }

  @Test(arguments: [1, 5, 9])
  func everyEffort(effort: Int) throws {
    let info = SignalInfo(raw: .s16le, rate: 360, channels: 2)
    for kind in ["beats", "sums of leads", "steps", "noise"] {
      let samples = TestSamples.make(kind, leads: 2, count: 3000, bits: 12)
      for entropy in [EntropyChoice.prior, .zstd] { try Self.check(samples, info, EncodeSettings(effort: effort, entropy: entropy)) }
    }
  }

  @Test(.enabled(if: TestCodec.shipped != nil, "needs codecs/ecg")) func theShippedCodec() throws {
    let codec = try #require(TestCodec.shipped)
    for (rate, leads) in [(128.0, 1), (360, 2), (500, 12)] {
      let info = SignalInfo(raw: .s16le, rate: rate, channels: leads)
      for kind in TestSamples.kinds {
        let samples = TestSamples.make(kind, leads: leads, count: Int(6 * rate), bits: 14)
        for quality in [20.0, 60] { try Self.check(samples, info, EncodeSettings(quality: quality), codec) }
      }
    }
  }

  @Test(arguments: [Int32.min, -1, 0, .max]) func extremes(value: Int32) throws {
    let info = SignalInfo(raw: .s32le, rate: 360, channels: 2)
    for count in [1, 2, 97, 2000] {
      try Self.check([Array(repeating: value, count: count), Array(repeating: 0, count: count)], info, EncodeSettings())
      let edges = (0..<count).map { $0 % 96 == 95 ? Int32.max : value }
      try Self.check([edges, edges.reversed()], info, EncodeSettings(quality: 100))
    }
  }

  /// Steps are those of the first chunk, so a code of the second can be larger than a file can name: something else must be done then.
  @Test(arguments: [EntropyChoice.prior, .zstd]) func oneLoudFrameInALongQuietChunk(entropy: EntropyChoice) throws {
    let info = SignalInfo(raw: .s24le, rate: 100, channels: 1)
    let settings = EncodeSettings(quality: 100, entropy: entropy)
    let frame = MemoryGeometry(rate: 100).frame
    let first = TestSamples.make("noise", leads: 1, count: 2000, bits: 17)
    var second = [[Int32](repeating: 0, count: 200_000)]
    for k in 3000 * frame..<3001 * frame { second[0][k] = 8_388_607 }
    var encoder = try ChunkEncoder(codec: TestCodec.empty, info: info, settings: settings)
    let decoder = try ChunkDecoder(codec: TestCodec.empty, info: info)
    for chunk in [first, second] {
      let encoded = try encoder.encode(chunk, plan: encoder.plan(chunk))
      #expect(try decoder.decode(encoded.payload[...], sampleCount: chunk[0].count) == encoded.decoded)
      #expect(encoded.decoded[0].indices.allSatisfy { abs(Int(encoded.decoded[0][$0]) - Int(chunk[0][$0])) < 10_000 })
    }
  }
}

/// Nothing but the input and the settings decides what the bytes are.
@Suite(.serialized) struct FrameDeterminismTests {
  static let samples = TestSamples.make("sums of leads", leads: 3, count: 9000, bits: 14)
  static let info = SignalInfo(raw: .s16le, rate: 360, channels: 3)

  @Test(arguments: [1, 5]) func everyPathGivesTheSameBytes(effort: Int) throws {
    for codec in [TestCodec.empty, TestCodec.tiny, TestCodec.shipped].compactMap({ $0 }) {
      var expected: [UInt8]?
      try onEveryPath { _ in
        let (payload, _) = try FrameRoundTripTests.check(Self.samples, Self.info, EncodeSettings(effort: effort), codec)
        #expect(payload == expected ?? payload)
        expected = payload
      }
    }
  }

  @Test func everyNumberOfJobsGivesTheSameFileAndReport() throws {
    let settings = EncodeSettings(quality: 40)
    let (expected, report) = try encodeFile(HeldReader(Self.samples, Self.info), TestCodec.empty, settings, chunk: 3)
    for jobs in [2, 3, 7] {
      let (bytes, again) = try encodeFile(HeldReader(Self.samples, Self.info), TestCodec.empty, settings, chunk: 3, jobs: jobs)
      #expect(bytes == expected && again.distortion == report.distortion)
      #expect(try decodeFile(bytes, TestCodec.empty, jobs: jobs).samples == decodeFile(expected, TestCodec.empty).samples)
    }
    #expect(report.samples == 9000 && report.bytes == expected.count)
  }
}
