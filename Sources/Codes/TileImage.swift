import Bytes

/// A small picture of 8 bits, grey or red, green and blue, rows from the top.
public struct TileImage: Sendable, Equatable {
  public let rows: Int
  public let columns: Int
  /// Samples of a pixel, beside each other: 1 or 3.
  public let colours: Int
  public private(set) var pixels: [UInt8]

  public init(rows: Int, columns: Int, colours: Int = 1, pixels: [UInt8]) {
    precondition(
      rows > 0 && columns > 0 && (colours == 1 || colours == 3) && pixels.count == rows * columns * colours,
      "\(pixels.count) samples for \(rows) x \(columns) x \(colours)")
    (self.rows, self.columns, self.colours, self.pixels) = (rows, columns, colours, pixels)
  }

  /// Pictures of one size and kind beside each other, row after row from the top left; white where none is left.
  public init(sheet tiles: [TileImage], across: Int) {
    let (rows, columns, colours) = (tiles.first?.rows ?? 1, tiles.first?.columns ?? 1, tiles.first?.colours ?? 1)
    let down = max(1, (tiles.count + across - 1) / across)
    let width = columns * colours
    var pixels = [UInt8](repeating: 255, count: down * rows * across * width)
    for (k, tile) in tiles.enumerated() {
      let corner = k / across * rows * across * width + k % across * width
      for row in 0..<rows {
        let to = corner + row * across * width
        pixels.replaceSubrange(to..<to + width, with: tile.pixels[row * width..<(row + 1) * width])
      }
    }
    self.init(rows: down * rows, columns: across * columns, colours: colours, pixels: pixels)
  }

  /// The bytes of a PNG file (ISO/IEC 15948).
  public var png: [UInt8] {
    func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
    func chunk(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
      let named = Array(name.utf8) + bytes
      return word(bytes.count) + named + word(Int(crc32(named)))
    }
    let width = columns * colours
    var lines: [UInt8] = []
    lines.reserveCapacity(pixels.count + rows)
    for row in 0..<rows { lines += [0] + pixels[row * width..<(row + 1) * width] }
    let header = word(columns) + word(rows) + [8, colours == 1 ? 0 : 2, 0, 0, 0]
    return [0x89] + Array("PNG\r\n".utf8) + [0x1A, 0x0A] + chunk("IHDR", header) + chunk("IDAT", deflated(lines)) + chunk("IEND", [])
  }
}
