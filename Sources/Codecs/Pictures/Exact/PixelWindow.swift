/// The present row of something that each pixel has, and the rows above it, within margins: whatever stands around a pixel can be looked at without asking where
/// the picture ends. To the left of a row stands what begins the row above it, to its right what ends it.
final class PixelWindow {
  /// Rows above the present one.
  static let above = 3
  static let margin = 8

  let width: Int
  /// From a row to the next one.
  let stride: Int
  /// The present row.
  let row: UnsafeMutablePointer<Float>
  private let start: UnsafeMutablePointer<Float>

  /// - Parameter value: what stands above the first row.
  init(width: Int, value: Float) {
    self.width = width
    stride = width + 2 * PixelWindow.margin
    let count = (PixelWindow.above + 1) * stride
    start = .allocate(capacity: count)
    start.initialize(repeating: value, count: count)
    row = start + (PixelWindow.above * stride + PixelWindow.margin)
  }

  deinit { start.deallocate() }

  /// Goes on to the next row.
  func advance() {
    for k in 0..<PixelWindow.margin { row[width + k] = row[width - 1] }
    start.update(from: start + stride, count: PixelWindow.above * stride)
    for k in 1...PixelWindow.margin { row[-k] = row[-stride] }
  }
}

/// Where something stands that a prediction looks at.
struct PixelOffset: Equatable {
  /// In the order of coding.
  let component: Int
  let x: Int
  let y: Int

  /// The nearest places around a pixel that are known before it, of one component; with the pixel itself where that is known.
  static func nearest(_ count: Int, component: Int, withItself: Bool) -> [PixelOffset] {
    var places: [(distance: Int, offset: PixelOffset)] = []
    for y in -PixelWindow.above...0 {
      for x in -4...4 where y < 0 || x < 0 || withItself && x == 0 {
        // Of places as far away, those to the left are better known, then those above.
        places.append((4 * (x * x + y * y) + (x > 0 ? 2 : 0) + (y < 0 ? 1 : 0), PixelOffset(component: component, x: x, y: y)))
      }
    }
    // Two places of the same rank differ in their rows.
    places.sort { ($0.distance, $0.offset.y, $0.offset.x) < ($1.distance, $1.offset.y, $1.offset.x) }
    return places.prefix(count).map(\.offset)
  }
}
