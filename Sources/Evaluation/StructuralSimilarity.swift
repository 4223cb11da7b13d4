import Glibc

/// Multi-scale structural similarity of two pictures: Wang, Simoncelli, Bovik, *Multi-scale structural similarity for image quality assessment*, Asilomar
/// Conference on Signals, Systems and Computers, 2003.
///
/// Five scales with the weights of the paper; at each, means, variances and covariance under a Gaussian window of 11 x 11 with a standard deviation of 1.5,
/// where it lies within the picture. The next scale is the mean of each 2 x 2 pixels, what is beyond the last row or column its mirror image. Contrast and
/// structure count at all scales, luminance at the last; what would be negative counts as 0.
public enum StructuralSimilarity {
  /// The exponents of the scales, from the finest.
  static let weights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]
  /// Of the window.
  private static let size = 11
  /// The shortest side of a picture that still has as many pixels as the window at the last scale.
  public static let shortestSide = (size - 1) << (weights.count - 1) | 1

  /// The first half of the window along one axis, and its middle; the rest mirrors it.
  private static let window: [Double] = {
    let values = (0..<size).map { exp(-Double(($0 - size / 2) * ($0 - size / 2)) / (2 * 1.5 * 1.5)) }
    let sum = values.reduce(0, +)
    return values.prefix(size / 2 + 1).map { $0 / sum }
  }()

  /// From 0 to 1, which is for pictures that are the same; the same whichever of the two comes first.
  /// - Parameters:
  ///   - original: one component of a picture, rows × columns.
  ///   - decoded: as large.
  ///   - peak: the sample that stands for white.
  /// - Returns: nil for pictures with a side of less than `shortestSide`.
  public static func index(original: [Int32], decoded: [Int32], columns: Int, peak: Double) -> Double? {
    precondition(original.count == decoded.count && original.count % columns == 0, "pictures of one size")
    let rows = original.count / columns
    guard min(rows, columns) >= shortestSide else { return nil }
    // In sums and differences of the two all that is wanted takes four means in the place of five, and order does not matter.
    var pair = Pair(
      rows: rows, columns: columns, sum: zip(original, decoded).map { Double($0) + Double($1) },
      difference: zip(original, decoded).map { Double($0) - Double($1) })
    var product = 1.0
    for (scale, weight) in weights.enumerated() {
      if scale > 0 { pair = pair.halved() }
      let (structure, whole) = pair.similarity(window, peak: peak)
      product *= pow(max(0, scale == weights.count - 1 ? whole : structure), weight)
    }
    return product
  }
}

/// Two pictures: their sum and their difference.
private struct Pair {
  let rows: Int
  let columns: Int
  let sum: [Double]
  let difference: [Double]

  /// At half the size, rounded up.
  func halved() -> Pair {
    let (height, width) = ((rows + 1) / 2, (columns + 1) / 2)
    func smaller(_ plane: [Double]) -> [Double] {
      var result = [Double](repeating: 0, count: height * width)
      for row in 0..<height {
        let (above, below) = (2 * row * columns, min(2 * row + 1, rows - 1) * columns)
        for column in 0..<width {
          let (left, right) = (2 * column, min(2 * column + 1, columns - 1))
          result[row * width + column] = (plane[above + left] + plane[above + right] + plane[below + left] + plane[below + right]) / 4
        }
      }
      return result
    }
    return Pair(rows: height, columns: width, sum: smaller(sum), difference: smaller(difference))
  }

  /// The means of contrast and structure, and of these and luminance, over all places of the window.
  func similarity(_ window: [Double], peak: Double) -> (structure: Double, whole: Double) {
    let reach = window.count - 1
    let (height, width) = (rows - 2 * reach, columns - 2 * reach)
    let (c1, c2) = (2 * (0.01 * peak) * (0.01 * peak), 2 * (0.03 * peak) * (0.03 * peak))
    // Of as many rows as the window has: means along the row of the sum, the difference, and their squares.
    var ring = [Double](repeating: 0, count: (2 * reach + 1) * 4 * width)
    var squares = [Double](repeating: 0, count: columns)
    var means = [Double](repeating: 0, count: 4 * width)
    var (structure, whole) = (0.0, 0.0)
    for row in 0..<rows {
      let start = row % (2 * reach + 1) * 4 * width
      for (k, plane) in [sum, difference].enumerated() {
        plane.withUnsafeBufferPointer { plane in
          let line = UnsafeBufferPointer(rebasing: plane[row * columns..<(row + 1) * columns])
          for column in 0..<columns { squares[column] = line[column] * line[column] }
          ring.withUnsafeMutableBufferPointer { ring in
            Pair.blur(line, window, into: UnsafeMutableBufferPointer(rebasing: ring[start + 2 * k * width..<start + (2 * k + 1) * width]))
            squares.withUnsafeBufferPointer {
              Pair.blur($0, window, into: UnsafeMutableBufferPointer(rebasing: ring[start + (2 * k + 1) * width..<start + (2 * k + 2) * width]))
            }
          }
        }
      }
      guard row >= 2 * reach else { continue }
      Pair.blurDown(ring, window, first: row + 1, into: &means)
      for column in 0..<width {
        let (s, ss, d, dd) = (means[column], means[width + column], means[2 * width + column], means[3 * width + column])
        let (both, apart) = (ss - s * s, dd - d * d)
        let similar = (both - apart + c2) / (both + apart + c2)
        structure += similar
        whole += similar * (s * s - d * d + c1) / (s * s + d * d + c1)
      }
    }
    return (structure / Double(height * width), whole / Double(height * width))
  }

  /// Weighted means of the values around each, as many as there are places for the window.
  private static func blur(
    _ line: UnsafeBufferPointer<Double>, _ window: [Double], into result: UnsafeMutableBufferPointer<Double>
  ) {
    let (w0, w1, w2, w3, w4, w5) = (window[0], window[1], window[2], window[3], window[4], window[5])
    for k in 0..<result.count {
      let outer = w0 * (line[k] + line[k + 10]) + w1 * (line[k + 1] + line[k + 9]) + w2 * (line[k + 2] + line[k + 8])
      result[k] = outer + w3 * (line[k + 3] + line[k + 7]) + w4 * (line[k + 4] + line[k + 6]) + w5 * line[k + 5]
    }
  }

  /// Weighted means down the rows of a ring, whose oldest is at `first` modulo their number.
  private static func blurDown(_ ring: [Double], _ window: [Double], first: Int, into result: inout [Double]) {
    let (width, count) = (result.count, 2 * window.count - 1)
    ring.withUnsafeBufferPointer { ring in
      result.withUnsafeMutableBufferPointer { result in
        for tap in 0..<count {
          let (start, weight) = ((first + tap) % count * width, window[min(tap, count - 1 - tap)])
          if tap == 0 {
            for k in 0..<width { result[k] = weight * ring[start + k] }
          } else {
            for k in 0..<width { result[k] += weight * ring[start + k] }
          }
        }
      }
    }
  }
}
