import Autoencoders
import Bytes
import Codecs
import Layers
import Tensors

/// Makes a codec of blocks from folders of recordings: an autoencoder is trained, then its quantiser is fitted, the prior learns the codes, and the codec is
/// measured on recordings that were held back. The same recipe and recordings give the same codec bit by bit, interrupted or not, for any number of threads.
public final class BlockTrainer {
  private let recipe: BlockRecipe
  private let folder: CodecFolder
  private let recordings: Recordings
  private let card: BlockCard
  private let random: RandomSource
  private let report: (Trainer.Event) -> Void
  private let isInterrupted: () -> Bool
  private let fingerprint: String
  private var saved: TrainingState?

  /// Sequences that held-back recordings are measured on while an autoencoder is trained.
  private static let measured = 256
  /// Blocks that the evidence of a finished one is measured on.
  private static let mostJudged = 10_000
  /// Blocks that principal components are made from.
  private static let mostSamples = 60_000
  /// Numbers in all of them, and in the largest of them: their covariance is the square of it.
  private static let (mostNumbers, mostComponents) = (1 << 26, 4096)

  /// Reads the recordings, and the state of an earlier run if there is one to go on with. Parameters are those of `Trainer`.
  /// - Throws: `TrainingError`.
  public init(
    recipe: BlockRecipe, data: [String], output: String, overwrite: Bool, resume: Bool, isInterrupted: @escaping () -> Bool,
    report: @escaping (Trainer.Event) -> Void
  ) throws {
    (self.recipe, self.report, self.isInterrupted) = (recipe, report, isInterrupted)
    folder = CodecFolder(path: output)
    let goesOn = try folder.goesOn(resume: resume, overwrite: overwrite)
    random = RandomSource(seed: UInt64(recipe.seed))
    recordings = try Recordings(folders: data, share: recipe.validation, random.stream(0), isInterrupted: isInterrupted)
    for problem in recordings.problems { report(.note(problem)) }
    fingerprint = recordings.fingerprint(recipe.described)
    if goesOn { saved = try folder.readState(fingerprint: fingerprint) }
    card = BlockCard(name: Trainer.lastComponent(output), recipe: recipe, recordings: recordings, folders: data.map(Trainer.lastComponent))
    report(.note("\(recordings.training.count) recordings to train on, \(recordings.validation.count) held back"))
  }

  /// Trains, measures and writes the codec.
  /// - Returns: what it does on held-back recordings, by quality.
  /// - Throws: `TrainingError`, `SignalError`, `CodecError`.
  public func run() throws -> [Evaluation.Point] {
    try folder.make()
    let training = try examples(recordings.training)
    guard !training.isEmpty else { throw TrainingError.data("the recordings are shorter than a block; give longer ones") }
    let deviation = training.deviation
    guard (1e-6...1e6).contains(deviation) else { throw TrainingError.data("the recordings do not vary; give others") }
    let network = try trained(on: training, deviation: deviation)
    var fitting = random.stream(6)
    let quantiser = BlockQuantiser(network, training.draw(512, blocks: recipe.sequence, &fitting), &fitting)
    func package(_ states: [String: [Int32]]) throws -> (package: CodecPackage, config: JSONValue, weights: Safetensors) {
      let config = card.config(deviation: deviation)
      let weights = BlockExaminer.weights(network: network.tensors, centres: quantiser.centres, steps: quantiser.steps, states: states)
      return (try CodecPackage(name: card.name, config: Array(config.lines.utf8), weights: weights.serialized()), config, weights)
    }
    let states = try prior(package([:]).package)
    let finished = try package(BlockExaminer.settled(states, channels: network.codeShape[0], confidence: recipe.confidence))
    var points: [Evaluation.Point] = []
    for (index, quality) in recipe.validationQualities.enumerated() {
      if isInterrupted() { throw TrainingError.interrupted }
      points.append(
        try Evaluation.point(finished.package, recordings.validation, quality: quality, seconds: recipe.secondsPerRecord, random.stream(5)))
      report(.progress(Trainer.Progress(stage: .evaluation, done: index + 1, total: recipe.validationQualities.count)))
    }
    let evidence = try evidence(network, on: examples(recordings.validation))
    try folder.write(config: finished.config, weights: finished.weights, card: card.text(points, evidence))
    folder.removeState()
    return points
  }

  /// What an encoder sees of recordings.
  private func examples(_ recordings: [Recording]) throws -> BlockExamples {
    var examples = BlockExamples(blockSize: recipe.autoencoder.blockSize, beginsAnywhere: recipe.scaling == .level)
    for (index, recording) in recordings.enumerated() {
      if isInterrupted() { throw TrainingError.interrupted }
      let size = recipe.autoencoder.blockSize
      guard recipe.scaling != .range || recording.info.stack.map({ $0.itemSamples % size == 0 || size % $0.itemSamples == 0 }) != false else {
        throw TrainingError.data(
          "\(recording.name): \"block\" has \(size) numbers, and the items of this stack \(recording.info.unitSamples) samples; make \"block\" "
            + "colours, rows and columns of the pictures")
      }
      var own = random.stream(1).stream(UInt64(index))
      let scaling = BlockScaling(recipe.scaling, block: recipe.autoencoder.block, info: recording.info)
      for chunk in recording.chunks(try recording.excerpt(seconds: recipe.secondsPerRecord, &own), seconds: recipe.chunkSeconds) {
        examples.append(scaling.numbers(chunk))
      }
      report(.progress(Trainer.Progress(stage: .examples, done: index + 1, total: recordings.count)))
    }
    return examples
  }

