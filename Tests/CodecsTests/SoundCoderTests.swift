import CKernels
import Codecs
import Foundation
import Testing

@Suite struct SoundCoderTests {
  static let names = SampleCoderTests.hard.filter { $0.value.first?.isEmpty == false }.keys.sorted()

  /// An oscillation with noise, as integers.
  static func tone(_ count: Int, scale: Double, noise: Double = 30, seed: UInt64 = 5) -> [Int32] {
    var random = SampleCoderTests.Random(state: seed)
    return (0..<count).map { t -> Int32 in
      let low: Double = scale * sin(Double(t) * 0.05)
      let high: Double = 0.4 * scale * sin(Double(t) * 0.31)
      return Int32((low + high + Double.random(in: -noise...noise, using: &random)).rounded())
    }
  }

  private func decoded(_ samples: [[Int32]], bound: Int32 = 0, level: Int = 2) throws -> (bytes: Int, samples: [[Int32]]) {
    let bytes = try #require(SoundCoder.encode(samples, bound: samples.map { _ in bound }, level: level))
    return (bytes.count, try SoundCoder.decode(bytes, channels: samples.count, sampleCount: samples[0].count))
  }

  @Test(arguments: names, [0, 1, 7, 1000, .max] as [Int32])
  func everySampleIsWithinTheBound(name: String, bound: Int32) throws {
    let samples = try #require(SampleCoderTests.hard[name])
    let result = try decoded(samples, bound: bound, level: 1).samples
    #expect(result.map(\.count) == samples.map(\.count))
    for (x, y) in zip(samples, result) {
      #expect(zip(x, y).allSatisfy { abs(Int($0) - Int($1)) <= Int(bound) })
      #expect(y.allSatisfy { (x.min()!...x.max()!).contains($0) }, "a value that the channel never took as an extreme")
    }
  }

  @Test(arguments: 1...3)
  func everyLevelRoundTripsWithTheSameBytesOnEveryPath(level: Int) throws {
    let samples = [Self.tone(6000, scale: 9000), Self.tone(6000, scale: 7000), Self.tone(6000, scale: 8e8, noise: 1e5)]
    let before = ck_simd_path()
    defer { _ = ck_set_simd_path(before) }
    let expected = try #require(SoundCoder.encode(samples, bound: [0, 2, 0], level: level))
    for path in 0...3 as ClosedRange<Int32> where ck_set_simd_path(path) != 0 {
      #expect(SoundCoder.encode(samples, bound: [0, 2, 0], level: level) == expected)
      let result = try SoundCoder.decode(expected, channels: 3, sampleCount: 6000)
      #expect(result[0] == samples[0] && result[2] == samples[2])
      #expect(zip(result[1], samples[1]).allSatisfy { abs($0 - $1) <= 2 })
    }
  }

  @Test func structureIsFound() throws {
    let tone = Self.tone(20_000, scale: 9000)
    let one = try decoded([tone]).bytes
    #expect(one < 20_000 * 7 / 8, "even noise of 61 values takes 5.93 bits; was \(one)")
    #expect(try decoded([tone, tone.map { $0 / 2 }]).bytes < one + one / 5, "a channel that follows from another")
    #expect(try decoded([tone.map { $0 << 8 }]).bytes <= one + 8, "low bits that are 0")
    let quiet = Self.tone(20_000, scale: 300)
    #expect(try decoded([quiet.map { $0 * 3 }]).bytes < decoded([quiet]).bytes + one / 50, "values spread by a factor")
    #expect(try decoded([tone, Array(repeating: 7, count: 20_000)]).bytes < one + 8, "a constant channel")
    // 5.1: the last channel has the second's sound.
    let other = Self.tone(20_000, scale: 4000, seed: 9)
    let surround = [tone, other, Self.tone(20_000, scale: 100, seed: 4), Array(repeating: 0, count: 20_000), Self.tone(20_000, scale: 10, seed: 3)]
    let five = try decoded(surround).bytes
    #expect(try decoded(surround + [other.map { -$0 }]).bytes < five + one / 5)
  }

  @Test func noiseTakesItsEntropy() throws {
    var random = SampleCoderTests.Random(state: 2)
    // A sum of twelve even numbers is nearly normal, of the standard deviation 1000: 12.01 bits.
    let normal = (0..<40_000).map { _ -> Int32 in
      var sum = -6000.0
      for _ in 0..<12 { sum += Double.random(in: 0..<1000, using: &random) }
      return Int32(sum.rounded())
    }
    #expect(try decoded([normal]).bytes < 40_000 * 1218 / 800)
  }

  @Test func manyChannelsGoInGroups() throws {
    let samples = (0..<130).map { Self.tone(80, scale: Double(100 + $0), seed: UInt64($0)) }
    #expect(try decoded(samples, level: 1).samples == samples)
  }

  @Test func damageNeverCrashes() throws {
    var random = SampleCoderTests.Random(state: 12)
    for name in ["sparse values", "sums of others", "extremes in quiet", "noise, 24 bit", "full scale, 32 bit", "constant"] {
      let samples = try #require(SampleCoderTests.hard[name]).map { Array($0.prefix(300)) }
      for bound in [0, 3] as [Int32] {
        let good = try #require(SoundCoder.encode(samples, bound: samples.map { _ in bound }, level: 1))
        for trial in 0..<200 {
          var bytes = good
          switch trial % 3 {
          case 0: bytes[Int.random(in: 0..<min(bytes.count, 24), using: &random)] = UInt8.random(in: 0...255, using: &random)
          case 1: bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
          default: bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
          }
          let channels = trial % 7 == 0 ? samples.count + 1 : samples.count
          if let decoded = try? SoundCoder.decode(bytes, channels: channels, sampleCount: 300) {
            #expect(decoded.count == channels && decoded.allSatisfy { $0.count == 300 })
          }
        }
        #expect(throws: SampleCoderError.self) { try SoundCoder.decode(good.prefix(1), channels: samples.count, sampleCount: 300) }
      }
    }
    #expect(throws: SampleCoderError.damaged("an unknown coding 4")) { try SoundCoder.decode([4, 0, 0, 0], channels: 1, sampleCount: 1) }
    #expect(throws: SampleCoderError.damaged("it ends too early")) { try SoundCoder.decode([1], channels: 1 << 40, sampleCount: 1) }
  }

  @Test func aFewBytesAreNoReasonForMuchWork() throws {
    // Level 3; one channel of the range 0 to 1.
    let promise = SampleCoderError.damaged("more samples than its bytes can hold")
    #expect(throws: promise) { try SoundCoder.decode([3, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0], channels: 1, sampleCount: 1 << 26) }
    let square = (0..<400_000).map { Int32($0 / 50 % 2) }
    let bytes = try #require(SoundCoder.encode([square], bound: [0], level: 1))
    #expect(try SoundCoder.decode(bytes, channels: 1, sampleCount: square.count) == [square])
  }
}
