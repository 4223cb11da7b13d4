import Codecs
import Tensors

/// Decoded leads with what they should have been, in groups: the leads of one recording at one quality.
struct ExampleSet: Sendable {
  struct Group: Sendable {
    /// Which recording.
    let recording: Int
    let quality: Double
    let seconds: Double
    let leads: [FrameExaminer.Example]
    /// By the prior, and samples of all leads together.
    let bytes: Int
    let samples: Int
    /// PRDN of each lead in percent without enhancer; nil for a constant one.
    let distortions: [Double?]

    var memory: Int { leads.reduce(0) { $0 + 4 * ($1.input.signals.count + $1.input.features.count + $1.target.count) } }
  }

  private(set) var groups: [Group] = []
  private(set) var memory = 0
  /// Sums of the groups' weights up to each.
  private var weights: [Int] = []

  /// Long groups are drawn more often than short ones, with the root of their length.
  mutating func append(_ group: Group) {
    groups.append(group)
    memory += group.memory
    weights.append((weights.last ?? 0) + max(1, Int(1000 * group.seconds.squareRoot())))
  }

  /// A lead of a group drawn by weight.
  func draw(_ random: inout RandomSource) -> FrameExaminer.Example {
    let number = random.integer(below: weights[weights.count - 1])
    var (low, high) = (0, weights.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if weights[middle] > number { high = middle } else { low = middle + 1 }
    }
    let leads = groups[low].leads
    return leads[random.integer(below: leads.count)]
  }

  /// Decodes a part of a recording.
  /// - Parameters:
  ///   - states: the prior.
  ///   - synthesis: inside the loop; empty where there is none.
  static func make(
    _ recording: Recording, index: Int, quality: Double, recipe: Recipe, states: [String: [Int32]], synthesis: [String: Tensor],
    _ random: RandomSource
  ) throws -> [Group] {
    var random = random
    let (info, chunks) = try recording.visit(recipe, &random)
    let examiner = FrameExaminer(info: info, quality: quality, effort: recipe.effort, synthesis: synthesis)
    return try chunks.map { chunk in
      let result = try examiner.examine(chunk, states: states)
      let distortions = zip(chunk, result.examples).map { samples, example -> Double? in
        let mean = samples.reduce(0.0) { $0 + Double($1) } / Double(samples.count)
        let spread = samples.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        let error = squares(example.target[...]) * Double(example.step) * Double(example.step)
        return spread > 0 ? 100 * (error / spread).squareRoot() : nil
      }
      return Group(
        recording: index, quality: quality, seconds: Double(chunk[0].count) / recording.info.rate, leads: result.examples, bytes: result.bytes,
        samples: chunk.count * chunk[0].count, distortions: distortions)
    }
  }
}

/// The sum of squares, in order.
func squares(_ values: ArraySlice<Float>) -> Double { values.reduce(0.0) { $0 + Double($1) * Double($1) } }
