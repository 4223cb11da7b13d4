/// The eigenvectors of a symmetric matrix: Jacobi's method with cyclic sweeps (Golub and Van Loan, *Matrix Computations*, 8.5).
enum Eigenvectors {
  /// - Parameter matrix: symmetric, `size` × `size`, row-major.
  /// - Returns: eigenvalues from the largest to the smallest, each with its vector of length 1.
  static func of(_ matrix: [Double], size: Int) -> [(value: Double, vector: [Double])] {
    precondition(matrix.count == size * size)
    var a = matrix
    // Row k is the vector of the k-th eigenvalue in the end.
    var rows = (0..<size * size).map { $0 % (size + 1) == 0 ? 1.0 : 0 }
    let scale = a.reduce(0) { $0 + $1 * $1 }
    for _ in 0..<30 {
      var rest = 0.0
      for p in 0..<size { for q in 0..<p { rest += a[p * size + q] * a[p * size + q] } }
      guard rest > 1e-24 * scale else { break }
      for p in 0..<size { for q in p + 1..<size { rotate(&a, &rows, p, q, size) } }
    }
    return (0..<size).map { (a[$0 * size + $0], Array(rows[$0 * size..<($0 + 1) * size])) }.sorted { $0.value > $1.value }
  }

  /// Makes the element in row p and column q zero.
  private static func rotate(_ a: inout [Double], _ rows: inout [Double], _ p: Int, _ q: Int, _ size: Int) {
    let off = a[p * size + q]
    guard off != 0 else { return }
    let theta = (a[q * size + q] - a[p * size + p]) / (2 * off)
    let tangent = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
    let cosine = 1 / (tangent * tangent + 1).squareRoot()
    let sine = tangent * cosine
    func turn(_ values: UnsafeMutableBufferPointer<Double>, _ first: Int, _ second: Int) {
      let (x, y) = (values[first], values[second])
      values[first] = cosine * x - sine * y
      values[second] = sine * x + cosine * y
    }
    a.withUnsafeMutableBufferPointer { a in
      for k in 0..<size { turn(a, k * size + p, k * size + q) }
      for k in 0..<size { turn(a, p * size + k, q * size + k) }
    }
    rows.withUnsafeMutableBufferPointer { rows in for k in 0..<size { turn(rows, p * size + k, q * size + k) } }
  }
}
