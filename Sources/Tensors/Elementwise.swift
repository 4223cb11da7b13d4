import CKernels

extension Tensor {
  func unary(_ op: ck_unary_op, _ parameter: Float = 0) -> Tensor {
    let result = Tensor(uninitialized: shape)
    let (x, y) = (pointer, result.pointer)
    Threads.parallelFor(count, grain: elementGrain) { range in
      ck_unary(Int32(op.rawValue), range.count, x + range.lowerBound, y + range.lowerBound, parameter)
    }
    return result
  }
}

extension Variable {
  private func unary(_ op: ck_unary_op, _ parameter: Float = 0) -> Variable {
    let (x, y) = (value, value.unary(op, parameter))
    return record(y, [self]) { gradient, tape in
      let result = Tensor(uninitialized: x.shape)
      let (px, py, pd, pr) = (x.pointer, y.pointer, gradient.pointer, result.pointer)
      Threads.parallelFor(x.count, grain: elementGrain) { range in
        let i = range.lowerBound
        ck_unary_gradient(Int32(op.rawValue), range.count, px + i, py + i, pd + i, pr + i, parameter)
      }
      tape.add(result, to: self)
    }
  }

  /// e to the power of each element, which counts as at least -87.33 and at most 87.33: no denormals, no infinities.
  public func exp() -> Variable { unary(CK_EXP) }
  /// Natural logarithm; anything below 2^-126 counts as 2^-126.
  public func log() -> Variable { unary(CK_LOG) }
  public func tanh() -> Variable { unary(CK_TANH) }
  /// 1 / (1 + e^-x)
  public func sigmoid() -> Variable { unary(CK_SIGMOID) }
  /// x * sigmoid(x)
  public func silu() -> Variable { unary(CK_SILU) }
  /// log(1 + e^x)
  public func softplus() -> Variable { unary(CK_SOFTPLUS) }
  public func relu() -> Variable { unary(CK_RELU) }
  /// x where positive, `slope` * x elsewhere.
  public func leakyRelu(slope: Float = 0.01) -> Variable { unary(CK_LEAKY_RELU, slope) }
  public func squared() -> Variable { unary(CK_SQUARE) }
  public func abs() -> Variable { unary(CK_ABS) }
  public func squareRoot() -> Variable { unary(CK_SQRT) }
  public func reciprocal() -> Variable { unary(CK_RECIPROCAL) }
  /// Elements moved into the range; no gradient where they were outside.
  public func clamped(atLeast low: Float) -> Variable { unary(CK_CLAMP_MIN, low) }
  public func clamped(atMost high: Float) -> Variable { unary(CK_CLAMP_MAX, high) }
  public func clamped(_ range: ClosedRange<Float>) -> Variable { clamped(atLeast: range.lowerBound).clamped(atMost: range.upperBound) }
  /// Rounds to the nearest integer, halves to even; gradients pass straight through (Bengio et al. 2013).
  public func roundedStraightThrough() -> Variable { unary(CK_ROUND) }
  /// Adds noise, uniform in -width/2 ..< width/2: what quantisation with that step does, but differentiable (Ballé et al. 2017).
  public func addingUniformNoise(width: Float = 1, from random: inout RandomSource) -> Variable {
    self + Variable(random.uniform(shape, in: -width / 2..<width / 2))
  }

  // Shapes broadcast: aligned at the last dimension, extents 1 and missing ones repeat.
  public static func + (a: Variable, b: Variable) -> Variable {
    record(broadcast(CK_ADD, a.value, b.value), [a, b]) { gradient, tape in
      tape.add(gradient.summed(to: a.shape), to: a)
      tape.add(gradient.summed(to: b.shape), to: b)
    }
  }
  public static func - (a: Variable, b: Variable) -> Variable {
    record(broadcast(CK_SUBTRACT, a.value, b.value), [a, b]) { gradient, tape in
      tape.add(gradient.summed(to: a.shape), to: a)
      tape.add(gradient.unary(CK_SCALE, -1).summed(to: b.shape), to: b)
    }
  }
  public static func * (a: Variable, b: Variable) -> Variable {
    let (x, y) = (a.value, b.value)
    return record(broadcast(CK_MULTIPLY, x, y), [a, b]) { gradient, tape in
      tape.add(broadcast(CK_MULTIPLY, gradient, y).summed(to: a.shape), to: a)
      tape.add(broadcast(CK_MULTIPLY, gradient, x).summed(to: b.shape), to: b)
    }
  }
  public static func / (a: Variable, b: Variable) -> Variable {
    let y = b.value
    let quotient = broadcast(CK_DIVIDE, a.value, y)
    return record(quotient, [a, b]) { gradient, tape in
      let scaled = broadcast(CK_DIVIDE, gradient, y)
      tape.add(scaled.summed(to: a.shape), to: a)
      tape.add(broadcast(CK_MULTIPLY, scaled, quotient).unary(CK_SCALE, -1).summed(to: b.shape), to: b)
    }
  }
  public static func + (a: Variable, b: Float) -> Variable { a.unary(CK_OFFSET, b) }
  public static func - (a: Variable, b: Float) -> Variable { a.unary(CK_OFFSET, -b) }
  public static func * (a: Variable, b: Float) -> Variable { a.unary(CK_SCALE, b) }
  public static func * (a: Float, b: Variable) -> Variable { b.unary(CK_SCALE, a) }
  public static func + (a: Float, b: Variable) -> Variable { b.unary(CK_OFFSET, a) }
  public static func - (a: Float, b: Variable) -> Variable { (b * -1).unary(CK_OFFSET, a) }
  public static prefix func - (a: Variable) -> Variable { a.unary(CK_SCALE, -1) }
}
