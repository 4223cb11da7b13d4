import Autoencoders
import Bytes
import Codecs
import Layers
import Tensors

/// Makes a codec of blocks from folders of recordings: an autoencoder is trained, then its quantiser is fitted, the prior learns the codes, and the codec is
/// measured on recordings that were held back. The same recipe and recordings give the same codec bit by bit, interrupted or not, for any number of threads.
public final class BlockTrainer {
  let recipe: BlockRecipe
  let folder: CodecFolder
  let recordings: Recordings
  private let card: BlockCard
  let random: RandomSource
  let report: (Trainer.Event) -> Void
  let isInterrupted: () -> Bool
  let fingerprint: String
  private(set) var saved: TrainingState?
  /// Why the training of the autoencoder ended early, if it did.
  var divergence: Divergence?

  /// Sequences that the quantiser is fitted to.
  private static let fitted = 512

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
  /// - Throws: `TrainingError`, of which `diverged` comes once the codec is written; `SignalError`, `CodecError`.
  public func run() throws -> [Evaluation.Point] {
    try folder.make()
    let training = try examples(recordings.training)
    guard !training.isEmpty else { throw TrainingError.data("the recordings are shorter than a block; give longer ones") }
    let deviation = training.deviation
    guard (1e-6...1e6).contains(deviation) else { throw TrainingError.data("the recordings do not vary; give others") }
    let network = try trained(on: training, deviation: deviation)
    var fitting = random.stream(6)
    let parts = recipe.parts(of: BlockTrainer.fitted, blocks: recipe.sequence).map(\.count)
    let quantiser = BlockQuantiser(network, parts, &fitting) { training.draw($0, blocks: recipe.sequence, &$1) }
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
    try folder.write(config: finished.config, weights: finished.weights, card: card.text(points, evidence, divergence))
    folder.removeState()
    if let divergence { throw divergence.error(folder.path) }
    return points
  }

  /// What an encoder sees of recordings.
  func examples(_ recordings: [Recording]) throws -> BlockExamples {
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
      for chunk in try chunks(recording, try recording.excerpt(seconds: recipe.secondsPerRecord, &own)) {
        examples.append(scaling.numbers(chunk))
      }
      report(.progress(Trainer.Progress(stage: .examples, done: index + 1, total: recordings.count)))
    }
    return examples
  }

  /// Samples of a recording cut into chunks that the codec takes.
  private func chunks(_ recording: Recording, _ samples: [[Int32]]) throws -> [[[Int32]]] {
    guard let most = BlockExaminer.longestChunk(recipe.autoencoder, info: recording.info) else {
      throw TrainingError.data(
        "\(recording.name): one block or item of each of \(recording.info.channels.count) channels takes more work or memory than a codec of blocks "
          + "may; make \"autoencoder\" smaller, or give recordings with fewer channels")
    }
    return recording.chunks(samples, seconds: recipe.chunkSeconds, most: most)
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
      for chunk in try chunks(recording, try recording.excerpt(seconds: recipe.chunkSeconds, &own)) {
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
