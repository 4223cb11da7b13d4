import Autoencoders
import Tensors

/// The pitch of a voice in each frame: the path through the normalised autocorrelation that is most periodic and moves least (dynamic programming, as
/// in Talkin 1995). An encoder's business: a decoder is told the pitch.
package struct PitchTracker {
  /// For each frame, 0 ..< 144: places in `SpeechSource.frequencies`.
  package let pitches: [Int]
  /// How periodic each frame is at its pitch, about 0 to 1.
  package let periodicity: [Float]

  /// Samples that are compared, and the longest period.
  private static let (window, longest) = (640, 280)
  /// What moving by an octave costs, moving at all, and how much higher pitches are preferred.
  private static let (octaveCost, moveCost, preference): (Float, Float, Float) = (2.5, 0.02, 0.02)

  /// Finds the pitches of a signal.
  /// - Parameter x: whole frames [frames * 320] at 16 kHz, full scale 1.
  package init(_ x: [Float]) {
    let frames = x.count / SpeechShape.frame
    let (before, after) = (PitchTracker.window / 2 + PitchTracker.longest / 2, PitchTracker.window + PitchTracker.longest)
    let padded = [Float](repeating: 0, count: before) + PitchTracker.filtered(x) + [Float](repeating: 0, count: after)
    let candidates = (0..<frames).map { PitchTracker.periodicities(padded, from: $0 * SpeechShape.frame) }
    (pitches, periodicity) = PitchTracker.path(candidates)
  }

  /// What lies from 70 to 1500 Hz: below there is rumble, above there are formants. All else is taken out of the spectra, so that nothing is delayed.
  private static func filtered(_ x: [Float]) -> [Float] {
    let size = 4096
    let transform = SpectralTransform(size: size, hop: size / 4)
    let mask = Tensor(shape: [2 * transform.bins]) { out in
      for i in out.indices {
        let hertz = i % transform.bins * SpeechShape.rate / size
        out[i] = hertz > 70 && hertz < 1500 ? 1 : 0
      }
    }
    let spectra = transform.spectra(of: Variable(Tensor(x, shape: [1, x.count]))) * Variable(mask)
    return transform.signal(from: spectra, length: x.count).value.values
  }

  /// The normalised autocorrelation at the period of each pitch.
  private static func periodicities(_ x: [Float], from start: Int) -> [Float] {
    var correlation = [Float](repeating: 0, count: longest)
    var energy = [Double](repeating: 0, count: longest)
    x.withUnsafeBufferPointer { x in
      correlation.withUnsafeMutableBufferPointer { r in
        for i in start..<start + window {
          let value = x[i]
          for lag in 0..<longest { r[lag] += value * x[i + lag] }
        }
      }
      for i in start..<start + window { energy[0] += Double(x[i]) * Double(x[i]) }
      for lag in 1..<longest {
        let (out, into) = (Double(x[start + lag - 1]), Double(x[start + window + lag - 1]))
        energy[lag] = max(0, energy[lag - 1] - out * out + into * into)
      }
    }
    let own = energy[0] + 1e-3
    for lag in 0..<longest { correlation[lag] /= Float((own * (energy[lag] + 1e-3)).squareRoot()) }
    return periods.map { period in
      let lag = Int(period)
      let share = Float(period - Double(lag))
      return correlation[lag] * (1 - share) + correlation[lag + 1] * share
    }
  }

  /// Samples of a period, by pitch.
  private static let periods = SpeechSource.frequencies.map { Double(SpeechShape.rate) / $0 }

  private static func path(_ candidates: [[Float]]) -> ([Int], [Float]) {
    guard let first = candidates.first else { return ([], []) }
    let step = octaveCost / Float(SpeechShape.pitchesPerOctave)
    let bias = (0..<SpeechShape.pitches).map { Float($0) / Float(SpeechShape.pitchesPerOctave) * preference }
    var score = zip(first, bias).map { $0 + $1 }
    var origins: [[Int]] = []
    for frame in candidates.dropFirst() {
      // The best way to each pitch that moves: from below, then from above.
      var (best, from) = (score, Array(score.indices))
      for i in 1..<best.count where best[i - 1] - step > best[i] { (best[i], from[i]) = (best[i - 1] - step, from[i - 1]) }
      for i in stride(from: best.count - 2, through: 0, by: -1) where best[i + 1] - step > best[i] {
        (best[i], from[i]) = (best[i + 1] - step, from[i + 1])
      }
      for i in best.indices {
        if from[i] == i || score[i] >= best[i] - moveCost { (best[i], from[i]) = (score[i], i) } else { best[i] -= moveCost }
        best[i] += frame[i] + bias[i]
      }
      origins.append(from)
      score = best
    }
    var pitch = score.indices.max { score[$0] < score[$1] } ?? 0
    var pitches = [pitch]
    for from in origins.reversed() {
      pitch = from[pitch]
      pitches.append(pitch)
    }
    pitches.reverse()
    return (pitches, zip(pitches, candidates).map { $1[$0] })
  }
}
