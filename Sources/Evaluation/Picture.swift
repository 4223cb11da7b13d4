import Bytes

/// A picture of 8 bits a sample, grey or RGB: rows × columns × colours, row-major.
struct Picture: Equatable, Sendable {
  let rows: Int
  let columns: Int
  /// 1 or 3.
  let colours: Int
  var values: [UInt8]

  /// Samples that a reader makes room for.
  private static let mostValues = 1 << 28

  init(rows: Int, columns: Int, colours: Int, values: [UInt8]) {
    precondition((colours == 1 || colours == 3) && values.count == rows * columns * colours, "rows x columns x colours")
    (self.rows, self.columns, self.colours, self.values) = (rows, columns, colours, values)
  }

  /// As a file of Netpbm, binary: PGM or PPM.
  var netpbm: [UInt8] { Array("\(colours == 1 ? "P5" : "P6")\n\(columns) \(rows)\n255\n".utf8) + values }

  /// A binary PBM, PGM or PPM of at most 8 bits a sample; what has fewer is scaled to 0 to 255.
  /// - Throws: `BytesError` for other files, `ToolError` for a picture that is too large.
  init(netpbm bytes: [UInt8]) throws {
    var reader = ByteReader(bytes)
    let kind = try Array(reader.take(2))
    guard kind[0] == UInt8(ascii: "P"), (UInt8(ascii: "4")...UInt8(ascii: "6")).contains(kind[1]) else {
      throw BytesError.malformed("it is no binary PBM, PGM or PPM")
    }
    let isBitmap = kind[1] == UInt8(ascii: "4")
    columns = try Picture.number(&reader)
    rows = try Picture.number(&reader)
    let most = isBitmap ? 1 : try Picture.number(&reader)
    guard rows > 0, columns > 0, 1...255 ~= most else { throw BytesError.malformed("its header has a number that it may not have") }
    colours = kind[1] == UInt8(ascii: "6") ? 3 : 1
    let (count, isLarge) = rows.multipliedReportingOverflow(by: columns)
    guard !isLarge, count <= Picture.mostValues / colours else { throw ToolError("gave back a picture of \(columns) x \(rows), which is too large") }
    if isBitmap {
      let width = (columns + 7) / 8
      let bits = Array(try reader.take(rows * width))
      // A bit that is set is black.
      var values = [UInt8](repeating: 255, count: count)
      for row in 0..<rows {
        for column in 0..<columns where bits[row * width + column / 8] << UInt8(column % 8) & 0x80 != 0 { values[row * columns + column] = 0 }
      }
      self.values = values
    } else {
      let all = try reader.take(count * colours)
      values = most == 255 ? Array(all) : all.map { value -> UInt8 in UInt8((min(Int(value), most) * 255 + most / 2) / most) }
    }
  }

  /// The next number of a header, with the one byte behind it: white space and comments stand before it.
  private static func number(_ reader: inout ByteReader) throws -> Int {
    var byte = try reader.byte()
    while byte == UInt8(ascii: "#") || isSpace(byte) {
      if byte == UInt8(ascii: "#") { while byte != UInt8(ascii: "\n") { byte = try reader.byte() } }
      byte = try reader.byte()
    }
    var value = 0
    while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), value < 1 << 32 {
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
      byte = try reader.byte()
    }
    guard isSpace(byte) else { throw BytesError.malformed("its header is damaged") }
    return value
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || (9...13).contains(byte) }

  /// The same with another number of colours: grey as RGB that is grey, RGB as its luma (ITU-R BT.601).
  func with(colours wanted: Int) -> Picture {
    if wanted == colours { return self }
    if wanted == 3 { return Picture(rows: rows, columns: columns, colours: 3, values: values.flatMap { [$0, $0, $0] }) }
    let grey = (0..<rows * columns).map { k -> UInt8 in
      let (r, g, b) = (Int(values[3 * k]), Int(values[3 * k + 1]), Int(values[3 * k + 2]))
      let sum: Int = 299 * r + 587 * g + 114 * b
      return UInt8((sum + 500) / 1000)
    }
    return Picture(rows: rows, columns: columns, colours: 1, values: grey)
  }
}
