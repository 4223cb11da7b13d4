import Signals

/// A picture of 8 bits a sample, grey or RGB: rows × columns × colours, row-major.
struct Picture: Equatable, Sendable {
  let rows: Int
  let columns: Int
  /// 1 or 3.
  let colours: Int
  var values: [UInt8]

  init(rows: Int, columns: Int, colours: Int, values: [UInt8]) {
    precondition((colours == 1 || colours == 3) && values.count == rows * columns * colours, "rows x columns x colours")
    (self.rows, self.columns, self.colours, self.values) = (rows, columns, colours, values)
  }

  /// As a file of Netpbm, binary: PGM or PPM.
  var netpbm: [UInt8] { Array("\(colours == 1 ? "P5" : "P6")\n\(columns) \(rows)\n255\n".utf8) + values }

  /// The picture of a file, grey or RGB of at most 8 bits a sample; what has fewer is scaled to 0 to 255.
  /// - Throws: `SignalError` if the file cannot be read, `ToolError` if it holds another picture.
  init(file path: String) throws {
    let reader = try SignalFile.open(path)
    guard let layout = reader.info.picture, [1, 3].contains(layout.components), layout.maximum <= 255 else {
      throw ToolError("gave back no grey or RGB picture of 8 bits")
    }
    let scaled = (0...layout.maximum).map { UInt8(($0 * 255 + layout.maximum / 2) / layout.maximum) }
    var values: [UInt8] = []
    while case let part = try reader.read(1 << 16), !part.isEmpty {
      for k in part[0].indices { for colour in part { values.append(scaled[Int(colour[k])]) } }
    }
    self.init(rows: layout.height, columns: layout.width, colours: layout.components, values: values)
  }

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
