import Autoencoders
import Bytes
import Codecs

/// How a codec of pictures is trained: everything that decides its bits besides the data. Read from JSON; keys that are not given have the values below.
public struct PictureRecipe: CodecRecipe, Sendable {
  /// `seed`: of all random choices.
  public var seed = 1
  /// `validation`: the share of pictures that is held back; at least one is.
  public var validation = 0.1
  /// `rows`: of a picture, at most; from a random place.
  public var rows = 1024
  /// `priorQualities`: the prior learns every picture at each of these.
  public var priorQualities: [Double] = [15, 25, 35, 45, 55, 65, 75]
  /// `networkUnits`: of each layer of the network beside the prior; 0 for none.
  public var networkUnits = 32
  /// `signUnits`: of each layer of the network that expects signs, where there is one that expects magnitudes; 0 for none.
  public var signUnits = 64
  /// `networkSteps`, `networkBatch`, `networkRate`: of their training: steps, coefficients in each, the learning rate after the warm-up.
  public var networkSteps = 10_000
  public var networkBatch = 4096
  public var networkRate = 3e-3
  /// `examples`: coefficients that each is trained on, at most; they take 400 bytes of memory each.
  public var examples = 1_500_000
  /// `enhancerWidth`, `enhancerBlocks`: channels and residual blocks of the enhancer; 0 channels for none.
  public var enhancerWidth = 32
  public var enhancerBlocks = 4
  /// `enhancerSteps`, `enhancerBatch`, `enhancerRate`: of its training: steps, crops in each, the learning rate after the warm-up.
  public var enhancerSteps = 10_000
  public var enhancerBatch = 8
  public var enhancerRate = 2e-3
  /// `cropMegabytes`: of crops that it is trained on, at most.
  public var cropMegabytes = 400
  /// `validateEvery`: steps between measurements of the enhancer.
  public var validateEvery = 500
  /// `confidence`: the most decisions' worth that a counter of the finished prior counts as.
  public var confidence = 255
  /// `effort`: by which coefficients are chosen.
  public var effort = 5
  /// `validationQualities`: at which held-back pictures are measured.
  public var validationQualities: [Double] = [20, 35, 50, 65]
  /// `checkpointSeconds`: between saves.
  public var checkpointSeconds = 60.0
  /// `about`, `license`: for the model card.
  public var about = ""
  public var license = ""

  /// Its `kind` in a recipe.
  public static let kind = "picture"

  /// - Parameter name: of the file, for messages.
  /// - Throws: `TrainingError.recipe`.
  public init(json bytes: [UInt8], name: String) throws {
    var fields = try RecipeFields(json: bytes, name: name)
    _ = try fields.text("kind", PictureRecipe.kind)
    try takeCommon(from: &fields)
    rows = try fields.integer("rows", 16...65_536, rows)
    priorQualities = try fields.numbers("priorQualities", 0...100, count: 1...64, priorQualities)
    networkUnits = try fields.integer("networkUnits", 0...SubbandNetwork.units.upperBound, networkUnits)
    guard networkUnits == 0 || SubbandNetwork.units.contains(networkUnits) else {
      throw fields.wrong("networkUnits", "must be 0, or from \(SubbandNetwork.units.lowerBound) to \(SubbandNetwork.units.upperBound)")
    }
    signUnits = try fields.integer("signUnits", 0...SubbandNetwork.units.upperBound, signUnits)
    guard signUnits == 0 || SubbandNetwork.units.contains(signUnits) else {
      throw fields.wrong("signUnits", "must be 0, or from \(SubbandNetwork.units.lowerBound) to \(SubbandNetwork.units.upperBound)")
    }
    networkSteps = try fields.integer("networkSteps", 1...10_000_000, networkSteps)
    networkBatch = try fields.integer("networkBatch", 1...65_536, networkBatch)
    networkRate = try fields.number("networkRate", 1e-7...1, networkRate)
    examples = try fields.integer("examples", 1000...20_000_000, examples)
    enhancerWidth = try fields.integer("enhancerWidth", 0...PlaneEnhancer.widths.upperBound, enhancerWidth)
    guard enhancerWidth == 0 || PlaneEnhancer.widths.contains(enhancerWidth) else {
      throw fields.wrong("enhancerWidth", "must be 0, or from \(PlaneEnhancer.widths.lowerBound) to \(PlaneEnhancer.widths.upperBound)")
    }
    enhancerBlocks = try fields.integer("enhancerBlocks", PlaneEnhancer.depths, enhancerBlocks)
    enhancerSteps = try fields.integer("enhancerSteps", 1...10_000_000, enhancerSteps)
    enhancerBatch = try fields.integer("enhancerBatch", 1...256, enhancerBatch)
    enhancerRate = try fields.number("enhancerRate", 1e-7...1, enhancerRate)
    cropMegabytes = try fields.integer("cropMegabytes", 1...65_536, cropMegabytes)
    validateEvery = try fields.integer("validateEvery", 1...10_000_000, validateEvery)
    confidence = try fields.integer("confidence", 1...1023, confidence)
    effort = try fields.integer("effort", 1...9, effort)
    try fields.finish()
  }

  /// All that decides the codec's bits.
  var described: JSONValue {
    .object([
      ("kind", .text(PictureRecipe.kind)), ("seed", .integer(seed)), ("validation", .number(validation)), ("rows", .integer(rows)),
      ("priorQualities", .numbers(priorQualities)), ("networkUnits", .integer(networkUnits)), ("signUnits", .integer(signUnits)),
      ("networkSteps", .integer(networkSteps)), ("networkBatch", .integer(networkBatch)), ("networkRate", .number(networkRate)),
      ("examples", .integer(examples)), ("enhancerWidth", .integer(enhancerWidth)), ("enhancerBlocks", .integer(enhancerBlocks)),
      ("enhancerSteps", .integer(enhancerSteps)), ("enhancerBatch", .integer(enhancerBatch)), ("enhancerRate", .number(enhancerRate)),
      ("cropMegabytes", .integer(cropMegabytes)), ("validateEvery", .integer(validateEvery)), ("confidence", .integer(confidence)),
      ("effort", .integer(effort)),
      ("validationQualities", .numbers(validationQualities)),
    ])
  }
}
