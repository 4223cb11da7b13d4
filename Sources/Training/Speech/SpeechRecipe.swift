import Autoencoders
import Bytes
import Codecs

/// How a codec of speech is trained: everything that decides its bits besides the data. Read from JSON; keys that are not given have the values below.
public struct SpeechRecipe: Sendable {
  /// `seed`: of all random choices.
  public var seed = 1
  /// `validation`: the share of recordings that is held back; at least one is.
  public var validation = 0.06
  /// `megabytes`: of samples that are kept, at most; of longer recordings as much as fits.
  public var megabytes = 1000
  /// `steps`, `batch`, `frames`: of training, stretches in each step, frames of 20 ms in each stretch.
  public var steps = 12_000
  public var batch = 8
  public var frames = 72
  /// `softSteps`: at the beginning latents are not rounded, noise is added in its place.
  public var softSteps = 1500
  /// `learningRate`, `warmUp`, `clip`: of Adam.
  public var learningRate = 1e-3
  public var warmUp = 100
  public var clip = 1.0
  /// `rateWeight`: what a kbit/s counts at the lowest quality; half as much at each level above. `rateWarmUp`: steps until it counts in full.
  public var rateWeight = 0.6
  public var rateWarmUp = 500
  /// `speeds`: stretches are played between so much slower and faster.
  public var speeds: [Double] = [0.87, 1.15]
  /// `validateEvery`: steps between measurements on recordings that are held back, of which the best is kept.
  public var validateEvery = 500
  /// `validationQualities`: what the model card shows.
  public var validationQualities: [Double] = [0, 15, 30, 45, 60, 100]
  /// `checkpointSeconds`: between saves.
  public var checkpointSeconds = 60.0
  /// `about`, `license`: for the model card.
  public var about = ""
  public var license = ""

  /// Its `kind` in a recipe.
  public static let kind = "speech"

  /// - Parameter name: of the file, for messages.
  /// - Throws: `TrainingError.recipe`.
  public init(json bytes: [UInt8], name: String) throws {
    var fields = try RecipeFields(json: bytes, name: name)
    _ = try fields.text("kind", SpeechRecipe.kind)
    seed = try fields.integer("seed", 0...(1 << 53), seed)
    validation = try fields.number("validation", 0...0.9, validation)
    megabytes = try fields.integer("megabytes", 1...65_536, megabytes)
    steps = try fields.integer("steps", 1...10_000_000, steps)
    batch = try fields.integer("batch", 1...256, batch)
    let shortest = (PerceptualLoss.shortest + SpeechShape.frame - 1) / SpeechShape.frame
    frames = try fields.integer("frames", shortest...1000, frames)
    softSteps = try fields.integer("softSteps", 0...10_000_000, softSteps)
    learningRate = try fields.number("learningRate", 1e-7...1, learningRate)
    warmUp = try fields.integer("warmUp", 1...1_000_000, warmUp)
    clip = try fields.number("clip", 1e-6...1e6, clip)
    rateWeight = try fields.number("rateWeight", 0...1000, rateWeight)
    rateWarmUp = try fields.integer("rateWarmUp", 1...1_000_000, rateWarmUp)
    speeds = try fields.numbers("speeds", 0.5...2, count: 2...2, speeds)
    guard speeds[0] <= speeds[1] else { throw fields.wrong("speeds", "must be a lower and a higher factor") }
    validateEvery = try fields.integer("validateEvery", 1...10_000_000, validateEvery)
    validationQualities = try fields.numbers("validationQualities", 0...100, count: 1...16, validationQualities)
    checkpointSeconds = try fields.number("checkpointSeconds", 0...86_400, checkpointSeconds)
    about = try fields.text("about", about)
    license = try fields.text("license", license)
    try fields.finish()
  }

  /// All that decides the codec's bits.
  var described: JSONValue {
    .object([
      ("kind", .text(SpeechRecipe.kind)), ("seed", .integer(seed)), ("validation", .number(validation)), ("megabytes", .integer(megabytes)),
      ("steps", .integer(steps)), ("batch", .integer(batch)), ("frames", .integer(frames)), ("softSteps", .integer(softSteps)),
      ("learningRate", .number(learningRate)), ("warmUp", .integer(warmUp)), ("clip", .number(clip)), ("rateWeight", .number(rateWeight)),
      ("rateWarmUp", .integer(rateWarmUp)), ("speeds", .array(speeds.map(JSONValue.number))), ("validateEvery", .integer(validateEvery)),
      ("validationQualities", .array(validationQualities.map(JSONValue.number))),
    ])
  }
}
