import Layers
import Tensors

/// A residual convolutional network that takes off planes of a picture what quantisation did to them, outside the loop. It works on squares of 2x2 pixels.
///
/// Input: three planes of colour in 1/255 of the samples' range, and one that says how coarse the quantiser was; output: a correction of each pixel in quantiser
/// steps.
public struct PlaneEnhancer: Layer {
  let input: Convolution
  var blocks: [ResidualBlock] = []
  let output: TransposedConvolution

  public static let widths = 4...256
  public static let depths = 1...16
  /// Planes of colour.
  public static let planes = 3
  /// Squares to each side of a window, about: few enough for the cache, many beside those that two windows have in common.
  public static let window = 256
  /// The scale of the planes as the network sees them, and of its corrections.
  private static let (inputScale, outputScale): (Float, Float) = (1 / 64, 1 / 8)

  public init(width: Int, blocks count: Int, random: inout RandomSource) {
    let walk = Walk(kernel: Extents(rows: 6, columns: 6), stride: Extents(rows: 2, columns: 2))
    input = Convolution(inputs: PlaneEnhancer.planes + 1, outputs: width, walk: walk, spread: .linear, random: &random)
    for _ in 0..<count { blocks.append(ResidualBlock(channels: width, kernel: Extents(rows: 3, columns: 3), activation: .silu, random: &random)) }
    output = TransposedConvolution(inputs: width, outputs: PlaneEnhancer.planes, walk: walk, spread: .silent, random: &random)
  }

  /// The enhancer among a codec's tensors, whose names begin with `prefix`; nil if there is none.
  /// - Throws: `LayerError` if what is there is no such network.
  public static func stored(in tensors: [String: Tensor], prefix: String) throws -> PlaneEnhancer? {
    let named = tensors.filter { $0.key.hasPrefix(prefix) }
    let own = Dictionary(uniqueKeysWithValues: named.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
    guard let first = own["input.weight"] else { return nil }
    let depth = depths.last { own["blocks.\($0 - 1).first.weight"] != nil } ?? 0
    guard let width = first.shape.first, widths.contains(width), depths.contains(depth) else {
      throw LayerError.shape(prefix + "input.weight", expected: [widths.upperBound, planes + 1, 6, 6], found: first.shape)
    }
    var random = RandomSource.zeros
    let enhancer = PlaneEnhancer(width: width, blocks: depth, random: &random)
    try enhancer.load(own)
    return enhancer
  }

  /// Planes [batch, 3, height, width] with even extents, and the logarithm to base 2 of the quantiser step [batch, 1, height, width], to corrections in steps.
  public func callAsFunction(_ planes: Variable, step: Variable) -> Variable {
    var h = input(concatenate([planes * PlaneEnhancer.inputScale, step], axis: 1))
    for block in blocks { h = block(h) }
    return output(h.silu()) * PlaneEnhancer.outputScale
  }

  /// Corrects planes in place.
  ///
  /// The network goes over them in windows, each with all that its outputs depend on: the same bits as in one go, in memory that does not grow with the picture.
  /// - Parameters:
  ///   - planes: one plane of luma, or three: rows of `width` each.
  ///   - step: of the quantiser, in 1/255 of the samples' range.
  ///   - level: its logarithm to base 2, as in training.
  public func correct(_ planes: inout [[Float]], width: Int, height: Int, step: Float, level: Float, window: Int = PlaneEnhancer.window) {
    precondition(window > 0 && planes.allSatisfy { $0.count == width * height }, "planes of other extents")
    guard width > 0, height > 0 else { return }
    let decoded = planes
    for window in windows(width: width, height: height, of: window) {
      let seen = window.excerpt(decoded, width: width, height: height)
      let levels = Tensor(repeating: level, shape: [1, 1, seen.shape[2], seen.shape[3]])
      self(Variable(seen), step: Variable(levels)).value.withValues { corrections in
        window.each(planes: planes.count, width: width, height: height) { k, from, to in planes[k][to] += corrections[from] * step }
      }
    }
  }

  /// Windows that cover a picture, in rows.
  func windows(width: Int, height: Int, of window: Int) -> [PlaneWindow] {
    let (rows, columns) = ((height + 1) / 2, (width + 1) / 2)
    func parts(_ squares: Int) -> [Range<Int>] {
      let count = (squares + window - 1) / window
      return (0..<count).map { $0 * squares / count..<($0 + 1) * squares / count }
    }
    func seen(_ part: Range<Int>, _ squares: Int) -> Range<Int> { max(0, part.lowerBound - reach)..<min(squares, part.upperBound + reach) }
    return parts(rows).flatMap { r in
      parts(columns).map { c in PlaneWindow(rows: r, columns: c, seenRows: seen(r, rows), seenColumns: seen(c, columns)) }
    }
  }

  /// How many squares to each side an output depends on: the first and the last layer reach one, each of a block's layers one.
  private var reach: Int { 2 + 2 * blocks.count }
}

/// A part of a picture, and what the network has to see for it, in squares of 2x2 pixels.
struct PlaneWindow {
  let rows: Range<Int>
  let columns: Range<Int>
  let seenRows: Range<Int>
  let seenColumns: Range<Int>

  /// Planes as the network sees them, [1, planes, height, width]: zeros behind odd ends, and in the place of colours that there are not.
  func excerpt(_ source: [[Float]], width: Int, height: Int) -> Tensor {
    let (h, w) = (2 * seenRows.count, 2 * seenColumns.count)
    return Tensor(shape: [1, PlaneEnhancer.planes, h, w]) { out in
      out.update(repeating: 0)
      for (k, plane) in source.enumerated() {
        for y in 0..<min(h, height - 2 * seenRows.lowerBound) {
          let (from, to) = ((2 * seenRows.lowerBound + y) * width + 2 * seenColumns.lowerBound, (k * h + y) * w)
          for x in 0..<min(w, width - 2 * seenColumns.lowerBound) { out[to + x] = plane[from + x] }
        }
      }
    }
  }

  /// All samples of the part itself: their plane, their place in an excerpt, and in a plane.
  @inline(__always)
  func each(planes: Int, width: Int, height: Int, _ body: (_ plane: Int, _ inExcerpt: Int, _ inPlane: Int) -> Void) {
    let (plane, row) = (4 * seenRows.count * seenColumns.count, 2 * seenColumns.count)
    for k in 0..<planes {
      for y in 2 * rows.lowerBound..<min(height, 2 * rows.upperBound) {
        let from = k * plane + (y - 2 * seenRows.lowerBound) * row - 2 * seenColumns.lowerBound
        for x in 2 * columns.lowerBound..<min(width, 2 * columns.upperBound) { body(k, from + x, y * width + x) }
      }
    }
  }
}
