/// Where and why a text is no JSON.
package struct JSONError: Error {
  package let line: Int
  package let problem: String

  package init(line: Int, problem: String) { (self.line, self.problem) = (line, problem) }
}

/// Reads JSON (RFC 8259). Keys that occur twice, and nesting deeper than 32, are errors.
package struct JSONParser {
  private let bytes: [UInt8]
  private var position = 0

  /// - Throws: `JSONError`.
  package static func parse(_ bytes: [UInt8]) throws -> JSONValue {
    var parser = JSONParser(bytes: bytes)
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.position == bytes.count else { throw parser.error("there is more behind the end") }
    return value
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private func error(_ problem: String) -> JSONError {
    JSONError(line: 1 + bytes[..<position].count { $0 == UInt8(ascii: "\n") }, problem: problem)
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() { while let byte = next, [0x20, 0x0A, 0x0D, 0x09].contains(byte) { position += 1 } }

  private mutating func take(_ character: Character) -> Bool {
    skipSpace()
    guard let byte = next, byte == character.asciiValue else { return false }
    position += 1
    return true
  }

  private mutating func need(_ character: Character) throws {
    guard take(character) else { throw error("\"\(character)\" is missing") }
  }

  private mutating func value(depth: Int) throws -> JSONValue {
    guard depth <= 32 else { throw error("values are nested too deeply") }
    if take("{") { return try object(depth: depth) }
    if take("[") {
      var values: [JSONValue] = []
      if take("]") { return .array([]) }
      repeat { values.append(try value(depth: depth + 1)) } while take(",")
      try need("]")
      return .array(values)
    }
    if next == UInt8(ascii: "\"") { return .text(try string()) }
    let start = position
    while let byte = next, ![0x20, 0x0A, 0x0D, 0x09, 0x2C, 0x5D, 0x7D].contains(byte) { position += 1 }
    let word = String(decoding: bytes[start..<position], as: UTF8.self)
    switch word {
    case "true": return .flag(true)
    case "false": return .flag(false)
    case "null": return .null
    default:
      let digits = Set("0123456789+-.eE")
      guard let first = word.first, first == "-" || first.isNumber, word.allSatisfy(digits.contains), let number = Double(word), number.isFinite
      else { throw error(word.isEmpty ? "a value is missing" : "\"\(word)\" is no value") }
      return .number(number)
    }
  }

  private mutating func object(depth: Int) throws -> JSONValue {
    var (members, keys) = ([JSONValue.Member](), Set<String>())
    if take("}") { return .object(members) }
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw error("a key in quotation marks is missing") }
      let key = try string()
      guard keys.insert(key).inserted else { throw error("the key \"\(key)\" occurs twice") }
      try need(":")
      members.append(JSONValue.Member(key: key, value: try value(depth: depth + 1)))
    } while take(",")
    try need("}")
    return .object(members)
  }

  private mutating func string() throws -> String {
    position += 1
    var text: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let result = String(validating: text, as: UTF8.self) else { throw error("a text is not UTF-8") }
        return result
      case UInt8(ascii: "\\"):
        guard let escape = next else { break }
        position += 1
        guard let scalar = try JSONParser.plain[escape] ?? unicode(escape) else { throw error("a text has an unknown escape") }
        text += Array(String(scalar).utf8)
      case 0..<0x20: throw error("a text has a control character or is not closed")
      default: text.append(byte)
      }
    }
    throw error("a text is not closed")
  }

  private static let plain: [UInt8: Unicode.Scalar] = [
    0x22: "\"", 0x5C: "\\", 0x2F: "/", 0x62: "\u{8}", 0x66: "\u{C}", 0x6E: "\n", 0x72: "\r", 0x74: "\t",
  ]

  /// The scalar of `\uXXXX`, or of a pair of them; nil for another letter than u, and for half a pair.
  private mutating func unicode(_ letter: UInt8) throws -> Unicode.Scalar? {
    guard letter == UInt8(ascii: "u") else { return nil }
    let unit = try hex()
    guard unit & 0xFC00 == 0xD800, bytes[position...].starts(with: Array("\\u".utf8)) else { return Unicode.Scalar(unit) }
    position += 2
    let low = try hex()
    return low & 0xFC00 == 0xDC00 ? Unicode.Scalar(0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF) : nil
  }

  private mutating func hex() throws -> UInt32 {
    let digits = String(decoding: bytes[position..<min(position + 4, bytes.count)], as: UTF8.self)
    guard digits.utf8.count == 4, digits.allSatisfy(\.isHexDigit), let unit = UInt32(digits, radix: 16) else {
      throw error("a text has an unknown escape")
    }
    position += 4
    return unit
  }
}