  // MARK: The autoencoder

  private func trained(on examples: BlockExamples, deviation: Double) throws -> any Autoencoder {
    var initial = random.stream(2)
    let network = recipe.autoencoder.make(random: &initial)
    if recipe.start == .components, let network = network as? any LinearStart {
      var own = random.stream(3)
      network.begin(as: try components(examples, network, &own))
    }
    let descent = Descent(AnyAutoencoder(network), weightDecay: recipe.weightDecay, totalSteps: recipe.steps)
    let loss = BlockLoss(rate: recipe.rate, qualities: recipe.qualities, deviation: deviation, objective: recipe.objective)
    let heldBack = try self.examples(recordings.validation)
    func score() -> Double {
      // The same blocks and the same noise each time.
      var own = random.stream(4)
      return Double(loss(network, heldBack.draw(BlockTrainer.measured, blocks: recipe.sequence, &own), on: nil, &own).value.scalar)
    }
    // Before a run that is gone on with loads what it had learned, and before pre-training.
    let (untrained, first) = (network.tensors, score())
    // Against the untrained network, which has 1; of likelihoods, which may pass 0, by their difference.
    let isLikelihood = recipe.autoencoder.likelihood != nil
    func relative(_ score: Double) -> Double { isLikelihood ? 1 + score - first : score / first }
    func absolute(_ relative: Double) -> Double { isLikelihood ? relative - 1 + first : relative * first }
    if let saved = saved?.network {
      try resume(descent, saved)
    } else if let pretraining = recipe.pretraining {
      try pretrain(network, pretraining, on: examples)
      descent.keep(score: relative(score()))
      try save(descent)
    }
    let schedule = Schedule(peak: Float(recipe.learningRate), warmUp: min(recipe.warmUp, max(1, recipe.steps)), total: max(1, recipe.steps))
    let (start, begun) = (Trainer.now(), descent.step)
    var (lastSave, heldBackLoss) = (start, descent.bestScore)
    while !descent.isFinished {
      if isInterrupted() {
        try save(descent)
        throw TrainingError.interrupted
      }
      var own = random.stream(3).stream(UInt64(descent.step))
      let x = examples.draw(recipe.batch, blocks: recipe.sequence, &own)
      guard descent.descend(loss(network, x, on: Tape(), step: descent.step, &own), clip: recipe.clip, schedule) else {
        try save(descent)
        throw TrainingError.diverged(
          "\(folder.path): the loss of step \(descent.step) is not finite; lower \"learningRate\" or \"clip\" in the recipe")
      }
      if descent.step % recipe.validateEvery == 0 || descent.isFinished {
        heldBackLoss = relative(score())
        descent.keep(score: heldBackLoss)
      }
      let left = (Trainer.now() - start) / Double(descent.step - begun) * Double(recipe.steps - descent.step)
      report(
        .progress(
          Trainer.Progress(
            stage: .autoencoder, done: descent.step, total: recipe.steps, secondsLeft: left, loss: descent.loss, heldBack: absolute(heldBackLoss))))
      if Trainer.now() - lastSave >= recipe.checkpointSeconds {
        try save(descent)
        lastSave = Trainer.now()
      }
    }
    if recipe.steps > 0 {
      try save(descent)
      if descent.best.isEmpty {
        report(.note("the autoencoder did not become better than it was before its first step, and stays as it was; lower \"learningRate\""))
      }
    }
    try network.load(descent.best.isEmpty ? untrained : descent.best)
    return network
  }

  /// The two parts of the negative evidence lower bound of held-back blocks, in nats a block; nil where the autoencoder has none.
  private func evidence(_ network: any Autoencoder, on heldBack: BlockExamples) throws -> (samples: Double, divergence: Double)? {
    guard let network = network as? VariationalAutoencoder else { return nil }
    var (sums, own) = ((samples: 0.0, divergence: 0.0), random.stream(10))
    let count = min(heldBack.blockCount, BlockTrainer.mostJudged)
    for start in stride(from: 0, to: count, by: BlockTrainer.measured) {
      if isInterrupted() { throw TrainingError.interrupted }
      let x = Variable(heldBack.blocks(start..<min(count, start + BlockTrainer.measured)))
      let (samples, divergence) = network.evidence(x, seen: x, random: &own)
      let share = Double(x.shape[1]) / Double(max(1, count))
      sums.samples += Double(samples.value.scalar) * share
      sums.divergence += Double(divergence.value.scalar) * share
    }
    return sums
  }

