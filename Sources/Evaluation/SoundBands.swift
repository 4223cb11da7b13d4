import Tensors

/// Bands of spectra of sound, as weights [bins, bands] that a power spectrum of `size` / 2 + 1 bins is multiplied by.
package enum SoundBands {
  /// Triangles, equally wide and overlapping by half on the mel scale of O'Shaughnessy (1987), from 0 Hz to `highest`.
  package static func mel(size: Int, sampleRate: Float, highest: Float, count: Int) -> Tensor {
    let top = logarithm(1 + highest / 700)
    let edges = (0..<count + 2).map { 700 * (exponential(top * Float($0) / Float(count + 1)) - 1) }
    return weights(size: size, sampleRate: sampleRate, count: count) { f, band in
      let (from, middle, to) = (edges[band], edges[band + 1], edges[band + 2])
      return max(0, min((f - from) / (middle - from), (to - f) / (to - middle)))
    }
  }

  /// Thirds of an octave, each from its centre / 2^(1/6) to its centre * 2^(1/6), the first around `lowest` Hz.
  package static func thirdsOfOctave(size: Int, sampleRate: Float, lowest: Float, count: Int) -> Tensor {
    weights(size: size, sampleRate: sampleRate, count: count) { f, band in
      let from = lowest * exponential(logarithm(2) * Float(2 * band - 1) / 6)
      return f >= from && f < from * exponential(logarithm(2) / 3) ? 1 : 0
    }
  }

  private static func weights(size: Int, sampleRate: Float, count: Int, _ weight: (Float, Int) -> Float) -> Tensor {
    let rows = (0...size / 2).map { bin in (0..<count).map { band in weight(Float(bin) * sampleRate / Float(size), band) } }
    return Tensor(Array(rows.joined()), shape: [size / 2 + 1, count])
  }

  /// e^x and log x by the kernels, the same on every machine.
  package static func exponential(_ x: Float) -> Float { Variable(Tensor(x)).exp().value.scalar }
  package static func logarithm(_ x: Float) -> Float { Variable(Tensor(x)).log().value.scalar }
}
