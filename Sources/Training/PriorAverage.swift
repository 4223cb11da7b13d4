/// What the prior's models should begin with: an average of their states over all recordings.
///
/// A model adapts, so its state knows the last recording best. The mean over the states that the recordings left, each entry over those recordings that
/// changed it, is what suits them all (the mean of the probabilities has the least expected code length; averaging the weights of online learning is
/// that of Polyak and Juditsky, 1992). Later states know more than early ones and weigh in proportion to their number.
struct PriorAverage: Sendable {
  /// By model and entry, fixed point: probabilities of counters in 30 bits, other entries times 64.
  private(set) var means: [String: [Int32]] = [:]
  /// The weight of all that is in a mean: 0 for an entry that nothing has changed.
  private(set) var weights: [String: [Int32]] = [:]
  private static let heaviest: Int32 = 1 << 30
  /// A counter that has seen nothing.
  private static let fresh = Int32(bitPattern: 1 << 31)

  init() {}

  init(means: [String: [Int32]], weights: [String: [Int32]]) { (self.means, self.weights) = (means, weights) }

  /// Takes in the states that a recording left.
  /// - Parameters:
  ///   - before: what it began with; models that are missing were untrained.
  ///   - weight: of the recording, 1 to 1000.
  ///   - counters: how many entries of each model's state are counters; they come first.
  mutating func add(_ states: [String: [Int32]], after before: [String: [Int32]], weight: Int, counters: [String: Int]) {
    for (name, state) in states {
      let counters = counters[name] ?? 0
      let old = before[name]
      var mean = means.removeValue(forKey: name) ?? [Int32](repeating: 0, count: state.count)
      var total = weights.removeValue(forKey: name) ?? [Int32](repeating: 0, count: state.count)
      for k in state.indices {
        guard let old else {
          // Entries that nothing has changed yet keep their value, without weight.
          mean[k] = PriorAverage.fixed(state[k], isCounter: k < counters)
          total[k] = k < counters && state[k] == PriorAverage.fresh ? 0 : Int32(weight)
          continue
        }
        guard state[k] != old[k] else { continue }
        // Weights grow as 1, 2, 3, ...: the next is about the root of twice their sum.
        let next = Int64(weight) * Int64((2 * Double(total[k]) / Double(weight) + 1).squareRoot())
        total[k] = Int32(min(Int64(total[k]) + next, Int64(PriorAverage.heaviest)))
        mean[k] += Int32((Int64(PriorAverage.fixed(state[k], isCounter: k < counters)) - Int64(mean[k])) * next / Int64(total[k]))
      }
      means[name] = mean
      weights[name] = total
    }
  }

  private static func fixed(_ value: Int32, isCounter: Bool) -> Int32 {
    isCounter ? Int32(truncatingIfNeeded: (UInt32(bitPattern: value) >> 10) << 8) : value << 6
  }

  /// The states to begin with.
  /// - Parameters:
  ///   - states: as the last recording left them.
  ///   - confidence: the highest count of a counter, 1 to 1023, so that it still adapts.
  ///   - counters: as above.
  func settled(_ states: [String: [Int32]], confidence: Int, counters: [String: Int]) -> [String: [Int32]] {
    var result = states
    for (name, state) in states {
      guard let mean = means[name], let counters = counters[name] else { continue }
      result[name] = state.indices.map { k in
        guard k < counters else { return mean[k] >> 6 }
        let count = min(UInt32(bitPattern: state[k]) & 1023, UInt32(confidence))
        return Int32(bitPattern: (UInt32(bitPattern: mean[k]) >> 8) << 10 | count)
      }
    }
    return result
  }
}
