import Codecs
import Foundation
import Prediction
import Signals
import Testing

/// What is promised of the error.
@Suite struct FrameErrorTests {
  /// The largest root of the mean squared error of a frame, for each lead.
  static func worst(_ samples: [[Int32]], _ decoded: [[Int32]], frame: Int) -> [Double] {
    zip(samples, decoded).map { original, result in
      stride(from: 0, to: original.count, by: frame).map { start in
        let errors = (start..<min(start + frame, original.count)).map { Double(Int64(original[$0]) - Int64(result[$0])) }
        return (errors.reduce(0) { $0 + $1 * $1 } / Double(frame)).squareRoot()
      }.max() ?? 0
    }
  }

  /// Quantiser steps as the encoder chooses them: 0.52 deviations at quality 50, half as much 18 points higher, within a factor of 2.5 for weak and
  /// strong leads and 9 % of grain.
  static func largestStep(_ samples: [Int32], quality: Double) -> Double {
    let mean = samples.reduce(0.0) { $0 + Double($1) } / Double(samples.count)
    let deviation = (samples.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(samples.count)).squareRoot()
    return max(0.25, 1.1 * 2.5 * 0.52 * exp2((50 - quality) / 18) * max(deviation, 0.25))
  }

  @Test(arguments: TestSamples.kinds, [100.0, 360, 1000])
  func noFrameIsBeyondTheLimit(kind: String, rate: Double) throws {
    let frame = MemoryGeometry(rate: rate).frame
    for (leads, bits) in [(1, 12), (3, 16)] {
      let info = SignalInfo(raw: .s16le, rate: rate, channels: leads)
      let samples = TestSamples.make(kind, leads: leads, count: 7 * frame + 9, bits: bits)
      for (limit, quality) in [(2.0, 50.0), (4, 50), (3, 10), (6, 90)] {
        for codec in [TestCodec.empty, TestCodec.tiny].compactMap({ $0 }) {
          var settings = EncodeSettings(quality: quality)
          settings.frameErrorLimit = limit
          let (_, decoded) = try FrameRoundTripTests.check(samples, info, settings, codec)
          for (lead, error) in Self.worst(samples, decoded, frame: frame).enumerated() {
            #expect(error <= limit * 0.25 * Self.largestStep(samples[lead], quality: quality) + 0.5, "lead \(lead), limit \(limit)")
          }
        }
      }
    }
  }

  /// Long frames of many codes take the encoder long: one setting each.
  @Test(arguments: ["beats", "noise", "full scale", "quiet with a spike"]) func noLongFrameIsBeyondTheLimit(kind: String) throws {
    let info = SignalInfo(raw: .s16le, rate: 20000, channels: 1)
    let samples = TestSamples.make(kind, leads: 1, count: 2600, bits: 16)
    let (_, decoded) = try FrameRoundTripTests.check(samples, info, EncodeSettings())
    let largest = EncodeSettings().frameErrorLimit * 0.25 * Self.largestStep(samples[0], quality: 50) + 0.5
    #expect(Self.worst(samples, decoded, frame: MemoryGeometry(rate: 20000).frame)[0] <= largest)
  }

  @Test func aStricterLimitGivesABetterWorstFrame() throws {
    // Beats of one shape, and one of another.
    var samples = TestSamples.make("beats", leads: 1, count: 36_000, bits: 12)
    for k in 0..<150 { samples[0][20_000 + k] += Int32(k % 50 * 8) }
    let info = SignalInfo(raw: .s16le, rate: 360, channels: 1)
    var relative: [Double] = []
    for limit in [2.0, 8] {
      var settings = EncodeSettings()
      settings.frameErrorLimit = limit
      let report = try encodeFile(HeldReader(samples, info), TestCodec.empty, settings).report
      relative.append(try #require(report.distortion.worstFrame).error)
    }
    #expect(relative[0] <= relative[1])
  }

  @Test func theWorstFrameIsThatOfTheDefinition() throws {
    let info = SignalInfo(raw: .s16le, rate: 360, channels: 2)
    let samples = TestSamples.make("beats", leads: 2, count: 9000, bits: 12)
    for chunk in [nil, 1.0, 5] as [Double?] {
      let (bytes, report) = try encodeFile(HeldReader(samples, info), TestCodec.empty, EncodeSettings(), chunk: chunk)
      let decoded = try decodeFile(bytes, TestCodec.empty).samples
      let worst = try #require(report.distortion.worstFrame)
      func rms(_ range: Range<Int>) -> Double {
        let errors = range.map { Double(samples[worst.channel][$0] - decoded[worst.channel][$0]) }
        return (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
      }
      #expect(worst.count == 96 && worst.start >= 0 && worst.start + worst.count <= 9000)
      #expect(abs(rms(worst.start..<worst.start + worst.count) - worst.error) < 1e-9)
      #expect(abs(worst.error / rms(0..<9000) - worst.relativeToRecord) < 1e-9)
      let length = Int((chunk ?? 25) * 360)
      for start in stride(from: 0, to: 9000, by: length).flatMap({ stride(from: $0, to: min($0 + length, 9000) - 95, by: 96) }) {
        #expect(rms(start..<start + 96) <= worst.error + 1e-9)
      }
    }
    var lossless = EncodeSettings()
    lossless.bound = .lossless
    #expect(try encodeFile(HeldReader(samples, info), TestCodec.empty, lossless).report.distortion.worstFrame == nil)
  }

  @Test func qualityCostsBytes() throws {
    let reader = { try SignalFile.open(packageFolder.appending(path: "samples/ecg1").path) }
    var last: (bytes: Int, prdn: Double)?
    for quality in stride(from: 10.0, through: 90, by: 20) {
      let report = try encodeFile(try reader(), TestCodec.empty, EncodeSettings(quality: quality, effort: 3)).report
      if let last { #expect(report.bytes > last.bytes && report.distortion.meanPRDN < last.prdn) }
      last = (report.bytes, report.distortion.meanPRDN)
    }
  }
}
