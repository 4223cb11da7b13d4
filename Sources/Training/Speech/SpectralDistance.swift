import Evaluation
import Tensors

/// How far apart the spectra of two signals at 16 kHz are, by their magnitudes at several resolutions, by mel bands, and by the level of thirds of an octave.
///
/// Each value is for each item of a batch, [batch], and 0 for equal signals.
public struct SpectralDistance {
  /// Samples of the shortest signal: the margins of the longest frames mirror it.
  public static let shortest = 1025

  /// Differences of signals.
  public struct Values {
    /// At 256, 1024 and 2048 samples, the mean of: half the mean difference of log power, and spectral convergence (Arık et al. 2019; Yamamoto et al. 2020).
    public let magnitudes: Variable
    /// Half the mean difference of log power in 80 mel bands.
    public let mel: Variable
    /// The mean square, in dB, of the differences of level over the whole signal in thirds of an octave from 100 Hz to 6.4 kHz. A codec that leaves a band out, or
    /// writes into one that other measures do not look at, shows here.
    public let level: Variable
  }

  private let transforms = [256, 1024, 2048].map { SpectralTransform(size: $0, hop: $0 / 4, edges: .mirrored) }
  private let mel = SoundBands.mel(size: 1024, sampleRate: Speech.sampleRate, highest: Speech.sampleRate / 2, count: 80)
  private let thirds = SoundBands.thirdsOfOctave(size: 2048, sampleRate: Speech.sampleRate, lowest: 100, count: 19)

  public init() {}

  /// x and y [batch, samples], original and decoded.
  public func callAsFunction(_ x: Variable, _ y: Variable) -> Values {
    precondition(
      x.shape == y.shape && x.shape.count == 2 && x.shape[1] >= SpectralDistance.shortest,
      "spectra of \(x.shape) and \(y.shape): equal shapes of at least \(SpectralDistance.shortest) samples")
    let powers = transforms.map { transform in (transform.power(transform.spectra(of: x)), transform.power(transform.spectra(of: y))) }
    let magnitudes = powers.map { p, q in logDistance(p, q) + convergence(p, q) }.reduce(Variable(Tensor(zeros: [x.shape[0]])), +) * (1.0 / 3)
    let (p, q) = powers[1]
    let (bands, others) = (linear(p, weight: Variable(mel)), linear(q, weight: Variable(mel)))
    return Values(magnitudes: magnitudes, mel: logDistance(bands, others), level: levelDistance(powers[2].0, powers[2].1))
  }

  /// Half the mean difference of log power.
  private func logDistance(_ p: Variable, _ q: Variable) -> Variable { ((p + 1e-4).log() - (q + 1e-4).log()).abs().itemMeans() * 0.5 }

  private func convergence(_ p: Variable, _ q: Variable) -> Variable {
    let (a, b) = ((p + 1e-8).squareRoot(), (q + 1e-8).squareRoot())
    // The number below keeps the slope of the root finite for equal signals.
    return ((a - b).squared().itemSums() + 1e-8).squareRoot() / (a.squared().itemSums().squareRoot() + 0.1)
  }

  private func levelDistance(_ p: Variable, _ q: Variable) -> Variable {
    func level(_ power: Variable) -> Variable {
      (linear(power.sum(alongAxes: [1]), weight: Variable(thirds)) + 1e-4).log() * (10 / SoundBands.logarithm(10))
    }
    return (level(p) - level(q)).squared().itemMeans()
  }
}
