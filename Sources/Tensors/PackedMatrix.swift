import CKernels

/// A matrix [rows, columns] laid out once for many products with few rows each.
public struct PackedMatrix: Sendable {
  private let memory: Tensor
  private let rows: Int
  private let columns: Int

  /// - Parameter steps: from row to row and from column to column, in elements.
  init(_ matrix: UnsafePointer<Float>, _ steps: (Int, Int), rows: Int, columns: Int) {
    memory = Tensor(uninitialized: [ck_packed_size(columns, rows)])
    (self.rows, self.columns) = (rows, columns)
    ck_pack(columns, rows, matrix, steps.0, steps.1, memory.pointer)
  }

  /// - Parameter matrix: [rows, columns]
  public init(_ matrix: Tensor) {
    precondition(matrix.shape.count == 2, "a matrix of shape \(matrix.shape)")
    self.init(matrix.pointer, (matrix.shape[1], 1), rows: matrix.shape[0], columns: matrix.shape[1])
  }

  func multiply(_ a: UnsafePointer<Float>, _ steps: (Int, Int), rows count: Int, into c: UnsafeMutablePointer<Float>, accumulate: Bool) {
    ck_gemm_packed(count, columns, rows, a, steps.0, steps.1, memory.pointer, c, columns, accumulate ? 1 : 0)
  }

  /// x [rows] times the first `count` columns, plus a bias of as many numbers or more: the bits of `linear`.
  /// - Parameter count: a multiple of 32, or all columns; nil for all.
  public func product(_ x: Tensor, bias: Tensor? = nil, columns count: Int? = nil) -> Tensor {
    let count = count ?? columns
    precondition(x.count == rows && (bias.map { $0.count >= count } ?? true), "a product of \(x.shape) with [\(rows), \(columns)]")
    precondition(count == columns || count < columns && count % 32 == 0, "\(count) of \(columns) columns")
    let y = Tensor(uninitialized: [count])
    if let bias { y.pointer.update(from: bias.pointer, count: count) }
    ck_gemm_packed(1, count, rows, x.pointer, rows, 1, memory.pointer, y.pointer, count, bias == nil ? 0 : 1)
    return y
  }
}
