import Entropy

/// The values that a channel uses, where they are few: samples are coded by their rank, and the gaps between the values once.
struct SamplePalette: Equatable {
  /// In rising order.
  let values: [Int32]

  /// The palette of a channel, or nil where it would not pay: it must leave out at least half of the range (with a bound: be no finer than its steps),
  /// and the values must be used often enough to be worth naming.
  init?(_ samples: [Int32], bound: Int) {
    let distinct = SamplePalette.distinct(samples)
    guard let low = distinct.first, let high = distinct.last, distinct.count > 1 else { return nil }
    let range = Int(high) - Int(low) + 1
    guard distinct.count * max(2, 2 * bound + 1) <= range, samples.count >= 8 * distinct.count else { return nil }
    self.values = distinct
  }

  /// The values that occur, in rising order.
  private static func distinct(_ samples: [Int32]) -> [Int32] {
    guard let low = samples.min(), let high = samples.max() else { return [] }
    let range = Int(high) - Int(low)
    if range < 8 * samples.count {
      var occurs = [Bool](repeating: false, count: range + 1)
      for value in samples { occurs[Int(value) - Int(low)] = true }
      return occurs.indices.lazy.filter { occurs[$0] }.map { low + Int32($0) }
    }
    var distinct: [Int32] = []
    for value in samples.sorted() where distinct.last != value { distinct.append(value) }
    return distinct
  }

  init(values: [Int32]) { self.values = values }

  /// The rank of the value nearest below or equal to `value`; 0 below all of them.
  func rank(_ value: Int32) -> Int {
    var low = 0
    var high = values.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if values[middle] <= value { low = middle } else { high = middle }
    }
    return low
  }

  /// Codes `count` values from `low` to `high` through their gaps, two gaps before as context. Damaged data gives values that do not exceed `high`.
  static func code<Coder: BinaryCoder>(_ values: [Int32], count: Int, low: Int32, high: Int32, _ coder: inout Coder) -> SamplePalette {
    let tree = IntegerTree(unary: 12, exponents: 33)
    let model = MixingModel(
      MixingShape(nodes: tree.nodes, inputs: [.init(contexts: 1), .init(contexts: 32), .init(contexts: 1024)], selectors: [32]))
    var result = [low]
    result.reserveCapacity(count)
    var gaps = (0, 0)
    while result.count < count - 1 {
      let last = Int(result[result.count - 1])
      model.setContext(0, 0)
      model.setContext(1, min(gaps.0, 31))
      model.setContext(2, min(gaps.0, 31) * 32 + min(gaps.1, 31))
      model.setSelector(0, min(gaps.0, 31))
      let wanted = result.count < values.count ? Int(values[result.count]) - last - 1 : 0
      let gap = tree.code(wanted, model, &coder)
      result.append(Int32(min(last + 1 + gap, Int(high))))
      gaps = (gap, gaps.0)
    }
    if count > 1 { result.append(high) }
    return SamplePalette(values: result)
  }
}
