/// The loops of the sample predictor, in doubles. Sums run over eight fixed lanes and are then added in one fixed order,
/// so that they give the same bits on every machine.
enum CascadeKernels {
  /// The sum of products of two vectors.
  @inline(__always)
  static func dot(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int) -> Double {
    var first = SIMD4<Double>()
    var second = SIMD4<Double>()
    var k = 0
    while k &+ 8 <= count {
      first += load(a + k) * load(b + k)
      second += load(a + (k &+ 4)) * load(b + (k &+ 4))
      k &+= 8
    }
    let lanes = first + second
    var sum = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
    while k < count {
      sum += a[k] * b[k]
      k &+= 1
    }
    return sum
  }

  /// `y = keep y + factor x`.
  @inline(__always)
  static func blend(_ y: UnsafeMutablePointer<Double>, _ keep: Double, _ factor: Double, _ x: UnsafePointer<Double>, _ count: Int) {
    let keeps = SIMD4<Double>(repeating: keep)
    let factors = SIMD4<Double>(repeating: factor)
    var k = 0
    while k &+ 4 <= count {
      UnsafeMutableRawPointer(y + k).storeBytes(of: keeps * load(UnsafePointer(y + k)) + factors * load(x + k), as: SIMD4<Double>.self)
      k &+= 4
    }
    while k < count {
      y[k] = keep * y[k] + factor * x[k]
      k &+= 1
    }
  }

  /// `y += factor x`.
  @inline(__always)
  static func add(_ y: UnsafeMutablePointer<Double>, _ factor: Double, _ x: UnsafePointer<Double>, _ count: Int) {
    let factors = SIMD4<Double>(repeating: factor)
    var k = 0
    while k &+ 4 <= count {
      UnsafeMutableRawPointer(y + k).storeBytes(of: load(UnsafePointer(y + k)) + factors * load(x + k), as: SIMD4<Double>.self)
      k &+= 4
    }
    while k < count {
      y[k] += factor * x[k]
      k &+= 1
    }
  }

  @inline(__always)
  private static func load(_ x: UnsafePointer<Double>) -> SIMD4<Double> {
    UnsafeRawPointer(x).loadUnaligned(as: SIMD4<Double>.self)
  }

  /// Doubles set to zero; the caller deallocates them.
  static func zeros(_ count: Int) -> UnsafeMutablePointer<Double> { AlignedMemory.allocate(0, count: count) }
}
