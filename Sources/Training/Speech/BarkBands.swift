import Evaluation
import Tensors

/// What ITU-T P.862.2 (wide-band PESQ, 2005) knows of hearing: 49 bands of about half a Bark over 0 ... 8 kHz, their thresholds, and loudness.
struct BarkBands {
  static let frame = 512
  static let count = 49

  /// From the power of bins 0 ..< 256 of frames of 512 samples, windowed, to the power of bands: [256, 49]. The handset's filter (P.862.2, annex A) and the table of
  /// corrections are in it.
  let weights: Tensor
  /// Power at the threshold of hearing in quiet.
  let thresholds: [Float]
  /// Widths in Bark.
  let widths: [Float]
  /// Exponents of Zwicker's loudness.
  let exponents: [Float]

  init() {
    var edges = [0]
    for bins in BarkBands.bins { edges.append(edges[edges.count - 1] + bins) }
    weights = Tensor(shape: [BarkBands.frame / 2, BarkBands.count]) { weights in
      for band in 0..<BarkBands.count {
        for bin in max(1, edges[band])..<edges[band + 1] {
          weights[bin * BarkBands.count + band] = Float(BarkBands.response(bin)) * BarkBands.corrections[band] * 6.910853e-6
        }
      }
    }
    thresholds = BarkBands.decibels.map { Speech.power(10, $0 / 10) }
    let places = (0..<BarkBands.count).map { band in
      let ratio = Float(edges[band] + edges[band + 1]) / 2 * 31.25 / 650
      return 7 * SoundBands.logarithm(ratio + (ratio * ratio + 1).squareRoot())
    }
    widths = places.indices.map { band in
      let (low, high) = (max(0, band - 1), min(BarkBands.count - 1, band + 1))
      return (places[high] - places[low]) / Float(high - low)
    }
    exponents = places.map { 0.23 * Speech.power(max(1, min(2, 6 / ($0 + 2))), 0.15) }
  }

  /// Loudness of bands of power s [..., 49], in sone by Bark (Zwicker and Feldtkeller 1967); 0 below the threshold.
  func loudness(_ s: Variable) -> Variable {
    let inverse = Variable(Tensor(thresholds.map { 0.5 / $0 }))
    let factors = Variable(Tensor(zip(thresholds, exponents).map { 0.1866055 * Speech.power(2 * $0, $1) }))
    let grown = ((s * inverse + 0.5).clamped(atLeast: 1).log() * Variable(Tensor(exponents))).exp()
    return (grown - 1) * factors
  }

  /// The squared magnitude at a bin of the second-order high-pass filter that stands for a headset.
  private static func response(_ bin: Int) -> Double {
    func squaredMagnitude(_ a: Double, _ b: Double, _ c: Double) -> Double {
      // of a + b z + c z^2 at z = e^(-2 pi i bin / 512)
      let (cosine1, sine1) = (cosine(2 * bin, over: frame), cosine(4 * bin - frame, over: 2 * frame))
      let (cosine2, sine2) = (cosine(4 * bin, over: frame), cosine(8 * bin - frame, over: 2 * frame))
      let (re, im) = (a + b * cosine1 + c * cosine2, b * sine1 + c * sine2)
      return re * re + im * im
    }
    return squaredMagnitude(2.740826, -5.4816519, 2.740826) / squaredMagnitude(1, -1.9444777, 0.94597794)
  }

  /// Bins in each band.
  private static let bins = [
    1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 3, 4, 5, 4, 5, 6, 6, 7, 8, 9, 9, 12, 12, 15,
    16, 18, 21, 25, 20,
  ]
  private static let corrections: [Float] = [
    100, 100, 100, 100, 100, 100, 100, 100, 50, 100, 100, 100, 100, 100, 53, 110, 118, 65, 69, 70, 71, 75, 77, 81, 89, 64, 68, 73, 76, 58,
    81, 64, 54, 74, 64, 59, 66, 61, 58, 57, 64, 54, 61, 55, 57, 56, 53, 55, 80,
  ]
  private static let decibels: [Float] = [
    77.1, 63.9, 48.5, 36.9, 30.7, 25.9, 20.2, 16.6, 12.5, 9.9, 6.9, 4.9, 2.8, 1, -0.1, -1.4, -2.5, -3.4, -4.1, -4.8, -5.3, -5.7, -5.9, -6,
    -6, -6, -6, -5.8, -5.4, -5.1, -4.7, -4.3, -4, -3.6, -3.3, -3.1, -3, -3, -2.9, -2.8, -2.8, -2.8, -2.9, -3.2, -3.7, -4.3, -4.4, -3.8,
    -2.7,
  ]
}
