import Autoencoders
import Signals
import Tensors

/// How red, green and blue vary together in the details of pictures, and the colours that suit these: the Karhunen-Loève transform of details, by which the planes of such pictures are
/// uncorrelated. It is orthogonal, so that errors of equal size in all planes are errors of equal size in red, green and blue.
public struct DetailColours: Sendable {
  /// Sums of products of each two of the three: [3][3].
  private var sums = [Double](repeating: 0, count: 9)
  private var count = 0

  /// Levels of the wavelet whose details count; what is coarser takes few bits.
  private static let levels = 3
  /// Mean square of details, in 1/255 of the range of samples, below which there are none but those of rounding.
  private static let least = 0.01

  public init() {}

  /// Takes in whole rows of a picture; grey ones have nothing to tell.
  public mutating func add(_ samples: [[Int32]], _ layout: PictureLayout) {
    guard layout.components >= 3 else { return }
    let (width, height, scale) = (layout.width, samples[0].count / layout.width, 255 / Float(layout.maximum))
    let planes = samples[..<3].map { component in
      var plane = component.map { Float($0) * scale }
      LiftingTransform.biorthogonal.analyse(&plane, width: width, height: height, levels: DetailColours.levels)
      return plane
    }
    let (left, top) = (LiftingTransform.extent(width, level: DetailColours.levels), LiftingTransform.extent(height, level: DetailColours.levels))
    count += width * height - left * top
    for a in 0..<3 {
      for b in 0...a {
        var sum = 0.0
        for y in 0..<height {
          for x in (y < top ? left : 0)..<width { sum += Double(planes[a][y * width + x]) * Double(planes[b][y * width + x]) }
        }
        sums[3 * a + b] += sum
        if a != b { sums[3 * b + a] += sum }
      }
    }
  }

  /// From planes to red, green and blue, [3][3]: the first plane is the one that varies most, as bright as grey is. Nil where nothing varies.
  public var matrix: [Float]? {
    guard sums[0] + sums[4] + sums[8] > DetailColours.least * Double(count) else { return nil }
    let vectors = Eigenvectors.of(sums, size: 3).map { pair in
      // Of the two directions the one that makes it brighter.
      pair.vector.reduce(0, +) < 0 ? pair.vector.map { -$0 } : pair.vector
    }
    return (0..<9).map { Float(vectors[$0 % 3][$0 / 3] * 3.0.squareRoot()) }
  }
}
