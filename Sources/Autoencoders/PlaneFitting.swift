import Tensors

/// How a picture that an encoder has at hand tells the enhancer, and what it works on, in which direction its error falls.
public struct PlaneFitting {
  /// Planes as they were, rows of `width` each, in 1/255 of the samples' range.
  let wanted: [[Float]]
  let width: Int
  let height: Int
  let colours: Tensor
  let step: Float
  let level: Float
  /// Squares to each side of a window, about: one is one step of the descent.
  public static let window = 96

  /// - Parameters:
  ///   - wanted: planes as they were.
  ///   - colours: from planes to those numbers whose squared error counts: [3][3].
  ///   - step: of the quantiser, and its logarithm as the enhancer takes it in.
  public init(wanted: [[Float]], width: Int, colours: [Float], step: Float, level: Float) {
    precondition(wanted.allSatisfy { $0.count == wanted[0].count } && wanted[0].count % width == 0, "planes of other extents")
    (self.wanted, self.width, height) = (wanted, width, wanted[0].count / width)
    (self.colours, self.step, self.level) = (Tensor(colours, shape: [3, 3, 1, 1]), step, level)
  }

  /// Windows that a sweep takes.
  public func windows(_ enhancer: PlaneEnhancer) -> Int { enhancer.windows(width: width, height: height, of: PlaneFitting.window).count }

  /// Goes over the picture window by window.
  /// - Parameters:
  ///   - decoded: planes before the enhancer.
  ///   - learned: parameters of the enhancer whose gradients are wanted.
  ///   - descend: called when the gradients of a window are with these parameters; they are dropped afterwards.
  /// - Returns: the squared error, and how it changes with `decoded`.
  public func sweep(
    _ enhancer: PlaneEnhancer, _ decoded: [[Float]], learning learned: [Parameter], descend: () -> Void
  ) -> (error: Double, gradients: [[Float]]) {
    var (error, gradients) = (0.0, decoded.map { [Float](repeating: 0, count: $0.count) })
    for window in enhancer.windows(width: width, height: height, of: PlaneFitting.window) {
      let tape = Tape(learning: learned)
      let seen = window.excerpt(decoded, width: width, height: height)
      let shape = seen.shape
      let x = tape.variable(seen)
      let levels = tape.constant(Tensor(repeating: level, shape: [1, 1, shape[2], shape[3]]))
      let own = Tensor(shape: [1, 1, shape[2], shape[3]]) { out in
        out.update(repeating: 0)
        window.each(planes: 1, width: width, height: height) { _, index, _ in out[index] = 1 }
      }
      let corrected = x + enhancer(x, step: levels) * step
      let lost = (tape.constant(window.excerpt(wanted, width: width, height: height)) - corrected) * tape.constant(own)
      let loss = conv2d(lost, weight: tape.constant(colours)).squared().sum()
      loss.backward()
      error += Double(loss.value.scalar)
      tape.gradient(of: x).withValues { g in
        // What lies around the window has an influence on it.
        let all = PlaneWindow(rows: window.seenRows, columns: window.seenColumns, seenRows: window.seenRows, seenColumns: window.seenColumns)
        all.each(planes: decoded.count, width: width, height: height) { k, from, to in gradients[k][to] += g[from] }
      }
      descend()
      for parameter in learned { parameter.gradient = nil }
    }
    return (error, gradients)
  }
}
