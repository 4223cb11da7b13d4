/// Least squares with exponential forgetting: the covariance of the inputs is kept up with every sample, and the weights are solved for
/// by Cholesky factorisation every few samples. More stable than the recursive form, and as good.
final class CascadeLeastSquares {
  let count: Int
  private let forget: Double
  private let ridge: Double
  private let every: Int
  private var pending = 0
  private let covariance: UnsafeMutablePointer<Double>
  private let factor: UnsafeMutablePointer<Double>
  private let correlation: UnsafeMutablePointer<Double>
  private let scratch: UnsafeMutablePointer<Double>
  private let weights: UnsafeMutablePointer<Double>

  /// - Parameters:
  ///   - forget: weight of the past against one sample later, below 1.
  ///   - ridge: added to the covariance's diagonal.
  ///   - every: how many samples pass between solutions.
  init(count: Int, forget: Double, ridge: Double, every: Int) {
    self.count = count
    self.forget = forget
    self.ridge = ridge
    self.every = every
    covariance = CascadeKernels.zeros(count * count)
    factor = CascadeKernels.zeros(count * count)
    correlation = CascadeKernels.zeros(count)
    scratch = CascadeKernels.zeros(count)
    weights = CascadeKernels.zeros(count)
  }

  deinit { for pointer in [covariance, factor, correlation, scratch, weights] { pointer.deallocate() } }

  @inline(__always)
  func predict(_ input: UnsafePointer<Double>) -> Double { CascadeKernels.dot(weights, input, count) }

  /// Learns that `input` was followed by `target`.
  func update(_ input: UnsafePointer<Double>, _ target: Double) {
    let gain = 1 - forget
    for row in 0..<count {
      CascadeKernels.blend(covariance + row * count, forget, gain * input[row], input, row + 1)
    }
    CascadeKernels.blend(correlation, forget, gain * target, input, count)
    pending += 1
    if pending >= every {
      pending = 0
      solve()
    }
  }

  /// Solves for the weights; keeps the old ones where the covariance is not positive definite.
  private func solve() {
    for i in 0..<count {
      let row = factor + i * count
      for j in 0..<i {
        let other = factor + j * count
        row[j] = (covariance[i * count + j] - CascadeKernels.dot(row, other, j)) / other[j]
      }
      let pivot = covariance[i * count + i] + ridge - CascadeKernels.dot(row, row, i)
      guard pivot > 1e-9 else { return }
      row[i] = pivot.squareRoot()
    }
    for i in 0..<count { scratch[i] = (correlation[i] - CascadeKernels.dot(factor + i * count, scratch, i)) / factor[i * count + i] }
    for i in stride(from: count - 1, through: 0, by: -1) {
      weights[i] = scratch[i] / factor[i * count + i]
      CascadeKernels.add(scratch, -weights[i], factor + i * count, i)
    }
  }
}
