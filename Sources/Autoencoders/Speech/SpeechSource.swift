import CKernels
import Tensors

/// What a voice is made of before it is shaped: a train of pulses at the pitch, and noise. Both are the same on every machine.
public enum SpeechSource {
  /// A pulse train with all harmonics below 7.9 kHz, equally strong, whose power does not depend on the pitch: [frames * 320]. The sum over the
  /// harmonics is taken in its closed form (Moorer 1976).
  ///
  /// The pitch runs straight, in Hz, from the middle of one frame to that of the next.
  /// - Parameter pitches: one for each frame, 0 ..< 144.
  public static func pulses(_ pitches: [Int]) -> [Float] {
    let frequencies = pitches.map { SpeechSource.frequencies[$0] }
    var phase = 0.0
    return [Float](unsafeUninitializedCapacity: pitches.count * SpeechShape.frame) { out, count in
      for (t, own) in frequencies.enumerated() {
        let slope = ((t + 1 < frequencies.count ? frequencies[t + 1] : own) - own) / Double(SpeechShape.frame)
        phase = ck_pulses(SpeechShape.frame, own, slope, Double(SpeechShape.rate), 7900, phase, out.baseAddress! + count)
        count += SpeechShape.frame
      }
    }
  }

  /// In Hz, by pitch: [144]. From one to the next it is a factor of 2^(1/48), found by Newton's method.
  public static let frequencies: [Double] = {
    var root = 1.0145
    for _ in 0..<40 {
      var power = 1.0
      for _ in 0..<SpeechShape.pitchesPerOctave - 1 { power *= root }
      root -= (power * root - 2) / (Double(SpeechShape.pitchesPerOctave) * power)
    }
    var (value, all) = (SpeechShape.lowestPitch, [Double]())
    for _ in 0..<SpeechShape.pitches {
      all.append(value)
      value *= root
    }
    return all
  }()

  /// White noise of power 1, nearly normal: the sum of four uniform numbers. [count]; sample i is a hash of i and the stream.
  public static func noise(_ count: Int, stream: UInt64) -> [Float] {
    var random = RandomSource(seed: 0x5EEC).stream(stream)
    let scale = Float(3).squareRoot() / 65536
    return (0..<count).map { _ in
      let bits = random.next()
      let sum = Int(bits & 0xFFFF) + Int(bits >> 16 & 0xFFFF) + Int(bits >> 32 & 0xFFFF) + Int(bits >> 48)
      return Float(sum - 2 * 65535) * scale
    }
  }
}
