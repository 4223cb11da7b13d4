/// Sums of magnitudes in classes whose bounds grow by a constant ratio: 0 is a class of its own.
struct MagnitudeScale: Sendable {
  private let classes: [UInt8]

  /// Three classes to two octaves, and six to one.
  static let coarse = MagnitudeScale(ratio: 1.587_401_051_968_199)
  static let fine = MagnitudeScale(ratio: 1.122_462_048_309_373)
  static let fineClasses = 64

  /// - Parameter ratio: from the lower bound of a class to that of the next one.
  private init(ratio: Double) {
    // By products alone: the same table everywhere.
    var (bound, result) = (1.0, [UInt8](repeating: 0, count: 4096))
    var number: UInt8 = 0
    for value in 1..<result.count {
      while number < MagnitudeScale.fineClasses - 1, Double(value) >= bound {
        number += 1
        bound *= ratio
      }
      result[value] = number
    }
    classes = result
  }

  /// The class of a sum, at most `most`.
  @inline(__always)
  func callAsFunction(_ sum: Int, _ most: Int) -> Int { min(Int(classes[min(sum, 4095)]), most) }
}
