import Bytes
import Codecs
import Glibc
import Layers
import Tensors

/// Makes a codec from folders of recordings: the prior learns their symbols, the synthesis what copy and transform miss, then the prior again, the
/// network beside it, and the enhancer what is missing in what was decoded; and the codec is measured on recordings that were held back. The same
/// recipe and recordings give the same codec bit by bit, whether the run was interrupted or not, for any number of threads.
public final class Trainer {
  /// What the caller is told while it runs.
  public enum Event: Sendable {
    /// Something to be told once.
    case note(String)
    /// How far the work is.
    case progress(Progress)
  }

  public struct Progress: Sendable {
    public enum Stage: String, Sendable {
      case colours = "colours"
      case prior = "prior"
      case pretraining = "pre-training"
      case autoencoder = "autoencoder"
      case synthesis = "synthesis"
      case network = "network"
      case examples = "examples"
      case enhancer = "enhancer"
      case evaluation = "evaluation"
    }
    public var stage: Stage
    public var done: Int
    public var total: Int?
    /// Seconds until the stage ends, if that is known.
    public var secondsLeft: Double?
    /// Mean of the last losses of the enhancer: the part of the squared error that is left.
    public var loss: Double?
    /// Bits a sample: of what the prior learned last, before it learned it; then of held-back recordings.
    public var bitsPerSample: Double?
    /// The loss on held-back recordings, where it is measured on the way.
    public var heldBack: Double?
    /// PRDN in percent of held-back recordings at the middle quality without and with the enhancer.
    public var prdn: (before: Double, after: Double)?
  }

  let recipe: Recipe
  let folder: CodecFolder
  let recordings: Recordings
  private let card: FrameCard
  let random: RandomSource
  let report: (Event) -> Void
  let isInterrupted: () -> Bool
  var state: TrainingState
  var synthesis: SynthesisTrainer?
  var network: NetworkTrainer?
  var enhancer: EnhancerTrainer?
  private var lastSave: Double
  private let priorJobs: [Int]

  /// Reads the recordings, and the state of an earlier run if there is one to go on with.
  /// - Parameters:
  ///   - data: folders of recordings.
  ///   - output: the codec's folder.
  ///   - overwrite: begin anew where there is a codec already.
  ///   - resume: go on where there is the state of an unfinished run.
  ///   - isInterrupted: asked often; once it says yes, everything is saved and `TrainingError.interrupted` thrown.
  /// - Throws: `TrainingError`.
  public init(
    recipe: Recipe, data: [String], output: String, overwrite: Bool, resume: Bool, isInterrupted: @escaping () -> Bool,
    report: @escaping (Event) -> Void
  ) throws {
    (self.recipe, self.report, self.isInterrupted) = (recipe, report, isInterrupted)
    folder = CodecFolder(path: output)
    let goesOn = try folder.goesOn(resume: resume, overwrite: overwrite)
    random = RandomSource(seed: UInt64(recipe.seed))
    recordings = try Recordings(folders: data, share: recipe.validation, random.stream(0), isInterrupted: isInterrupted)
    for problem in recordings.problems { report(.note(problem)) }
    let fingerprint = recordings.fingerprint(recipe.described)
    state = try goesOn ? folder.readState(fingerprint: fingerprint) : TrainingState(fingerprint: fingerprint)
    card = FrameCard(name: Trainer.lastComponent(output), recipe: recipe, recordings: recordings, folders: data.map(Trainer.lastComponent))
    var jobs = Array(0..<recordings.training.count * recipe.priorQualities.count)
    var order = random.stream(1)
    jobs.shuffle(using: &order)
    priorJobs = jobs
    lastSave = Trainer.now()
    report(.note("\(recordings.training.count) recordings to train on, \(recordings.validation.count) held back"))
  }

