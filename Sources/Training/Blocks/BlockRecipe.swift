import Autoencoders
import Bytes
import Codecs

/// How a codec of blocks is trained: everything that decides its bits besides the data. Read from JSON; keys that are not given have the values below.
public struct BlockRecipe: CodecRecipe, Sendable {
  /// `autoencoder`: what is trained (docs/AUTOENCODERS.md).
  public let autoencoder: AutoencoderConfiguration
  /// `scaling`: "range" for pictures, "level" for recordings.
  public var scaling = BlockScaling.Kind.level
  /// `objective`: by which distribution, of which corrupted input, with which penalties on the codes (docs/AUTOENCODERS.md).
  public var objective = Objective()
  /// `seed`: of all random choices.
  public var seed = 1
  /// `validation`: the share of recordings that is held back; at least one is.
  public var validation = 0.1
  /// `secondsPerRecord`: how much of a recording is taken, at most.
  public var secondsPerRecord = 1800.0
  /// `chunkSeconds`: the length of chunks, as the encoder has them.
  public var chunkSeconds = 300.0
  /// `start`: what autoencoders with a linear path from block to code and back begin as: "components", the principal components of the data (without any
  /// steps that is all there is to a linear one), or "random", what `autoencoder` itself says; that stands where it says "dct".
  public var start = Start.components
  public enum Start: String, Sendable { case random, components }
  /// `pretraining`: each layer of a dense autoencoder by itself, before all are trained together (docs/AUTOENCODERS.md).
  public var pretraining: LayerwisePretraining?
  /// `steps`: of gradient descent.
  public var steps = 10_000
  /// `batch`, `sequence`: sequences in a step, blocks in a sequence.
  public var batch = 64
  public var sequence = 1
  /// `learningRate`: after the warm-up.
  public var learningRate = 1e-3
  public var warmUp = 200
  public var weightDecay = 0.0
  /// `clip`: the longest gradient.
  public var clip = 1.0
  /// `rate`: what a nat of the codes' entropy costs, in squared quantiser steps: training is for the error and the rate together, at qualities from
  /// `qualities`. 0, as always for a variational autoencoder: for the objective with unquantised codes alone.
  public var rate = 0.2
  /// `qualities`: the lowest and the highest that is trained for.
  public var qualities: [Double] = [20, 80]
  /// `priorQualities`: the prior learns every recording at each of these.
  public var priorQualities: [Double] = [25, 40, 55, 70]
  /// `confidence`: the most decisions' worth that a counter of the finished prior counts as.
  public var confidence = 255
  /// `validateEvery`: steps between measurements on held-back recordings; the best of the measured networks is kept.
  public var validateEvery = 500
  /// `validationQualities`: at which held-back recordings are measured.
  public var validationQualities: [Double] = [30, 50, 70]
  /// `checkpointSeconds`: between saves.
  public var checkpointSeconds = 60.0
  /// `about`, `license`: for the model card.
  public var about = ""
  public var license = ""

  /// Numbers that may stand between two layers in a step, and in whatever else passes the autoencoder at a time.
  private static let mostNumbers = 1 << 28

