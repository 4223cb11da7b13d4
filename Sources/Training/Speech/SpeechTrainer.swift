import Autoencoders
import Bytes
import Codecs
import Evaluation
import Layers
import Tensors

/// Makes a codec of speech from folders of recordings: encoder, quantiser, decoder and prior are trained together, for all qualities at once. The
/// same recipe and recordings give the same codec bit by bit, interrupted or not.
public final class SpeechTrainer {
  /// A codec measured at one quality: means over recordings.
  public struct Point: Sendable {
    public let quality: Double
    /// Of payloads.
    public let kilobitsPerSecond: Double
    /// The disturbance of PESQ; what a listener would give follows from it.
    public let pesq: Double
    /// One less the correlation of envelopes.
    public let envelopes: Double
  }

  private let recipe: SpeechRecipe
  private let folder: CodecFolder
  private let card: ModelCard
  private let recordings: Recordings
  private let random: RandomSource
  private let report: (Trainer.Event) -> Void
  private let isInterrupted: () -> Bool
  private let loss = PerceptualLoss()
  private var state: TrainingState
  private let descent: Descent<SpeechNetwork>
  private var lastSave = Trainer.now()
  /// What an earlier run had learned is loaded, if there was one.
  private var isResumed = false

  /// Batches of recordings that are held back, and the most of those that the card's figures are measured on.
  private static let (heldBackBatches, mostMeasured) = (4, 24)
  /// Seconds of each that are measured.
  private static let measuredSeconds = 8.0

  /// Reads the recordings' list, and the state of an earlier run if there is one to go on with. Parameters are those of `Trainer`.
  /// - Throws: `TrainingError`.
  public init(
    recipe: SpeechRecipe, data: [String], output: String, overwrite: Bool, resume: Bool, isInterrupted: @escaping () -> Bool,
    report: @escaping (Trainer.Event) -> Void
  ) throws {
    (self.recipe, self.report, self.isInterrupted) = (recipe, report, isInterrupted)
    folder = CodecFolder(path: output)
    let goesOn = try folder.goesOn(resume: resume, overwrite: overwrite)
    random = RandomSource(seed: UInt64(recipe.seed))
    recordings = try Recordings(
      folders: data, share: recipe.validation, refusing: { SpeechExaminer.takes($0) ? nil : "not sound" }, random.stream(0),
      isInterrupted: isInterrupted)
    for problem in recordings.problems { report(.note(problem)) }
    card = ModelCard(name: Trainer.lastComponent(output), recipe: recipe, recordings: recordings, folders: data.map(Trainer.lastComponent))
    let fingerprint = recordings.fingerprint(recipe.described)
    state = try goesOn ? folder.readState(fingerprint: fingerprint) : TrainingState(fingerprint: fingerprint)
    var initial = random.stream(1)
    let network = SpeechNetwork(random: &initial)
    if let start = recipe.from { try network.load(start.weights.tensors) }
    descent = Descent(network, weightDecay: 0, totalSteps: recipe.steps)
    report(.note("\(recordings.training.count) recordings to train on, \(recordings.validation.count) held back"))
  }

  /// Trains, measures and writes the codec.
  /// - Returns: what it does on recordings that were held back, by quality.
  /// - Throws: `TrainingError`, `SignalError`, `CodecError`.
  public func run() throws -> [Point] {
    try folder.make()
    do {
      let untrained = descent.network.tensors
      try train()
      let divergence = descent.divergence(lower: "\"learningRate\"")
      if let divergence { report(.note(divergence.note)) }
      if !descent.best.isEmpty {
        try descent.network.load(descent.best)
      } else if divergence != nil || recipe.from != nil {
        try descent.network.load(untrained)
        if divergence == nil { report(.note("training did not make the codec of \"from\" better, whose weights stay; lower \"learningRate\"")) }
      }
      let config = card.config(kind: SpeechRecipe.kind)
      let package = try CodecPackage(
        name: card.name, config: Array((config.lines + "\n").utf8), weights: Safetensors(tensors: descent.network.tensors).serialized())
      let points = try recipe.validationQualities.enumerated().map { index, quality in
        if isInterrupted() { throw TrainingError.interrupted }
        defer { report(.progress(Trainer.Progress(stage: .evaluation, done: index + 1, total: recipe.validationQualities.count))) }
        return try point(package, quality: quality)
      }
      let text = card.text("A codec of speech at 16 kHz", notes: divergence?.lines ?? [], results: results(points))
      try folder.write(config: config, weights: package.weights, card: text)
      folder.removeState()
      if let divergence { throw divergence.error(folder.path) }
      return points
    } catch TrainingError.interrupted {
      try save()
      throw TrainingError.interrupted
    }
  }

