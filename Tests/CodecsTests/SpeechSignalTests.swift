import Autoencoders
import Bytes
import Codecs
import Foundation
import Testing

/// What stands between samples and the network.
@Suite struct SpeechSignalTests {
  private static func tone(_ hertz: Double, rate: Double, count: Int) -> [Float] {
    (0..<count).map { Float(0.5 * sin(2 * .pi * hertz * Double($0) / rate)) }
  }

  private static func decibels(_ x: ArraySlice<Float>) -> Double { 10 * log10(x.reduce(0.0) { $0 + Double($1 * $1) } / Double(x.count) + 1e-12) }

  @Test(arguments: [8000.0, 11_025, 22_050, 44_100, 48_000, 96_000, 15_999.5]) func tonesComeThroughResampling(rate: Double) {
    let count = Int(rate * 0.3)
    let (down, up) = (Resampler(from: rate, to: 16_000), Resampler(from: 16_000, to: rate))
    for hertz in [50, 440, 0.4 * min(rate, 16_000)] {
      let x = Self.tone(hertz, rate: rate, count: count)
      let y = up(down(x, count: down.count(count)), count: count)
      let margin = Int(rate / 100)
      let error = (margin..<count - margin).map { x[$0] - y[$0] }
      #expect(Self.decibels(error[...]) < -60, "\(hertz) Hz")
    }
  }

  @Test func whatIsTooHighIsTakenOut() {
    let down = Resampler(from: 44_100, to: 16_000)
    for hertz in [8500.0, 12_000, 20_000] {
      let y = down(Self.tone(hertz, rate: 44_100, count: 20_000), count: down.count(20_000))
      #expect(Self.decibels(y[300..<y.count - 300]) < -60, "\(hertz) Hz")
    }
  }

  @Test func levelsStayAndMirrorsStand() {
    let down = Resampler(from: 48_000, to: 16_000)
    let y = down([Float](repeating: 0.25, count: 900), count: 300)
    #expect(y.allSatisfy { abs($0 - 0.25) < 1e-3 })
    #expect((-3...6).map { Resampler.mirrored($0, 4) } == [3, 2, 1, 0, 1, 2, 3, 2, 1, 0])
    #expect(Resampler.mirrored(-7, 1) == 0)
    let same = Resampler(from: 16_000, to: 16_000)
    #expect(same([1, 2, 3], from: -2, count: 6) == [3, 2, 1, 2, 3, 2])
  }

  @Test(arguments: [70.0, 110, 180, 260, 400]) func pitchesAreFound(hertz: Double) {
    // Ten harmonics at falling strength.
    let x = (0..<16_000).map { i in
      (1...10).reduce(Float(0)) { $0 + Float(sin(2 * .pi * hertz * Double($1) * Double(i) / 16_000) * 0.1 / Double($1)) }
    }
    let tracker = PitchTracker(x)
    let wanted = 48 * log2(hertz / 60)
    #expect(tracker.pitches.count == 50)
    for t in 3..<47 {
      #expect(abs(Double(tracker.pitches[t]) - wanted) < 1.5, "frame \(t)")
      #expect(tracker.periodicity[t] > 0.9)
    }
  }

  @Test func heads() throws {
    func bytes(_ head: SpeechHead) -> [UInt8] {
      var writer = ByteWriter()
      head.write(to: &writer)
      return writer.bytes
    }
    let head = SpeechHead(quality: 112, groups: 25, channels: [.silent, .coded(gain: -60, edges: [0, 0]), .coded(gain: 90, edges: [-127, 127])])
    var reader = ByteReader(bytes(head)[...])
    #expect(try SpeechHead(from: &reader, channels: 3) == head && reader.remaining == 0)
    let wrongs: [[UInt8]] = [
      [113, 25, 1, 60], [0, 4, 1, 60], [0, 26, 1, 60], [0, 25, 1, 151], [0, 25, 3, 60], [0, 25, 2, 60, 0, 0], [0, 25, 2, 60, 0x80, 1], [0, 25, 1],
    ]
    for wrong in wrongs {
      var reader = ByteReader(wrong[...])
      #expect(throws: (any Error).self, "\(wrong)") { try SpeechHead(from: &reader, channels: 1) }
    }
    #expect([0, 50, 100].map { SpeechHead.index(quality: $0) } == [0, 56, 112])
  }
}
