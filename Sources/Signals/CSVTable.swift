/// What a first pass over a table of numbers finds out.
struct CSVTable {
  private(set) var separator: UInt8 = 0x2C
  private(set) var names: [String]?
  private(set) var decimals: [Int] = []
  private(set) var rows = 0
  private(set) var comments: [String] = []
  /// From a comment, in Hz.
  private(set) var rate: Double?
  /// What stands for a missing value, as the first one is written; nil without any.
  private(set) var missing: String?
  /// Of each column: the most decimal places as written and the fewest that keep all values, with the line that needs them, and the extreme
  /// values.
  private var written: [Int] = []
  private var needed: [(places: Int, line: Int)] = []
  private var extremes: [(low: Double, high: Double, line: Int)] = []

  /// Reads all lines. Throws `SignalError`, naming the line, unless all rows are numbers and of the same count.
  /// - Parameter keepsMissing: whether values may be missing.
  init(_ lines: LineReader, name: String, keepsMissing: Bool, limits: SignalLimits) throws {
    var columns = 0
    // Nil where a value is missing.
    var numbers: [DecimalNumber?] = []
    while let _: Void = try lines.next({ line in
      guard CSVTable.isData(line) else { return try comment(line, name: name, limits: limits) }
      func bad(_ what: String, column: Int? = nil) -> SignalError {
        .malformed("\(name): line \(lines.number)\(column.map { ", column \($0)" } ?? ""): \(what)")
      }
      if columns == 0 {
        separator = CSVTable.separators(line)
        let cells = CSVTable.texts(line, separator)
        guard cells.count <= limits.channels else {
          throw SignalError.limit("\(name): has \(cells.count) columns, more than the limit of \(limits.channels); check the separator")
        }
        columns = cells.count
        (written, needed, extremes) = (
          Array(repeating: 0, count: columns), Array(repeating: (0, 0), count: columns), Array(repeating: (0, 0, 0), count: columns)
        )
        let isNames = cells.allSatisfy { cell in
          !CSVTable.missingWords.contains(cell.lowercased()) && !["inf", "-inf", "+inf"].contains(cell.lowercased()) && number(cell) == nil
        }
        if isNames {
          names = cells.map(CSVTable.oneLine)
          return
        }
      }
      numbers.removeAll(keepingCapacity: true)
      try CSVTable.cells(line, separator) { cell in
        let value = DecimalNumber(cell)
        if value == nil {
          let (text, column) = (String(decoding: cell, as: UTF8.self), numbers.count + 1)
          guard CSVTable.isMissing(cell) else { throw bad("\"\(clip(text))\" is no number; correct it", column: column) }
          guard keepsMissing else {
            let what = text.isEmpty ? "an empty cell" : "\"\(text)\""
            throw bad("\(what) is a missing value; fill in what is missing first (aecodec fill), or leave such rows out", column: column)
          }
          missing = missing ?? text
        }
        numbers.append(value)
      }
      guard numbers.count == columns else { throw bad("has \(numbers.count) columns where others have \(columns); correct it") }
      for (c, number) in numbers.enumerated() {
        guard let value = number else { continue }
        written[c] = max(written[c], value.places)
        if value.shortest > needed[c].places { needed[c] = (value.shortest, lines.number) }
        // Doubles are near enough to choose the decimal places; `DecimalNumber.scaled` decides exactly.
        let size = Double(value.digits) * CSVTable.power(-value.places)
        if size > extremes[c].high { extremes[c] = (extremes[c].low, size, lines.number) }
        if size < extremes[c].low { extremes[c] = (size, extremes[c].high, lines.number) }
      }
      rows += 1
    }) {}
    guard rows > 0 else { throw SignalError.malformed("\(name): has no numbers; give a table with a column for each signal") }
    for c in 0..<columns {
      let extreme = extremes[c]
      func fits(_ places: Int) -> Bool {
        let scale = CSVTable.power(places)
        return places <= 9 && extreme.high * scale < 2_147_483_647.5 && extreme.low * scale > (missing == nil ? -2_147_483_648.5 : -2_147_483_647.5)
      }
      guard needed[c].places <= 9, fits(needed[c].places) else {
        let line = needed[c].places > 0 ? needed[c].line : extreme.line
        throw SignalError.unsupported(
          "\(name): line \(line), column \(c + 1): with \(needed[c].places) decimal places the numbers need more than 32 bits; round them")
      }
      decimals.append(fits(written[c]) ? written[c] : needed[c].places)
    }
  }

