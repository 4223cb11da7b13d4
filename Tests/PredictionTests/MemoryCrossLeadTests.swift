import Prediction
import Tensors
import Testing

@Suite struct MemoryCrossLeadTests {
  /// Leads × coefficients.
  static func spectra(_ leads: Int, _ make: (_ lead: Int, _ k: Int) -> Float) -> [[Float]] {
    (0..<leads).map { lead in (0..<64).map { make(lead, $0) } }
  }

  @Test func sumsOfOtherLeadsAreFound() {
    var random = RandomSource(seed: 5)
    var cross = CrossLead(leadCount: 4)
    for _ in 0..<60 {
      let one = (0..<64).map { _ in 8 * random.normal() }
      let two = (0..<64).map { _ in 8 * random.normal() }
      cross.learn([one, two, zip(one, two).map { $1 - $0 }, zip(one, two).map { -($0 + $1) / 2 }], count: 64)
    }
    #expect(abs(cross.weight(of: 0, in: 1)) < 0.2, "independent leads say nothing of each other")
    // III = II - I. aVR = -(I + II) / 2, whichever of the three leads before it that comes from.
    #expect(abs(cross.weight(of: 0, in: 2) + 1) < 0.02 && abs(cross.weight(of: 1, in: 2) - 1) < 0.02)
    let (a, b, c) = (cross.weight(of: 0, in: 3), cross.weight(of: 1, in: 3), cross.weight(of: 2, in: 3))
    #expect(abs(a - c + 0.5) < 0.02 && abs(b + c + 0.5) < 0.02)
    #expect(cross.weight(of: 2, in: 2) == 0 && cross.weight(of: 3, in: 1) == 0, "a lead is predicted from those before it")
  }

  @Test(arguments: [0, 1e-30, 1, 1e6, 1e18, 1e30] as [Float], [1, 2, 12, 40])
  func weightsStayFinite(size: Float, leads: Int) {
    var random = RandomSource(seed: 6)
    let makers: [(Int, Int) -> Float] = [{ _, _ in size }, { _, _ in 0 }, { lead, k in k == lead ? size : -size }]
    var cross = CrossLead(leadCount: leads)
    for frame in 0..<12 {
      cross.learn(Self.spectra(leads, makers[frame % 3]), count: 64)
      cross.learn(Self.spectra(leads) { _, _ in size * random.normal() }, count: 64)
    }
    for lead in 0..<leads { for source in 0..<leads { #expect(cross.weight(of: source, in: lead).isFinite) } }
    #expect(leads <= CrossLead.maximumLeads || cross.weight(of: 0, in: leads - 1) == 0)
  }

  @Test func theSameInputGivesTheSameWeights() {
    func weights() -> [Float] {
      var random = RandomSource(seed: 8)
      var cross = CrossLead(leadCount: 3)
      for _ in 0..<5 { cross.learn(Self.spectra(3) { _, _ in random.normal() }, count: 40) }
      return [cross.weight(of: 0, in: 1), cross.weight(of: 0, in: 2), cross.weight(of: 1, in: 2)]
    }
    #expect(weights() == weights() && weights().allSatisfy { $0 != 0 })
  }
}
