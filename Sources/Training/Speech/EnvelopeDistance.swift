import Evaluation
import Tensors

/// One less the mean correlation of envelopes in thirds of an octave over 0.38 s, as STOI takes it for intelligibility (Taal et al. 2011), at 16 kHz and without its
/// clipping and removal of silence.
public struct EnvelopeDistance {
  /// Samples of the shortest signal: 30 frames.
  public static let shortest = 29 * 205

  private let transform = SpectralTransform(size: 512, hop: 205, edges: .mirrored)
  private let thirds = SoundBands.thirdsOfOctave(size: 512, sampleRate: Speech.sampleRate, lowest: 150, count: 15)

  public init() {}

  /// x and y [batch, samples], original and decoded: a distance from 0 to 2 for each item, [batch]. Stretches where the original is silent do not count.
  public func callAsFunction(_ x: Variable, _ y: Variable) -> Variable {
    precondition(
      x.shape == y.shape && x.shape.count == 2 && x.shape[1] >= EnvelopeDistance.shortest,
      "envelopes of \(x.shape) and \(y.shape): equal shapes of at least \(EnvelopeDistance.shortest) samples")
    let (a, b) = (envelopes(x), envelopes(y))
    let (energyA, energyB) = (a.squared().sum(alongAxes: [2]), b.squared().sum(alongAxes: [2]))
    let correlation = (a * b).sum(alongAxes: [2]) / (energyA * energyB + 1e-6).squareRoot()
    // [batch, windows, 1, 1]
    let sounding = energyA.sum(alongAxes: [3]).value
    let weights = Tensor(sounding.values.map { $0 > 1e-3 ? 1 : 0 }, shape: sounding.shape)
    let count = Variable(weights).itemSums() * Float(energyA.shape[3])
    return 1 - (correlation * Variable(weights)).itemSums() / count.clamped(atLeast: 1)
  }

  /// Magnitudes less their means over windows of 30 frames: [batch, windows, 30, bands].
  private func envelopes(_ s: Variable) -> Variable {
    let power = linear(transform.power(transform.spectra(of: s)), weight: Variable(thirds))
    let envelopes = (power + 1e-6).squareRoot().windows(of: 30, every: 6)
    return envelopes - envelopes.mean(alongAxes: [2])
  }
}