  /// Cells that stand for a missing value, in lower case.
  private static let missingWords: Set = ["", "nan", "na", "n/a", "null", "none"]

  static func isMissing(_ cell: UnsafeBufferPointer<UInt8>) -> Bool {
    cell.count <= 4 && missingWords.contains(String(decoding: cell, as: UTF8.self).lowercased())
  }

  private static func power(_ exponent: Int) -> Double {
    var result = 1.0
    for _ in 0..<min(abs(exponent), 400) { result = exponent > 0 ? result * 10 : result / 10 }
    return result
  }

  private mutating func comment(_ line: UnsafeBufferPointer<UInt8>, name: String, limits: SignalLimits) throws {
    guard let mark = line.first(where: { $0 != 0x20 && $0 != 0x09 }), mark == UInt8(ascii: "#") else { return }
    let text = String(decoding: line, as: UTF8.self)
    comments.append(CSVTable.oneLine(String(text.drop { $0 != "#" }.dropFirst())))
    guard comments.count <= SignalInfo.mostComments else {
      throw SignalError.limit("\(name): has more than \(SignalInfo.mostComments) comment lines; remove some")
    }
    guard rate == nil, ["sampling rate", "sample rate", "sampling frequency"].contains(where: text.lowercased().contains) else { return }
    let digits = text.drop { !($0.isASCII && $0.isNumber) }.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    if let value = number(digits), value > 0, value < 1e9 { rate = value }
  }

  /// Whether a line is neither empty nor a comment.
  static func isData(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    for byte in line where byte != 0x20 && byte != 0x09 { return byte != UInt8(ascii: "#") }
    return false
  }

  /// The separator of a line: a tab, a semicolon or a comma that it contains, else spaces.
  private static func separators(_ line: UnsafeBufferPointer<UInt8>) -> UInt8 {
    for candidate in [UInt8(ascii: ";"), 0x09, UInt8(ascii: ",")] where line.contains(candidate) { return candidate }
    return 0x20
  }

  /// Calls `body` with each cell, without blanks around it. Where spaces separate, any number of blanks does.
  static func cells(_ line: UnsafeBufferPointer<UInt8>, _ separator: UInt8, _ body: (UnsafeBufferPointer<UInt8>) throws -> Void) rethrows {
    let blanks = separator == 0x20
    var k = 0
    while true {
      while k < line.count, line[k] == 0x20 || line[k] == 0x09 && separator != 0x09 { k += 1 }
      if blanks, k == line.count { return }
      let start = k
      while k < line.count, line[k] != separator, !(blanks && line[k] == 0x09) { k += 1 }
      var end = k
      while end > start, line[end - 1] == 0x20 || line[end - 1] == 0x09 { end -= 1 }
      try body(UnsafeBufferPointer(rebasing: line[start..<end]))
      if k == line.count { return }
      k += 1
    }
  }

  /// The cells of a line of names; one in double quotes may contain the separator.
  private static func texts(_ line: UnsafeBufferPointer<UInt8>, _ separator: UInt8) -> [String] {
    var result: [String] = []
    if !line.contains(UInt8(ascii: "\"")) {
      cells(line, separator) { result.append(String(decoding: $0, as: UTF8.self)) }
      return result
    }
    var (cell, quoted): ([UInt8], Bool) = ([], false)
    for byte in line {
      if byte == UInt8(ascii: "\"") {
        quoted.toggle()
      } else if byte == separator, !quoted {
        result.append(CSVTable.trimmed(cell))
        cell = []
      } else {
        cell.append(byte)
      }
    }
    return result + [CSVTable.trimmed(cell)]
  }

  /// With blanks in the place of characters that a name or comment cannot keep.
  private static func oneLine(_ text: String) -> String { String(text.map { $0.isNewline || $0 == "\0" ? " " : $0 }) }

  private static func trimmed(_ cell: [UInt8]) -> String {
    guard let start = cell.firstIndex(where: { $0 != 0x20 }), let end = cell.lastIndex(where: { $0 != 0x20 }) else { return "" }
    return String(decoding: cell[start...end], as: UTF8.self)
  }
}
