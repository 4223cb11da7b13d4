import Glibc
import Tensors

/// STOI: how well the envelopes of decoded speech follow those of the original, which tells how much of it is understood. Taal, Hendriks, Heusdens, Jensen, *An
/// algorithm for intelligibility prediction of time-frequency weighted noisy speech*, IEEE Transactions on Audio, Speech, and Language Processing 19, 2011.
///
/// At 10 kHz; frames of 256 samples, every 128, of which those 40 dB below the loudest of the original are taken out of both; magnitudes in 15 thirds of an octave from
/// 150 Hz; their correlation over 30 frames, the decoded ones brought to the original's level and clipped 15 dB above it.
public enum SpeechIntelligibility {
  static let sampleRate = 10000
  private static let (frame, hop, window) = (256, 128, 30)
  private static let dynamicRange = 40.0
  private static let tiny = Double.ulpOfOne

  /// About 0 to 1, which is for signals that are the same but for their level; nil where less than 30 frames are not silent.
  /// - Parameters:
  ///   - original: samples in any unit.
  ///   - decoded: as many.
  ///   - rate: in Hz.
  public static func index(original: [Double], decoded: [Double], rate: Int) -> Double? {
    precondition(original.count == decoded.count, "signals of one length")
    let resampling = Resampling(from: rate, to: sampleRate)
    let (x, y) = withoutSilence(resampling(original), resampling(decoded))
    let (a, b) = (envelopes(x), envelopes(y))
    let frames = a.count / Bands.count
    guard frames >= window else { return nil }
    var sum = 0.0
    for first in 0...frames - window {
      for band in 0..<Bands.count {
        sum += correlation((first..<first + window).map { a[$0 * Bands.count + band] }, (first..<first + window).map { b[$0 * Bands.count + band] })
      }
    }
    return sum / Double((frames - window + 1) * Bands.count)
  }

  /// Of envelopes of one band, the second brought to the level of the first and clipped.
  private static func correlation(_ x: [Double], _ y: [Double]) -> Double {
    let scale = norm(x) / (norm(y) + tiny)
    let most = 1 + pow(10, 15.0 / 20)
    let clipped = zip(x, y).map { min($1 * scale, $0 * most) }
    let (a, b) = (centred(x), centred(clipped))
    return zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } / ((norm(a) + tiny) * (norm(b) + tiny))
  }

  private static func norm(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  private static func centred(_ x: [Double]) -> [Double] {
    let mean = x.reduce(0, +) / Double(x.count)
    return x.map { $0 - mean }
  }

  /// A Hann window whose ends are not zero.
  private static let hann = (0..<frame).map { 0.5 - 0.5 * cos(2 * Double.pi * Double($0 + 1) / Double(frame + 1)) }

  /// Where frames begin; as in the package `pystoi`, one that ends with the signal does not count.
  private static func starts(_ count: Int) -> StrideTo<Int> { stride(from: 0, to: count - frame, by: hop) }

  /// Both signals with the frames left out in which the original is silent; those that are left overlap and add up.
  private static func withoutSilence(_ x: [Double], _ y: [Double]) -> ([Double], [Double]) {
    let energies = starts(x.count).map { start in 20 * log10(norm((0..<frame).map { hann[$0] * x[start + $0] }) + tiny) }
    guard let loudest = energies.max() else { return ([], []) }
    let kept = zip(starts(x.count), energies).filter { loudest - dynamicRange < $0.1 }.map(\.0)
    func joined(_ signal: [Double]) -> [Double] {
      var result = [Double](repeating: 0, count: (kept.count - 1) * hop + frame)
      for (place, start) in kept.enumerated() {
        for i in 0..<frame { result[place * hop + i] += hann[i] * signal[start + i] }
      }
      return result
    }
    return (joined(x), joined(y))
  }

  /// Magnitudes of bands, frame by frame: [frames, bands].
  private static func envelopes(_ x: [Double]) -> [Double] {
    let starts = Array(starts(x.count))
    var result: [Double] = []
    // Some frames at a time, so that a long signal does not need many times its memory.
    for first in stride(from: 0, to: starts.count, by: 1024) {
      let part = starts[first..<min(starts.count, first + 1024)]
      let frames = Tensor(shape: [part.count, frame]) { values in
        for (row, start) in part.enumerated() {
          for i in 0..<frame { values[row * frame + i] = Float(hann[i] * x[start + i]) }
        }
      }
      let spectra = linear(Variable(frames), weight: Variable(bands.basis)).squared()
      result += linear(spectra, weight: Variable(bands.sums)).value.values.map { Double($0).squareRoot() }
    }
    return result
  }

  private static let bands = Bands()

  /// Thirds of an octave of frames that zeros fill up to 512 samples.
  private struct Bands {
    static let count = 15
    /// Cosines and sines of the bins in bands: [frame, 2 * bins].
    let basis: Tensor
    /// Which of these each band sums up: [2 * bins, bands].
    let sums: Tensor

    init() {
      let size = 512
      let step = Double(sampleRate) / Double(size)
      // Edges at the nearest bins.
      let edges = (0...Bands.count).map { Int((150 * pow(2, Double(2 * $0 - 1) / 6) / step).rounded()) }
      let bins = edges[0]..<edges[Bands.count]
      basis = Tensor(shape: [frame, 2 * bins.count]) { values in
        for i in 0..<frame {
          for (k, bin) in bins.enumerated() {
            values[2 * i * bins.count + k] = Float(cosine(2 * bin * i, over: size))
            values[(2 * i + 1) * bins.count + k] = Float(cosine(4 * bin * i - size, over: 2 * size))
          }
        }
      }
      sums = Tensor(shape: [2 * bins.count, Bands.count]) { values in
        for band in 0..<Bands.count {
          for bin in edges[band]..<edges[band + 1] {
            let k = bin - bins.lowerBound
            values[k * Bands.count + band] = 1
            values[(bins.count + k) * Bands.count + band] = 1
          }
        }
      }
    }
  }
}
