import Bytes

/// The header of a safetensors file. Strict: just the JSON that such a header can consist of, nothing after it but spaces.
struct JSONHeader {
  struct Entry {
    var name: String
    var dtype = ""
    var shape: [Int] = []
    var begin = 0
    var end = 0
  }
  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]

  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) throws {
    rest = bytes
    try object { key, json in
      if key == "__metadata__" {
        try json.object { key, json in json.metadata[key] = try json.string() }
      } else {
        guard json.entries.count < Safetensors.Limit.tensors else {
          throw BytesError.malformed("more than \(Safetensors.Limit.tensors) tensors in a safetensors header")
        }
        var entry = Entry(name: key)
        var seen: Set<String> = []
        try json.object { field, json in
          guard seen.insert(field).inserted else { throw JSONHeader.damaged }
          switch field {
          case "dtype": entry.dtype = try json.string()
          case "shape": entry.shape = try json.integers(atMost: 64)
          case "data_offsets":
            let offsets = try json.integers(atMost: 2)
            guard offsets.count == 2 else { throw JSONHeader.damaged }
            (entry.begin, entry.end) = (offsets[0], offsets[1])
          default: throw JSONHeader.damaged
          }
        }
        guard seen.count == 3 else { throw JSONHeader.damaged }
        json.entries.append(entry)
      }
    }
    skipSpace()
    guard rest.isEmpty else { throw JSONHeader.damaged }
  }

  private static let damaged = BytesError.malformed("the header of a safetensors file is damaged")

  private mutating func skipSpace() {
    while let byte = rest.first, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { rest = rest.dropFirst() }
  }

  /// Takes `character` if it comes next.
  private mutating func take(_ character: Character) -> Bool {
    skipSpace()
    guard let byte = rest.first, byte == character.asciiValue else { return false }
    rest = rest.dropFirst()
    return true
  }

  private mutating func need(_ character: Character) throws {
    guard take(character) else { throw JSONHeader.damaged }
  }

  private mutating func object(_ member: (String, inout JSONHeader) throws -> Void) throws {
    try need("{")
    if take("}") { return }
    repeat {
      let key = try string()
      try need(":")
      try member(key, &self)
    } while take(",")
    try need("}")
  }

  private mutating func integers(atMost limit: Int) throws -> [Int] {
    var values: [Int] = []
    try need("[")
    if take("]") { return values }
    repeat {
      skipSpace()
      let digits = rest.prefix { $0 >= 0x30 && $0 <= 0x39 }
      guard !digits.isEmpty, digits.count <= 15, digits.count == 1 || digits.first != 0x30, values.count < limit else { throw JSONHeader.damaged }
      values.append(digits.reduce(0) { $0 * 10 + Int($1 - 0x30) })
      rest = rest.dropFirst(digits.count)
    } while take(",")
    try need("]")
    return values
  }

  private mutating func string() throws -> String {
    try need("\"")
    var bytes: [UInt8] = []
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: bytes, as: UTF8.self) else { throw JSONHeader.damaged }
        return text
      case UInt8(ascii: "\\"): bytes += Array(String(try escape()).utf8)
      case 0..<0x20: throw JSONHeader.damaged
      default: bytes.append(byte)
      }
    }
    throw JSONHeader.damaged
  }

  private mutating func escape() throws -> Unicode.Scalar {
    switch rest.popFirst() {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let unit = try hexUnit()
      guard unit & 0xFC00 == 0xD800 else {
        guard let scalar = Unicode.Scalar(unit) else { throw JSONHeader.damaged }
        return scalar
      }
      guard rest.popFirst() == UInt8(ascii: "\\"), rest.popFirst() == UInt8(ascii: "u") else { throw JSONHeader.damaged }
      let low = try hexUnit()
      guard low & 0xFC00 == 0xDC00, let scalar = Unicode.Scalar(0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF) else { throw JSONHeader.damaged }
      return scalar
    default: throw JSONHeader.damaged
    }
  }

  private mutating func hexUnit() throws -> UInt32 {
    let digits = rest.prefix(4)
    let value = digits.reduce(UInt32?(0)) { value, byte in
      Character(Unicode.Scalar(byte)).hexDigitValue.flatMap { digit in value.map { $0 << 4 + UInt32(digit) } }
    }
    guard digits.count == 4, let value else { throw JSONHeader.damaged }
    rest = rest.dropFirst(4)
    return value
  }

  /// `text` as a JSON string.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{0}"..<"\u{20}":
        let hex = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
