/// A value to be written as JSON on one line.
enum JSON: CustomStringConvertible {
  case object([(String, JSON)])
  case array([JSON])
  case text(String)
  case integer(Int)
  /// `null` if not finite.
  case number(Double)
  case flag(Bool)
  case null

  var description: String {
    switch self {
    case .object(let members): "{" + members.map { "\(JSON.quoted($0)): \($1)" }.joined(separator: ", ") + "}"
    case .array(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
    case .text(let text): JSON.quoted(text)
    case .integer(let value): String(value)
    case .number(let value): value.isFinite ? String(value) : "null"
    case .flag(let value): String(value)
    case .null: "null"
    }
  }

  private static func quoted(_ text: String) -> String {
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
