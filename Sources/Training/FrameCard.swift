import Bytes

/// What a codec of frames says of itself (`ModelCard`), also before its training is finished.
struct FrameCard {
  let name: String
  let recipe: Recipe
  let recordings: Recordings
  /// The last components of the folders' paths.
  let folders: [String]

  /// How far training is.
  struct Progress {
    var priorDone: Int
    var priorTotal: Int
    var enhancerStep: Int
    var enhancerTotal: Int?
    /// Factor by which the enhancer changes the root of the squared error of held-back recordings; nil without one.
    var enhancerScore: Double?
    /// By how much the synthesis changes the rate of held-back recordings at equal error, before any enhancer; nil without one.
    var synthesisScore: Double?
    /// Why the training of networks ended early.
    var divergences: [Divergence]
    var isFinished: Bool
  }

  /// The recipe, with the enhancer's steps where they are known.
  private func settled(_ progress: Progress) -> Recipe {
    var result = recipe
    if let steps = progress.enhancerTotal { result.length = .steps(steps) }
    return result
  }

  func config(_ progress: Progress) -> JSONValue {
    .object([
      "format": .integer(1),
      "kind": .text("ecg"),
      "enhancer": progress.enhancerScore == nil ? .null : .object(["width": .integer(recipe.width), "blocks": .integer(recipe.blocks)]),
      "synthesis": progress.synthesisScore == nil
        ? .null : .object(["width": .integer(recipe.synthesisWidth), "blocks": .integer(recipe.synthesisBlocks)]),
      "trained": .object([
        "finished": .flag(progress.isFinished),
        "recordings": .integer(recordings.training.count),
        "heldBack": .integer(recordings.validation.count),
        "enhancerSteps": .integer(progress.enhancerStep),
        "recipe": settled(progress).described,
      ]),
    ])
  }

  func text(_ progress: Progress, evaluation: Evaluation?) -> String {
    var (notes, results) = ([String](), [String]())
    if !progress.isFinished {
      let total = progress.enhancerTotal.map(String.init) ?? "?"
      notes = [
        "**Unfinished**: the prior has learned \(progress.priorDone) of \(progress.priorTotal) excerpts, the enhancer has done step "
          + "\(progress.enhancerStep) of \(total). It can be used as it is; `aecodec train --resume` goes on.", "",
      ]
    }
    notes += progress.divergences.flatMap(\.lines)
    if let evaluation {
      results = [
        "Means over the \(recordings.validation.count) held-back recordings (at most \(Decimal.short(recipe.secondsPerRecord)) s of each, all signals):",
        "files as the encoder writes them with its default effort, decoded and checked.", "",
        "| quality | untrained: bit/sample | PRDN % | trained models: bit/sample | PRDN % | and networks: bit/sample | PRDN % |",
        "| --- | --- | --- | --- | --- | --- | --- |",
      ]
      for (index, point) in evaluation.untrained.enumerated() {
        let cells = [point, evaluation.priorOnly[index], evaluation.trained[index]]
          .map { "\(Decimal.fixed($0.bitsPerSample, 4)) | \(Decimal.fixed($0.prdn, 2))" }
        results.append("| \(Decimal.short(point.quality)) | \(cells.joined(separator: " | ")) |")
      }
    } else {
      results.append("Measured when training is finished.")
    }
    if let score = progress.synthesisScore {
      results += [
        "", "The synthesis changes the rate of held-back recordings at equal error by \(Decimal.fixed(100 * score, 1)) %, before the enhancer.",
      ]
    }
    if let score = progress.enhancerScore {
      results += ["", "The enhancer takes \(Decimal.fixed(100 * (1 - score), 1)) % off the error of held-back recordings (mean over qualities)."]
    }
    return ModelCard(name: name, recipe: settled(progress), recordings: recordings, folders: folders)
      .text("A codec for electrocardiograms", notes: notes, results: results)
  }
}
