import Autoencoders
import Layers
import Tensors

/// The training of the autoencoder.
extension BlockTrainer {
  /// Sequences that held-back recordings are measured on while an autoencoder is trained, and blocks that pass a finished one at a time.
  private static let measured = 256
  /// Blocks that the evidence of a finished one is measured on.
  private static let mostJudged = 10_000
  /// Blocks that principal components are made from.
  private static let mostSamples = 60_000
  /// Numbers in all of them, and in the largest of them: their covariance is the square of it.
  private static let (mostNumbers, mostComponents) = (1 << 26, 4096)

  /// The autoencoder, trained as far as it went well.
  func trained(on examples: BlockExamples, deviation: Double) throws -> any Autoencoder {
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
      var (own, sum) = (random.stream(4), 0.0)
      for part in recipe.parts(of: BlockTrainer.measured, blocks: recipe.sequence) {
        let x = heldBack.draw(part.count, blocks: recipe.sequence, &own)
        sum += Double(part.count) * Double(loss(network, x, on: nil, &own).value.scalar)
      }
      return sum / Double(BlockTrainer.measured)
    }
    // Before a run that is gone on with loads what it had learned, and before pre-training.
    let (untrained, first) = (network.tensors, score())
    // Against the untrained network, which has 1; of likelihoods, which may pass 0, by their difference.
    let isLikelihood = recipe.autoencoder.likelihood != nil
    func relative(_ score: Double) -> Double { isLikelihood ? 1 + score - first : score / first }
    func absolute(_ relative: Double) -> Double { isLikelihood ? relative - 1 + first : relative * first }
    if let saved = saved?.network {
      try descent.resume(saved, in: folder)
    } else if let pretraining = recipe.pretraining {
      divergence = try pretrain(network, pretraining, on: examples)
      guard divergence == nil else {
        try network.load(untrained)
        return network
      }
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
        // What the last steps made may still be the best.
        descent.keep(score: relative(score()))
        break
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
    if recipe.steps > 0 { try save(descent) }
    divergence = descent.divergence(lower: "\"learningRate\" or \"clip\"")
    if let divergence {
      report(.note(divergence.note))
    } else if recipe.steps > 0, descent.best.isEmpty {
      report(.note("the autoencoder did not become better than it was before its first step, and stays as it was; lower \"learningRate\""))
    }
    try network.load(descent.best.isEmpty ? untrained : descent.best)
    return network
  }

  /// The two parts of the negative evidence lower bound of held-back blocks, in nats a block; nil where the autoencoder has none.
  func evidence(_ network: any Autoencoder, on heldBack: BlockExamples) throws -> (samples: Double, divergence: Double)? {
    guard let network = network as? VariationalAutoencoder else { return nil }
    var (sums, own) = ((samples: 0.0, divergence: 0.0), random.stream(10))
    let count = min(heldBack.blockCount, BlockTrainer.mostJudged)
    for part in recipe.parts(of: count, blocks: 1, most: BlockTrainer.measured) {
      if isInterrupted() { throw TrainingError.interrupted }
      let x = Variable(heldBack.blocks(part))
      let (samples, divergence) = network.evidence(x, seen: x, random: &own)
      let share = Double(x.shape[1]) / Double(max(1, count))
      sums.samples += Double(samples.value.scalar) * share
      sums.divergence += Double(divergence.value.scalar) * share
    }
    return sums
  }

  /// Trains the layers one after the other, each with its mirror.
  /// - Returns: why that ended early, if it did.
  private func pretrain(_ network: any Autoencoder, _ pretraining: LayerwisePretraining, on examples: BlockExamples) throws -> Divergence? {
    guard let dense = network as? DenseAutoencoder else { preconditionFailure("pre-training of an autoencoder without layers") }
    let total = recipe.autoencoder.pretrainedLayers * pretraining.steps
    let descent = Descent(AnyAutoencoder(network), weightDecay: 0, totalSteps: total)
    try descent.resume(saved?.pretraining, in: folder)
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
      guard descent.descend(loss, clip: recipe.clip * Double(network.blockSize), schedule, at: step) else { break }
      report(.progress(Trainer.Progress(stage: .pretraining, done: descent.step, total: total, loss: Double(loss.value.scalar))))
      if Trainer.now() - lastSave >= recipe.checkpointSeconds {
        try save()
        lastSave = Trainer.now()
      }
    }
    guard let (layer, step) = descent.divergedAt?.quotientAndRemainder(dividingBy: pretraining.steps) else { return nil }
    try save()
    let divergence = Divergence(
      place: "step \(step) of the pre-training of layer \(layer)", kept: "the untrained network", remedy: "\"learningRate\" of \"pretraining\"")
    report(.note(divergence.note))
    return divergence
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
}

/// An autoencoder of a kind that only its configuration knows, for an optimiser.
struct AnyAutoencoder: Layer {
  let network: any Autoencoder
  init(_ network: any Autoencoder) { self.network = network }
  var namedParameters: [NamedParameter] { network.namedParameters }
}
