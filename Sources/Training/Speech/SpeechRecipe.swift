import Autoencoders
import Bytes
import Codecs

/// How a codec of speech is trained: everything that decides its bits besides the data. Read from JSON; keys that are not given have the values
/// below.
public struct SpeechRecipe: CodecRecipe, Sendable {
  /// `seed`: of all random choices.
  public var seed = 1
  /// `validation`: the share of recordings that is held back; at least one is.
  public var validation = 0.06
  /// `megabytes`: of samples that are kept, at most; of longer recordings as much as fits.
  public var megabytes = 1000
  /// `from`: the folder of a codec of speech, seen from the recipe's own, whose weights training begins with; without it they are drawn.
  public var from: CodecPackage?
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
    try takeCommon(from: &fields)
    megabytes = try fields.integer("megabytes", 1...65_536, megabytes)
    let start = try fields.text("from", "")
    if !start.isEmpty { from = try SpeechRecipe.codec(start, fields) }
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
    try fields.finish()
  }

  private static func codec(_ path: String, _ fields: RecipeFields) throws -> CodecPackage {
    let folder = fields.name.lastIndex(of: "/").map { String(fields.name[...$0]) } ?? ""
    do {
      let codec = try CodecPackage.load(path: path.hasPrefix("/") ? path : folder + path)
      guard codec.isOfSpeech else { throw fields.wrong("from", "names \(codec.name), which is no codec of speech") }
      return codec
    } catch let error as CodecError {
      throw fields.wrong("from", "names no codec: \(error)")
    }
  }

  /// All that decides the codec's bits.
  var described: JSONValue {
    let start = from.map { [("from", JSONValue.text("\($0.name) \(hexadecimal($0.reference.id))"))] } ?? []
    let own: [(String, JSONValue)] = [
      ("kind", .text(SpeechRecipe.kind)), ("seed", .integer(seed)), ("validation", .number(validation)), ("megabytes", .integer(megabytes)),
      ("steps", .integer(steps)), ("batch", .integer(batch)), ("frames", .integer(frames)), ("softSteps", .integer(softSteps)),
      ("learningRate", .number(learningRate)), ("warmUp", .integer(warmUp)), ("clip", .number(clip)), ("rateWeight", .number(rateWeight)),
      ("rateWarmUp", .integer(rateWarmUp)), ("speeds", .numbers(speeds)), ("validateEvery", .integer(validateEvery)),
      ("validationQualities", .numbers(validationQualities)),
    ]
    return .object(start + own)
  }
}
