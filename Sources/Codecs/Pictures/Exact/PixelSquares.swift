import CKernels

/// Prediction of a pixel by weighted least squares over what stands around it, learned from the pixels around: the blocks of columns above and beside it, which forget row by row,
/// and the block that the pixel is in.
///
/// Pixels count by how well those near them could be predicted (weighted least squares; Ye and Hou 2015 for pictures). Sums in floats in a fixed order.
final class PixelSquares {
  struct Shape: Sendable {
    /// Columns of a block, at least.
    let block: Int
    /// What a row counts for, one row later.
    let keep: Float
    /// What the blocks next to that of a pixel count for, and those beyond them.
    let close: Float
    let far: Float
    /// Added to the sum of squares of each input.
    let ridge: Float
    /// Squared error at which a pixel counts half.
    let noise: Float
    /// Pixels from one solution to the next.
    let every: Int
  }

  /// Blocks of a row at most.
  private static let mostBlocks = 1024

  private let shape: Shape
  private let inputs: Int
  private let pitch: Int
  private let matrix: Int
  private let block: Int
  private let blocks: Int
  /// Where the inputs stand: components, and distances from the pixel in their windows.
  private let places: [(component: Int, offset: Int)]
  private let sums: UnsafeMutablePointer<Float>
  private let zeros: UnsafeMutablePointer<Float>
  private let before: UnsafeMutablePointer<Float>
  private let present: UnsafeMutablePointer<Float>
  private let factor: UnsafeMutablePointer<Float>
  private let weights: UnsafeMutablePointer<Float>
  private let vector: UnsafeMutablePointer<Float>
  /// The block whose sums `present` holds; -1: none.
  private var open = -1
  private var pending = 0

  /// - Parameter offsets: at least one; the first of them is the pixel's left neighbour.
  init(_ shape: Shape, offsets: [PixelOffset], width: Int, stride: Int) {
    self.shape = shape
    inputs = offsets.count
    pitch = (inputs + CK_SQUARES_LANES) / CK_SQUARES_LANES * CK_SQUARES_LANES
    matrix = inputs * pitch
    block = max(shape.block, (width + PixelSquares.mostBlocks - 1) / PixelSquares.mostBlocks)
    blocks = (width + block - 1) / block
    places = offsets.map { ($0.component, $0.y * stride + $0.x) }
    func zeros(_ count: Int) -> UnsafeMutablePointer<Float> {
      let pointer = UnsafeMutablePointer<Float>.allocate(capacity: count)
      pointer.initialize(repeating: 0, count: count)
      return pointer
    }
    sums = zeros(blocks * matrix)
    self.zeros = zeros(matrix)
    before = zeros(matrix)
    present = zeros(matrix)
    factor = zeros(matrix)
    weights = zeros(inputs)
    vector = zeros(pitch)
    weights[0] = 1
  }

  deinit { for pointer in [sums, zeros, before, present, factor, weights, vector] { pointer.deallocate() } }

  /// Predicts a pixel relative to its base.
  /// - Parameters:
  ///   - rows: present rows by component.
  ///   - bases: what values of each component are relative to here.
  ///   - unit: what they are multiplied with.
  @inline(__always)
  func predict(_ x: Int, _ rows: UnsafePointer<UnsafeMutablePointer<Float>>, _ bases: UnsafePointer<Float>, unit: Float) -> Float {
    let wanted = x / block
    if wanted != open { enter(wanted) }
    places.withUnsafeBufferPointer { places in
      for k in 0..<inputs {
        let place = places[k]
        vector[k] = (rows[place.component][x &+ place.offset] - bases[place.component]) * unit
      }
    }
    if pending == 0 {
      _ = ck_squares_solve(inputs, pitch, present, shape.ridge, factor, weights)
      pending = shape.every
    }
    pending &-= 1
    var lanes = SIMD4<Float>()
    var k = 0
    while k &+ 4 <= inputs {
      lanes +=
        UnsafeRawPointer(weights + k).loadUnaligned(as: SIMD4<Float>.self) * UnsafeRawPointer(vector + k).loadUnaligned(as: SIMD4<Float>.self)
      k &+= 4
    }
    var sum = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
    while k < inputs {
      sum += weights[k] * vector[k]
      k &+= 1
    }
    // What hardly any pixels determine may be anything, or no number.
    return abs(sum) < 1e6 ? sum : 0
  }

  /// Learns what the pixel was that was predicted last, relative to its base and in the same unit.
  /// - Parameter energy: squared error that was to be expected.
  @inline(__always)
  func learn(_ value: Float, energy: Float) {
    vector[inputs] = value
    ck_squares_add(inputs, pitch, vector, shape.noise / (shape.noise + energy), present)
  }

  /// Takes what was learned of the open block to its own sums, and sums up what is around another one.
  private func enter(_ next: Int) {
    close()
    open = next
    func at(_ index: Int) -> UnsafePointer<Float> { index >= 0 && index < blocks ? UnsafePointer(sums + index * matrix) : UnsafePointer(zeros) }
    before.update(from: at(next), count: matrix)
    ck_squares_gather(matrix, at(next - 1), shape.close, at(next + 1), shape.close, before)
    ck_squares_gather(matrix, at(next - 2), shape.far, at(next + 2), shape.far, before)
    present.update(from: before, count: matrix)
    pending = 0
  }

  /// Ends the row.
  func close() {
    guard open >= 0 else { return }
    ck_squares_keep(matrix, before, present, shape.keep, sums + open * matrix)
    open = -1
  }
}
