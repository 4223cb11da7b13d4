import Bytes

/// The header of a safetensors file: where each tensor lies and what it is, and some text. Strict: what else the JSON may hold is refused.
struct SafetensorsHeader {
  struct Entry {
    let name: String
    let dtype: String
    let shape: [Int]
    let begin: Int
    let end: Int
  }
  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]

  /// - Parameter bytes: of a length that the caller has limited.
  /// - Throws: `BytesError`.
  init(_ bytes: ArraySlice<UInt8>) throws {
    guard case .object(let members)? = try? JSONParser.parse(Array(bytes)) else { throw SafetensorsHeader.damaged }
    for member in members {
      guard case .object(let fields) = member.value else { throw SafetensorsHeader.damaged }
      if member.key == "__metadata__" {
        for field in fields {
          guard case .text(let text) = field.value else { throw SafetensorsHeader.damaged }
          metadata[field.key] = text
        }
        continue
      }
      guard entries.count < Safetensors.Limit.tensors else {
        throw BytesError.malformed("more than \(Safetensors.Limit.tensors) tensors in a safetensors header")
      }
      // No key occurs twice, so there are just these three.
      guard fields.count == 3, case .text(let dtype)? = member.value["dtype"], let shape = SafetensorsHeader.integers(member.value["shape"]),
        let offsets = SafetensorsHeader.integers(member.value["data_offsets"]), offsets.count == 2
      else { throw SafetensorsHeader.damaged }
      entries.append(Entry(name: member.key, dtype: dtype, shape: shape, begin: offsets[0], end: offsets[1]))
    }
  }

  private static let damaged = BytesError.malformed("the header of a safetensors file is damaged")

  /// The elements of an array of whole numbers that are exact; nil for anything else.
  private static func integers(_ value: JSONValue?) -> [Int]? {
    guard case .array(let elements)? = value else { return nil }
    let integers = elements.compactMap { element -> Int? in
      guard case .number(let number) = element, number >= 0, number < 0x1p53 else { return nil }
      return Int(exactly: number)
    }
    return integers.count == elements.count ? integers : nil
  }
}
