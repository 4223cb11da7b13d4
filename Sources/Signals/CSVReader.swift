/// Reads a file line by line with constant memory, or bytes held in memory.
final class LineReader {
  private let file: InputFile?
  private var buffer: [UInt8]
  private var start = 0
  private var ended: Bool
  private let limit: Int
  private let name: String
  /// Of the line last read, from 1.
  private(set) var number = 0

  init(_ file: InputFile, limit: Int) {
    (self.file, self.limit, name) = (file, limit, file.name)
    (buffer, ended) = ([], false)
  }

  init(_ bytes: [UInt8], name: String, limit: Int) {
    (file, self.limit, self.name) = (nil, limit, name)
    (buffer, ended) = (bytes, true)
  }

  /// Calls `body` with the next line, without its end; returns nil after the last. Throws `SignalError` also for a line that is too long.
  func next<Result>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Result) throws -> Result? {
    var searched = start
    while true {
      let end = buffer.withUnsafeBufferPointer { bytes in
        var k = searched
        while k < bytes.count, bytes[k] != 0x0A { k += 1 }
        return k
      }
      if end == buffer.count, !ended {
        searched = end - start
        if end - start > limit {
          throw SignalError.limit("\(name): line \(number + 1) is longer than the limit of \(limit) bytes; check that this is a table of numbers")
        }
        buffer.removeSubrange(..<start)
        start = 0
        let more = try file!.read(upTo: 1 << 16)
        buffer += more
        ended = more.count < 1 << 16
        continue
      }
      if end == buffer.count, start == end { return nil }
      number += 1
      defer { start = min(end + 1, buffer.count) }
      let cut = end > start && buffer[end - 1] == 0x0D ? end - 1 : end
      return try buffer.withUnsafeBufferPointer { try body(UnsafeBufferPointer(rebasing: $0[start..<cut])) }
    }
  }
}

/// Reads a table of numbers, one column for each channel: first all of it to learn names, decimal places and length, then piece by piece.
final class CSVReader: SignalReader {
  let info: SignalInfo
  private let lines: LineReader
  private let name: String
  private let separator: UInt8
  private let decimals: [Int]
  private let hasMissing: Bool
  private var skipNames: Bool
  private var remaining: Int

  /// `rate`: in Hz; nil to take it from a comment line such as `# sampling rate: 360`. `keepsMissing`: as in `InputOptions`. Throws `SignalError`.
  init(_ file: InputFile, rate: Double?, keepsMissing: Bool, limits: SignalLimits) throws {
    name = file.name
    var held: [UInt8]?
    if file.size == nil {
      held = try file.read(upTo: limits.heldBytes + 1)
      guard held!.count <= limits.heldBytes else {
        throw SignalError.limit("\(file.name): a table from a stream may have \(limits.heldBytes) bytes at most; write it to a file first")
      }
    }
    func reader() -> LineReader {
      held.map { LineReader($0, name: file.name, limit: limits.headerBytes) } ?? LineReader(file, limit: limits.headerBytes)
    }
    let table = try CSVTable(reader(), name: file.name, keepsMissing: keepsMissing, limits: limits)
    guard let rate = rate ?? table.rate else {
      throw SignalError.malformed("\(file.name): does not state its sampling rate; give it with --rate, or in a line \"# sampling rate: 360\"")
    }
    if held == nil { try file.seek(to: 0) }
    lines = reader()
    (separator, decimals, skipNames, remaining) = (table.separator, table.decimals, table.names != nil, table.rows)
    let channels = table.decimals.enumerated().map { Channel(name: table.names?[$0] ?? "", gain: CSVLayout.gain($1)) }
    let layout = CSVLayout(separator: table.separator, namesLine: table.names != nil, decimals: table.decimals, missing: table.missing)
    hasMissing = table.missing != nil
    info = SignalInfo(rate: rate, channels: channels, format: .csv(layout), length: table.rows, comments: table.comments)
  }

