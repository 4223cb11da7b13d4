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
