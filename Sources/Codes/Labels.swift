import Bytes
import Container
import Signals

/// What items are called by: one label for each, in their order.
public struct Labels: Sendable, Equatable {
  public let names: [String]

  /// The most bytes of a text of labels.
  private static let mostBytes = 1 << 26
  private static let longest = 200

  public init(_ names: [String]) { self.names = names }

  /// Reads an IDX file of one dimension, packed or not, or a text with a line an item, of which the last of several columns with commas counts.
  /// - Parameter count: of items.
  /// - Throws: `SignalError`, also where there are more labels or less than items.
  public init(_ path: String, count: Int) throws {
    let head: [UInt8]
    do { head = try OpenFile(path: path).read(at: 0, count: 4) } catch let error as SystemError {
      throw SignalError.missing("\(path): labels cannot be read: \(error); give an IDX file of labels, or a text with a line an item")
    }
    names = head.starts(with: [0, 0]) || head.starts(with: GzipDecoder.signature) ? try Labels.stack(path, count) : try Labels.text(path)
    guard names.count == count else {
      throw SignalError.malformed("\(path): has \(names.count) labels for \(count) items; give the labels of these items")
    }
  }

  private static func stack(_ path: String, _ count: Int) throws -> [String] {
    let reader = try SignalFile.open(path)
    guard let layout = reader.info.stack, layout.extents.isEmpty else {
      throw SignalError.unsupported("\(path): holds \(reader.info.stack?.described(2) ?? "a signal"), not labels; give an IDX file of one dimension")
    }
    // One more than wanted tells that there are too many.
    if let length = reader.info.length, length != count {
      throw SignalError.malformed("\(path): has \(length) labels for \(count) items; give the labels of these items")
    }
    return try reader.readAll().first?.map { String($0) } ?? []
  }

  private static func text(_ path: String) throws -> [String] {
    var labels: [String] = []
    try CodeFile.forEachLine(of: try CodeFile.contents(path, atMost: mostBytes, "a text of labels")) { k, line in
      let label = String(decoding: line, as: UTF8.self).split(separator: ",", omittingEmptySubsequences: false).last ?? ""
      // Controls have no place in a page.
      let trimmed = String(String.UnicodeScalarView(label.unicodeScalars.filter { $0.properties.generalCategory != .control })).drop { $0 == " " }
      guard !trimmed.isEmpty, trimmed.utf8.count <= longest else {
        throw SignalError.malformed("\(path): line \(k + 1) has no label, or one of more than \(longest) bytes; correct it")
      }
      labels.append(String(trimmed))
    }
    return labels
  }

  /// The different ones: numbers by their value, then words, and for each item the place of its own among them.
  public var classes: (names: [String], indices: [Int]) {
    let different = Set(names).sorted { a, b in
      switch (Int(a), Int(b)) {
      case (let x?, let y?): x < y
      case (nil, nil): a < b
      case (let x, _): x != nil
      }
    }
    let places = Dictionary(uniqueKeysWithValues: different.enumerated().map { ($1, $0) })
    return (different, names.map { places[$0] ?? 0 })
  }
}
