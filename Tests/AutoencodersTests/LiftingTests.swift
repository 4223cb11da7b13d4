import Autoencoders
import Tensors
import Testing

@Suite struct LiftingTests {
  private static let sizes = [(1, 1), (1, 7), (7, 1), (2, 2), (5, 3), (17, 33), (64, 48)]

  private func noise(_ count: Int) -> [Float] {
    var random = RandomSource(seed: 3)
    return random.uniform([count], in: -100..<100).values
  }

  @Test(arguments: sizes)
  func planesComeBack(width: Int, height: Int) {
    let plane = noise(width * height)
    var work = plane
    LiftingTransform.biorthogonal.analyse(&work, width: width, height: height, levels: 5)
    LiftingTransform.biorthogonal.synthesise(&work, width: width, height: height, levels: 5)
    #expect(zip(work, plane).allSatisfy { abs($0 - $1) < 1e-3 })
  }

  /// A quantiser's step means about the same error in every band: noise on the coefficients becomes as much noise on the samples.
  @Test func theTransformIsNearlyOrthonormal() {
    let (width, height) = (64, 64)
    let coefficients = noise(width * height)
    var samples = coefficients
    LiftingTransform.biorthogonal.synthesise(&samples, width: width, height: height, levels: 5)
    func power(_ values: [Float]) -> Float { values.reduce(0) { $0 + $1 * $1 } }
    #expect((0.8...1.25).contains(power(samples) / power(coefficients)))
  }

  /// What does not change has no details; a slope has none away from the ends: the upper halves have four vanishing moments.
  @Test func slopesHaveNoDetails() {
    let (width, height) = (48, 32)
    var plane = (0..<width * height).map { 20 + Float($0 % width) * 3 + Float($0 / width) }
    LiftingTransform.biorthogonal.analyse(&plane, width: width, height: height, levels: 1)
    for y in 4..<height / 2 - 4 {
      for x in 4..<width / 2 - 4 {
        #expect(abs(plane[y * width + width / 2 + x]) < 1e-2 && abs(plane[(height / 2 + y) * width + x]) < 1e-2)
      }
    }
  }
}
