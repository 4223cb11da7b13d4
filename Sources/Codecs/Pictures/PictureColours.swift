import Autoencoders
import Signals

/// Between the samples of a band of rows and the planes that are transformed. Alpha is none of them.
struct PictureColours: Sendable {
  let design: PictureDesign
  let width: Int
  /// Components of colour: 1 or 3.
  let components: Int
  let maximum: Int
  let hasAlpha: Bool

  init(_ design: PictureDesign, _ layout: PictureLayout) {
    self.design = design
    (width, maximum) = (layout.width, layout.maximum)
    (components, hasAlpha) = (layout.components > 2 ? 3 : 1, layout.components % 2 == 0)
  }

  /// From planes to the numbers whose errors count, [3][3]: red, green and blue, or grey alone.
  var matrix: [Float] { components == 3 ? design.colours : [1, 0, 0, 0, 0, 0, 0, 0, 0] }
  /// The squared error of these numbers that an error of each plane makes.
  var weights: [Float] { (0..<components).map { k in (0..<3).reduce(0) { $0 + matrix[3 * $1 + k] * matrix[3 * $1 + k] } } }

  private var scale: Float { 255 / Float(maximum) }
  /// The sample that becomes 0.
  private var middle: Float { Float((maximum + 1) / 2) }

  /// Planes [rows, width] in 1/255 of the samples' range about its middle.
  func planes(_ samples: [[Int32]]) -> [[Float]] {
    let numbers = samples[..<components].map { $0.map { (Float($0) - middle) * scale } }
    guard components == 3 else { return numbers }
    let m = design.planesOfColours
    return (0..<3).map { k in
      (0..<numbers[0].count).map { i in m[3 * k] * numbers[0][i] + m[3 * k + 1] * numbers[1][i] + m[3 * k + 2] * numbers[2][i] }
    }
  }

  func samples(_ planes: [[Float]]) -> [[Int32]] {
    let (m, back, most) = (design.colours, Float(maximum) / 255, Float(maximum))
    func sample(_ value: Float) -> Int32 {
      let value = value * back + middle
      // Damaged weights may have made anything of it.
      return value > 0 ? value < most ? Int32(value.rounded(.toNearestOrEven)) : Int32(maximum) : 0
    }
    guard components == 3 else { return [planes[0].map(sample)] }
    return (0..<3).map { k in
      (0..<planes[0].count).map { i in sample(m[3 * k] * planes[0][i] + m[3 * k + 1] * planes[1][i] + m[3 * k + 2] * planes[2][i]) }
    }
  }
}