  private func train() throws {
    let budget = recipe.megabytes << 18
    let heldBack = try SpeechExamples(recordings.validation, recipe, budget: budget / 8, random.stream(2), isInterrupted: isInterrupted)
      .fixed(recipe, batches: SpeechTrainer.heldBackBatches, random.stream(3))
    // What the network does before it has learned anything has a score of 1.
    let plain = max(validated(heldBack), 1e-9)
    try descent.resume(state.network, in: folder)
    isResumed = true
    guard !descent.isFinished else { return }
    let examples = try SpeechExamples(recordings.training, recipe, budget: budget, random.stream(4), isInterrupted: isInterrupted)
    let schedule = Schedule(peak: Float(recipe.learningRate), warmUp: recipe.warmUp, total: recipe.steps, floor: 0.02)
    let (start, first) = (Trainer.now(), descent.step)
    var score: Double?
    while !descent.isFinished {
      var own = random.stream(5).stream(UInt64(descent.step))
      let batch = examples.batch(recipe, &own)
      let warm = min(1, Double(descent.step + 1) / Double(recipe.rateWarmUp))
      let loss = loss(batch, isRounded: descent.step >= recipe.softSteps, rateShare: warm, on: Tape(), &own)
      guard descent.descend(loss, plain: plain, clip: recipe.clip, schedule) else {
        descent.keep(score: validated(heldBack) / plain)
        break
      }
      if descent.step % recipe.validateEvery == 0 || descent.isFinished {
        let found = validated(heldBack) / plain
        descent.keep(score: found)
        score = found
      }
      let left = (Trainer.now() - start) / Double(descent.step - first) * Double(recipe.steps - descent.step)
      report(
        .progress(
          Trainer.Progress(
            stage: .autoencoder, done: descent.step, total: recipe.steps, secondsLeft: left, loss: descent.loss, heldBack: score)))
      if isInterrupted() { throw TrainingError.interrupted }
      if Trainer.now() - lastSave >= recipe.checkpointSeconds { try save() }
    }
  }

  /// - Parameter rateShare: how much of its weight the rate has.
  private func loss(_ batch: SpeechNetwork.Batch, isRounded: Bool, rateShare: Double = 1, on tape: Tape, _ random: inout RandomSource) -> Variable {
    let result = descent.network.trained(batch, isRounded: isRounded, on: tape, &random)
    // What a bit of a frame counts, by quality.
    let prices = batch.qualities.map { quality in
      Variable(Tensor(quality * -0.693_147_18)).exp().value.scalar * Float(recipe.rateWeight * rateShare) * Float(SpeechShape.rate)
        / Float(SpeechShape.frame * 1000)
    }
    let rate = result.bits.mean(alongAxes: [1]).reshaped([prices.count]) * tape.constant(Tensor(prices))
    return (loss.weighted(loss(result.original, result.decoded)) + rate).mean()
  }

  /// The mean loss of batches, latents rounded.
  private func validated(_ batches: [SpeechNetwork.Batch]) -> Double {
    batches.reduce(0) { sum, batch in
      var own = random.stream(6)
      return sum + Double(loss(batch, isRounded: true, on: Tape(learning: []), &own).value.scalar)
    } / Double(max(1, batches.count))
  }

  private func save() throws {
    // Before, the state is still that of the run that is gone on with.
    if isResumed { state.network = descent.state }
    try folder.write(state: state.serialized)
    lastSave = Trainer.now()
  }

  // MARK: What the codec says of itself

  private func point(_ package: CodecPackage, quality: Double) throws -> Point {
    let measured = try parallelMap(min(recordings.validation.count, SpeechTrainer.mostMeasured)) {
      index -> (rate: Double, pesq: Double, envelopes: Double) in
      let recording = recordings.validation[index]
      var own = random.stream(7).stream(UInt64(index))
      let samples = try recording.excerpt(seconds: SpeechTrainer.measuredSeconds, &own)
      var settings = EncodeSettings()
      settings.quality = quality
      var encoder = try ChunkEncoder(codec: package, info: recording.info, settings: settings)
      let encoded = try encoder.encode(samples, plan: encoder.plan(samples))
      let signals = try [samples, encoded.decoded].map { try SpeechExaminer.signal($0, info: recording.info) }
      let (x, y) = (Variable(Tensor(signals[0], shape: [1, signals[0].count])), Variable(Tensor(signals[1], shape: [1, signals[1].count])))
      let distances = loss(x, y)
      let seconds = Double(samples[0].count) / recording.info.rate
      return (Double(8 * encoded.payload.count) / seconds / 1000, Double(distances.pesq.value.values[0]), Double(distances.envelopes.value.values[0]))
    }
    let count = Double(measured.count)
    func mean(_ value: ((rate: Double, pesq: Double, envelopes: Double)) -> Double) -> Double { measured.reduce(0) { $0 + value($1) } / count }
    return Point(quality: quality, kilobitsPerSecond: mean(\.rate), pesq: mean(\.pesq), envelopes: mean(\.envelopes))
  }

  private func results(_ points: [Point]) -> [String] {
    let (count, seconds) = (min(recordings.validation.count, SpeechTrainer.mostMeasured), Int(SpeechTrainer.measuredSeconds))
    var lines = [
      "Means over \(count) recordings that were held back, \(seconds) s of each: payloads as the encoder "
        + "writes them. The distances are those of training: the disturbance of PESQ (0 is perfect), and one less the correlation of envelopes.", "",
      "| quality | kbit/s | disturbance | envelopes |", "| --- | --- | --- | --- |",
    ]
    for point in points {
      let cells = [Decimal.fixed(point.kilobitsPerSecond, 2), Decimal.fixed(point.pesq, 3), Decimal.fixed(point.envelopes, 4)]
      lines.append("| \(Decimal.short(point.quality)) | \(cells.joined(separator: " | ")) |")
    }
    return lines
  }
}
