import CKernels

/// A float32 array of any rank, contiguous, last dimension fastest. A value: copies share memory until one of them is written to.
public struct Tensor: @unchecked Sendable, Equatable {
  /// Extents, outermost first; empty for a single number.
  public private(set) var shape: [Int]
  var storage: Storage

  /// Number of elements.
  public var count: Int { storage.count }

  /// Memory with unspecified contents, to be written at once.
  init(uninitialized shape: [Int]) {
    precondition(shape.allSatisfy { $0 >= 0 }, "negative extent in shape \(shape)")
    self.shape = shape
    storage = Storage(count: shape.reduce(1, *))
  }

  /// Every element `value`.
  public init(repeating value: Float, shape: [Int]) {
    self.init(uninitialized: shape)
    storage.pointer.update(repeating: value, count: count)
  }

  /// All zero.
  public init(zeros shape: [Int]) { self.init(repeating: 0, shape: shape) }

  /// `values` in row-major order; their number must be that of `shape`.
  public init(_ values: some Collection<Float>, shape: [Int]) {
    self.init(uninitialized: shape)
    precondition(values.count == count, "\(values.count) values for shape \(shape)")
    _ = UnsafeMutableBufferPointer(start: storage.pointer, count: count).initialize(from: values)
  }

  /// A vector.
  public init(_ values: [Float]) { self.init(values, shape: [values.count]) }

  /// A single number, of shape [].
  public init(_ value: Float) { self.init(repeating: value, shape: []) }

  /// Elements written by `body` into zeroed memory.
  public init(shape: [Int], _ body: (UnsafeMutableBufferPointer<Float>) throws -> Void) rethrows {
    self.init(zeros: shape)
    try body(UnsafeMutableBufferPointer(start: storage.pointer, count: count))
  }

  /// All elements in row-major order.
  public var values: [Float] { withValues(Array.init) }

  /// The element of a tensor that has just one.
  public var scalar: Float {
    precondition(count == 1, "scalar of a tensor of shape \(shape)")
    return storage.pointer[0]
  }

  /// The element at `indices`, one for each dimension.
  public subscript(_ indices: Int...) -> Float {
    get { storage.pointer[offset(indices)] }
    set {
      let offset = offset(indices)
      withMutableValues { $0[offset] = newValue }
    }
  }

  /// Reads the elements in place.
  public func withValues<R>(_ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
    try withExtendedLifetime(storage) { try body(UnsafeBufferPointer(start: storage.pointer, count: count)) }
  }

  /// Changes the elements in place, after copying them where another tensor shares the memory.
  public mutating func withMutableValues<R>(_ body: (UnsafeMutableBufferPointer<Float>) throws -> R) rethrows -> R {
    makeUnique()
    return try body(UnsafeMutableBufferPointer(start: storage.pointer, count: count))
  }

  /// The same elements in another shape; one extent may be -1 and follows from the others.
  public func reshaped(_ shape: [Int]) -> Tensor {
    var result = self
    result.shape = resolve(shape, count: count)
    return result
  }

  /// Equal shape and equal bits of every element (so that NaN equals itself, and 0 differs from -0).
  public static func == (a: Tensor, b: Tensor) -> Bool {
    a.shape == b.shape && a.withValues { x in b.withValues { y in zip(x, y).allSatisfy { $0.bitPattern == $1.bitPattern } } }
  }

  var pointer: UnsafeMutablePointer<Float> { storage.pointer }

  mutating func makeUnique() {
    guard !isKnownUniquelyReferenced(&storage) else { return }
    let copy = Storage(count: count)
    copy.pointer.update(from: storage.pointer, count: count)
    storage = copy
  }

  private func offset(_ indices: [Int]) -> Int {
    precondition(indices.count == shape.count, "\(indices.count) indices for shape \(shape)")
    var offset = 0
    for (index, extent) in zip(indices, shape) {
      precondition(index >= 0 && index < extent, "index \(indices) outside shape \(shape)")
      offset = offset * extent + index
    }
    return offset
  }
}

/// `shape` with its -1, if any, replaced by what makes the product `count`.
func resolve(_ shape: [Int], count: Int) -> [Int] {
  var shape = shape
  if let free = shape.firstIndex(of: -1) {
    let rest = shape.enumerated().reduce(1) { $1.offset == free ? $0 : $0 * $1.element }
    precondition(rest > 0 && count % rest == 0, "\(count) elements do not fit shape \(shape)")
    shape[free] = count / rest
  }
  precondition(shape.allSatisfy { $0 >= 0 } && shape.reduce(1, *) == count, "\(count) elements do not fit shape \(shape)")
  return shape
}

/// Which instructions the kernels use; results never depend on it. `AECODEC_SIMD=scalar|avx2|avx512|neon` in the environment sets it at start.
public enum SIMDPath: Int32, Sendable, CaseIterable {
  case scalar, avx2, avx512, neon

  /// The path in use.
  public static var current: SIMDPath { SIMDPath(rawValue: ck_simd_path()) ?? .scalar }

  /// Forces this path, for tests; false where the machine does not have it.
  public func use() -> Bool { ck_set_simd_path(rawValue) != 0 }
}
