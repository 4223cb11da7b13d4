import Bytes
import Entropy
import Testing

/// A small reproducible generator (SplitMix64).
struct Random: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

@Suite struct RansTests {
  @Test(arguments: [1, 40, 3000, 20000, 32768, 50000, 65535] as [UInt32])
  func bitsRoundTripAtTheIdealLength(probability: UInt32) {
    var random = Random(state: UInt64(probability))
    let bits = (0..<200_000).map { _ in UInt32.random(in: 0..<65536, using: &random) < probability ? 1 : 0 }
    var encoder = RansEncoder()
    var meter = CostMeter()
    for bit in bits {
      _ = encoder.code(bit, probability: probability)
      _ = meter.code(bit, probability: probability)
    }
    let bytes = encoder.finish()
    #expect(Double(bytes.count * 8) < Double(meter.cost) / 4096 * 1.005 + 40)
    var decoder = RansDecoder(bytes)
    #expect(bits.allSatisfy { $0 == decoder.code(0, probability: probability) })
    #expect(decoder.isComplete && !decoder.isExhausted)
  }

  @Test func damageIsSurvivedAndSeen() {
    var random = Random(state: 9)
    var encoder = RansEncoder()
    for _ in 0..<3000 { _ = encoder.code(Int.random(in: 0...1, using: &random), probability: UInt32.random(in: 1..<65536, using: &random)) }
    let good = encoder.finish()
    for trial in 0..<200 {
      var bytes = good
      if trial % 2 == 0 {
        bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
      } else {
        bytes[Int.random(in: 0..<4, using: &random)] ^= 0x55
      }
      var decoder = RansDecoder(bytes)
      var other = Random(state: UInt64(trial))
      for _ in 0..<3000 { _ = decoder.code(0, probability: UInt32.random(in: 1..<65536, using: &other)) }
      #expect(!decoder.isComplete)
    }
  }

}

@Suite struct LogisticTests {
  @Test func stretchAndSquashAreInverse() {
    for value in stride(from: -2000, through: 2000, by: 7) { #expect(abs(Logistic.stretch(Logistic.squash(value)) - value) <= 1 + abs(value) / 64) }
    for p in 1..<65536 { #expect(Logistic.stretch(p) == -Logistic.stretch(65536 - p)) }
  }

  @Test func costIsTheLogarithm() {
    #expect(Logistic.cost(65536) == 0)
    #expect(Logistic.cost(32768) == 4096)
    #expect(Logistic.cost(1) == 16 * 4096)
    #expect(abs(Int(Logistic.cost(49152)) - 1700) <= 2)  // -log2(0.75) = 0.41504
  }
}

@Suite struct ZstdTests {
  let text = Array(String(repeating: "what the memory has seen before ", count: 300).utf8)

  @Test func roundTrips() throws {
    #expect(try Zstd.decompress(Zstd.compress(text), limit: text.count) == text)
    #expect(try Zstd.decompress(Zstd.compress([]), limit: 0) == [])
    let dictionary = Array(text[0..<200])
    let frame = Zstd.compressBare(Array(text[..<100]), dictionary: dictionary)
    #expect(frame.count < Zstd.compress(Array(text[..<100])).count)
    #expect(try Zstd.decompressBare(frame, count: 100, dictionary: dictionary) == Array(text[..<100]))
    for count in [0, 99, 101] { #expect(throws: EntropyError.self) { try Zstd.decompressBare(frame, count: count, dictionary: dictionary) } }
  }

  @Test func limitsAndDamageThrow() {
    let frame = Zstd.compress(text)
    #expect(throws: EntropyError.limit("a zstd frame of 9600 bytes where at most 9599 are allowed")) {
      try Zstd.decompress(frame, limit: text.count - 1)
    }
    #expect(throws: EntropyError.self) { try Zstd.decompress(frame + [0], limit: 100_000) }
    #expect(throws: EntropyError.self) { try Zstd.decompress([], limit: 100_000) }
    for position in frame.indices {
      var bad = frame
      bad[position] ^= 0x10
      if let content = try? Zstd.decompress(bad, limit: 100_000) { #expect(content == text) }
      #expect(throws: EntropyError.self) { try Zstd.decompress(frame[..<position], limit: 100_000) }
    }
  }
}
