import Autoencoders
import Bytes
import Codecs
import Evaluation
import Layers
import Signals
import Tensors

/// Makes a codec of pictures from folders of them: it learns their colours, the prior learns their coefficients, then come where these lie in the quantiser's cells and the
/// enhancer, and the codec is measured on pictures that were held back. The same recipe and pictures give the same codec bit by bit, interrupted or not.
public final class PictureTrainer {
  /// A codec measured at one quality: means over the pictures.
  public struct Point: Sendable {
    public let quality: Double
    public let bitsPerPixel: Double
    /// In dB.
    public let psnr: Double
  }

  let recipe: PictureRecipe
  let folder: CodecFolder
  private let card: ModelCard
  let recordings: Recordings
  let random: RandomSource
  let report: (Trainer.Event) -> Void
  let isInterrupted: () -> Bool
  var state: TrainingState
  private var descent: (kind: SubbandNetwork.Kind, descent: Descent<SubbandNetwork>)?
  var enhancer: PictureEnhancerTrainer?
  /// From planes to red, green and blue; nil where the pictures have no colours. A run that goes on finds the same ones again.
  private var colours: [Float]?
  /// What training ended early of.
  private var divergences: [Divergence] = []
  private var lastSave = Trainer.now()

  /// Pictures that cells are measured on.
  private static let mostFitted = 60
  /// Pictures that models learn before there is a network.
  private static let mostFirst = 150

  /// Reads the pictures, and the state of an earlier run if there is one to go on with. Parameters are those of `Trainer`.
  /// - Throws: `TrainingError`.
  public init(
    recipe: PictureRecipe, data: [String], output: String, overwrite: Bool, resume: Bool, isInterrupted: @escaping () -> Bool,
    report: @escaping (Trainer.Event) -> Void
  ) throws {
    (self.recipe, self.report, self.isInterrupted) = (recipe, report, isInterrupted)
    folder = CodecFolder(path: output)
    let goesOn = try folder.goesOn(resume: resume, overwrite: overwrite)
    random = RandomSource(seed: UInt64(recipe.seed))
    recordings = try Recordings(folders: data, share: recipe.validation, pictures: true, random.stream(0), isInterrupted: isInterrupted)
    for problem in recordings.problems { report(.note(problem)) }
    card = ModelCard(
      name: Trainer.lastComponent(output), recipe: recipe, recordings: recordings, folders: data.map(Trainer.lastComponent), arePictures: true)
    let fingerprint = recordings.fingerprint(recipe.described)
    state = try goesOn ? folder.readState(fingerprint: fingerprint) : TrainingState(fingerprint: fingerprint)
    report(.note("\(recordings.training.count) pictures to train on, \(recordings.validation.count) held back"))
  }

  /// Trains, measures and writes the codec.
  /// - Returns: what it does on held-back pictures, by quality.
  /// - Throws: `TrainingError`, `SignalError`, `CodecError`.
  public func run() throws -> [Point] {
    try folder.make()
    do { return try train() } catch TrainingError.interrupted {
      try save()
      throw TrainingError.interrupted
    }
  }

  private func train() throws -> [Point] {
    colours = try learnedColours()
    var networks = SubbandNetworks()
    if recipe.networkUnits > 0 {
      // Models alone first, so that coefficients are chosen as they will be.
      if state.network == nil { try trainPrior(beside: networks, jobs: 0..<firstJobs) }
      networks = try trainedNetworks()
    }
    try trainPrior(beside: networks, jobs: firstJobs..<firstJobs + allJobs)
    let states = settledPrior
    let cells = try cells(states, networks)
    let config = card.config(kind: PictureRecipe.kind)
    func codec(with enhancer: PlaneEnhancer?) throws -> CodecPackage {
      let weights = PictureExaminer.weights(colours: colours, states: states, networks: networks, cells: cells, enhancer: enhancer)
      return try CodecPackage(name: card.name, config: Array((config.lines + "\n").utf8), weights: weights.serialized())
    }
    var package = try codec(with: nil)
    if recipe.enhancerWidth > 0 { package = try codec(with: trainedEnhancer(of: package)) }
    var points: [Point] = []
    for (index, quality) in recipe.validationQualities.enumerated() {
      if isInterrupted() { throw TrainingError.interrupted }
      points.append(try point(package, quality: quality))
      report(.progress(Trainer.Progress(stage: .evaluation, done: index + 1, total: recipe.validationQualities.count)))
    }
    let text = card.text("A codec of pictures", notes: divergences.flatMap(\.lines), results: results(points))
    try folder.write(config: config, weights: package.weights, card: text)
    folder.removeState()
    if let divergence = divergences.first { throw divergence.error(folder.path) }
    return points
  }

  /// Some rows of a picture.
  func excerpt(_ recording: Recording, _ random: RandomSource) throws -> [[Int32]] {
    var own = random
    return try recording.excerpt(seconds: Double(recipe.rows), &own)
  }

