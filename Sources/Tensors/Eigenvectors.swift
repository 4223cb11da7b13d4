/// The eigenvectors of a symmetric matrix: Householder's reflections to a tridiagonal one, then the QL method with implicit shifts
/// (Golub and Van Loan, *Matrix Computations*, 8.3). Only + - * / and square roots in a fixed order, so the same bits everywhere.
public enum Eigenvectors {
  /// - Parameter matrix: symmetric, `size` × `size`, row-major, of finite numbers.
  /// - Returns: eigenvalues from the largest to the smallest, each with its vector of length 1.
  public static func of(_ matrix: [Double], size: Int) -> [(value: Double, vector: [Double])] {
    precondition(matrix.count == size * size, "\(matrix.count) numbers for a matrix of \(size) rows")
    var (a, diagonal, beside) = (matrix, [Double](repeating: 0, count: size), [Double](repeating: 0, count: size))
    reduce(&a, &diagonal, &beside, size)
    var rows = basis(&a, size)
    diagonalise(&diagonal, &beside, &rows, size)
    let order = diagonal.indices.sorted { diagonal[$0] > diagonal[$1] }
    return order.map { (diagonal[$0], Array(rows[$0 * size..<($0 + 1) * size])) }
  }

  /// Reflects `a` to a tridiagonal matrix: its diagonal, and `beside[k]` in row k and column k + 1. Row k of `a` keeps, behind its diagonal, the vector
  /// of unit length that reflection k turns over; zeros where there was nothing to reflect.
  private static func reduce(_ a: UnsafeMutablePointer<Double>, _ diagonal: inout [Double], _ beside: inout [Double], _ size: Int) {
    var image = [Double](repeating: 0, count: size)
    for k in 0..<size {
      diagonal[k] = a[k * size + k]
      let (v, count) = (a + k * size + k + 1, size - k - 1)
      guard count > 1 else {
        if count == 1 { beside[k] = v[0] }
        continue
      }
      let largest = (0..<count).reduce(0) { max($0, abs(v[$1])) }
      guard largest > 0 else { continue }
      for i in 0..<count { v[i] /= largest }
      let norm = (0..<count).reduce(0) { $0 + v[$1] * v[$1] }.squareRoot()
      beside[k] = v[0] > 0 ? -norm * largest : norm * largest
      let length = (2 * norm * (norm + abs(v[0]))).squareRoot()
      v[0] += v[0] > 0 ? norm : -norm
      for i in 0..<count { v[i] /= length }
      func row(_ i: Int) -> UnsafeMutablePointer<Double> { a + (k + 1 + i) * size + k + 1 }
      for i in 0..<count { image[i] = 0 }
      for i in 0..<count { add(2 * v[i], row(i), to: &image, count) }
      let along = (0..<count).reduce(0) { $0 + v[$1] * image[$1] }
      for i in 0..<count { image[i] -= along * v[i] }
      for i in 0..<count {
        add(-v[i], image, to: row(i), count)
        add(-image[i], v, to: row(i), count)
      }
    }
  }

  /// The product of all reflections, transposed: its rows are the vectors in which the matrix is tridiagonal.
  private static func basis(_ a: UnsafeMutablePointer<Double>, _ size: Int) -> [Double] {
    var product = (0..<size * size).map { $0 % (size + 1) == 0 ? 1.0 : 0 }
    var sums = [Double](repeating: 0, count: size)
    for k in stride(from: size - 3, through: 0, by: -1) {
      let (v, count) = (a + k * size + k + 1, size - k - 1)
      for i in 0..<count { sums[i] = 0 }
      product.withUnsafeMutableBufferPointer { product in
        guard let corner = product.baseAddress.map({ $0 + (k + 1) * size + k + 1 }) else { return }
        for i in 0..<count { add(v[i], corner + i * size, to: &sums, count) }
        for i in 0..<count { add(-2 * v[i], sums, to: corner + i * size, count) }
      }
    }
    return (0..<size * size).map { product[$0 % size * size + $0 / size] }
  }

  private static func add(_ factor: Double, _ x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>, _ count: Int) {
    for i in 0..<count { y[i] += factor * x[i] }
  }

  /// Makes the tridiagonal matrix diagonal, and turns `rows` along with it.
  private static func diagonalise(_ diagonal: inout [Double], _ beside: inout [Double], _ rows: UnsafeMutablePointer<Double>, _ size: Int) {
    let scale = (diagonal + beside).reduce(0) { max($0, abs($1)) }
    // What counts as zero: 2^-52 of its neighbours, or 2^-104 of the whole where these vanish too.
    func vanishes(_ k: Int) -> Bool {
      abs(beside[k]) <= 0x1p-52 * (abs(diagonal[k]) + abs(diagonal[k + 1])) + 0x1p-104 * scale
    }
    for first in 0..<size {
      // Two turns or three are usual; a matrix of finite numbers does not come near the limit.
      for _ in 0..<60 {
        var last = first
        while last < size - 1, !vanishes(last) { last += 1 }
        guard last > first else { break }
        chase(&diagonal, &beside, first, last, rows, size)
      }
    }
  }

  /// One QL step with Wilkinson's shift on rows `first` to `last`, as a chain of rotations from the last pair up to the first.
  private static func chase(
    _ diagonal: inout [Double], _ beside: inout [Double], _ first: Int, _ last: Int, _ rows: UnsafeMutablePointer<Double>, _ size: Int
  ) {
    let half = (diagonal[first + 1] - diagonal[first]) / (2 * beside[first])
    var ahead = diagonal[last] - diagonal[first] + beside[first] / (half + (half < 0 ? -length(half, 1) : length(half, 1)))
    var (sine, cosine, moved) = (1.0, 1.0, 0.0)
    for k in stride(from: last - 1, through: first, by: -1) {
      let (bulge, coupling) = (sine * beside[k], cosine * beside[k])
      let norm = length(bulge, ahead)
      beside[k + 1] = norm
      guard norm > 0 else {
        // The matrix falls apart here: the next step works on the smaller part.
        diagonal[k + 1] -= moved
        beside[last] = 0
        return
      }
      (sine, cosine) = (bulge / norm, ahead / norm)
      let shifted = diagonal[k + 1] - moved
      let turned = (diagonal[k] - shifted) * sine + 2 * cosine * coupling
      moved = sine * turned
      diagonal[k + 1] = shifted + moved
      ahead = cosine * turned - coupling
      let (upper, lower) = (rows + k * size, rows + (k + 1) * size)
      for i in 0..<size {
        let (x, y) = (upper[i], lower[i])
        upper[i] = cosine * x - sine * y
        lower[i] = sine * x + cosine * y
      }
    }
    diagonal[first] -= moved
    beside[first] = ahead
    beside[last] = 0
  }

  /// sqrt(x² + y²) without overflow.
  private static func length(_ x: Double, _ y: Double) -> Double {
    let (large, small) = (max(abs(x), abs(y)), min(abs(x), abs(y)))
    guard large > 0 else { return 0 }
    let ratio = small / large
    return large * (1 + ratio * ratio).squareRoot()
  }
}
