import Codecs
import Foundation
import Testing

@Suite struct SampleCoderTests {
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

  static let count = 2500

  /// Inputs that tempt a codec to break a bound, by name.
  static let hard: [String: [[Int32]]] = {
    var random = Random(state: 4)
    let times = Array(0..<count)
    func wave(_ t: Int) -> Int32 { Int32((Double((t * 37) % 400 - 200) * 3).rounded()) }
    let one = times.map(wave)
    let two = times.map { wave($0 + 20) / 2 + Int32.random(in: -3...3, using: &random) }
    return [
      "no channel": [], "no sample": [[], []], "one sample": [[-7]], "one extreme sample": [[.min], [.max]],
      "constant": [[Int32](repeating: 123, count: count)],
      "noise, 16 bit": [times.map { _ in Int32.random(in: -32768...32767, using: &random) }],
      "noise, 24 bit": [times.map { _ in Int32.random(in: -8_388_608...8_388_607, using: &random) }],
      "noise, 32 bit": [
        times.map { _ in Int32.random(in: .min ... .max, using: &random) }, times.map { _ in Int32.random(in: .min ... .max, using: &random) },
      ],
      "full scale, 32 bit": [times.map { $0 / 50 % 2 == 0 ? .min : .max }, times.map { $0 % 3 == 0 ? .max : .min }],
      "full scale, 24 bit": [times.map { $0 / 50 % 2 == 0 ? -8_388_608 : 8_388_607 }],
      "steps": [times.map { Int32(($0 / 200) * 7919 % 4096) }],
      "converter limits": [times.map { min(max(wave($0) * 2, -1000), 1000) }],
      "sparse values": [times.map { wave($0) / 40 * 83 }, times.map { wave($0) / 30 * 1000 - 5 }],
      "stuck bit": [times.map { wave($0) | 1 }],
      "sums of others": [one, two, zip(one, two).map { $1 - $0 }, zip(one, two).map { -($0 + $1) / 2 }, [Int32](repeating: 9, count: count)],
      "extremes in quiet": [times.map { $0 % 700 == 699 ? .max : Int32($0 % 5) }],
    ]
  }()

  @Test(arguments: hard.keys.sorted(), [0, 1, 7, 1000, .max] as [Int32])
  func everySampleIsWithinTheBoundAndTheSizeBelowStoring(name: String, bound: Int32) throws {
    let samples = try #require(Self.hard[name])
    let bytes = SampleCoder.encode(samples, bound: samples.map { _ in bound }, effort: 3)
    let decoded = try SampleCoder.decode(bytes, channels: samples.count, sampleCount: samples.first?.count ?? 0)
    #expect(decoded.map(\.count) == samples.map(\.count))
    for (x, y) in zip(samples, decoded) {
      #expect(zip(x, y).allSatisfy { abs(Int($0) - Int($1)) <= Int(bound) })
      #expect(y.allSatisfy { (x.min()!...x.max()!).contains($0) }, "a value that the channel never took as an extreme")
    }
    let plain = samples.reduce(0) { sum, channel in
      let range = channel.isEmpty ? 0 : Int(channel.max()!) - Int(channel.min()!)
      return sum + channel.count * (Int.bitWidth - range.leadingZeroBitCount)
    }
    #expect(bytes.count <= 1 + samples.count * 15 + (plain + 7) / 8)
  }

  @Test(arguments: 1...9)
  func everyEffortRoundTrips(effort: Int) throws {
    var random = Random(state: 77)
    let samples: [[Int32]] = (0..<3).map { channel in
      (0..<600).map { Int32(($0 * (channel + 3)) % 97 * 5) + Int32.random(in: -4...4, using: &random) }
    }
    let bytes = SampleCoder.encode(samples, bound: [0, 2, 0], effort: effort)
    let decoded = try SampleCoder.decode(bytes, channels: 3, sampleCount: 600)
    #expect(decoded[0] == samples[0] && decoded[2] == samples[2])
    #expect(zip(decoded[1], samples[1]).allSatisfy { abs($0 - $1) <= 2 })
  }

