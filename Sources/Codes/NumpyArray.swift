import Bytes
import Signals
import Tensors

/// Arrays of two dimensions in NumPy's format, version 1.0 (numpy.lib.format): a signature, a header that is a Python dictionary, and the numbers in rows.
public enum NumpyArray {
  private static let signature: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// The bytes of [rows, columns] as little-endian float32; the numbers begin at a multiple of 64 bytes.
  public static func serialized(_ rows: Tensor) -> [UInt8] {
    precondition(rows.shape.count == 2, "a table of codes of shape \(rows.shape)")
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows.shape[0]), \(rows.shape[1])), }"
    while (signature.count + 4 + header.utf8.count + 1) % 64 != 0 { header += " " }
    header += "\n"
    var bytes = signature + [1, 0, UInt8(header.utf8.count & 0xFF), UInt8(header.utf8.count >> 8)] + Array(header.utf8)
    bytes.reserveCapacity(bytes.count + 4 * rows.count)
    rows.withValues { values in
      for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) } }
    }
    return bytes
  }

  /// Whether a file that begins so is meant to be one.
  static func begins(_ bytes: [UInt8]) -> Bool { bytes.starts(with: signature) }

  /// The numbers of a file [rows, columns], one row where the array has one dimension. Nothing is allocated before the size of the file bears it out.
  /// - Parameter name: for messages.
  /// - Throws: `SignalError`, also for numbers that are not finite.
  static func read(_ bytes: [UInt8], name: String) throws -> Tensor {
    func damaged(_ text: String) -> SignalError { .malformed("\(name): \(text); write it again with numpy.save") }
    guard bytes.count >= 10 else { throw damaged("is cut short") }
    guard bytes[6] == 1, bytes[7] == 0 else {
      throw SignalError.unsupported(
        "\(name): is of version \(bytes[6]).\(bytes[7]) of NumPy's format, and 1.0 is read; write it again with numpy.save")
    }
    let start = 10 + Int(bytes[8]) + Int(bytes[9]) << 8
    guard start <= bytes.count else { throw damaged("ends inside its header") }
    var header = NumpyHeader(bytes[10..<start])
    guard header.parse() else { throw damaged("its header is none of NumPy's format") }
    guard header.type == "<f4" else {
      throw SignalError.unsupported("\(name): holds numbers of type \"\(header.type)\", and only \"<f4\" is read; convert it with astype('float32')")
    }
    guard !header.isFortran else {
      throw SignalError.unsupported("\(name): is in Fortran's order, and only C's is read; convert it with numpy.ascontiguousarray")
    }
    let shape = header.shape.count == 1 ? [1] + header.shape : header.shape
    guard shape.count == 2 else {
      throw SignalError.unsupported("\(name): has \(header.shape.count) dimensions, and a row a code is wanted; reshape it")
    }
    let count = shape[0].multipliedReportingOverflow(by: shape[1])
    guard !count.overflow, count.partialValue <= (bytes.count - start) / 4, bytes.count - start == 4 * count.partialValue else {
      throw damaged("states \(shape[0]) x \(shape[1]) numbers and holds \(bytes.count - start) bytes of them")
    }
    guard count.partialValue > 0 else { throw SignalError.malformed("\(name): is empty (\(shape[0]) x \(shape[1])); give codes") }
    let values = (0..<count.partialValue).map { k in
      let at = start + 4 * k
      return Float(bitPattern: UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]) << 16 | UInt32(bytes[at + 3]) << 24)
    }
    if let bad = values.firstIndex(where: { !$0.isFinite }) { throw CodeFile.notFinite(name, row: bad / shape[1], column: bad % shape[1]) }
    return Tensor(values, shape: shape)
  }
}

/// Reads the dictionary that an array begins with: exactly its three members, in any order.
private struct NumpyHeader {
  private var rest: ArraySlice<UInt8>
  private(set) var type = ""
  private(set) var isFortran = false
  private(set) var shape: [Int] = []

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  mutating func parse() -> Bool {
    var seen = Set<String>()
    guard take("{") else { return false }
    while !take("}") {
      guard let key = text(), seen.insert(key).inserted, take(":") else { return false }
      switch key {
      case "descr":
        guard let value = text() else { return false }
        type = value
      case "fortran_order":
        isFortran = take("True")
        guard isFortran || take("False") else { return false }
      case "shape":
        guard let value = extents() else { return false }
        shape = value
      default: return false
      }
      if !take(",") {
        guard take("}") else { return false }
        break
      }
    }
    return seen.count == 3 && rest.allSatisfy { $0 == 0x20 || $0 == 0x0A }
  }

  private mutating func take(_ word: String) -> Bool {
    rest = rest.drop { $0 == 0x20 }
    guard rest.starts(with: word.utf8) else { return false }
    rest = rest.dropFirst(word.utf8.count)
    return true
  }

  private mutating func text() -> String? {
    let mark: UInt8 = take("'") ? 0x27 : take("\"") ? 0x22 : 0
    guard mark != 0, let end = rest.firstIndex(of: mark) else { return nil }
    defer { rest = rest[(end + 1)...] }
    return String(decoding: rest[..<end], as: UTF8.self)
  }

  private mutating func extents() -> [Int]? {
    guard take("(") else { return nil }
    var extents: [Int] = []
    while !take(")") {
      let digits = rest.drop { $0 == 0x20 }.prefix { 0x30...0x39 ~= $0 }
      guard extents.count < 32, let extent = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
      rest = rest[digits.endIndex...]
      extents.append(extent)
      if !take(",") {
        guard take(")") else { return nil }
        break
      }
    }
    return extents
  }
}
