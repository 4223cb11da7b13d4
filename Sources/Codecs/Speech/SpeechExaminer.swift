import Autoencoders
import Signals

/// What training needs of codecs of speech: signals as the network sees them, and their pitch.
public enum SpeechExaminer {
  /// Whether a signal is sound that a codec of speech can be trained on.
  public static func takes(_ info: SignalInfo) -> Bool {
    switch info.format {
    case .sound, .raw: SpeechScaling.rates.contains(info.rate)
    case .wfdb, .csv, .stack, .picture: false
    }
  }

  /// The mean of all channels at 16 kHz, full scale 1: [samples at 16 kHz].
  /// - Parameter samples: [channels][samples], at least one.
  /// - Throws: `CodecError.unsuitable` if the rate cannot be brought there.
  public static func signal(_ samples: [[Int32]], info: SignalInfo) throws -> [Float] {
    guard SpeechScaling.rates.contains(info.rate) else {
      throw CodecError.unsuitable(
        "a rate of \(info.rate) Hz is not one of sound (\(SpeechScaling.rates.lowerBound) to \(SpeechScaling.rates.upperBound) Hz)")
    }
    let scales = info.channels.indices.map { SpeechScaling.fullScale(info, $0) * Float(samples.count) }
    let mean = samples[0].indices.map { i in samples.indices.reduce(Float(0)) { $0 + Float(samples[$1][i]) / scales[$1] } }
    return stretched(mean, by: info.rate / Double(SpeechShape.rate))
  }

  /// A signal at 16 kHz played faster by a factor, so that its pitch rises by it and its length [samples] becomes as much smaller.
  public static func stretched(_ x: [Float], by speed: Double) -> [Float] {
    let resampler = Resampler(from: Double(SpeechShape.rate) * speed, to: Double(SpeechShape.rate))
    return resampler(x, count: resampler.count(x.count))
  }

  /// The pitch of each frame, 0 ..< 144, and how periodic it is, about 0 to 1: [frames] each (`PitchTracker`).
  /// - Parameter x: whole frames [frames * 320] at 16 kHz, full scale 1.
  public static func tracked(_ x: [Float]) -> (pitches: [Int], periodicity: [Float]) {
    let tracker = PitchTracker(x)
    return (tracker.pitches, tracker.periodicity)
  }
}
