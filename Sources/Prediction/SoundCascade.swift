import CKernels

/// A cascade of normalised least-mean-squares filters in single precision that predict a sequence from its own past, each what those before it left. Its owner calls `deallocate`.
struct SoundCascade {
  private let count: Int
  private let filters: UnsafeMutablePointer<ck_sound_filter>
  private let inputs: UnsafeMutablePointer<Input>

  /// What a filter has seen: in a window that slides over a buffer, oldest first, and is moved back when it reaches the end.
  private struct Input {
    let buffer: UnsafeMutablePointer<Float>
    let capacity: Int
    let rate: Double
    var start = 0
    /// The sum of squares in the window.
    var power = 0.0
  }

  /// - Parameter filters: taps, multiples of 16, and rates.
  init(_ shapes: [(taps: Int, rate: Double)]) {
    count = shapes.count
    filters = .allocate(capacity: count)
    inputs = .allocate(capacity: count)
    for (k, shape) in shapes.enumerated() {
      precondition(shape.taps % CK_SOUND_CHAINS == 0)
      let capacity = shape.taps + 4096
      let weights = AlignedMemory.allocate(Float(0), count: shape.taps)
      let buffer = AlignedMemory.allocate(Float(0), count: capacity + CK_SOUND_CHAINS)
      (filters + k).initialize(to: ck_sound_filter(taps: shape.taps, weights: weights, window: buffer, gain: 0, prediction: 0))
      (inputs + k).initialize(to: Input(buffer: buffer, capacity: capacity, rate: shape.rate))
    }
  }

  func deallocate() {
    for k in 0..<count {
      filters[k].weights.deallocate()
      inputs[k].buffer.deallocate()
    }
    filters.deallocate()
    inputs.deallocate()
  }

  /// What comes next, given what is predicted without the cascade.
  @inline(__always)
  func prediction(_ first: Double) -> Double {
    var sum = first
    for k in 0..<count { sum += Double(filters[k].prediction) }
    return sum
  }

  /// Learns the number that was to be predicted.
  @inline(__always)
  func learn(_ value: Double) {
    var rest = value
    for k in 0..<count {
      let window = inputs[k].buffer + inputs[k].start
      let (newest, prediction) = (Float(rest), Double(filters[k].prediction))
      let error = rest - prediction
      // The error counts as power: what comes suddenly must not throw the weights about.
      filters[k].gain = Float(inputs[k].rate * error / (inputs[k].power + 0.1 * Double(filters[k].taps) + error * error))
      filters[k].window = UnsafePointer(window)
      window[filters[k].taps] = newest
      rest = error
    }
    ck_sound_adapt(count, filters)
    for k in 0..<count { slide(k) }
  }

  @inline(__always)
  private func slide(_ k: Int) {
    let (taps, start, buffer) = (filters[k].taps, inputs[k].start, inputs[k].buffer)
    let (newest, oldest) = (Double(buffer[start &+ taps]), Double(buffer[start]))
    inputs[k].power = max(0, inputs[k].power + newest * newest - oldest * oldest)
    inputs[k].start = start &+ 1
    if start &+ 1 &+ taps == inputs[k].capacity {
      buffer.update(from: buffer + (start &+ 1), count: taps)
      inputs[k].start = 0
    }
  }
}
