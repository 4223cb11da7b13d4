import Tensors
import Testing

@Suite struct EigenvectorTests {
  /// A name and a symmetric matrix.
  struct Matrix: Sendable, CustomStringConvertible {
    let description: String
    let size: Int
    let values: [Double]

    init(_ description: String, _ size: Int, _ value: (Int, Int) -> Double) {
      (self.description, self.size) = (description, size)
      values = (0..<size * size).map { value(min($0 / size, $0 % size), max($0 / size, $0 % size)) }
    }
  }

  private static func noise(_ i: Int, _ j: Int) -> Double {
    var random = RandomSource(seed: UInt64(i * 1000 + j))
    return Double(random.uniform()) - 0.5
  }

  static let matrices: [Matrix] = [
    Matrix("one number", 1) { _, _ in -3 },
    Matrix("two rows", 2) { $0 == $1 ? 1 : 2 },
    Matrix("zeros", 5) { _, _ in 0 },
    Matrix("identity", 6) { $0 == $1 ? 1 : 0 },
    Matrix("diagonal, unordered, with both signs", 7) { $0 == $1 ? Double(($0 * 5) % 7 - 3) : 0 },
    Matrix("random", 40, noise),
    Matrix("random, many rows", 150, noise),
    Matrix("a number repeated", 30) { $0 == $1 ? 30 : -1 },
    Matrix("rank one", 20) { Double($0 + 1) * Double($1 + 1) },
    Matrix("random, with rows of zeros", 30) { $0 % 3 == 0 || $1 % 3 == 0 ? 0 : noise($0, $1) },
    Matrix("graded over 60 orders of magnitude", 21) { i, j in (0..<i + j).reduce(1.0) { value, _ in value / 32 } * (i == j ? 2 : 1) },
    Matrix("tiny", 12) { noise($0, $1) * 1e-200 },
    Matrix("huge", 12) { noise($0, $1) * 1e200 },
    Matrix("tridiagonal, nearly falling apart", 24) { $0 == $1 ? Double($0 % 4) : $0 + 1 == $1 ? ($0 == 11 ? 1e-17 : 1) : 0 },
  ]

  @Test(arguments: matrices) func vectorsAreOrthonormalAndKeepTheirDirection(_ matrix: Matrix) {
    let size = matrix.size
    let found = Eigenvectors.of(matrix.values, size: size)
    #expect(found.count == size)
    #expect(zip(found, found.dropFirst()).allSatisfy { $0.value >= $1.value })
    let largest = matrix.values.reduce(0) { max($0, abs($1)) }
    let bound = 1e-13 * largest * Double(size)
    for (i, one) in found.enumerated() {
      for row in 0..<size {
        let image = (0..<size).reduce(0.0) { $0 + matrix.values[row * size + $1] * one.vector[$1] }
        #expect(abs(image - one.value * one.vector[row]) <= bound)
      }
      for j in 0...i {
        let product = zip(one.vector, found[j].vector).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(product - (i == j ? 1 : 0)) < 1e-12)
      }
    }
    let trace = (0..<size).reduce(0.0) { $0 + matrix.values[$1 * size + $1] }
    #expect(abs(found.reduce(0) { $0 + $1.value } - trace) <= bound)
  }
}
