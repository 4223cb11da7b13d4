import Tensors

/// An autoencoder with a linear path from block to code and back, which can begin as a given one: principal components of the training data, or a
/// cosine transform.
public protocol LinearStart: Autoencoder {
  /// Takes the matrices and biases of `linear`, of the same block and code.
  func begin(as linear: LinearAutoencoder)
}

extension LinearAutoencoder: LinearStart {
  public func begin(as linear: LinearAutoencoder) {
    precondition(linear.blockShape == blockShape && linear.codeShape == codeShape, "a linear autoencoder of another block or code")
    for (own, other) in zip(namedParameters, linear.namedParameters) { own.parameter.value = other.parameter.value }
  }

  /// The `codeSize` lowest coefficients of the DCT-II of a block, over columns, or rows and columns.
  public static func cosines(block: [Int], codeSize: Int) -> LinearAutoencoder {
    let size = Extents(rows: block.count == 3 ? block[1] : 1, columns: block[block.count - 1])
    let filters = CosineBasis.blocks.filters(codeSize, channels: block[0], size: size).values.map(Double.init)
    let numbers = block.reduce(1, *)
    let vectors = (0..<codeSize).map { Array(filters[$0 * numbers..<($0 + 1) * numbers]) }
    return LinearAutoencoder(block: block, vectors: vectors, mean: Array(repeating: 0, count: numbers))
  }
}