  func read(_ maxSamples: Int) throws -> [[Int32]] {
    let count = min(maxSamples, remaining)
    guard count > 0 else { return [] }
    var result = [[Int32]](repeating: [Int32](repeating: 0, count: count), count: decimals.count)
    var row = 0
    while row < count {
      let came: Void? = try lines.next { line in
        guard CSVTable.isData(line) else { return }
        if skipNames {
          skipNames = false
          return
        }
        var column = 0
        try CSVTable.cells(line, separator) { cell in
          guard column < decimals.count else { throw changed() }
          let value = DecimalNumber(cell)?.scaled(by: decimals[column]) ?? (hasMissing && CSVTable.isMissing(cell) ? Int32.min : nil)
          guard let value else { throw changed() }
          result[column][row] = value
          column += 1
        }
        guard column == decimals.count else { throw changed() }
        row += 1
      }
      if came == nil { throw changed() }
    }
    remaining -= count
    return result
  }

  private func changed() -> SignalError { .io("\(name): line \(lines.number) changed while it was read; encode a copy of it") }
}

/// A number as it stands in a text: `digits` / 10^`places`.
struct DecimalNumber {
  var digits: Int64
  /// Decimal places as written and without trailing zeros.
  var places: Int
  var shortest: Int

  /// nil if the cell is no number of at most 18 digits.
  init?(_ cell: UnsafeBufferPointer<UInt8>) {
    var k = 0
    let negative = cell.first == UInt8(ascii: "-")
    if negative || cell.first == UInt8(ascii: "+") { k = 1 }
    var (value, count, places, zeros, any, point): (Int64, Int, Int, Int, Bool, Bool) = (0, 0, 0, 0, false, false)
    while k < cell.count {
      let byte = cell[k]
      if byte >= 0x30, byte <= 0x39 {
        any = true
        if point { places += 1 }
        zeros = byte == 0x30 && point ? zeros + 1 : 0
        if count > 0 || byte != 0x30 { count += 1 }
        if count > 18 { return nil }
        value = value * 10 + Int64(byte - 0x30)
      } else if byte == UInt8(ascii: "."), !point {
        point = true
      } else {
        break
      }
      k += 1
    }
    var exponent = 0
    if k < cell.count {
      guard cell[k] | 0x20 == UInt8(ascii: "e"), any else { return nil }
      k += 1
      let down = k < cell.count && cell[k] == UInt8(ascii: "-")
      if down || k < cell.count && cell[k] == UInt8(ascii: "+") { k += 1 }
      guard k < cell.count, cell.count - k <= 3 else { return nil }
      while k < cell.count {
        guard cell[k] >= 0x30, cell[k] <= 0x39 else { return nil }
        exponent = exponent * 10 + Int(cell[k] - 0x30)
        k += 1
      }
      if down { exponent = -exponent }
    }
    guard any else { return nil }
    // Trailing zeros of an integer part do not count: only an exponent can make them decimal places.
    var trimmed = value
    var spare = 0
    if exponent < 0 || zeros > 0 {
      while trimmed != 0, trimmed % 10 == 0 {
        trimmed /= 10
        spare += 1
      }
    }
    self.places = value == 0 ? min(places, 9) : places - exponent
    shortest = value == 0 ? 0 : max(0, self.places - spare)
    digits = negative ? -value : value
    if value == 0 { self.places = max(0, self.places) }
  }

  /// The number times 10^`decimals`; nil if that is no 32-bit integer.
  func scaled(by decimals: Int) -> Int32? {
    if digits == 0 { return 0 }
    var value = digits
    for _ in 0..<min(19, abs(decimals - places)) {
      if decimals > places {
        let (product, overflow) = value.multipliedReportingOverflow(by: 10)
        if overflow { return nil }
        value = product
      } else {
        if value % 10 != 0 { return nil }
        value /= 10
      }
    }
    return abs(decimals - places) > 19 ? nil : Int32(exactly: value)
  }
}
