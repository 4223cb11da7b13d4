import Bytes
import Codecs

/// What a codec of blocks says of itself: `config.json` and `README.md`. The same for the same recipe and recordings, wherever they lie.
struct BlockCard {
  let name: String
  let recipe: BlockRecipe
  let recordings: Recordings
  /// The last components of the folders' paths.
  let folders: [String]

  func config(deviation: Double) -> JSONValue {
    .object([
      "format": .integer(1), "kind": .text(recipe.autoencoder.kind), "autoencoder": recipe.autoencoder.json,
      "scaling": .text(recipe.scaling.rawValue),
      "deviation": .number(deviation),
      "trained": .object([
        "recordings": .integer(recordings.training.count), "heldBack": .integer(recordings.validation.count), "recipe": recipe.described,
      ]),
    ])
  }

  /// - Parameter evidence: the parts of the negative evidence lower bound of a held-back block in nats, if there is one.
  func text(_ points: [Evaluation.Point], _ evidence: (samples: Double, divergence: Double)? = nil) -> String {
    var lines = ["# \(name)", "", "A codec of blocks (\(recipe.autoencoder.kind) autoencoder), made by `aecodec train`.", ""]
    if !recipe.about.isEmpty { lines += [recipe.about, ""] }
    if !recipe.license.isEmpty { lines += ["Licence: \(recipe.license)", ""] }
    lines += [
      "## Results", "",
      "Means over the \(recordings.validation.count) held-back recordings: files as the encoder writes them, decoded and checked.", "",
      "| quality | bit/sample | PRDN % |", "| --- | --- | --- |",
    ]
    lines += points.map { "| \(Decimal.short($0.quality)) | \(Decimal.fixed($0.bitsPerSample, 4)) | \(Decimal.fixed($0.prdn, 2)) |" }
    if let evidence {
      let nats = evidence.samples + evidence.divergence
      let bits = nats / 0.693_147_180_56 / Double(recipe.autoencoder.blockSize)
      lines += [
        "",
        "The negative evidence lower bound is \(Decimal.fixed(nats, 2)) nats an item, \(Decimal.fixed(bits, 4)) bit/sample, of which the divergence of the codes "
          + "from their prior is \(Decimal.fixed(evidence.divergence, 2)) nats: what lossless coding by bits-back takes, if the samples are those that the "
          + "likelihood knows.",
      ]
    }
    lines += ["", "## Data", ""] + recordings.described(folders) + ["", "## Recipe", "", "```json", recipe.described.lines, "```"]
    return lines.joined(separator: "\n") + "\n"
  }
}
