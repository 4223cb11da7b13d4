import Codecs
import Layers
import Signals
import Tensors
import Testing

/// Foreign bytes are decoded or refused; nothing else.
@Suite struct FrameDamageTests {
  @Test(arguments: [(360.0, 1), (1000, 2), (128, 12)], [EntropyChoice.prior, .zstd])
  func damagedPayloads(shape: (rate: Double, leads: Int), entropy: EntropyChoice) throws {
    let info = SignalInfo(raw: .s16le, rate: shape.rate, channels: shape.leads)
    let count = Int(4 * shape.rate)
    var random = RandomSource(seed: UInt64(count))
    for codec in [TestCodec.empty, TestCodec.tiny, TestCodec.shipped].compactMap({ $0 }) {
      let samples = TestSamples.make("beats", leads: shape.leads, count: count, bits: 14)
      let good = try FrameRoundTripTests.check(samples, info, EncodeSettings(quality: 70, entropy: entropy), codec).payload
      let decoder = try ChunkDecoder(codec: codec, info: info)
      for trial in 0..<120 {
        var bytes = good
        switch trial % 4 {
        case 0: bytes[random.integer(below: min(bytes.count, 6 + 5 * shape.leads))] = UInt8(random.integer(below: 256))
        case 1: bytes[random.integer(below: bytes.count)] ^= 1 << UInt8(random.integer(below: 8))
        case 2: bytes.removeLast(1 + random.integer(below: bytes.count))
        default: for _ in 0..<8 { bytes[random.integer(below: bytes.count)] = UInt8(random.integer(below: 256)) }
        }
        if bytes.count > 1, trial % 3 == 0 { bytes[0] = UInt8(2 + trial % 2) }
        guard let decoded = try? decoder.decode(bytes[...], sampleCount: count) else { continue }
        #expect(decoded.count == shape.leads && decoded.allSatisfy { $0.count == count })
        for (lead, channel) in decoded.enumerated() { #expect(channel.allSatisfy { info.sampleRange(lead).contains($0) }) }
      }
      // Fewer and more samples than the payload holds.
      for other in [1, count - 1, count + 1, 2 * count] { _ = try? decoder.decode(good[...], sampleCount: other) }
    }
  }

  @Test func randomPayloads() throws {
    var random = RandomSource(seed: 21)
    let info = SignalInfo(raw: .s32le, rate: 360, channels: 2)
    let decoder = try ChunkDecoder(codec: TestCodec.tiny ?? TestCodec.empty, info: info)
    for trial in 0..<400 {
      // A plausible head, so that most get as far as the symbols.
      var bytes = [UInt8(trial % 5), UInt8(random.integer(below: 128)), UInt8(random.integer(below: 40)), UInt8(1 + random.integer(below: 100))]
      bytes += (0..<random.integer(below: 300)).map { _ in UInt8(random.integer(below: 256)) }
      if let decoded = try? decoder.decode(bytes[...], sampleCount: 1000) { #expect(decoded.map(\.count) == [1000, 1000]) }
    }
    #expect(throws: (any Error).self) { try decoder.decode([], sampleCount: 1) }
    #expect(throws: (any Error).self) { try decoder.decode([2], sampleCount: 1) }
  }

  @Test func aFileWithoutCodecHasNoPrior() throws {
    let info = SignalInfo(raw: .s16le, rate: 360, channels: 1)
    let payload = try FrameRoundTripTests.check(TestSamples.make("beats", leads: 1, count: 3000, bits: 12), info, EncodeSettings(entropy: .prior))
      .payload
    #expect(payload[0] == 2)
    #expect(throws: CodecError.self) { try ChunkDecoder(codec: nil, info: info).decode(payload[...], sampleCount: 3000) }
  }

  /// Weights are foreign bytes too: whatever a network says, samples stay in their range.
  @Test(arguments: [1e3, 1e30, .infinity, .nan] as [Float], ["noise", "full scale", "constant", "beats"])
  func wildEnhancers(size: Float, kind: String) throws {
    for raw in [RawEncoding.s8, .s32le] {
      let info = SignalInfo(raw: raw, rate: 360, channels: 1)
      let codec = CodecPackage(name: "wild", weights: TestCodec.weights(seed: 3, width: 4, blocks: 1, size: size))
      let samples = TestSamples.make(kind, leads: 1, count: 1500, bits: raw == .s8 ? 8 : 32)
      var payload = try FrameRoundTripTests.check(samples, info, EncodeSettings(quality: 30), codec).payload
      guard payload[0] > 1, payload[1] < 128 || payload[2] < 128 else { continue }
      payload[payload[1] < 128 ? 2 : 3] |= 1  // enhanced, whether it helps or not
      let decoded = try ChunkDecoder(codec: codec, info: info).decode(payload[...], sampleCount: 1500)
      #expect(decoded[0].count == 1500 && decoded[0].allSatisfy { info.sampleRange(0).contains($0) })
    }
  }
}
