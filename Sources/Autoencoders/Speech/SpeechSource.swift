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
    var (result, phase) = ([Float](), 0.0)
    result.reserveCapacity(pitches.count * SpeechShape.frame)
    for (t, own) in frequencies.enumerated() {
      let slope = ((t + 1 < frequencies.count ? frequencies[t + 1] : own) - own) / Double(SpeechShape.frame)
      for i in 0..<SpeechShape.frame {
        let hertz = own + slope * Double(i)
        phase += hertz / Double(SpeechShape.rate)
        phase -= phase.rounded(.down)
        result.append(Float(harmonics(phase, hertz)))
      }
    }
    return result
  }

  /// The sum of cos(2 pi k phase) for all harmonics k, in its closed form, times the root of 2 hertz / rate.
  private static func harmonics(_ phase: Double, _ hertz: Double) -> Double {
    let count = (7900 / hertz).rounded(.down) + 0.5
    let below = sine(phase / 2)
    let sum = below.magnitude < 1e-6 ? count - 0.5 : (sine(count * phase) / below - 1) / 2
    return sum * (2 * hertz / Double(SpeechShape.rate)).squareRoot()
  }

  /// sin(2 pi x) by its Taylor series.
  private static func sine(_ x: Double) -> Double {
    // To a quarter turn about 0.
    var y = x - x.rounded(.toNearestOrEven)
    if y > 0.25 { y = 0.5 - y } else if y < -0.25 { y = -0.5 - y }
    let angle = 2 * Double.pi * y
    let square = angle * angle
    var sum = 1.0
    for n in stride(from: 21, to: 1, by: -2) { sum = 1 - square / Double(n * (n - 1)) * sum }
    return angle * sum
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
