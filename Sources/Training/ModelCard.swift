import Bytes
import Codecs

/// What a codec says of itself: `config.json` and `README.md`. The same for the same recipe and recordings, wherever they lie.
struct ModelCard {
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
    var isFinished: Bool
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
        "recipe": recipe.described(steps: progress.enhancerTotal),
      ]),
    ])
  }

  func text(_ progress: Progress, evaluation: Evaluation?) -> String {
    var lines = ["# \(name)", "", "A codec for electrocardiograms, made by `aecodec train`.", ""]
    if !recipe.about.isEmpty { lines += [recipe.about, ""] }
    if !recipe.license.isEmpty { lines += ["Licence: \(recipe.license)", ""] }
    if !progress.isFinished {
      let total = progress.enhancerTotal.map(String.init) ?? "?"
      lines += [
        "**Unfinished**: the prior has learned \(progress.priorDone) of \(progress.priorTotal) excerpts, the enhancer has done step "
          + "\(progress.enhancerStep) of \(total). It can be used as it is; `aecodec train --resume` goes on.", "",
      ]
    }
    lines += ["## Results", ""]
    if let evaluation {
      lines += [
        "Means over the \(recordings.validation.count) held-back recordings (at most \(Decimal.short(recipe.secondsPerRecord)) s of each, all signals):",
        "files as the encoder writes them with its default effort, decoded and checked.", "",
        "| quality | untrained: bit/sample | PRDN % | trained models: bit/sample | PRDN % | and networks: bit/sample | PRDN % |",
        "| --- | --- | --- | --- | --- | --- | --- |",
      ]
      for (index, point) in evaluation.untrained.enumerated() {
        let cells = [point, evaluation.priorOnly[index], evaluation.trained[index]]
          .map { "\(Decimal.fixed($0.bitsPerSample, 4)) | \(Decimal.fixed($0.prdn, 2))" }
        lines.append("| \(Decimal.short(point.quality)) | \(cells.joined(separator: " | ")) |")
      }
    } else {
      lines.append("Measured when training is finished.")
    }
    if let score = progress.synthesisScore {
      lines += [
        "", "The synthesis changes the rate of held-back recordings at equal error by \(Decimal.fixed(100 * score, 1)) %, before the enhancer.",
      ]
    }
    if let score = progress.enhancerScore {
      lines += ["", "The enhancer takes \(Decimal.fixed(100 * (1 - score), 1)) % off the error of held-back recordings (mean over qualities)."]
    }
    lines += ["", "## Data", ""] + recordings.described(folders)
    lines += ["", "## Recipe", "", "```json", recipe.described(steps: progress.enhancerTotal).lines, "```"]
    return lines.joined(separator: "\n") + "\n"
  }
}

/// Numbers as text.
enum Decimal {
  static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return String(value) }
    var scale = 1
    for _ in 0..<decimals { scale *= 10 }
    let (whole, rest) = Int((abs(value) * Double(scale)).rounded()).quotientAndRemainder(dividingBy: scale)
    let digits = String(rest)
    let sign = value < 0 && whole + rest > 0 ? "-" : ""
    return decimals == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(String(repeating: "0", count: decimals - digits.count))\(digits)"
  }

  static func short(_ value: Double) -> String { value == value.rounded() ? fixed(value, 0) : String(value) }
}
