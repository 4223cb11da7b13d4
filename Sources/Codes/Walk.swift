import Codecs
import Tensors

/// Ways through the code space of a codec.
public enum Walk {
  /// The most numbers of a code whose tangents are found.
  public static let mostColumns = 1024
  /// How far a walk along a tangent goes to each side, to first order, as a multiple of the length of what is decoded at its middle.
  private static let reach: Float = 1

  /// Codes at equal distances on the straight line from one code to another, both among them: [steps, numbers of a code].
  public static func between(_ a: [Float], _ b: [Float], steps: Int) -> Tensor {
    precondition(a.count == b.count && steps >= 2, "a walk of \(steps) steps")
    return Tensor(shape: [steps, a.count]) { out in
      for step in 0..<steps {
        let share = Float(step) / Float(steps - 1)
        for k in a.indices { out[step * a.count + k] = (1 - share) * a[k] + share * b[k] }
      }
    }
  }

  /// Walks through a code along the directions that change what is decoded most: the leading singular vectors of the decoder's Jacobian there, by central
  /// differences. Of a contractive autoencoder (Rifai et al. 2011) these are the tangents of the manifold that it has learned.
  /// - Parameters:
  ///   - steps: of each walk, the code itself in the middle of them.
  /// - Returns: codes [tangents × steps, numbers of a code], and the singular values.
  public static func tangents(_ code: [Float], _ blocks: BlockCodes, count: Int, steps: Int) -> (codes: Tensor, gains: [Double]) {
    let (columns, size) = (code.count, blocks.blockSize)
    precondition(columns <= mostColumns && (1...columns).contains(count) && steps >= 2, "\(count) tangents of \(columns) numbers")
    let scale = max(1e-3, (code.reduce(0) { $0 + $1 * $1 } / Float(columns)).squareRoot())
    let move = 1e-2 * scale
    let moved = Tensor(shape: [2 * columns, 1, columns]) { out in
      for k in 0..<columns {
        for side in 0..<2 {
          let row = (2 * k + side) * columns
          for i in code.indices { out[row + i] = code[i] }
          out[row + k] += side == 0 ? move : -move
        }
      }
    }
    let decoded = blocks.decoded(moved).values
    let jacobian = (0..<columns).map { k -> [Double] in
      let (up, down) = (2 * k * size, (2 * k + 1) * size)
      return (0..<size).map { Double(decoded[up + $0] - decoded[down + $0]) / Double(2 * move) }
    }
    var products = [Double](repeating: 0, count: columns * columns)
    for i in 0..<columns {
      for j in 0...i {
        var product = 0.0
        for k in 0..<size { product += jacobian[i][k] * jacobian[j][k] }
        (products[i * columns + j], products[j * columns + i]) = (product, product)
      }
    }
    let leading = Eigenvectors.of(products, size: columns).prefix(count)
    let gains = leading.map { max(0, $0.value).squareRoot() }
    let middle = blocks.decoded(Tensor(code, shape: [1, 1, columns])).values
    let length = middle.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let codes = Tensor(shape: [count * steps, columns]) { out in
      for (t, direction) in leading.enumerated() {
        // A decoder that does not move at all is not moved far either.
        let far = reach * length / Float(max(gains[t], 1e-3 * max(gains[0], 1e-6)))
        for step in 0..<steps {
          let along = far * (2 * Float(step) / Float(steps - 1) - 1)
          for i in code.indices { out[(t * steps + step) * columns + i] = code[i] + along * Float(direction.vector[i]) }
        }
      }
    }
    return (codes, gains)
  }
}
