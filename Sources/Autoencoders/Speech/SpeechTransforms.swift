import Tensors

/// Samples to spectra and to coefficients of the lapped transform, and back. Signals have whole frames: [batch, frames * 320].
package enum SpeechTransforms {
  private static let spectral = SpectralTransform(size: SpeechShape.window, hop: SpeechShape.hop)

  /// The MDCT (Princen, Johnson and Bradley 1987) with the sine window, in matrices [coefficients, samples] of the frame before the middle and of the
  /// one behind it, and those transposed.
  private static let lapped: (before: Tensor, behind: Tensor, beforeTransposed: Tensor, behindTransposed: Tensor) = {
    let size = SpeechShape.frame
    let filters = CosineBasis.lapped.filters(size, channels: 1, size: Extents(rows: 1, columns: size)).reshaped([size, 2, size])
    let halves = filters.permuted([1, 0, 2]).values
    let (before, behind) = (Tensor(halves[..<(size * size)], shape: [size, size]), Tensor(halves[(size * size)...], shape: [size, size]))
    return (before, behind, before.permuted([1, 0]), behind.permuted([1, 0]))
  }()

  /// The sum of the squared window: by how much white noise of power 1 is louder in a bin.
  static let noisePower: Float = 192

  /// Real and imaginary parts of a signal [batch, frames * 320], [batch, 2 * frames, bins] each; the middle of spectrum i is sample 160 i.
  package static func spectra(_ x: Variable) -> (real: Variable, imaginary: Variable) {
    let all = spectral.spectra(of: x, frames: x.shape[1] / SpeechShape.hop)
    return (spectral.real(all), spectral.imaginary(all))
  }

  /// The signal [batch, frames * 320] whose spectra are nearest to these [batch, 2 * frames, bins] by squares (Griffin and Lim 1984); the spectrum
  /// behind the last sample counts as zero.
  package static func signal(real: Variable, imaginary: Variable) -> Variable {
    spectral.signal(from: concatenate([real, imaginary], axis: 2), length: real.shape[1] * SpeechShape.hop)
  }

  /// Coefficients [batch, frames, 320] of a signal [batch, frames * 320]; the middle of frame t is sample 320 t, zeros stand before the first sample.
  package static func coefficients(_ x: Variable) -> Variable {
    let blocks = x.reshaped([x.shape[0], x.shape[1] / SpeechShape.frame, SpeechShape.frame])
    return linear(shifted(blocks, by: 1), weight: Variable(lapped.beforeTransposed)) + linear(blocks, weight: Variable(lapped.behindTransposed))
  }

  /// The signal [batch, frames * 320] of coefficients [batch, frames, 1 ... 320], of which those above count as zero; its last 320 samples lack what a
  /// frame behind them would add.
  package static func signal(coefficients: Variable) -> Variable {
    func half(_ matrix: Tensor) -> Variable { linear(coefficients, weight: Variable(matrix).slice(0..<coefficients.shape[2], axis: 0)) }
    let blocks = half(lapped.behind) + shifted(half(lapped.before), by: -1)
    return blocks.reshaped([coefficients.shape[0], coefficients.shape[1] * SpeechShape.frame])
  }

  /// Each frame in the place of the one behind it (1) or before it (-1), zeros in the place that is left.
  private static func shifted(_ x: Variable, by places: Int) -> Variable {
    let zeros = Variable(Tensor(zeros: [x.shape[0], 1, x.shape[2]]))
    return places > 0
      ? concatenate([zeros, x.slice(0..<x.shape[1] - 1, axis: 1)], axis: 1) : concatenate([x.slice(1..<x.shape[1], axis: 1), zeros], axis: 1)
  }
}
