/// A normalised least-mean-squares filter that predicts a sequence from its own past.
final class CascadeLMS {
  let taps: Int
  private let rate: Double
  private let weights: UnsafeMutablePointer<Double>
  /// The past, oldest first, in a window that slides over a buffer and is moved back when it reaches the end.
  private let buffer: UnsafeMutablePointer<Double>
  private let capacity: Int
  private var start = 0
  private var predicted = 0.0

  init(taps: Int, rate: Double) {
    self.taps = taps
    self.rate = rate
    capacity = 8 * taps + 64
    weights = CascadeKernels.zeros(taps)
    buffer = CascadeKernels.zeros(capacity)
  }

  deinit {
    weights.deallocate()
    buffer.deallocate()
  }

  func predict() -> Double {
    predicted = CascadeKernels.dot(weights, buffer + start, taps)
    return predicted
  }

  /// Learns the value that was to be predicted.
  func update(_ value: Double) {
    let window = buffer + start
    let power = CascadeKernels.dot(window, window, taps)
    CascadeKernels.add(weights, rate * (value - predicted) / (power + 1 + 0.001 * Double(taps)), window, taps)
    if start + taps == capacity {
      buffer.update(from: buffer + start, count: taps)
      start = 0
    }
    buffer[start + taps] = value
    start += 1
  }
}
