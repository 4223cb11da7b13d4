import Codecs
import Signals
import Tensors
import Testing

@Suite struct DetailColoursTests {
  private static func layout(_ components: Int, maximum: Int = 255) throws -> PictureLayout {
    try #require(PictureLayout(kind: .png, width: 96, height: 64, components: components, maximum: maximum))
  }

  /// Samples whose details are mixed of three sources that have nothing to do with each other.
  private static func picture(_ mixture: [[Float]], maximum: Int) -> [[Int32]] {
    var random = RandomSource(seed: 9)
    let sources = [30, 8, 3].map { (width: Float) in random.uniform([96 * 64], in: -width..<width).values }
    return mixture.map { row in
      (0..<96 * 64).map { i in
        let level = 128 + row[0] * sources[0][i] + row[1] * sources[1][i] + row[2] * sources[2][i]
        return Int32((level * Float(maximum) / 255).rounded())
      }
    }
  }

  /// Columns at right angles: what the mixture was is found again, from the strongest source on.
  @Test(arguments: [(3, 255), (4, 65535)])
  func mixturesAreFound(_ components: Int, _ maximum: Int) throws {
    let mixture: [[Float]] = [[0.6, 0.8, 0], [0.64, -0.48, 0.6], [0.48, -0.36, -0.8]]
    var colours = DetailColours()
    let alpha = components == 4 ? [(0..<96 * 64).map { Int32($0 % 256) }] : []
    colours.add(Self.picture(mixture, maximum: maximum) + alpha, try Self.layout(components, maximum: maximum))
    let found = try #require(colours.matrix)
    let scale = Float(3).squareRoot()
    for source in 0..<3 {
      let (column, truth) = ((0..<3).map { found[3 * $0 + source] / scale }, mixture.map { $0[source] })
      let alike = zip(column, truth).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(alike.magnitude > 0.995, "source \(source): \(column)")
      #expect(column.reduce(0, +) >= 0, "the brighter direction")
    }
  }

  /// Neither grey pictures nor flat ones say anything.
  @Test func withoutDetailsThereAreNone() throws {
    var colours = DetailColours()
    colours.add([(0..<96 * 64).map { Int32($0 * 7 % 256) }], try Self.layout(1))
    colours.add(Array(repeating: [Int32](repeating: 77, count: 96 * 64), count: 3), try Self.layout(3))
    #expect(colours.matrix == nil)
  }
}
