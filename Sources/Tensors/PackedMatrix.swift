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

  /// A copy of the matrix as it is now.
  /// - Parameter matrix: [rows, columns]
  public init(_ matrix: Tensor) {
    precondition(matrix.shape.count == 2, "a matrix of shape \(matrix.shape)")
    self.init(matrix.pointer, (matrix.shape[1], 1), rows: matrix.shape[0], columns: matrix.shape[1])
  }

  /// c [count, columns] = a [count, rows] times the matrix, added to what is there or in its place.
  /// - Parameter steps: of `a`, from row to row and from column to column, in elements.
  func multiply(_ a: UnsafePointer<Float>, _ steps: (Int, Int), rows count: Int, into c: UnsafeMutablePointer<Float>, accumulate: Bool) {
    ck_gemm_packed(count, columns, rows, a, steps.0, steps.1, memory.pointer, c, columns, accumulate ? 1 : 0)
  }

  /// y [count] = bias (or zeros) + x [rows] times the first `count` columns: the bits of `linear`.
  /// - Parameters:
  ///   - x: as many numbers as there are rows.
  ///   - bias: at least `count` numbers.
  ///   - count: a multiple of 32, or all columns; nil for all.
  package func multiply(_ x: UnsafePointer<Float>, bias: Tensor? = nil, columns count: Int? = nil, into y: UnsafeMutablePointer<Float>) {
    let count = count ?? columns
    precondition(bias.map { $0.count >= count } ?? true, "a bias of \(bias?.count ?? 0) for \(count) columns")
    precondition(count == columns || count < columns && count % 32 == 0, "\(count) of \(columns) columns")
    if let bias { y.update(from: bias.pointer, count: count) }
    ck_gemm_packed(1, count, rows, x, rows, 1, memory.pointer, y, count, bias == nil ? 0 : 1)
  }
}

/// Functions of single numbers for what is computed step by step, with the bits of `Variable`'s: in place.
package enum InPlace {
  /// x = x sigmoid(x) (Elfwing, Uchibe and Doya 2018)
  package static func silu(_ x: UnsafeMutablePointer<Float>, count: Int) { ck_unary(Int32(CK_SILU.rawValue), count, x, x, 0) }
  /// x = 1 / (1 + e^-x)
  package static func sigmoid(_ x: UnsafeMutablePointer<Float>, count: Int) { ck_unary(Int32(CK_SIGMOID.rawValue), count, x, x, 0) }
  /// x = e^x
  package static func exp(_ x: UnsafeMutablePointer<Float>, count: Int) { ck_unary(Int32(CK_EXP.rawValue), count, x, x, 0) }
  /// x += y
  package static func add(_ y: UnsafePointer<Float>, to x: UnsafeMutablePointer<Float>, count: Int) {
    ck_binary(Int32(CK_ADD.rawValue), count, x, 1, y, 1, x)
  }
}
