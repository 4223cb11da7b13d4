import Tensors

/// Cosine transforms as the filters of a convolution. The cosines are Taylor series in Double of + - * /, so the same bits everywhere.
enum CosineBasis: Sendable {
  /// The orthonormal DCT-II (Ahmed, Natarajan and Rao 1974): `size` samples to as many coefficients.
  case blocks
  /// The MDCT with the sine window (Princen, Johnson and Bradley 1987): 2 * `size` samples, half of them the neighbours', to `size` coefficients.
  case lapped

  /// Samples under one filter, where `size` samples become `size` coefficients.
  func taps(_ size: Int) -> Int { self == .lapped && size > 1 ? 2 * size : size }

  /// Sample `i` under the filter of coefficient `k`.
  func value(_ k: Int, at i: Int, of size: Int) -> Double {
    guard size > 1 else { return 1 }
    switch self {
    case .blocks:
      let scale = (Double(k == 0 ? 1 : 2) / Double(size)).squareRoot()
      return scale * cosine((2 * i + 1) * k, over: 2 * size)
    case .lapped:
      let window = cosine(2 * size - 2 * i - 1, over: 4 * size)
      return window * (2 / Double(size)).squareRoot() * cosine((2 * i + 1 + size) * (2 * k + 1), over: 4 * size)
    }
  }

  /// Filters [count, channels, taps of rows, taps of columns] for `count` of the coefficients of planes cut into `size`, lowest frequencies first; each
  /// is of one channel alone, the channels taking turns.
  func filters(_ count: Int, channels: Int, size: Extents) -> Tensor {
    var coefficients: [(row: Int, column: Int)] = []
    for row in 0..<size.rows { for column in 0..<size.columns { coefficients.append((row, column)) } }
    coefficients.sort { ($0.row + $0.column, $0.row) < ($1.row + $1.column, $1.row) }
    precondition(count <= coefficients.count * channels, "\(count) filters of \(coefficients.count) coefficients in \(channels) channels")
    let (height, width) = (taps(size.rows), taps(size.columns))
    return Tensor(shape: [count, channels, height, width]) { values in
      for filter in 0..<count {
        let coefficient = coefficients[filter / channels]
        let start = (filter * channels + filter % channels) * height * width
        let along = (0..<width).map { value(coefficient.column, at: $0, of: size.columns) }
        for i in 0..<height {
          let factor = value(coefficient.row, at: i, of: size.rows)
          for j in 0..<width { values[start + i * width + j] = Float(factor * along[j]) }
        }
      }
    }
  }
}
