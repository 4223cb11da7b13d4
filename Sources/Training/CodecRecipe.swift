import Bytes

/// What the recipes of all kinds of codecs have.
protocol CodecRecipe: Sendable {
  var seed: Int { get set }
  var validation: Double { get set }
  var validationQualities: [Double] { get set }
  var checkpointSeconds: Double { get set }
  var about: String { get set }
  var license: String { get set }
  /// All that decides the codec's bits.
  var described: JSONValue { get }
}

extension CodecRecipe {
  /// Takes these from a recipe's members; what is not given stays as it is.
  /// - Throws: `TrainingError.recipe`.
  mutating func takeCommon(from fields: inout RecipeFields) throws {
    seed = try fields.integer("seed", 0...(1 << 53), seed)
    validation = try fields.number("validation", 0...0.9, validation)
    validationQualities = try fields.numbers("validationQualities", 0...100, count: 1...16, validationQualities)
    checkpointSeconds = try fields.number("checkpointSeconds", 0...86_400, checkpointSeconds)
    about = try fields.text("about", about)
    license = try fields.text("license", license)
  }
}

extension JSONValue {
  static func numbers(_ values: [Double]) -> JSONValue { .array(values.map(JSONValue.number)) }
}
