/// How large the stages of a `SamplePredictor` are.
public struct SamplePredictorShape: Sendable, Equatable {
  /// Past samples of the channel itself in the fast and in the slow least-squares stage, at most 64.
  public var own: [Int]
  /// Past samples of all reference channels together in the fast and in the slow stage; each reference gives at least one.
  public var others: [Int]
  /// Samples between solutions of the least squares.
  public var every: Int
  /// Taps of the least-mean-squares stages, in order.
  public var taps: [Int]

  /// Samples between searches of the past for what is like the present, 0 for none.
  public var matching: Int
  /// Samples between rankings of what was found.
  public var ranking: Int

  public init(own: [Int], others: [Int], every: Int, taps: [Int], matching: Int, ranking: Int = 1) {
    precondition(own.count == 2 && others.count == 2 && own.allSatisfy { (1...SampleHistory.margin).contains($0) }, "two least-squares stages")
    self.own = own
    self.others = others
    self.every = every
    self.taps = taps
    self.matching = matching
    self.ranking = ranking
  }
}

/// What followed where the past looked as it does now: one for all channels of a history.
public final class SampleMatches {
  private let matcher: CascadeMatcher?
  let inputCount: Int

  /// - Parameter channels: those to match by, the most important first.
  public init(channels: [Int], history: SampleHistory, shape: SamplePredictorShape) {
    matcher =
      shape.matching == 0 || channels.isEmpty
      ? nil : CascadeMatcher(channels: channels, history: history, interval: shape.matching, refinement: shape.ranking)
    inputCount = matcher == nil ? 0 : CascadeMatcher.inputCount
  }

  /// Makes ready for sample `t`; called for every t in order, with all samples before it set.
  public func advance(to t: Int) { matcher?.advance(to: t) }

  func gather(_ channel: Int, _ t: Int, _ input: UnsafeMutablePointer<Double>) { matcher?.gather(channel, t, input) }
}

/// Predicts a channel from its own past and the other channels (those with a smaller number at the present sample too).
///
/// Inputs besides samples: what followed where the past looked as it does now (`SampleMatches`).
/// Stages, after the pattern of OptimFROG and Sac: two least-squares predictors, one that forgets fast and one slow; a chain of normalised LMS
/// filters on what the slow one leaves; and a small least-squares combination of them all. Only + - * / and square roots of doubles
/// in a fixed order: the same bits everywhere.
public final class SamplePredictor {
  /// The number of single predictions, the combination included.
  public static let expertCount = 4
  /// The single predictions of the present sample; the last one is the combination.
  public let experts: UnsafeMutablePointer<Double>

  private let channel: Int
  private let references: [Int]
  private let shape: SamplePredictorShape
  private let lags: [Int]
  private let matches: SampleMatches
  private let history: SampleHistory
  private let stages: [CascadeLeastSquares]
  private let inputs: [UnsafeMutablePointer<Double>]
  private let chain: [CascadeLMS]
  private let chained: UnsafeMutablePointer<Double>
  private let combination: CascadeLeastSquares
  private let relative: UnsafeMutablePointer<Double>
  private static let forgetting = [0.998, 0.9998]

  /// - Parameter references: the other channels to look at, the most important first.
  public init(channel: Int, references: [Int], history: SampleHistory, matches: SampleMatches, shape: SamplePredictorShape) {
    self.channel = channel
    self.references = references
    self.history = history
    self.matches = matches
    self.shape = shape
    lags = shape.others.map { references.isEmpty ? 0 : max(1, $0 / references.count) }
    let present = references.count { $0 < channel }
    var stages: [CascadeLeastSquares] = []
    for stage in 0..<2 {
      let samples = shape.own[stage] + references.count * lags[stage] + present
      let count = samples + matches.inputCount + 1
      stages.append(CascadeLeastSquares(count: count, forget: SamplePredictor.forgetting[stage], ridge: 0.001, every: shape.every))
    }
    self.stages = stages
    inputs = stages.map { CascadeKernels.zeros($0.count) }
    chain = shape.taps.map { CascadeLMS(taps: $0, rate: $0 > 100 ? 0.003 : $0 > 20 ? 0.004 : 0.008) }
    chained = CascadeKernels.zeros(shape.taps.count)
    experts = CascadeKernels.zeros(SamplePredictor.expertCount)
    combination = CascadeLeastSquares(count: SamplePredictor.expertCount - 1, forget: 0.998, ridge: 0.001, every: 1)
    relative = CascadeKernels.zeros(SamplePredictor.expertCount - 1)
  }

  deinit { for pointer in inputs + [experts, chained, relative] { pointer.deallocate() } }

  /// Predicts sample `t`; everything before it, and smaller channels at `t`, must be set in the history. Always finite.
  public func predict(_ t: Int) -> Double {
    for stage in 0..<2 {
      gather(stage, t)
      experts[stage] = stages[stage].predict(inputs[stage])
    }
    var sum = experts[1]
    for k in chain.indices {
      chained[k] = chain[k].predict()
      sum += chained[k]
    }
    experts[2] = sum
    let last = SamplePredictor.expertCount - 1
    let base = history.past(channel, t)[-1]
    // A stage that went astray (damaged data, wild input) is replaced by the last sample; this also catches what is not a number.
    for k in 0..<last {
      if !(experts[k] > -0x1p34 && experts[k] < 0x1p34) { experts[k] = base }
      relative[k] = experts[k] - base
    }
    let combined = t < 20 ? experts[1] : base + combination.predict(relative)
    experts[last] = combined > -0x1p34 && combined < 0x1p34 ? combined : base
    return experts[last]
  }

  /// Learns sample `t`, which was predicted last.
  public func update(_ t: Int, _ value: Double) {
    combination.update(relative, value - history.past(channel, t)[-1])
    for stage in 0..<2 { stages[stage].update(inputs[stage], value) }
    var rest = value - experts[1]
    for k in chain.indices {
      chain[k].update(rest)
      rest -= chained[k]
    }
  }

  /// Collects the inputs of a least-squares stage.
  private func gather(_ stage: Int, _ t: Int) {
    let input = inputs[stage]
    let own = shape.own[stage]
    input.update(from: history.past(channel, t) - own, count: own)
    var k = own
    for reference in references {
      let past = history.past(reference, t)
      let count = lags[stage] &+ (reference < channel ? 1 : 0)
      (input + k).update(from: past - lags[stage], count: count)
      k &+= count
    }
    matches.gather(channel, t, input + k)
    k &+= matches.inputCount
    input[k] = 8
  }
}
