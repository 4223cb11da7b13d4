import Entropy
import Testing

@Suite struct MixingModelTests {
  let shape = MixingShape(
    nodes: 30, inputs: [.init(contexts: 1), .init(contexts: 16), .init(contexts: 256, limit: 60)], selectors: [1, 16], refinements: 4)

  /// Symbols that depend on the one before, 0 to 15 and now and then a large one.
  func source(_ count: Int) -> [Int] {
    var random = Random(state: 3)
    var last = 0
    return (0..<count).map { _ in
      let next = random.next()
      last = next % 97 == 0 ? Int(next >> 40) % 500 - 250 : next % 4 != 0 ? last / 2 : Int(next >> 50) % 8 - 3
      return last
    }
  }

  func set(_ model: MixingModel, _ before: (Int, Int)) {
    let context = min(abs(before.0), 15)
    model.setContext(0, 0)
    model.setContext(1, context)
    model.setContext(2, context * 16 + min(abs(before.1), 15))
    model.setSelector(1, context)
    model.setRefinement(min(context, 3))
  }

  func run<C: BinaryCoder>(_ values: [Int], _ model: MixingModel, _ coder: inout C) -> [Int] {
    let tree = IntegerTree(unary: 8, exponents: 10)
    var before = (0, 0)
    return values.map { value in
      set(model, before)
      let size = tree.code(abs(value), model, &coder)
      let isNegative = size != 0 && model.code(value < 0 ? 1 : 0, node: tree.nodes - 1, &coder) != 0
      let coded = isNegative ? -size : size
      before = (coded, before.0)
      return coded
    }
  }

  @Test func decodesWhatWasEncodedAndCostsWhatItSays() {
    let values = source(20_000)
    var encoder = RansEncoder()
    _ = run(values, MixingModel(shape), &encoder)
    let bytes = encoder.finish()
    var decoder = RansDecoder(bytes)
    #expect(run([Int](repeating: 0, count: values.count), MixingModel(shape), &decoder) == values)
    #expect(decoder.isComplete)
    var meter = LearningMeter()
    _ = run(values, MixingModel(shape), &meter)
    #expect(abs(Double(meter.cost) / 4096 - Double(bytes.count * 8)) < 40 + 0.002 * Double(bytes.count * 8))
  }

  @Test func learnsASourceToItsEntropy() {
    // Bits with probability 0.1 or 0.9 by a context: 0.469 bit each.
    var random = Random(state: 8)
    let model = MixingModel(MixingShape(nodes: 1, inputs: [.init(contexts: 2, limit: 1000)], refinements: 1))
    var meter = LearningMeter()
    let count = 50_000
    for k in 0..<count {
      model.setContext(0, k & 1)
      _ = model.code((Int.random(in: 0..<10, using: &random) == 0) == (k & 1 == 0) ? 1 : 0, node: 0, &meter)
    }
    #expect(Double(meter.cost) / 4096 / Double(count) < 0.469 * 1.015)
  }

  @Test func aPriceChangesNothing() {
    let model = MixingModel(shape)
    var learner = LearningMeter()
    _ = run(source(2000), model, &learner)
    let before = model.state
    set(model, (3, 1))
    var meter = CostMeter()
    _ = model.code(1, node: 2, &meter)
    #expect(model.state == before)
    learner.cost = 0
    _ = model.code(1, node: 2, &learner)
    #expect(meter.cost == learner.cost && model.state != before)
  }

  @Test func aTrainedStateStartsWhereItStopped() {
    let values = source(3000)
    let trained = MixingModel(shape)
    var fresh = LearningMeter()
    _ = run(values, trained, &fresh)
    let copy = MixingModel(shape, state: trained.state)
    var again = LearningMeter()
    var third = LearningMeter()
    _ = run(values, trained.copy(), &again)
    _ = run(values, copy, &third)
    #expect(again.cost < fresh.cost && again.cost == third.cost)
  }

  @Test func anyStateIsSurvived() {
    var random = Random(state: 1)
    let model = MixingModel(shape, state: (0..<shape.stateCount).map { _ in Int32(truncatingIfNeeded: random.next()) })
    var encoder = RansEncoder()
    let values = source(2000)
    let state = model.state
    _ = run(values, model, &encoder)
    var decoder = RansDecoder(encoder.finish())
    #expect(run([Int](repeating: 0, count: values.count), MixingModel(shape, state: state), &decoder) == values)
  }
}

/// Adds up ideal code lengths while the models learn.
private struct LearningMeter: BinaryCoder {
  /// In units of 1/4096 bit.
  var cost = 0
  static var learns: Bool { true }

  mutating func code(_ bit: Int, probability: UInt32) -> Int {
    cost += Int(Logistic.cost(bit != 0 ? probability : 65536 - probability))
    return bit
  }
}
