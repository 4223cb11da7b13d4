import Codecs
import Signals
import Tensors

/// Small pictures of items: of pictures themselves, made smaller where they are large; of windows of a recording, their curve.
public struct Thumbnails {
  public let rows: Int
  public let columns: Int
  private let shape: Shape
  /// The numbers that are drawn black, or lowest, and white, or highest.
  private let range: ClosedRange<Float>

  private enum Shape {
    /// Channels, rows and columns.
    case picture(Int, Int, Int)
    case curve(Int)
  }

  /// The most pixels of a side.
  private static let longest = 56
  private static let curve = (rows: 48, columns: 96)

  /// - Parameters:
  ///   - numbers: all that is to be drawn, so that the same grey or height means the same everywhere.
  public init(_ blocks: BlockCodes, numbers: Tensor) {
    if blocks.blockShape.count == 3 {
      shape = .picture(blocks.blockShape[0], blocks.blockShape[1], blocks.blockShape[2])
    } else if let extents = blocks.info.stack?.extents, extents.count == 2, extents[0] * extents[1] == blocks.blockSize {
      shape = .picture(1, extents[0], extents[1])
    } else {
      shape = .curve(blocks.blockSize)
    }
    switch shape {
    case .picture(_, let rows, let columns):
      let factor = max(1, (max(rows, columns) + Thumbnails.longest - 1) / Thumbnails.longest)
      (self.rows, self.columns) = (max(1, rows / factor), max(1, columns / factor))
    case .curve: (rows, columns) = Thumbnails.curve
    }
    range = blocks.scaling == .range ? 0...1 : Thumbnails.extremes(numbers)
  }

  /// What all but a thousandth of the numbers at each end lie between.
  private static func extremes(_ numbers: Tensor) -> ClosedRange<Float> {
    let sorted = numbers.values.filter(\.isFinite).sorted()
    guard let first = sorted.first, let last = sorted.last, first < last else { return -1...1 }
    let (low, high) = (sorted[sorted.count / 1000], sorted[sorted.count - 1 - sorted.count / 1000])
    return low < high ? low...high : first...last
  }

  /// A picture of each row of numbers [items, numbers of a block].
  public func images(_ numbers: Tensor) -> [TileImage] {
    let size = numbers.shape[1]
    return numbers.withValues { values in
      (0..<numbers.shape[0]).map { image(Array(values[$0 * size..<($0 + 1) * size])) }
    }
  }

  private func image(_ numbers: [Float]) -> TileImage {
    switch shape {
    case .picture(let channels, let height, let width): picture(numbers, channels, height, width)
    case .curve(let count): curve(numbers, count)
    }
  }

  /// From 0 to 1.
  private func height(_ value: Float) -> Float {
    let share = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    return share > 0 ? min(share, 1) : 0
  }

  /// Means over the pixels of the picture that fall on each of ours: in colours where there are three channels or more, otherwise of the first.
  private func picture(_ numbers: [Float], _ channels: Int, _ height: Int, _ width: Int) -> TileImage {
    let colours = channels >= 3 ? 3 : 1
    var pixels: [UInt8] = []
    for row in 0..<rows {
      for column in 0..<columns {
        let (down, across) = (row * height / rows..<(row + 1) * height / rows, column * width / columns..<(column + 1) * width / columns)
        for channel in 0..<colours {
          var (sum, count): (Float, Float) = (0, 0)
          for y in down {
            for x in across {
              sum += self.height(numbers[(channel * height + y) * width + x])
              count += 1
            }
          }
          pixels.append(UInt8((255 * sum / max(1, count)).rounded()))
        }
      }
    }
    return TileImage(rows: rows, columns: columns, colours: colours, pixels: pixels)
  }

  /// In each column black from the lowest to the highest number on it, joined to the column before.
  private func curve(_ numbers: [Float], _ count: Int) -> TileImage {
    var pixels = [UInt8](repeating: 255, count: rows * columns)
    for column in 0..<columns {
      let first = column * (count - 1) / columns
      let last = max(first + 1, (column + 1) * (count - 1) / columns)
      let part = numbers[first...min(last, count - 1)].map { Int(((1 - height($0)) * Float(rows - 1)).rounded()) }
      for row in (part.min() ?? 0)...(part.max() ?? 0) { pixels[row * columns + column] = 0 }
    }
    return TileImage(rows: rows, columns: columns, pixels: pixels)
  }
}
