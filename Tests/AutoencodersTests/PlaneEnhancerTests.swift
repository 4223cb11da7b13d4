import Autoencoders
import Layers
import Tensors
import Testing

@Suite struct PlaneEnhancerTests {
  /// Planes with something on them, and an enhancer that does something.
  private func example(width: Int, height: Int, planes: Int) throws -> (enhancer: PlaneEnhancer, planes: [[Float]]) {
    var random = RandomSource(seed: 3)
    let enhancer = PlaneEnhancer(width: 8, blocks: 2, random: &random)
    try enhancer.load(enhancer.tensors.mapValues { random.uniform($0.shape, in: -0.2..<0.2) })
    return (enhancer, (0..<planes).map { _ in random.uniform([height * width], in: -120..<120).values })
  }

  @Test func anUntrainedOneChangesNothing() {
    var random = RandomSource(seed: 1)
    var planes = [[Float]](repeating: [1, 2, 3, 4, 5, 6], count: 3)
    PlaneEnhancer(width: 8, blocks: 2, random: &random).correct(&planes, width: 3, height: 2, step: 10, level: 0)
    #expect(planes == Array(repeating: [1, 2, 3, 4, 5, 6], count: 3))
  }

  @Test(arguments: [(1, 1), (37, 20), (2, 41)], [1, 3])
  func windowsDoNotShow(size: (Int, Int), planes: Int) throws {
    let (enhancer, before) = try example(width: size.0, height: size.1, planes: planes)
    var whole = before
    enhancer.correct(&whole, width: size.0, height: size.1, step: 3, level: 0.5)
    #expect(whole != before)
    for window in [1, 5, 16] {
      var parts = before
      enhancer.correct(&parts, width: size.0, height: size.1, step: 3, level: 0.5, window: window)
      #expect(parts.map { $0.map(\.bitPattern) } == whole.map { $0.map(\.bitPattern) })
    }
  }

  /// What a fitting says of an error and its slopes is what can be measured.
  @Test(arguments: [1, 3]) func slopesAreThoseOfTheError(planes: Int) throws {
    let (width, height) = (2 * PlaneFitting.window + 30, 9)
    let (enhancer, decoded) = try example(width: width, height: height, planes: planes)
    var random = RandomSource(seed: 6)
    let wanted = decoded.map { plane in zip(plane, random.uniform([plane.count], in: -5..<5).values).map { $0 + $1 } }
    let colours: [Float] = planes == 1 ? [1, 0, 0, 0, 0, 0, 0, 0, 0] : [1, 0, 1.4, 1, -0.3, -0.7, 1, 1.8, 0]
    let fitting = PlaneFitting(wanted: wanted, width: width, colours: colours, step: 3, level: 0.5)
    func error(_ decoded: [[Float]]) -> Double {
      var corrected = decoded
      enhancer.correct(&corrected, width: width, height: height, step: 3, level: 0.5)
      return (0..<width * height).reduce(0) { sum, i in
        (0..<3).reduce(sum) { sum, c in
          let lost = corrected.indices.reduce(0.0) { $0 + Double(colours[3 * c + $1]) * Double(wanted[$1][i] - corrected[$1][i]) }
          return sum + lost * lost
        }
      }
    }
    var windows = 0
    let learned = enhancer.namedParameters.filter { $0.name.hasSuffix("bias") }.map(\.parameter)
    let (found, slopes) = fitting.sweep(enhancer, decoded, learning: learned) {
      windows += 1
      #expect(enhancer.namedParameters.allSatisfy { ($0.parameter.gradient != nil) == $0.name.hasSuffix("bias") })
    }
    #expect(windows == 2 && windows == fitting.windows(enhancer))
    #expect(enhancer.namedParameters.allSatisfy { $0.parameter.gradient == nil })
    #expect(abs(found - error(decoded)) < 1e-4 * found)
    // Beside the border of two windows too, which both see it.
    for (k, i) in [(0, 0), (planes - 1, width * height - 1), (planes - 1, 4 * width + width / 2), (0, 4 * width + width / 2 - 3)] {
      var (more, less) = (decoded, decoded)
      more[k][i] += 0.25
      less[k][i] -= 0.25
      let slope = (error(more) - error(less)) / 0.5
      #expect(abs(slope - Double(slopes[k][i])) < 0.02 * abs(slope) + 0.05, "plane \(k), sample \(i)")
    }
  }

  @Test func weightsThatCannotBeAreRefused() throws {
    var random = RandomSource(seed: 1)
    let tensors = PlaneEnhancer(width: 8, blocks: 2, random: &random).tensors
    func stored(_ changes: [String: Tensor?]) throws -> PlaneEnhancer? {
      var changed = tensors
      for (name, tensor) in changes { changed[name] = tensor }
      return try PlaneEnhancer.stored(in: Dictionary(uniqueKeysWithValues: changed.map { ("e." + $0.key, $0.value) }), prefix: "e.")
    }
    #expect(try stored([:])?.tensors.count == tensors.count)
    #expect(try stored(["input.weight": nil]) == nil)
    #expect(throws: LayerError.self) { try stored(["output.bias": nil]) }
    #expect(throws: LayerError.self) { try stored(["input.weight": Tensor(zeros: [8, 4, 6, 5])]) }
    #expect(throws: LayerError.self) { try stored(["input.weight": Tensor(zeros: [1 << 20, 4, 1, 1])]) }
    #expect(throws: LayerError.self) { try stored(["blocks.0.first.weight": nil]) }
  }
}