  @Test func structureIsFound() throws {
    let sums = try #require(Self.hard["sums of others"])
    let both = SampleCoder.encode(Array(sums[0..<2]), bound: [0, 0]).count
    let all = SampleCoder.encode(sums, bound: sums.map { _ in 0 }).count
    #expect(all < both + 250, "leads that are sums of others, and constant ones, are almost free")
    let sparse = try #require(Self.hard["sparse values"])
    let dense = sparse[0].map { $0 / 83 }
    #expect(SampleCoder.encode([sparse[0]], bound: [0]).count < SampleCoder.encode([dense], bound: [0]).count + 60)
  }

  @Test func damageNeverCrashes() throws {
    var random = Random(state: 12)
    for name in ["sparse values", "sums of others", "extremes in quiet", "noise, 24 bit", "constant"] {
      let samples = try #require(Self.hard[name]).map { Array($0.prefix(300)) }
      for bound in [0, 3] as [Int32] {
        let good = SampleCoder.encode(samples, bound: samples.map { _ in bound }, effort: 2)
        for trial in 0..<150 {
          var bytes = good
          switch trial % 3 {
          case 0: bytes[Int.random(in: 0..<min(bytes.count, 24), using: &random)] = UInt8.random(in: 0...255, using: &random)
          case 1: bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
          default: bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
          }
          let channels = trial % 7 == 0 ? samples.count + 1 : samples.count
          if let decoded = try? SampleCoder.decode(bytes, channels: channels, sampleCount: 300) {
            #expect(decoded.count == channels && decoded.allSatisfy { $0.count == 300 })
          }
        }
        #expect(throws: SampleCoderError.self) { try SampleCoder.decode(good.prefix(1), channels: samples.count, sampleCount: 300) }
      }
    }
    #expect(throws: SampleCoderError.damaged("it ends too early")) { try SampleCoder.decode([5], channels: 1 << 40, sampleCount: 1) }
    #expect(throws: SampleCoderError.damaged("it ends too early")) { try SampleCoder.decode([0, 0, 127, 0], channels: 1, sampleCount: .max) }
  }

  @Test func aFewBytesAreNoReasonForMuchWork() throws {
    // Coding 9; one channel of the range 0 to 1 with a bound beyond it, so that no sample takes a decision.
    let promise = SampleCoderError.damaged("more samples than its bytes can hold")
    #expect(throws: promise) { try SampleCoder.decode([9, 0, 1, 0, 0, 255, 255, 255, 255, 7, 1, 0, 0, 0], channels: 1, sampleCount: 1 << 26) }
    // What is as predictable as can be is within the limit by itself, or stored.
    let square = (0..<70_000).map { Int32($0 / 50 % 2) }
    let bytes = SampleCoder.encode([square], bound: [0], effort: 1)
    #expect(try SampleCoder.decode(bytes, channels: 1, sampleCount: square.count) == [square])
  }

  static let record = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../shared/data/ecg/mitdb/101.dat").standardized

  @Test(.enabled(if: FileManager.default.fileExists(atPath: record.path), "needs ../shared/data"))
  func aRealRecordIsCodedInUnderFourBitsASample() throws {
    let data = [UInt8](try Data(contentsOf: Self.record).prefix(3 * 20_000))
    var samples: [[Int32]] = [[], []]
    for k in stride(from: 0, to: data.count, by: 3) {  // format 212: two 12-bit samples in three bytes
      let pair = [Int32(data[k]) | Int32(data[k + 1] & 15) << 8, Int32(data[k + 2]) | Int32(data[k + 1] >> 4) << 8]
      for channel in 0..<2 { samples[channel].append(pair[channel] > 2047 ? pair[channel] - 4096 : pair[channel]) }
    }
    let bytes = SampleCoder.encode(samples, bound: [0, 0])
    #expect(try SampleCoder.decode(bytes, channels: 2, sampleCount: 20_000) == samples)
    #expect(bytes.count * 8 < 4 * 40_000)
  }
}