  static func lastComponent(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

  static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Trains, measures and writes the codec.
  /// - Throws: `TrainingError`, of which `diverged` comes once the codec is written; `SignalError`, `CodecError`.
  public func run() throws -> Evaluation {
    try folder.make()
    do {
      try trainPrior(upTo: priorJobs.count)
      if recipe.synthesisSteps > 0 {
        if state.priorPosition == priorJobs.count {
          try trainSynthesis()
          // The prior learns anew what the synthesis leaves to be coded.
          (state.prior, state.average) = ([:], PriorAverage())
        }
        try trainPrior(upTo: 2 * priorJobs.count)
      }
      if recipe.networkSteps > 0 { try trainNetwork() }
      if recipe.length != .steps(0) { try trainEnhancer() }
      try save()
      let evaluation = try Evaluation(
        weights, on: recordings.validation, recipe: recipe, random.stream(5),
        progress: { self.report(.progress(Progress(stage: .evaluation, done: $0, total: $1))) }, isInterrupted: isInterrupted)
      try folder.write(
        config: card.config(progress(isFinished: true)), weights: weights, card: card.text(progress(isFinished: true), evaluation: evaluation))
      folder.removeState()
      if let divergence = divergences.first { throw divergence.error(folder.path) }
      return evaluation
    } catch TrainingError.interrupted {
      try save()
      throw TrainingError.interrupted
    }
  }

  // MARK: Saving

  /// What the prior's models begin with as far as they are trained.
  var settledPrior: [String: [Int32]] {
    state.average.settled(state.prior, confidence: recipe.confidence, counters: FrameExaminer.counterCounts)
  }

  /// The synthesis once all its rounds are finished; empty before, and where none of them did any good.
  var finishedSynthesis: [String: Tensor] { state.rounds.networks.count == recipe.synthesisRounds ? state.rounds.best : [:] }

  /// The codec's weights at present.
  private var weights: Safetensors {
    let prior = settledPrior
    return Safetensors(
      tensors: Dictionary(
        uniqueKeysWithValues: finishedSynthesis.map { ("synthesis." + $0.key, $0.value) }
          + (enhancer?.progress.best ?? [:]).map { ("enhancer." + $0.key, $0.value) }
          + (network?.progress.best ?? [:]).map { ("network." + $0.key, $0.value) }),
      integers: Dictionary(uniqueKeysWithValues: prior.map { ("prior." + $0.key, $0.value) }))
  }

  /// Networks whose training ended early.
  private var divergences: [Divergence] {
    [state.rounds.divergence, network?.divergence, enhancer?.divergence].compactMap { $0 }
  }

  private func progress(isFinished: Bool) -> FrameCard.Progress {
    let enhancer = enhancer?.progress
    let hasEnhancer = enhancer.map { !$0.best.isEmpty } ?? false
    return FrameCard.Progress(
      priorDone: state.priorPosition, priorTotal: priorJobs.count * (recipe.synthesisSteps > 0 ? 2 : 1), enhancerStep: enhancer?.step ?? 0,
      enhancerTotal: enhancer?.totalSteps,
      enhancerScore: hasEnhancer ? enhancer?.bestScore : nil, synthesisScore: finishedSynthesis.isEmpty ? nil : state.rounds.scores.min(),
      divergences: divergences, isFinished: isFinished)
  }

  private func save() throws {
    if let synthesis { state.synthesis = synthesis.progress.state }
    if let network { state.network = network.progress.state }
    if let enhancer { state.enhancer = enhancer.progress.state }
    try folder.write(
      config: card.config(progress(isFinished: false)), weights: weights, card: card.text(progress(isFinished: false), evaluation: nil))
    try folder.write(state: state.serialized)
    lastSave = Trainer.now()
  }

  /// Saves if it is time.
  func pause() throws {
    if isInterrupted() { throw TrainingError.interrupted }
    if Trainer.now() - lastSave >= recipe.checkpointSeconds { try save() }
  }

  // MARK: Stages

  private func trainPrior(upTo total: Int) throws {
    let (start, first) = (Trainer.now(), state.priorPosition)
    var bits: Double?
    while state.priorPosition < total {
      let job = priorJobs[state.priorPosition % priorJobs.count]
      let recording = recordings.training[job / recipe.priorQualities.count]
      var own = random.stream(2).stream(UInt64(job))
      let (info, chunks) = try recording.visit(recipe, &own)
      let examiner = FrameExaminer(
        info: info, quality: recipe.priorQualities[job % recipe.priorQualities.count], effort: recipe.effort,
        synthesis: state.priorPosition < priorJobs.count ? [:] : finishedSynthesis)
      for chunk in chunks {
        let result = try examiner.examine(chunk, states: state.prior)
        state.average.add(
          result.states, after: state.prior, weight: Int(max(1, (Double(chunk[0].count) / recording.info.rate).squareRoot())),
          counters: FrameExaminer.counterCounts)
        state.prior = result.states
        let found = Double(8 * result.bytes) / Double(chunk.count * chunk[0].count)
        bits = bits.map { $0 + (found - $0) / 30 } ?? found
      }
      state.priorPosition += 1
      let done = state.priorPosition
      let left = (Trainer.now() - start) / Double(done - first) * Double(total - done)
      report(.progress(Progress(stage: .prior, done: done, total: total, secondsLeft: left, bitsPerSample: bits)))
      try pause()
    }
  }
}