  private var allJobs: Int { recordings.training.count * recipe.priorQualities.count }
  /// What the models learn before there is a network.
  private var firstJobs: Int { recipe.networkUnits > 0 ? min(allJobs, PictureTrainer.mostFirst) : 0 }

  private var settledPrior: [String: [Int32]] {
    state.average.settled(state.prior, confidence: recipe.confidence, counters: PictureExaminer.counterCounts)
  }

  private func save() throws {
    if let (kind, descent) = descent {
      switch kind {
      case .magnitudes: state.network = descent.state
      case .signs: state.signs = descent.state
      }
    }
    if let enhancer { state.enhancer = enhancer.progress.state }
    try folder.write(state: state.serialized)
    lastSave = Trainer.now()
  }

  /// Saves if it is time.
  func pause() throws {
    if isInterrupted() { throw TrainingError.interrupted }
    if Trainer.now() - lastSave >= recipe.checkpointSeconds { try save() }
  }

  /// The colours that suit the training pictures, of each of them as many rows as the prior learns; nil if they have none.
  private func learnedColours() throws -> [Float]? {
    var details = DetailColours()
    for (index, recording) in recordings.training.enumerated() {
      if isInterrupted() { throw TrainingError.interrupted }
      guard let layout = recording.info.picture else { continue }
      details.add(try excerpt(recording, random.stream(13).stream(UInt64(index))), layout)
      report(.progress(Trainer.Progress(stage: .colours, done: index + 1, total: recordings.training.count)))
    }
    return details.matrix
  }

  /// The prior learns pictures at all qualities, in random order: the jobs of some numbers.
  private func trainPrior(beside networks: SubbandNetworks, jobs: Range<Int>) throws {
    let (training, qualities) = (recordings.training, recipe.priorQualities)
    var order = Array(0..<allJobs)
    var own = random.stream(1)
    order.shuffle(using: &own)
    if state.priorPosition == jobs.lowerBound { (state.prior, state.average) = ([:], PriorAverage()) }
    let (start, first) = (Trainer.now(), state.priorPosition)
    var bits: Double?
    let untrained = CodecPackage(pictures: card.name, colours: colours, networks: networks)
    while state.priorPosition < jobs.upperBound {
      let job = order[(state.priorPosition - jobs.lowerBound) % order.count]
      let recording = training[job / qualities.count]
      let samples = try excerpt(recording, random.stream(2).stream(UInt64(job)))
      var cells = PictureCells()
      let result = try PictureExaminer(untrained, info: recording.info)
        .examine(samples, quality: qualities[job % qualities.count], effort: recipe.effort, states: state.prior, cells: &cells)
      state.average.add(result.states, after: state.prior, weight: 1, counters: PictureExaminer.counterCounts)
      state.prior = result.states
      state.priorPosition += 1
      let found = Double(8 * result.bytes) / Double(samples[0].count * samples.count)
      bits = bits.map { $0 + (found - $0) / 30 } ?? found
      let left = (Trainer.now() - start) / Double(state.priorPosition - first) * Double(jobs.upperBound - state.priorPosition)
      report(
        .progress(
          Trainer.Progress(
            stage: .prior, done: state.priorPosition - jobs.lowerBound, total: jobs.count, secondsLeft: left, bitsPerSample: bits)))
      try pause()
    }
  }

  // MARK: The networks

  /// The networks beside the prior, trained on coefficients as the models alone had them chosen; those that there was nothing to learn for are left out.
  private func trainedNetworks() throws -> SubbandNetworks {
    var examples: SubbandCollector?
    func drawn() throws -> SubbandCollector {
      let found = try examples ?? self.examples()
      examples = found
      return found
    }
    let magnitudes = try trained(.magnitudes, units: recipe.networkUnits, from: state.network, stream: 5) { try drawn().magnitudes }
    state.network = descent?.descent.state
    guard magnitudes != nil, recipe.signUnits > 0 else { return SubbandNetworks(magnitudes: magnitudes) }
    let signs = try trained(.signs, units: recipe.signUnits, from: state.signs, stream: 11) { try drawn().signs }
    state.signs = descent?.descent.state
    return SubbandNetworks(magnitudes: magnitudes, signs: signs)
  }

