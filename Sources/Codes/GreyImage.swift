import Bytes

/// A grey picture of 8 bits, rows from the top.
public struct GreyImage: Sendable, Equatable {
  public let rows: Int
  public let columns: Int
  public private(set) var pixels: [UInt8]

  public init(rows: Int, columns: Int, pixels: [UInt8]) {
    precondition(rows > 0 && columns > 0 && pixels.count == rows * columns, "\(pixels.count) pixels for \(rows) x \(columns)")
    (self.rows, self.columns, self.pixels) = (rows, columns, pixels)
  }

  /// Pictures of one size beside each other, row after row from the top left; white where none is left.
  public init(sheet tiles: [GreyImage], across: Int) {
    let (rows, columns) = (tiles.first?.rows ?? 1, tiles.first?.columns ?? 1)
    let down = max(1, (tiles.count + across - 1) / across)
    var pixels = [UInt8](repeating: 255, count: down * rows * across * columns)
    for (k, tile) in tiles.enumerated() {
      let corner = k / across * rows * across * columns + k % across * columns
      for row in 0..<rows {
        let to = corner + row * across * columns
        pixels.replaceSubrange(to..<to + columns, with: tile.pixels[row * columns..<(row + 1) * columns])
      }
    }
    self.init(rows: down * rows, columns: across * columns, pixels: pixels)
  }

  /// The bytes of a PNG file (ISO/IEC 15948).
  public var png: [UInt8] {
    func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
    func chunk(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
      let named = Array(name.utf8) + bytes
      return word(bytes.count) + named + word(Int(crc32(named)))
    }
    var lines: [UInt8] = []
    lines.reserveCapacity(pixels.count + rows)
    for row in 0..<rows { lines += [0] + pixels[row * columns..<(row + 1) * columns] }
    let header = word(columns) + word(rows) + [8, 0, 0, 0, 0]
    return [0x89] + Array("PNG\r\n".utf8) + [0x1A, 0x0A] + chunk("IHDR", header) + chunk("IDAT", deflated(lines)) + chunk("IEND", [])
  }
}
