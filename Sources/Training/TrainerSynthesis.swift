import Codecs
import Tensors

/// Where the training of the synthesis stands: what its finished rounds left, and how they did.
struct SynthesisRounds {
  /// Weights after each round.
  var networks: [[String: Tensor]] = []
  /// By how much each changes the rate of held-back recordings at equal error, nearly; -0.1 is a tenth less.
  var scores: [Double] = []
  /// The step that the last one ended with because its loss was not finite. It and those behind it are empty.
  var divergedAt: Int?

  /// The one that did best; empty if none did any good.
  var best: [String: Tensor] {
    guard let index = scores.indices.min(by: { scores[$0] < scores[$1] }), scores[index] < 0 else { return [:] }
    return networks[index]
  }

  /// Leaves out the round that is trained, and all behind it.
  mutating func diverge(at step: Int, of count: Int) {
    divergedAt = step
    while networks.count < count {
      networks.append([:])
      scores.append(0)
    }
  }

  /// Why training ended early; nil if it did not.
  var divergence: Divergence? {
    divergedAt.map { step in
      Divergence(
        place: "step \(step) of round \((networks.firstIndex(where: \.isEmpty) ?? 0) + 1) of the synthesis",
        kept: best.isEmpty ? "no synthesis" : "the best of the rounds before it", remedy: "\"synthesisRate\" or \"clip\"")
    }
  }
}

extension Trainer {
  /// Trains the synthesis in rounds. It is part of the loop, and changes what it sees: in each round recordings are encoded with what the round before
  /// left, and the network is trained on these examples and on all earlier ones together (dataset aggregation, Ross, Gordon and Bagnell 2011).
  func trainSynthesis() throws {
    var examples = SynthesisExamples()
    for round in 0..<recipe.synthesisRounds {
      let start = round > 0 && round <= state.rounds.networks.count ? state.rounds.networks[round - 1] : [:]
      if state.rounds.networks.count == recipe.synthesisRounds { return }
      try addSynthesisExamples(to: &examples, round: round, synthesis: start)
      // Finished before an interruption: only its examples were missing.
      if round < state.rounds.networks.count { continue }
      guard !examples.isEmpty else { return }
      try trainSynthesis(round: round, start: start, on: examples)
    }
  }

  private func trainSynthesis(round: Int, start: [String: Tensor], on examples: SynthesisExamples) throws {
    let trainer = try SynthesisTrainer(recipe, round: round, start: start, random.stream(9).stream(UInt64(round)))
    let descent = trainer.progress
    try descent.resume(state.synthesis, in: folder)
    synthesis = trainer
    let total = (0..<recipe.synthesisRounds).reduce(0) { $0 + SynthesisTrainer.steps(recipe, round: $1) }
    let before = (0..<round).reduce(0) { $0 + SynthesisTrainer.steps(recipe, round: $1) }
    let (begin, first) = (Trainer.now(), descent.step)
    while !descent.isFinished {
      guard trainer.train(on: examples) else { break }
      let left = (Trainer.now() - begin) / Double(descent.step - first) * Double(total - before - descent.step)
      report(.progress(Progress(stage: .synthesis, done: before + descent.step, total: total, secondsLeft: left, loss: descent.loss)))
      try pause()
    }
    if let step = descent.divergedAt {
      state.rounds.diverge(at: step, of: recipe.synthesisRounds)
      if let divergence = state.rounds.divergence { report(.note(divergence.note)) }
    } else {
      let score = try synthesisScore(descent.network.tensors)
      state.rounds.networks.append(descent.network.tensors)
      state.rounds.scores.append(score)
    }
    (synthesis, state.synthesis) = (nil, nil)
  }

  /// Adds what training recordings give, each once in a pass at a random quality, encoded with a synthesis.
  private func addSynthesisExamples(to examples: inout SynthesisExamples, round: Int, synthesis: [String: Tensor]) throws {
    let states = settledPrior
    let (training, passes) = (recordings.training, recipe.synthesisPasses)
    let (low, high) = (recipe.exampleQualities[0], recipe.exampleQualities[1])
    let numbers = random.stream(10).stream(UInt64(round))
    let total = training.count * passes
    // Every round has an equal part of the memory.
    let room = (recipe.exampleMegabytes << 20) / recipe.synthesisRounds * (round + 1)
    var order: [Int] = []
    for pass in 0..<passes {
      var own = numbers.stream(0).stream(UInt64(pass))
      order += training.indices.shuffled(using: &own).map { pass * training.count + $0 }
    }
    let start = Trainer.now()
    let block = 8
    for first in stride(from: 0, to: total, by: block) where examples.memory < room {
      try pause()
      let found = try parallelMap(min(block, total - first)) { offset -> [SynthesisExample] in
        if isInterrupted() { throw TrainingError.interrupted }
        let job = order[first + offset]
        var own = numbers.stream(1).stream(UInt64(job))
        let quality = low + (high - low) * Double(own.uniform())
        let (info, chunks) = try training[job % training.count].visit(recipe, &own)
        let examiner = FrameExaminer(info: info, quality: quality, effort: recipe.effort, synthesis: synthesis)
        return try chunks.flatMap { try examiner.examine($0, states: states, recordsSynthesis: true).synthesis }
      }
      for example in found.joined() where examples.memory < room { examples.append(example) }
      let done = min(total, first + block)
      let left = (Trainer.now() - start) / Double(done) * Double(total - done)
      report(.progress(Progress(stage: .examples, done: done, total: total, secondsLeft: left)))
    }
  }

  /// The bits of held-back recordings at equal error with a synthesis beside those without, less 1, nearly: bits go about with this power of the error.
  private static let slope = 1.34

  private func synthesisScore(_ synthesis: [String: Tensor]) throws -> Double {
    let states = settledPrior
    let (validation, qualities) = (recordings.validation, recipe.validationQualities)
    let changes = try parallelMap(validation.count * qualities.count) { job -> Double in
      if isInterrupted() { throw TrainingError.interrupted }
      var own = random.stream(11).stream(UInt64(job / qualities.count))
      let (info, chunks) = try validation[job / qualities.count].visit(recipe, &own)
      func measure(_ synthesis: [String: Tensor]) throws -> (bytes: Double, error: Double) {
        let examiner = FrameExaminer(info: info, quality: qualities[job % qualities.count], effort: recipe.effort, synthesis: synthesis)
        var (bytes, error) = (0.0, 0.0)
        for chunk in chunks {
          let result = try examiner.examine(chunk, states: states)
          bytes += Double(result.bytes)
          for lead in result.examples { error += (squares(lead.target[..<lead.count]) * Double(lead.count)).squareRoot() }
        }
        return (bytes, error)
      }
      let (plain, corrected) = (try measure([:]), try measure(synthesis))
      return corrected.bytes / max(plain.bytes, 1) - 1 + Trainer.slope * (corrected.error / max(plain.error, 1e-9) - 1)
    }
    return changes.reduce(0, +) / Double(max(1, changes.count))
  }
}
