import Bytes
import Codecs

/// What a codec of blocks says of itself (`ModelCard`).
struct BlockCard {
  let name: String
  let recipe: BlockRecipe
  let recordings: Recordings
  /// The last components of the folders' paths.
  let folders: [String]

  private var card: ModelCard { ModelCard(name: name, recipe: recipe, recordings: recordings, folders: folders) }

  func config(deviation: Double) -> JSONValue {
    card.config(
      kind: recipe.autoencoder.kind,
      [("autoencoder", recipe.autoencoder.json), ("scaling", .text(recipe.scaling.rawValue)), ("deviation", .number(deviation))])
  }

  /// - Parameters:
  ///   - evidence: the parts of the negative evidence lower bound of a held-back block in nats, if there is one.
  ///   - divergence: why training ended early, if it did.
  func text(_ points: [Evaluation.Point], _ evidence: (samples: Double, divergence: Double)?, _ divergence: Divergence?) -> String {
    var results = [
      "Means over the \(recordings.validation.count) held-back recordings: files as the encoder writes them, decoded and checked.", "",
      "| quality | bit/sample | PRDN % |", "| --- | --- | --- |",
    ]
    results += points.map { "| \(Decimal.short($0.quality)) | \(Decimal.fixed($0.bitsPerSample, 4)) | \(Decimal.fixed($0.prdn, 2)) |" }
    if let evidence {
      let nats = evidence.samples + evidence.divergence
      let bits = nats / 0.693_147_180_56 / Double(recipe.autoencoder.blockSize)
      results += [
        "",
        "The negative evidence lower bound is \(Decimal.fixed(nats, 2)) nats an item, \(Decimal.fixed(bits, 4)) bit/sample, of which the divergence of the codes "
          + "from their prior is \(Decimal.fixed(evidence.divergence, 2)) nats: what lossless coding by bits-back takes, if the samples are those that the "
          + "likelihood knows.",
      ]
    }
    return card.text("A codec of blocks (\(recipe.autoencoder.kind) autoencoder)", notes: divergence?.lines ?? [], results: results)
  }
}
