import Codecs
import Tensors

extension Trainer {
  /// Codes every recording by the finished prior, then trains the network beside it on what was coded.
  func trainNetwork() throws {
    let trainer = NetworkTrainer(recipe, random.stream(7))
    let network = trainer.progress
    try network.resume(state.network, in: folder)
    self.network = trainer
    if network.isFinished { return }
    let (training, heldBack) = try networkExamples()
    guard !training.isEmpty else { return }
    let (start, first) = (Trainer.now(), network.step)
    while !network.isFinished {
      guard trainer.train(on: training) else {
        // What the last steps made may still be the best.
        trainer.validate(on: heldBack)
        break
      }
      if network.step % recipe.validateEvery == 0 || network.step == recipe.networkSteps { trainer.validate(on: heldBack) }
      let left = (Trainer.now() - start) / Double(network.step - first) * Double(recipe.networkSteps - network.step)
      report(.progress(Progress(stage: .network, done: network.step, total: recipe.networkSteps, secondsLeft: left, loss: network.loss)))
      try pause()
    }
    if let divergence = trainer.divergence { report(.note(divergence.note)) }
  }

  /// What was coded of training recordings, each once in a pass at a random quality, and of held-back ones at fixed qualities.
  private func networkExamples() throws -> (training: [NetworkExample], heldBack: [NetworkExample]) {
    let (states, synthesis) = (settledPrior, finishedSynthesis)
    let (training, validation) = (recordings.training, recordings.validation)
    let (low, high) = (recipe.exampleQualities[0], recipe.exampleQualities[1])
    let qualities = recipe.validationQualities
    let held = validation.count * qualities.count
    let total = held + training.count * recipe.networkPasses
    var (kept, heldBack) = ([NetworkExample](), [NetworkExample]())
    var memory = 0
    let start = Trainer.now()
    let block = 8
    for first in stride(from: 0, to: total, by: block) {
      try pause()
      let groups = try parallelMap(min(block, total - first)) { offset -> [NetworkExample] in
        if isInterrupted() { throw TrainingError.interrupted }
        let job = first + offset
        let recording = job < held ? validation[job / qualities.count] : training[(job - held) % training.count]
        var own = random.stream(8).stream(UInt64(job))
        let quality = job < held ? qualities[job % qualities.count] : low + (high - low) * Double(own.uniform())
        let (info, chunks) = try recording.visit(recipe, &own)
        let examiner = FrameExaminer(info: info, quality: quality, effort: recipe.effort, synthesis: synthesis)
        return try chunks.map { try examiner.examine($0, states: states, recordsNetwork: true).network }
      }
      for (offset, own) in groups.enumerated() {
        if first + offset < held { heldBack += own } else { kept += own }
        if first + offset >= held { memory += own.reduce(0) { $0 + $1.memory } }
      }
      let done = min(total, first + block)
      let left = (Trainer.now() - start) / Double(done) * Double(total - done)
      report(.progress(Progress(stage: .examples, done: done, total: total, secondsLeft: left)))
      if memory >= recipe.exampleMegabytes << 20 { break }
    }
    return (kept, heldBack)
  }
}
