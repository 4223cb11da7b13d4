import Bytes

/// The members of a recipe that were not yet taken.
public struct RecipeFields {
  let name: String
  var rest: [String: JSONValue]

  /// - Throws: `TrainingError.recipe` if the file is no JSON object.
  init(json bytes: [UInt8], name: String) throws {
    do {
      guard case .object(let members) = try JSONParser.parse(bytes) else {
        throw TrainingError.recipe("\(name): is no JSON object; see codecs/ecg/train.json for one")
      }
      (self.name, rest) = (name, Dictionary(uniqueKeysWithValues: members.map { ($0.key, $0.value) }))
    } catch let error as JSONError {
      throw TrainingError.recipe("\(name): line \(error.line): \(error.problem); correct the file")
    }
  }

  /// Whether a recipe is one of a codec of speech.
  /// - Throws: `TrainingError.recipe` if the file is no JSON object.
  public static func namesSpeech(_ bytes: [UInt8], name: String) throws -> Bool {
    try RecipeFields(json: bytes, name: name).rest["kind"] == .text(SpeechRecipe.kind)
  }

  /// Whether a recipe is one of a codec of pictures.
  /// - Throws: `TrainingError.recipe` if the file is no JSON object.
  public static func namesPictures(_ bytes: [UInt8], name: String) throws -> Bool {
    try RecipeFields(json: bytes, name: name).rest["kind"] == .text(PictureRecipe.kind)
  }

  /// Whether a recipe is for a codec of blocks.
  /// - Throws: `TrainingError.recipe`.
  public static func namesAutoencoder(_ bytes: [UInt8], name: String) throws -> Bool {
    try RecipeFields(json: bytes, name: name).rest["autoencoder"] != nil
  }

  /// - Throws: `TrainingError.recipe` if there is a member that nobody took.
  func finish() throws {
    if let key = rest.keys.min() { throw wrong(key, "is no key of a recipe; correct or remove it") }
  }

  func wrong(_ key: String, _ problem: String) -> TrainingError { .recipe("\(name): \"\(key)\" \(problem)") }

  mutating func number(_ key: String, _ range: ClosedRange<Double>, _ standard: Double) throws -> Double {
    guard let value = rest.removeValue(forKey: key) else { return standard }
    guard case .number(let number) = value, range.contains(number) else {
      throw wrong(key, "must be a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  mutating func integer(_ key: String, _ range: ClosedRange<Int>, _ standard: Int) throws -> Int {
    guard let value = rest.removeValue(forKey: key) else { return standard }
    guard case .number(let number) = value, let whole = Int(exactly: number), range.contains(whole) else {
      throw wrong(key, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return whole
  }

  mutating func numbers(_ key: String, _ range: ClosedRange<Double>, count: ClosedRange<Int>, _ standard: [Double]) throws -> [Double] {
    guard let value = rest.removeValue(forKey: key) else { return standard }
    guard case .array(let values) = value, count.contains(values.count) else {
      throw wrong(key, "must be a list of \(count.lowerBound == count.upperBound ? "" : "\(count.lowerBound) to ")\(count.upperBound) numbers")
    }
    return try values.map { value in
      guard case .number(let number) = value, range.contains(number) else {
        throw wrong(key, "must list numbers from \(range.lowerBound) to \(range.upperBound)")
      }
      return number
    }
  }

  mutating func text(_ key: String, _ standard: String) throws -> String {
    guard let value = rest.removeValue(forKey: key) else { return standard }
    guard case .text(let text) = value else { throw wrong(key, "must be a text in quotation marks") }
    return text
  }
}
