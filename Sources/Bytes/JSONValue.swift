/// A JSON value: what recipes are read from, and codecs' configurations, results and reports are written as.
package enum JSONValue: Equatable, Sendable, CustomStringConvertible {
  package struct Member: Equatable, Sendable {
    package let key: String
    package let value: JSONValue

    package init(key: String, value: JSONValue) { (self.key, self.value) = (key, value) }
  }

  /// Members in their order; no key twice.
  case object([Member])
  case array([JSONValue])
  case text(String)
  /// `null` when written if not finite.
  case number(Double)
  case flag(Bool)
  case null

  package static func integer(_ value: Int) -> JSONValue { .number(Double(value)) }
  package static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue { .object(members.map { ($0.key, $0.value) }) }
  package static func object(_ members: [(String, JSONValue)]) -> JSONValue { .object(members.map { Member(key: $0.0, value: $0.1) }) }

  /// The member of an object with this key; nil if there is none.
  package subscript(_ key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// The value as text on one line.
  package var description: String { written(indent: nil) }
  /// The value as text, objects with a line for each member, ends without a line end.
  package var lines: String { written(indent: "") }

  private func written(indent: String?) -> String {
    let deeper = indent.map { $0 + "  " }
    switch self {
    case .object(let members) where members.isEmpty: return "{}"
    case .object(let members):
      let texts = members.map { "\(JSONValue.quoted($0.key)): \($0.value.written(indent: deeper))" }
      guard let indent, let deeper else { return "{\(texts.joined(separator: ", "))}" }
      return "{\n\(texts.map { deeper + $0 }.joined(separator: ",\n"))\n\(indent)}"
    case .array(let values): return "[\(values.map { $0.written(indent: deeper) }.joined(separator: ", "))]"
    case .text(let text): return JSONValue.quoted(text)
    case .number(let value):
      guard value.isFinite else { return "null" }
      return value == value.rounded() && abs(value) < 0x1p53 ? String(Int(value)) : String(value)
    case .flag(let value): return String(value)
    case .null: return "null"
    }
  }

  /// A text in quotation marks, its special characters escaped.
  package static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
