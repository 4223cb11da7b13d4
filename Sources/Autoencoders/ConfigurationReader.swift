import Bytes

/// The members of an object of a configuration, taken one by one; what is left in the end is unknown.
struct ConfigurationReader {
  private let members: [JSONValue.Member]
  /// How error texts name the object: "" for the outermost, else such as "layers[2].".
  private let prefix: String
  private var known: [String] = []

  init(_ value: JSONValue, prefix: String = "") throws {
    guard case .object(let members) = value else {
      let name = prefix.isEmpty ? "the configuration" : "\"\(prefix.dropLast())\""
      throw AutoencoderError.configuration("\(name) must be an object")
    }
    (self.members, self.prefix) = (members, prefix)
  }

  /// An error about the member `key`.
  func error(_ key: String, _ problem: String) -> AutoencoderError { .configuration("\"\(prefix)\(key)\" \(problem)") }

  private mutating func take(_ key: String) -> JSONValue? {
    known.append(key)
    return members.first { $0.key == key }?.value
  }

  /// A whole number in `range`; nil where the member is missing.
  mutating func integer(_ key: String, _ range: ClosedRange<Int>) throws -> Int? {
    try take(key).map { try integer($0, key, range) }
  }

  private func integer(_ value: JSONValue, _ key: String, _ range: ClosedRange<Int>) throws -> Int {
    guard case .number(let number) = value, let integer = Int(exactly: number), range.contains(integer) else {
      throw error(key, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return integer
  }

  /// A list of whole numbers in `range`, `count` of them; nil where the member is missing.
  mutating func integers(_ key: String, _ range: ClosedRange<Int>, count: ClosedRange<Int>) throws -> [Int]? {
    try take(key).map { value in
      try array(value, key, count, of: "whole numbers").enumerated().map { try integer($0.element, "\(key)[\($0.offset)]", range) }
    }
  }

  private func array(_ value: JSONValue, _ key: String, _ count: ClosedRange<Int>, of what: String) throws -> [JSONValue] {
    guard case .array(let values) = value, count.contains(values.count) else {
      throw error(key, "must be a list of \(count.lowerBound) to \(count.upperBound) \(what)")
    }
    return values
  }

  /// A number in `range`; nil where the member is missing.
  mutating func number(_ key: String, _ range: ClosedRange<Double>) throws -> Float? {
    try take(key).map { value in
      guard case .number(let number) = value, range.contains(number) else {
        throw error(key, "must be a number from \(JSONValue.number(range.lowerBound)) to \(JSONValue.number(range.upperBound))")
      }
      return Float(number)
    }
  }

  mutating func flag(_ key: String) throws -> Bool? {
    try take(key).map { value in
      guard case .flag(let flag) = value else { throw error(key, "must be true or false") }
      return flag
    }
  }

  /// One of the names of `Choice`; nil where the member is missing.
  mutating func choice<Choice: ConfigurationChoice>(_ key: String, _ type: Choice.Type = Choice.self) throws -> Choice? {
    try take(key).map { value in
      guard case .text(let text) = value, let choice = Choice(rawValue: text) else {
        throw error(key, "must be \(ConfigurationReader.list(Choice.allCases.map(\.rawValue)))")
      }
      return choice
    }
  }

  /// The text of a member; nil where it is missing.
  mutating func text(_ key: String) throws -> String? {
    try take(key).map { value in
      guard case .text(let text) = value else { throw error(key, "must be a text") }
      return text
    }
  }

  /// An object, read by `body`; nil where the member is missing.
  mutating func object<Result>(_ key: String, _ body: (inout ConfigurationReader) throws -> Result) throws -> Result? {
    try take(key).map { try object($0, key, body) }
  }

  private func object<Result>(
    _ value: JSONValue, _ key: String, _ body: (inout ConfigurationReader) throws -> Result
  ) throws -> Result {
    var reader = try ConfigurationReader(value, prefix: "\(prefix)\(key).")
    let result = try body(&reader)
    try reader.finish()
    return result
  }

  /// A list of objects, each read by `body`; nil where the member is missing.
  mutating func objects<Result>(
    _ key: String, count: ClosedRange<Int>, _ body: (inout ConfigurationReader) throws -> Result
  ) throws -> [Result]? {
    try take(key).map { value in
      try array(value, key, count, of: "objects").enumerated().map { try object($0.element, "\(key)[\($0.offset)]", body) }
    }
  }

  /// The value of a member that must be there.
  func need<Value>(_ value: Value?, _ key: String, _ what: String) throws -> Value {
    guard let value else { throw error(key, "is missing: \(what)") }
    return value
  }

  /// Refuses members that nobody asked for.
  func finish() throws {
    guard let unknown = members.first(where: { !known.contains($0.key) }) else { return }
    throw error(unknown.key, "is unknown here; known are \(known.map { "\"\($0)\"" }.joined(separator: ", "))")
  }

  /// "a", "b" or "c"
  static func list(_ names: [String]) -> String {
    let quoted = names.map { "\"\($0)\"" }
    return quoted.count < 2 ? quoted.joined() : quoted.dropLast().joined(separator: ", ") + " or " + quoted[quoted.count - 1]
  }
}

/// A member that has one of a few names.
protocol ConfigurationChoice: RawRepresentable<String>, CaseIterable, Sendable {}