  /// - Parameter name: of the file, for messages.
  /// - Throws: `TrainingError.recipe`.
  public init(json bytes: [UInt8], name: String) throws {
    var fields = try RecipeFields(json: bytes, name: name)
    guard let member = fields.rest.removeValue(forKey: "autoencoder") else {
      throw fields.wrong("autoencoder", "is missing; docs/AUTOENCODERS.md has the kinds")
    }
    do { autoencoder = try AutoencoderConfiguration(member) } catch let error as AutoencoderError { throw fields.wrong("autoencoder", "\(error)") }
    let kind = try fields.text("kind", autoencoder.kind)
    guard kind == autoencoder.kind else {
      throw fields.wrong("kind", "is \"\(kind)\" and that of \"autoencoder\" is \"\(autoencoder.kind)\"; remove one")
    }
    let scaling = try fields.text("scaling", scaling.rawValue)
    guard let scaling = BlockScaling.Kind(rawValue: scaling) else { throw fields.wrong("scaling", "must be \"range\" or \"level\"") }
    self.scaling = scaling
    let described = fields.rest.removeValue(forKey: "objective")
    if described != nil || autoencoder.likelihood != nil {
      do { objective = try Objective(described ?? JSONValue.object([(String, JSONValue)]()), for: autoencoder) } catch let error as AutoencoderError {
        throw fields.wrong("objective", "\(error)")
      }
    }
    try takeCommon(from: &fields)
    secondsPerRecord = try fields.number("secondsPerRecord", 1...86_400, secondsPerRecord)
    chunkSeconds = try fields.number("chunkSeconds", 1...3600, chunkSeconds)
    let start = try fields.text("start", (autoencoder.beginsAsCosines ? Start.random : start).rawValue)
    guard let start = Start(rawValue: start) else { throw fields.wrong("start", "must be \"random\" or \"components\"") }
    self.start = start
    if let member = fields.rest.removeValue(forKey: "pretraining") {
      do { pretraining = try LayerwisePretraining(member, for: autoencoder) } catch let error as AutoencoderError {
        throw fields.wrong("pretraining", "\(error)")
      }
    }
    steps = try fields.integer("steps", 0...100_000_000, steps)
    batch = try fields.integer("batch", 1...65_536, batch)
    sequence = try fields.integer("sequence", 1...4096, sequence)
    guard batch * sequence <= BlockRecipe.mostNumbers / autoencoder.widest else {
      throw fields.wrong("batch", "and \"sequence\" make \(batch * sequence) blocks of a step, more than fit the memory; take fewer")
    }
    learningRate = try fields.number("learningRate", 1e-7...1, learningRate)
    warmUp = try fields.integer("warmUp", 1...1_000_000, warmUp)
    weightDecay = try fields.number("weightDecay", 0...10, weightDecay)
    clip = try fields.number("clip", 1e-6...1e6, clip)
    rate = try fields.number("rate", 0...100, autoencoder.likelihood == nil ? rate : 0)
    guard rate == 0 || autoencoder.likelihood == nil else {
      throw fields.wrong("rate", "must be 0 for a variational autoencoder: the divergence from its prior is the rate")
    }
    guard scaling == .range || autoencoder.likelihood == nil || autoencoder.likelihood == .gaussian else {
      throw fields.wrong("scaling", "must be \"range\" for this \"likelihood\", which is of samples from 0 to 1")
    }
    guard rate == 0 || objective.distribution == .gaussian else {
      throw fields.wrong("rate", "must be 0 for the distribution \"\(objective.distribution.rawValue)\": errors and rate are weighed as squares")
    }
    guard rate == 0 || objective.decomposition == nil else {
      throw fields.wrong("rate", "must be 0 for an \"objective\" with a \"decomposition\", which has its own codes")
    }
    qualities = try fields.numbers("qualities", 0...100, count: 2...2, qualities)
    guard qualities[0] <= qualities[1] else { throw fields.wrong("qualities", "must name the lower quality first") }
    priorQualities = try fields.numbers("priorQualities", 0...100, count: 0...64, priorQualities)
    confidence = try fields.integer("confidence", 1...1000, confidence)
    validateEvery = try fields.integer("validateEvery", 1...1_000_000, validateEvery)
    try fields.finish()
  }

  /// A count of sequences, of so many blocks each, in parts that may pass the autoencoder at a time.
  /// - Parameter most: sequences of a part.
  package func parts(of count: Int, blocks: Int, most: Int = .max) -> [Range<Int>] {
    let atOnce = min(most, max(1, BlockRecipe.mostNumbers / autoencoder.widest / blocks))
    return stride(from: 0, to: count, by: atOnce).map { $0..<min(count, $0 + atOnce) }
  }

  /// All that decides the codec's bits.
  var described: JSONValue {
    let members: [(String, JSONValue)] = [
      ("kind", .text(autoencoder.kind)), ("autoencoder", autoencoder.json), ("scaling", .text(scaling.rawValue)), ("objective", objective.json),
      ("seed", .integer(seed)),
      ("validation", .number(validation)), ("secondsPerRecord", .number(secondsPerRecord)), ("chunkSeconds", .number(chunkSeconds)),
      ("start", .text(start.rawValue)), ("steps", .integer(steps)), ("batch", .integer(batch)), ("sequence", .integer(sequence)),
      ("learningRate", .number(learningRate)),
      ("warmUp", .integer(warmUp)), ("weightDecay", .number(weightDecay)), ("clip", .number(clip)), ("rate", .number(rate)),
      ("qualities", .numbers(qualities)), ("priorQualities", .numbers(priorQualities)), ("confidence", .integer(confidence)),
      ("validateEvery", .integer(validateEvery)), ("validationQualities", .numbers(validationQualities)),
    ]
    return .object(members + (pretraining.map { [("pretraining", $0.json)] } ?? []))
  }
}
