import Signals

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

  /// The bytes of a PNG file.
  /// - Throws: `SignalError` for a picture beyond `PictureLayout`'s limits.
  public func png() throws -> [UInt8] {
    guard let layout = PictureLayout(kind: .png, width: columns, height: rows, components: colours, maximum: 255) else {
      throw SignalError.limit("a sheet of \(columns)x\(rows) pixels is more than a picture may have; take fewer items")
    }
    return try layout.png(pixels)
  }
}
