import Bytes
import Container
import Signals
import Tensors

/// Files of codes, a row a code: NumPy's format, or numbers with commas where the name ends in `.csv`.
public enum CodeFile {
  /// The most bytes that are read of one.
  private static let mostBytes = 1 << 30

  /// Writes [rows, columns].
  /// - Throws: `SignalError`.
  public static func write(_ codes: Tensor, to path: String, overwrite: Bool) throws {
    precondition(codes.shape.count == 2, "a table of codes of shape \(codes.shape)")
    try write(path, overwrite: overwrite) {
      path.lowercased().hasSuffix(".csv") ? text(codes, columns: codes.shape[1]) : NumpyArray.serialized(codes)
    }
  }

  /// Writes numbers as text, a line each: a signal of one channel for whoever reads tables.
  /// - Throws: `SignalError`.
  public static func write(column numbers: Tensor, to path: String, overwrite: Bool) throws {
    try write(path, overwrite: overwrite) { text(numbers, columns: 1) }
  }

  private static func write(_ path: String, overwrite: Bool, _ bytes: () -> [UInt8]) throws {
    if path != "-" { try AtomicFile.check(path, overwrite: overwrite) }
    let file = try path == "-" ? AtomicFile(descriptor: 1, name: "standard output") : AtomicFile(path: path)
    defer { file.abort() }
    try file.write(bytes())
    try file.commit(overwrite: overwrite)
  }

  /// Every number with as many digits as it takes to come back the same.
  private static func text(_ codes: Tensor, columns: Int) -> [UInt8] {
    codes.withValues { values in
      var bytes: [UInt8] = []
      for (k, value) in values.enumerated() { bytes += Array("\(value)".utf8) + [k % columns == columns - 1 ? 0x0A : 0x2C] }
      return bytes
    }
  }

  /// Reads codes [rows, columns] that may come from anywhere.
  /// - Throws: `SignalError`.
  public static func read(_ path: String) throws -> Tensor {
    let bytes = try contents(path, atMost: mostBytes, "a file of codes")
    if NumpyArray.begins(bytes) { return try NumpyArray.read(bytes, name: path) }
    guard path.lowercased().hasSuffix(".csv") else {
      throw SignalError.unsupported("\(path): no array in NumPy's format, and no .csv; write codes with numpy.save, or as numbers with commas")
    }
    return try table(bytes, name: path)
  }

  private static func table(_ bytes: [UInt8], name: String) throws -> Tensor {
    var (values, columns, rows) = ([Float](), 0, 0)
    try forEachLine(of: bytes) { k, line in
      let line = line.last == 0x0D ? line.dropLast() : line
      if line.isEmpty { return }
      // One cell more than there should be is enough to tell.
      let cells = line.split(separator: 0x2C, maxSplits: rows == 0 ? mostColumns : columns, omittingEmptySubsequences: false)
      guard cells.count <= mostColumns else {
        throw SignalError.malformed("\(name): line \(k + 1) has more than \(mostColumns) numbers; give codes, a row a code")
      }
      if rows == 0 { columns = cells.count }
      guard cells.count == columns else {
        throw SignalError.malformed("\(name): line \(k + 1) has \(cells.count) numbers where others have \(columns); correct it")
      }
      for (column, cell) in cells.enumerated() {
        let text = String(decoding: cell, as: UTF8.self).filter { $0 != " " }
        guard let value = Float(text) else {
          throw SignalError.malformed("\(name): line \(k + 1), column \(column + 1): \"\(text.prefix(40))\" is no number; correct it")
        }
        guard value.isFinite else { throw notFinite(name, row: rows, column: column) }
        values.append(value)
      }
      rows += 1
    }
    guard rows > 0 else { throw SignalError.malformed("\(name): is empty; give codes, a row a code") }
    return Tensor(values, shape: [rows, columns])
  }

  /// Numbers in a row of a table.
  private static let mostColumns = 1 << 20

  /// Each line of a text with its number from 0, without its end; one after the other, since there may be many.
  static func forEachLine(of bytes: [UInt8], _ body: (Int, ArraySlice<UInt8>) throws -> Void) rethrows {
    var (rest, number) = (bytes[...], 0)
    while !rest.isEmpty {
      let end = rest.firstIndex(of: 0x0A) ?? rest.endIndex
      try body(number, rest[..<end])
      rest = rest[min(end + 1, rest.endIndex)...]
      number += 1
    }
  }

  static func notFinite(_ name: String, row: Int, column: Int) -> SignalError {
    .malformed("\(name): the number in row \(row), column \(column) (from 0) is not finite; repair the codes or leave the row out")
  }

  /// The bytes of a file that is read whole.
  static func contents(_ path: String, atMost limit: Int, _ what: String) throws -> [UInt8] {
    do {
      let file = try OpenFile(path: path)
      guard file.count <= limit else { throw SignalError.limit("\(path): larger than \(what) may be (\(limit >> 20) MiB); give a smaller one") }
      return try file.read(at: 0, count: file.count)
    } catch let error as SystemError {
      throw SignalError.missing("\(path): cannot be read: \(error); give the name of a file")
    }
  }
}