  /// Trains the layers one after the other, each with its mirror.
  private func pretrain(_ network: any Autoencoder, _ pretraining: LayerwisePretraining, on examples: BlockExamples) throws {
    guard let dense = network as? DenseAutoencoder else { preconditionFailure("pre-training of an autoencoder without layers") }
    let total = recipe.autoencoder.pretrainedLayers * pretraining.steps
    let descent = Descent(AnyAutoencoder(network), weightDecay: 0, totalSteps: total)
    if let saved = saved?.pretraining { try resume(descent, saved) }
    let schedule = Schedule(peak: pretraining.learningRate, warmUp: min(pretraining.steps / 10 + 1, 100), total: pretraining.steps)
    var lastSave = Trainer.now()
    func save() throws {
      var state = TrainingState(fingerprint: fingerprint)
      state.pretraining = descent.state
      try folder.write(state: state.serialized)
    }
    while !descent.isFinished {
      if isInterrupted() {
        try save()
        throw TrainingError.interrupted
      }
      var own = random.stream(9).stream(UInt64(descent.step))
      let x = examples.draw(recipe.batch, blocks: recipe.sequence, &own)
      let (layer, step) = descent.step.quotientAndRemainder(dividingBy: pretraining.steps)
      let loss = pretraining.loss(of: dense, layer: layer, x, on: Tape(), random: &own)
      // As much as the recipe's clip for losses that are of a number and not of a block.
      guard descent.descend(loss, clip: recipe.clip * Double(network.blockSize), schedule, at: step) else {
        throw TrainingError.diverged(
          "\(folder.path): the loss of layer \(layer) is not finite in step \(step) of pre-training; lower \"learningRate\" in \"pretraining\"")
      }
      report(.progress(Trainer.Progress(stage: .pretraining, done: descent.step, total: total, loss: Double(loss.value.scalar))))
      if Trainer.now() - lastSave >= recipe.checkpointSeconds {
        try save()
        lastSave = Trainer.now()
      }
    }
  }

  /// - Throws: `TrainingError.state` if what was saved is of another network.
  private func resume(_ descent: Descent<AnyAutoencoder>, _ saved: TrainingState.Network) throws {
    do { try descent.resume(saved) } catch let error as LayerError {
      throw TrainingError.state("\(folder.path): the state of the training is damaged (\(error)); begin anew with -f")
    }
  }

  /// The linear autoencoder of the principal components.
  private func components(_ examples: BlockExamples, _ network: any Autoencoder, _ random: inout RandomSource) throws -> LinearAutoencoder {
    guard network.blockSize <= BlockTrainer.mostComponents else {
      throw TrainingError.recipe(
        "the recipe: \"start\" must be \"random\" for blocks of more than \(BlockTrainer.mostComponents) numbers; \"block\" has \(network.blockSize)")
    }
    let count = min(BlockTrainer.mostSamples, BlockTrainer.mostNumbers / network.blockSize, examples.blockCount)
    let samples = examples.draw(count, blocks: 1, &random)
    return try LinearAutoencoder.principalComponents(
      of: samples.reshaped([-1, network.blockSize]), block: network.blockShape, codeSize: network.codeSize)
  }

  private func save(_ descent: Descent<AnyAutoencoder>) throws {
    var state = TrainingState(fingerprint: fingerprint)
    state.network = descent.state
    try folder.write(state: state.serialized)
  }

  // MARK: The prior

  /// What the prior learns of all recordings at each quality, in random order.
  private func prior(_ package: CodecPackage) throws -> [String: [Int32]] {
    let (training, qualities) = (recordings.training, recipe.priorQualities)
    var order = Array(0..<training.count * qualities.count)
    var own = random.stream(7)
    order.shuffle(using: &own)
    var (states, bits): ([String: [Int32]], Double?) = ([:], nil)
    for (done, job) in order.enumerated() {
      if isInterrupted() { throw TrainingError.interrupted }
      let recording = training[job / qualities.count]
      var own = random.stream(8).stream(UInt64(job))
      let examiner = BlockExaminer(package, info: recording.info)
      for chunk in recording.chunks(try recording.excerpt(seconds: recipe.chunkSeconds, &own), seconds: recipe.chunkSeconds) {
        let result = try examiner.examine(chunk, quality: qualities[job % qualities.count], states: states)
        states = result.states
        let found = Double(8 * result.bytes) / Double(chunk.count * chunk[0].count)
        bits = bits.map { $0 + (found - $0) / 30 } ?? found
      }
      report(.progress(Trainer.Progress(stage: .prior, done: done + 1, total: order.count, bitsPerSample: bits)))
    }
    return states
  }
}

/// An autoencoder of a kind that only its configuration knows, for an optimiser.
struct AnyAutoencoder: Layer {
  let network: any Autoencoder
  init(_ network: any Autoencoder) { self.network = network }
  var namedParameters: [NamedParameter] { network.namedParameters }
}
