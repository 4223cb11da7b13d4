import Bytes
import Codecs
import Layers
import Signals
import Tensors
import Testing

/// The enhancer goes over a lead in windows; nothing of that can be seen in what comes out.
@Suite struct EnhancerTests {
  /// A network of which every output depends on all that it may depend on.
  static func network(blocks: Int) -> Enhancer {
    var random = RandomSource(seed: UInt64(blocks) + 1)
    let enhancer = Enhancer(width: 8, blocks: blocks, random: &random)
    enhancer.output.weight.value = random.normal(enhancer.output.weight.value.shape, scale: 0.3)
    return enhancer
  }

  @Test(arguments: [0, 1, 4], [1, 2, 30, 63, 64, 65, 300]) func windowsGiveTheBitsOfTheWhole(blocks: Int, positions: Int) {
    let enhancer = Self.network(blocks: blocks)
    var random = RandomSource(seed: 9)
    let signals = random.normal([1, 4, 8 * positions], scale: 2)
    let features = random.normal([1, 10, positions], scale: 1)
    let whole = enhancer(signals: Variable(signals), features: Variable(features)).value.values
    for window in [1, 7, 64, 1000] {
      let found = enhancer.corrections(positions: positions, window: window) { range in
        EnhancerInput(
          signals: (0..<4).flatMap { row in range.flatMap { p in (0..<8).map { signals[0, row, 8 * p + $0] } } },
          features: (0..<10).flatMap { row in range.map { features[0, row, $0] } }, length: 8 * range.count)
      }
      #expect(found.map(\.bitPattern) == whole.map(\.bitPattern), "windows of \(window)")
    }
  }

  /// What the decoder does with an enhanced chunk is what the whole network says of the whole chunk.
  @Test(arguments: [700, 8 * Enhancer.window - 1, 8 * Enhancer.window, 8 * Enhancer.window + 1, 20 * Enhancer.window], [1, 2])
  func chunksAreEnhancedAsAWhole(count: Int, leads: Int) throws {
    let codec = CodecPackage(name: "enhancer", weights: TestCodec.weights(seed: 3, width: 8, blocks: 4, size: 0.3))
    var random = RandomSource(seed: 3)
    let enhancer = Enhancer(width: 8, blocks: 4, random: &random)
    try enhancer.load(Dictionary(uniqueKeysWithValues: codec.weights.tensors.map { (String($0.key.dropFirst(9)), $0.value) }))
    let info = SignalInfo(raw: .s16le, rate: 360, channels: leads)
    let samples = TestSamples.make("beats", leads: leads, count: count, bits: 12)

    // The same frames, encoded as the examples of the training are; then the flag that asks for the enhancer is set.
    var settings = EncodeSettings(entropy: .prior)
    settings.frameErrorLimit = 4
    let plain = try FrameRoundTripTests.check(samples, info, settings)
    let examples = try FrameExaminer(info: info, quality: settings.quality, effort: settings.effort).examine(samples, states: [:]).examples
    try #require(plain.payload[0] == 2, "a chunk of frames by the prior")
    var reader = ByteReader(plain.payload[1...])
    _ = try reader.varint()
    var payload = plain.payload
    payload[reader.position] |= 1
    let enhanced = try ChunkDecoder(codec: codec, info: info).decode(payload[...], sampleCount: count)

    for (lead, example) in examples.enumerated() {
      let input = example.input
      let corrections = enhancer(
        signals: Variable(Tensor(input.signals, shape: [1, 4, input.length])),
        features: Variable(Tensor(input.features, shape: [1, 10, input.length / 8]))
      ).value.values
      let expected = zip(plain.decoded[lead], corrections).map { $0 + Int32(($1 * example.step).rounded(.toNearestOrEven)) }
      #expect(enhanced[lead] == expected && expected != plain.decoded[lead], "lead \(lead)")
    }
  }
}
