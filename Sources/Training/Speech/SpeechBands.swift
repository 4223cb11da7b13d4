import Tensors

/// Bands of the spectra of speech at 16 kHz, as weights [bins, bands] that a power spectrum is multiplied by.
enum SpeechBands {
  static let sampleRate: Float = 16000

  /// Frequencies in Hz of the bins of a transform of `size` samples.
  static func frequencies(size: Int) -> [Float] { (0...size / 2).map { Float($0) * sampleRate / Float(size) } }

  /// Triangles, equally wide and overlapping by half on the mel scale of O'Shaughnessy (1987), from 0 to 8 kHz.
  static func mel(size: Int, count: Int) -> Tensor {
    let top = logarithm(1 + sampleRate / 2 / 700)
    let edges = (0..<count + 2).map { 700 * (exponential(top * Float($0) / Float(count + 1)) - 1) }
    return weights(size: size, count: count) { f, band in
      let (from, middle, to) = (edges[band], edges[band + 1], edges[band + 2])
      return max(0, min((f - from) / (middle - from), (to - f) / (to - middle)))
    }
  }

  /// Thirds of an octave, each from its centre / 2^(1/6) to its centre * 2^(1/6), the first around `lowest` Hz.
  static func thirdsOfOctave(size: Int, lowest: Float, count: Int) -> Tensor {
    weights(size: size, count: count) { f, band in
      let from = lowest * exponential(logarithm(2) * Float(2 * band - 1) / 6)
      return f >= from && f < from * exponential(logarithm(2) / 3) ? 1 : 0
    }
  }

  private static func weights(size: Int, count: Int, _ weight: (Float, Int) -> Float) -> Tensor {
    let rows = frequencies(size: size).map { f in (0..<count).map { band in weight(f, band) } }
    return Tensor(Array(rows.joined()), shape: [size / 2 + 1, count])
  }

  /// e^x and log x by the kernels, the same on every machine.
  static func exponential(_ x: Float) -> Float { Variable(Tensor(x)).exp().value.scalar }
  static func logarithm(_ x: Float) -> Float { Variable(Tensor(x)).log().value.scalar }
  /// base^exponent
  static func power(_ base: Float, _ exponent: Float) -> Float { exponential(exponent * logarithm(base)) }
}

extension Variable {
  /// Windows of `count` frames, one every `step`: [batch, frames, features] to [batch, windows, count, features].
  func windows(of count: Int, every step: Int) -> Variable {
    let (batch, frames, features) = (shape[0], shape[1], shape[2])
    precondition(frames >= count, "\(frames) frames are less than a window of \(count)")
    let windows = (frames - count) / step + 1
    var indices: [Int] = []
    for item in 0..<batch {
      for window in 0..<windows {
        let first = item * frames + window * step
        indices += first..<first + count
      }
    }
    return reshaped([batch * frames, features]).rows(indices).reshaped([batch, windows, count, features])
  }

  /// The sum over everything but the batch: [batch].
  func itemSums() -> Variable { sum(alongAxes: Array(shape.indices.dropFirst())).reshaped([shape[0]]) }

  /// The mean over everything but the batch: [batch].
  func itemMeans() -> Variable { mean(alongAxes: Array(shape.indices.dropFirst())).reshaped([shape[0]]) }

  /// Each element where it is at least that of `bounds`, which repeats over all but the last dimension; 0 elsewhere.
  func kept(atLeast bounds: [Float]) -> Variable {
    let mask = Tensor(shape: shape) { mask in
      value.withValues { x in
        for i in mask.indices { mask[i] = x[i] >= bounds[i % bounds.count] ? 1 : 0 }
      }
    }
    return self * Variable(mask)
  }

  /// Elements to the power of `exponent`; they must be above 2^-126.
  func power(_ exponent: Float) -> Variable { (log() * exponent).exp() }
}
