import Codecs

extension Trainer {
  /// Decoded leads to train on, at random qualities, and held-back ones at fixed qualities.
  private func makeExamples() throws -> (training: ExampleSet, validation: ExampleSet) {
    let (states, synthesis) = (settledPrior, finishedSynthesis)
    let (training, validation) = (recordings.training, recordings.validation)
    let (low, high) = (recipe.exampleQualities[0], recipe.exampleQualities[1])
    let (qualities, passes) = (recipe.validationQualities, recipe.examplePasses)
    let heldBack = validation.count * qualities.count
    let total = heldBack + training.count * passes
    var order: [Int] = []
    for pass in 0..<passes {
      var numbers = random.stream(3).stream(UInt64(pass))
      order += training.indices.shuffled(using: &numbers).map { pass * training.count + $0 }
    }
    var (kept, held) = (ExampleSet(), ExampleSet())
    let start = Trainer.now()
    let block = 8
    for first in stride(from: 0, to: total, by: block) {
      try pause()
      let groups = try parallelMap(min(block, total - first)) { offset in
        if isInterrupted() { throw TrainingError.interrupted }
        let job = first + offset
        if job < heldBack {
          let index = job / qualities.count
          return try ExampleSet.make(
            validation[index], index: index, quality: qualities[job % qualities.count], recipe: recipe, states: states, synthesis: synthesis,
            random.stream(5).stream(UInt64(index)))
        }
        let (number, index) = (order[job - heldBack], order[job - heldBack] % training.count)
        var own = random.stream(4).stream(UInt64(number))
        let quality = low + (high - low) * Double(own.uniform())
        return try ExampleSet.make(training[index], index: index, quality: quality, recipe: recipe, states: states, synthesis: synthesis, own)
      }
      for (offset, own) in groups.enumerated() {
        for group in own { if first + offset < heldBack { held.append(group) } else { kept.append(group) } }
        if kept.memory >= recipe.exampleMegabytes << 20 { break }
      }
      let done = min(total, first + block)
      let left = (Trainer.now() - start) / Double(done) * Double(total - done)
      report(.progress(Progress(stage: .examples, done: done, total: total, secondsLeft: left)))
      if kept.memory >= recipe.exampleMegabytes << 20 { break }
    }
    return (kept, held)
  }

  /// Trains the enhancer on what the codec decodes.
  func trainEnhancer() throws {
    let trainer = EnhancerTrainer(recipe, random.stream(6))
    let enhancer = trainer.progress
    try enhancer.resume(state.enhancer, in: folder)
    self.enhancer = trainer
    if enhancer.isFinished { return }
    let examples = try makeExamples()
    var shown = HeldBack(examples.validation, recipe)
    let (start, first) = (Trainer.now(), enhancer.step)
    while !enhancer.isFinished {
      guard trainer.train(on: examples.training) else {
        // What the last steps made may still be the best.
        _ = trainer.validate(on: examples.validation)
        break
      }
      let elapsed = Trainer.now() - start
      let each = elapsed / Double(enhancer.step - first)
      if case .minutes(let minutes) = recipe.length, enhancer.totalSteps == nil, enhancer.step >= recipe.warmUp {
        // The steps of the warm-up do not depend on how many there will be.
        enhancer.totalSteps = max(enhancer.step + 1, Int(60 * minutes / each))
      }
      if enhancer.step % recipe.validateEvery == 0 || enhancer.step == enhancer.totalSteps {
        shown.take(trainer.validate(on: examples.validation))
      }
      let left = enhancer.totalSteps.map { each * Double($0 - enhancer.step) }
      report(
        .progress(
          Progress(
            stage: .enhancer, done: enhancer.step, total: enhancer.totalSteps, secondsLeft: left, loss: enhancer.loss,
            bitsPerSample: shown.bitsPerSample, prdn: shown.prdn)))
      try pause()
    }
    if let divergence = trainer.divergence { report(.note(divergence.note)) }
  }

  /// What is shown of held-back recordings: at the middle quality, means over recordings.
  private struct HeldBack {
    let bitsPerSample: Double
    private let quality: Double
    private let before: Double
    private(set) var prdn: (before: Double, after: Double)?

    init(_ examples: ExampleSet, _ recipe: Recipe) {
      let qualities = recipe.validationQualities
      let middle = qualities[qualities.count / 2]
      quality = middle
      let groups = examples.groups.filter { $0.quality == middle }
      let (bytes, samples) = groups.reduce((0, 0)) { ($0.0 + $1.bytes, $0.1 + $1.samples) }
      bitsPerSample = Double(8 * bytes) / Double(max(1, samples))
      let leads = groups.flatMap(\.distortions).compactMap { $0 }
      before = leads.reduce(0, +) / Double(max(1, leads.count))
    }

    mutating func take(_ ratios: [Double: Double]) { if let ratio = ratios[quality] { prdn = (before, before * ratio) } }
  }
}
