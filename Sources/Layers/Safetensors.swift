import Bytes
import Tensors

/// Named float32 tensors, named arrays of 32-bit integers and some text in the safetensors format: 8 bytes length of a JSON header, the header, the numbers, little-endian.
/// Reading takes bytes from anywhere: every length is checked against the limits and the bytes that are there before it is believed.
public struct Safetensors: Equatable, Sendable {
  public var tensors: [String: Tensor]
  /// Arrays of one dimension, under names that no tensor has.
  public var integers: [String: [Int32]]
  /// Free text by key, `__metadata__` in the header.
  public var metadata: [String: String]

  /// What a file may have at most.
  public enum Limit {
    public static let headerBytes = 1 << 20
    public static let tensors = 10_000
    public static let rank = 8
    /// Elements of one tensor.
    public static let elements = 1 << 28
  }

  public init(tensors: [String: Tensor], integers: [String: [Int32]] = [:], metadata: [String: String] = [:]) {
    (self.tensors, self.integers, self.metadata) = (tensors, integers, metadata)
    precondition(tensors.keys.allSatisfy { integers[$0] == nil }, "a tensor and an array of integers by the same name")
  }

  /// The bytes of a file: the same for the same content, tensors in the order of their names.
  public func serialized() -> [UInt8] {
    var entries: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map { "\(JSONValue.quoted($0.key)):\(JSONValue.quoted($0.value))" }
      entries.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var position = 0
    let names = (Array(tensors.keys) + Array(integers.keys)).sorted()
    for name in names {
      let (dtype, extents) = tensors[name].map { ("F32", $0.shape) } ?? ("I32", [integers[name]?.count ?? 0])
      let end = position + 4 * extents.reduce(1, *)
      let shape = extents.map(String.init).joined(separator: ",")
      entries.append("\(JSONValue.quoted(name)):{\"dtype\":\"\(dtype)\",\"shape\":[\(shape)],\"data_offsets\":[\(position),\(end)]}")
      position = end
    }
    var header = Array("{\(entries.joined(separator: ","))}".utf8)
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    var writer = ByteWriter()
    writer.append(littleEndian: UInt64(header.count))
    writer.append(contentsOf: header)
    for name in names {
      tensors[name]?.withValues { values in
        for value in values { writer.append(littleEndian: value.bitPattern) }
      }
      for value in integers[name] ?? [] { writer.append(littleEndian: value) }
    }
    return writer.bytes
  }

  /// Reads what `serialized()` or another writer of the format made. Throws `BytesError` where the bytes end early, are malformed, exceed a limit or
  /// hold other numbers than float32 and, in one dimension, 32-bit integers.
  public init(serialized bytes: ArraySlice<UInt8>) throws {
    var reader = ByteReader(bytes)
    let length = try reader.littleEndian(UInt64.self)
    guard length <= UInt64(Limit.headerBytes) else {
      throw BytesError.malformed("a safetensors header of \(length) bytes, more than \(Limit.headerBytes)")
    }
    let header = try SafetensorsHeader(try reader.take(Int(length)))
    let data = try reader.take(reader.remaining)
    metadata = header.metadata
    tensors = [:]
    integers = [:]
    var covered: [Range<Int>] = []
    for entry in header.entries {
      let isInteger = entry.dtype == "I32" && entry.shape.count == 1
      guard isInteger || entry.dtype == "F32" else {
        throw BytesError.malformed("tensor \"\(entry.name)\" holds \(entry.dtype), not F32 or a row of I32")
      }
      guard entry.shape.count <= Limit.rank else { throw BytesError.malformed("tensor \"\(entry.name)\" has \(entry.shape.count) dimensions") }
      var count = 1
      for extent in entry.shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: extent)
        guard !overflow, product <= Limit.elements else { throw BytesError.malformed("tensor \"\(entry.name)\" is too large") }
        count = product
      }
      guard entry.begin <= entry.end, entry.end <= data.count, entry.end - entry.begin == 4 * count else {
        throw BytesError.malformed("tensor \"\(entry.name)\" of \(count) numbers lies at bytes \(entry.begin) to \(entry.end) of \(data.count)")
      }
      covered.append(entry.begin..<entry.end)
      let slice = data[data.startIndex + entry.begin..<data.startIndex + entry.end]
      if isInteger {
        integers[entry.name] = slice.withUnsafeBytes { raw in
          (0..<count).map { Int32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self)) }
        }
        continue
      }
      tensors[entry.name] = Tensor(shape: entry.shape) { values in
        slice.withUnsafeBytes { raw in
          for i in values.indices { values[i] = Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self))) }
        }
      }
    }
    var end = 0
    for range in covered.sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }) {
      guard range.lowerBound == end else { throw BytesError.malformed("the tensors of a safetensors file overlap or leave gaps") }
      end = range.upperBound
    }
    guard end == data.count else { throw BytesError.malformed("\(data.count - end) bytes behind the last tensor of a safetensors file") }
  }

  public init(serialized bytes: [UInt8]) throws { try self.init(serialized: bytes[...]) }
}