  /// Nil if pictures have nothing that it could learn from, as those of one colour have no signs.
  private func trained(
    _ kind: SubbandNetwork.Kind, units: Int, from saved: TrainingState.Network?, stream: UInt64, _ drawn: () throws -> SubbandExamples
  ) throws -> SubbandNetwork? {
    var initial = random.stream(stream)
    let descent = Descent(SubbandNetwork(kind, units: units, random: &initial), weightDecay: 0, totalSteps: recipe.networkSteps)
    try descent.resume(saved, in: folder)
    self.descent = (kind, descent)
    if descent.divergedAt != nil { return without(descent, kind) }
    guard !descent.isFinished else { return descent.network }
    // The prior has gone on beside the networks already: one that had not begun by then had nothing to learn from.
    guard descent.step > 0 || state.priorPosition <= firstJobs else { return nil }
    let examples = try drawn()
    guard examples.count > 0 else { return nil }
    let schedule = Schedule(peak: Float(recipe.networkRate), warmUp: min(100, recipe.networkSteps), total: recipe.networkSteps, floor: 0.01)
    let (start, first) = (Trainer.now(), descent.step)
    while !descent.isFinished {
      var own = random.stream(stream + 1).stream(UInt64(descent.step))
      let drawn = (0..<recipe.networkBatch).map { _ in own.integer(below: examples.count) }
      guard descent.descend(examples.loss(of: descent.network, drawn, on: Tape()), clip: 1, schedule) else { return without(descent, kind) }
      let left = (Trainer.now() - start) / Double(descent.step - first) * Double(recipe.networkSteps - descent.step)
      report(.progress(Trainer.Progress(stage: .network, done: descent.step, total: recipe.networkSteps, secondsLeft: left, loss: descent.loss)))
      try pause()
    }
    return descent.network
  }

  /// No network, since the loss of this one is not finite.
  private func without(_ descent: Descent<SubbandNetwork>, _ kind: SubbandNetwork.Kind) -> SubbandNetwork? {
    diverged(Divergence(place: "step \(descent.step) of the network of \(kind)", kept: "no such network", remedy: "\"networkRate\""))
    return nil
  }

  func diverged(_ divergence: Divergence) {
    report(.note(divergence.note))
    divergences.append(divergence)
  }

  /// Coefficients of all training pictures, each at a random quality between the lowest and the highest of the prior's.
  private func examples() throws -> SubbandCollector {
    let training = recordings.training
    let pixels = training.reduce(0) { $0 + min($1.length, recipe.rows * $1.info.unitSamples) }
    // Most coefficients have nothing around them, and few have signs.
    let examples = SubbandCollector(share: pixels / recipe.examples, most: recipe.examples, seed: UInt64(recipe.seed))
    guard let low = recipe.priorQualities.min(), let high = recipe.priorQualities.max() else { return examples }
    let (states, untrained) = (settledPrior, CodecPackage(pictures: card.name, colours: colours))
    for (index, recording) in training.enumerated() {
      if isInterrupted() { throw TrainingError.interrupted }
      var own = random.stream(7).stream(UInt64(index))
      let quality = low + (high - low) * Double(own.uniform())
      var cells = PictureCells()
      _ = try PictureExaminer(untrained, info: recording.info).examine(
        try excerpt(recording, own), quality: quality, effort: recipe.effort, states: states, cells: &cells, examples: examples)
      report(.progress(Trainer.Progress(stage: .examples, done: index + 1, total: training.count)))
    }
    return examples
  }

  /// Where coefficients lie in the quantiser's cells, at all qualities.
  private func cells(_ states: [String: [Int32]], _ networks: SubbandNetworks) throws -> PictureCells {
    var cells = PictureCells()
    let untrained = CodecPackage(pictures: card.name, colours: colours, networks: networks)
    for (index, recording) in recordings.training.prefix(PictureTrainer.mostFitted).enumerated() {
      if isInterrupted() { throw TrainingError.interrupted }
      guard !recipe.priorQualities.isEmpty else { break }
      let samples = try excerpt(recording, random.stream(3).stream(UInt64(index)))
      let quality = recipe.priorQualities[index % recipe.priorQualities.count]
      _ = try PictureExaminer(untrained, info: recording.info).examine(
        samples, quality: quality, effort: recipe.effort, states: states, cells: &cells)
    }
    return cells
  }

  private func point(_ package: CodecPackage, quality: Double) throws -> Point {
    let measured = try parallelMap(recordings.validation.count) { index -> (bits: Double, psnr: Double) in
      let recording = recordings.validation[index]
      let samples = try excerpt(recording, random.stream(4).stream(UInt64(index)))
      let coder = Coder.codec(package, .auto, effort: recipe.effort, qualities: [quality])
      let point = try Measurement(samples, recording.info, coder, setting: quality)
      // Where nothing is lost there is no ratio.
      return (point.bitsPerSample * Double(samples.count), point.psnr ?? 100)
    }
    let count = Double(measured.count)
    return Point(
      quality: quality, bitsPerPixel: measured.reduce(0) { $0 + $1.bits } / count, psnr: measured.reduce(0) { $0 + $1.psnr } / count)
  }

  // MARK: What the codec says of itself

  private func results(_ points: [Point]) -> [String] {
    var lines = [
      "Means over the \(recordings.validation.count) held-back pictures: files as the encoder writes them, decoded and checked.", "",
      "| quality | bit/pixel | PSNR dB |", "| --- | --- | --- |",
    ]
    lines += points.map { "| \(Decimal.short($0.quality)) | \(Decimal.fixed($0.bitsPerPixel, 4)) | \(Decimal.fixed($0.psnr, 2)) |" }
    return lines
  }
}
