import Tensors

/// Codes of many numbers as two, to be looked at.
public enum Projection {
  /// The most numbers of a code whose principal components are found.
  public static let mostColumns = 2048

  /// The codes along the two directions in which they vary most: [items, 2]. A code of one number has zeros beside it.
  /// - Parameter codes: [items, columns], at most `mostColumns`.
  public static func components(_ codes: Tensor) -> Tensor {
    let (rows, columns) = (codes.shape[0], codes.shape[1])
    precondition(columns <= mostColumns, "principal components of \(columns) numbers")
    let x = codes.values
    var mean = [Double](repeating: 0, count: columns)
    for (k, value) in x.enumerated() { mean[k % columns] += Double(value) / Double(rows) }
    var covariance = [Double](repeating: 0, count: columns * columns)
    covariance.withUnsafeMutableBufferPointer { covariance in
      // Every row of the matrix is one thread's own.
      nonisolated(unsafe) let to = covariance
      Threads.parallelFor(columns, grain: 8) { part in
        for row in 0..<rows {
          for i in part {
            let own = Double(x[row * columns + i]) - mean[i]
            for j in 0..<columns { to[i * columns + j] += own * (Double(x[row * columns + j]) - mean[j]) }
          }
        }
      }
    }
    let vectors = Eigenvectors.of(covariance, size: columns).prefix(2).map(\.vector)
    return Tensor(shape: [rows, 2]) { out in
      for row in 0..<rows {
        for (axis, vector) in vectors.enumerated() {
          out[2 * row + axis] = Float((0..<columns).reduce(0.0) { $0 + vector[$1] * (Double(x[row * columns + $1]) - mean[$1]) })
        }
      }
    }
  }
}
