import Evaluation
import Tensors

/// What the losses of speech share.
enum Speech {
  /// In Hz.
  static let sampleRate: Float = 16000

  /// base^exponent by the kernels, the same on every machine.
  static func power(_ base: Float, _ exponent: Float) -> Float { SoundBands.exponential(exponent * SoundBands.logarithm(base)) }
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
