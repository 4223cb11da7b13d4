import Tensors

extension LinearAutoencoder {
  /// The linear autoencoder of least squared error over `samples`: their mean, and the eigenvectors of their covariance with the largest
  /// eigenvalues (Pearson 1901), the largest first. Sums run in Double.
  /// - Parameters:
  ///   - samples: [count, size]
  ///   - block: extents of a block of `size` numbers; [1, size] where nil.
  ///   - codeSize: 1 to `size`.
  /// - Throws: `AutoencoderError.samples` if there are none, or one is not finite.
  public static func principalComponents(of samples: Tensor, block: [Int]? = nil, codeSize: Int) throws -> LinearAutoencoder {
    precondition(samples.shape.count == 2, "principal components of a tensor of shape \(samples.shape)")
    let (count, size) = (samples.shape[0], samples.shape[1])
    let block = block ?? [1, size]
    precondition(block.reduce(1, *) == size && codeSize >= 1 && codeSize <= size, "\(codeSize) components of \(size) numbers in a block \(block)")
    guard count > 0 else { throw AutoencoderError.samples("there are no samples to find principal components of") }
    guard samples.withValues({ $0.allSatisfy(\.isFinite) }) else {
      throw AutoencoderError.samples("a sample is not a finite number; repair or leave out the recording it comes from")
    }
    let moments = Moments(samples)
    let vectors = Eigenvectors.of(moments.covariance, size: size).prefix(codeSize).map(\.vector)
    return LinearAutoencoder(block: block, vectors: vectors, mean: moments.mean)
  }
}

/// Mean and covariance of the rows of a matrix.
struct Moments {
  let mean: [Double]
  /// Symmetric, row-major.
  let covariance: [Double]

  init(_ samples: Tensor) {
    let (count, size) = (samples.shape[0], samples.shape[1])
    var sums = [Double](repeating: 0, count: size)
    samples.withValues { x in for r in 0..<count { for i in 0..<size { sums[i] += Double(x[r * size + i]) } } }
    let mean = sums.map { $0 / Double(count) }
    var products = [Double](repeating: 0, count: size * size)
    // Groups of samples stand in Double about the mean, so that one pass over the products serves four of them.
    var group = [Double](repeating: 0, count: 4 * size)
    for start in stride(from: 0, to: count, by: 4) {
      samples.withValues { x in
        for g in 0..<4 {
          for i in 0..<size { group[g * size + i] = start + g < count ? Double(x[(start + g) * size + i]) - mean[i] : 0 }
        }
      }
      products.withUnsafeMutableBufferPointer { products in
        group.withUnsafeBufferPointer { group in
          let x = group.baseAddress!
          let to = products.baseAddress!
          Threads.parallelFor(size, grain: 64) { rows in
            for i in rows {
              let (a, b, c, d) = (x[i], x[size + i], x[2 * size + i], x[3 * size + i])
              let row = to + i * size
              for j in 0...i { row[j] += (a * x[j] + b * x[size + j]) + (c * x[2 * size + j] + d * x[3 * size + j]) }
            }
          }
        }
      }
    }
    for i in 0..<size {
      for j in 0...i {
        products[i * size + j] /= Double(count)
        products[j * size + i] = products[i * size + j]
      }
    }
    (self.mean, covariance) = (mean, products)
  }
}
