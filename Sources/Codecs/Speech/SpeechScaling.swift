import Autoencoders
import Signals

/// From the samples of a chunk to what the network sees, and back: full scale is 1, two channels become their mean and half their difference, the
/// rate 16 kHz, and a frame stands on both sides in which the signal is mirrored.
struct SpeechScaling: Sendable {
  let channels: Int
  let rate: Double
  private let ranges: [ClosedRange<Int32>]
  /// What is full scale, by channel.
  private let scales: [Float]

  /// Rates in Hz that are resampled.
  static let rates = 2000.0...400_000

  init(_ info: SignalInfo) {
    (channels, rate) = (info.channels.count, info.rate)
    ranges = info.channels.indices.map(info.sampleRange)
    scales = info.channels.indices.map { SpeechScaling.fullScale(info, $0) }
  }

  /// The number that full scale is in a channel.
  static func fullScale(_ info: SignalInfo, _ channel: Int) -> Float { Float(UInt64(1) << UInt64(max(1, info.bitDepth(channel)) - 1)) }

  var down: Resampler { Resampler(from: rate, to: Double(SpeechShape.rate)) }
  private var up: Resampler { Resampler(from: Double(SpeechShape.rate), to: rate) }

  /// Samples of a frame in the signal, about.
  static func frameLength(_ info: SignalInfo) -> Int { max(1, Int(info.rate * Double(SpeechShape.frame) / Double(SpeechShape.rate))) }

  /// Frames that a chunk may have in each of its channels, for memory goes with them, and in all together.
  private static let (mostFrames, mostFramesInAll) = (2048, 1 << 14)

  private var framesAtMost: Int { min(SpeechScaling.mostFrames, SpeechScaling.mostFramesInAll / channels) }

  /// Whether a chunk of so many samples can be coded.
  func takes(_ sampleCount: Int) -> Bool { SpeechScaling.rates.contains(rate) && sampleCount <= 1 << 40 && frames(sampleCount) <= framesAtMost }

  /// The most samples that can be; nil where none can.
  var longestChunk: Int? {
    guard SpeechScaling.rates.contains(rate) else { return nil }
    // Less one sample for rounding.
    let most = Int(Double((framesAtMost - 2) * SpeechShape.frame) * rate / Double(SpeechShape.rate)) - 1
    return most > 0 ? most : nil
  }

  /// Frames of a chunk with so many samples.
  func frames(_ sampleCount: Int) -> Int { (down.count(sampleCount) + SpeechShape.frame - 1) / SpeechShape.frame + 2 }

  /// [channels][frames * 320]
  func signals(_ chunk: [[Int32]]) -> [[Float]] {
    var signals = chunk.enumerated().map { c, samples in samples.map { Float($0) / scales[c] } }
    if channels == 2 {
      signals = [zip(signals[0], signals[1]).map { ($0 + $1) / 2 }, zip(signals[0], signals[1]).map { ($0 - $1) / 2 }]
    }
    let count = down.count(chunk[0].count)
    return signals.map { signal in
      let own = down(signal, count: count)
      return (0..<frames(chunk[0].count) * SpeechShape.frame).map { own[Resampler.mirrored($0 - SpeechShape.frame, count)] }
    }
  }

  /// Samples of a chunk from what was decoded; nil for a channel that is silent.
  func samples(_ signals: [[Float]?], count: Int) -> [[Int32]] {
    var signals = signals.map { signal in
      signal.map { up($0, from: SpeechShape.frame, count: count) } ?? [Float](repeating: 0, count: count)
    }
    if channels == 2 {
      signals = [zip(signals[0], signals[1]).map { $0 + $1 }, zip(signals[0], signals[1]).map { $0 - $1 }]
    }
    return signals.enumerated().map { c, signal in
      let (low, high) = (Float(ranges[c].lowerBound), Float(ranges[c].upperBound))
      return signal.map { value in
        let scaled = (value * scales[c]).rounded(.toNearestOrEven)
        return scaled >= high ? ranges[c].upperBound : scaled > low ? Int32(scaled) : ranges[c].lowerBound
      }
    }
  }

  /// By how many dB each signal is to be made louder, or softer, to be as loud as what the network was trained on; 0 where it nearly is. Both signals
  /// of two channels by as much, which the louder one decides: an error in one of them is an error in both channels.
  func gains(_ signals: [[Float]]) -> [Int] {
    let powers = signals.map(SpeechScaling.power)
    return powers.map { SpeechScaling.gain(channels == 2 ? powers.max() ?? 0 : $0) }
  }

  /// The mean power of active frames.
  private static func power(_ x: [Float]) -> Double {
    let powers = stride(from: 0, to: x.count, by: SpeechShape.frame).map { start in
      x[start..<start + SpeechShape.frame].reduce(0.0) { $0 + Double($1) * Double($1) } / Double(SpeechShape.frame)
    }
    let floor = (powers.max() ?? 0) / 1000
    let active = powers.filter { $0 > floor }
    return active.isEmpty ? 0 : active.reduce(0, +) / Double(active.count)
  }

  private static func gain(_ power: Double) -> Int {
    guard power > 0 else { return 0 }
    var (gain, level) = (0, power)
    while level < usual.lowerBound, gain < SpeechHead.gains.upperBound { (gain, level) = (gain + 1, level * decibel) }
    while level > usual.upperBound, gain > SpeechHead.gains.lowerBound { (gain, level) = (gain - 1, level / decibel) }
    return gain
  }
  /// Powers of active frames that the network knows well: -30 to -17 dB.
  private static let usual = 1e-3...0.02
  /// The ratio of powers of 1 dB, and of amplitudes.
  private static let decibel = 1.258_925_411_794_167_2
  private static let halfDecibel = 1.122_018_454_301_963_4

  /// The factor of a gain in dB.
  static func factor(_ gain: Int) -> Float {
    var factor = 1.0
    for _ in 0..<abs(gain) { factor *= halfDecibel }
    return Float(gain < 0 ? 1 / factor : factor)
  }
}
