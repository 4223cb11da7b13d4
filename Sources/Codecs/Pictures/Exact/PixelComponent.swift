import Entropy

/// One component of a picture as it is coded: what predicts its samples, and the model of what that leaves.
///
/// Each least squares makes a prediction; they are blended by how well each did around the pixel, and the blend is corrected by its mean error where things looked alike.
/// All of them, and the gradient's (median of the neighbours to the left, above, and their sum less that between them), give distributions whose scales are the mean errors
/// that each had where as much was to be expected.
final class PixelComponent {
  /// What its values may be.
  struct Range {
    let bound: Int
    let lowest: Int
    let highest: Int
    /// By so many bits values are shortened for the least squares.
    let shift: Int
  }

  /// Values as they are coded: samples, or ranks in a palette.
  let window: PixelWindow
  /// Error of the last prediction, in steps.
  private(set) var deviation: Float = 0
  private let order: Int
  private let residual: PixelResidual
  private let lowest: Float
  private let highest: Float
  private let step: Float
  /// Multiplied with this, values are what least squares see; `scale` is its inverse.
  private let unit: Float
  private let scale: Float
  private let squares: [PixelSquares]
  /// Absolute errors of each of `squares`, then of the blend.
  private let errors: [PixelWindow]
  /// Errors of the blend in steps.
  private let deviations: PixelWindow
  private let views: Int
  /// By view: prediction, place of its mean error, and what that makes its scale.
  private let locations: UnsafeMutablePointer<Float>
  private let places: UnsafeMutablePointer<Int>
  private let scales: UnsafeMutablePointer<Float>
  /// Mean absolute errors by view and place.
  private let means: UnsafeMutablePointer<Float>
  private static let meanPlaces = PixelResidual.sizes * 16
  /// Mean errors of the blend, by pattern and size.
  private let biases: UnsafeMutablePointer<Float>
  private static let patterns = 64

  /// - Parameters:
  ///   - order: the components before it in the order of coding.
  ///   - offsets: where each least squares looks.
  init(order: Int, _ range: Range, width: Int, hashBits: Int, shapes: [PixelSquares.Shape], offsets: [[PixelOffset]]) {
    self.order = order
    (lowest, highest, step) = (Float(range.lowest), Float(range.highest), Float(2 * range.bound + 1))
    scale = Float(1 << range.shift)
    unit = 1 / scale
    let window = PixelWindow(width: width, value: Float((range.lowest + range.highest) / 2))
    self.window = window
    views = shapes.count + 4
    residual = PixelResidual(bound: range.bound, lowest: range.lowest, highest: range.highest, views: views, hashBits: hashBits)
    squares = zip(shapes, offsets).map { PixelSquares($0, offsets: $1, width: width, stride: window.stride) }
    errors = (0...shapes.count).map { [scale] _ in PixelWindow(width: width, value: 4 * scale) }
    deviations = PixelWindow(width: width, value: 0)
    func zeros(_ count: Int) -> UnsafeMutablePointer<Float> {
      let pointer = UnsafeMutablePointer<Float>.allocate(capacity: count)
      pointer.initialize(repeating: 0, count: count)
      return pointer
    }
    (locations, scales) = (zeros(views), zeros(views))
    places = .allocate(capacity: views)
    places.initialize(repeating: 0, count: views)
    means = zeros(views * PixelComponent.meanPlaces)
    biases = zeros(PixelComponent.patterns * PixelResidual.sizes)
    for view in 0..<views {
      for place in 0..<PixelComponent.meanPlaces {
        // Places grow by a quarter of an octave, in one view with 16 to each.
        let size = view == shapes.count + 1 ? place / 16 : place
        means[view * PixelComponent.meanPlaces + place] = Float(1 << (min(size, PixelResidual.sizes) / 4)) * 0.2 * scale
      }
    }
  }

  deinit {
    for pointer in [locations, scales, means, biases] { pointer.deallocate() }
    places.deallocate()
  }

  /// Goes on to the next row.
  func advance() {
    for one in squares { one.close() }
    window.advance()
    deviations.advance()
    for one in errors { one.advance() }
  }

  /// Takes in a value that was coded otherwise.
  @inline(__always)
  func skip(_ x: Int, _ value: Int) {
    window.row[x] = Float(value)
    for one in errors { one.row[x] = 0 }
    deviations.row[x] = 0
  }

  /// Codes a value. Gives it as the decoder has it.
  /// - Parameters:
  ///   - rows: the components' present rows in the order of coding, with this pixel in those before this one.
  ///   - bases: what the components' values are relative to.
  ///   - before: errors, in steps, of the component coded before at this pixel, and of the one before that.
  @inline(__always)
  func code<Coder: BinaryCoder>(
    _ wanted: Int, _ x: Int, _ rows: UnsafePointer<UnsafeMutablePointer<Float>>, _ bases: UnsafePointer<Float>, deviations before: (Float, Float),
    _ coder: inout Coder
  ) -> Int {
    let (here, stride) = (window.row + x, window.stride)
    let (w, n, nw, ne, ww, nn) = (here[-1], here[-stride], here[-stride - 1], here[-stride + 1], here[-2], here[-2 * stride])
    let (base, count) = (bases[order], squares.count)
    var (sum, total): (Float, Float) = (0, 0)
    for k in 0..<count {
      let value = min(max(base + squares[k].predict(x, rows, bases, unit: unit) * scale, lowest), highest)
      locations[k] = value
      let energy = energy(errors[k], x)
      places[k] = Octaves.quarters(energy * unit, limit: PixelResidual.sizes - 1)
      let weight = 1 / (energy * energy * unit * unit + 0.01)
      sum += weight * value
      total += weight
    }
    let mixed = sum / total
    let expected = energy(errors[count], x)
    let size = Octaves.quarters(expected * unit, limit: PixelResidual.sizes - 1)
    let pattern =
      (w > mixed ? 1 : 0) | (n > mixed ? 2 : 0) | (nw > mixed ? 4 : 0) | (ne > mixed ? 8 : 0) | (ww > mixed ? 16 : 0) | (nn > mixed ? 32 : 0)
    let bias = biases + (pattern * PixelResidual.sizes + size)
    let blend = min(max(mixed + bias.pointee, lowest), highest)
    let texture = Octaves.quarters((abs(w - nw) + abs(n - nw) + abs(n - ne)) * unit * 0.5, limit: PixelResidual.sizes - 1)
    let median = max(min(w, n), min(max(w, n), w + n - nw))
    let crossed = Octaves.quarters(abs(before.0) * 0.7 + abs(before.1) * 0.3, limit: 31) / 2
    (locations[count], places[count]) = (blend, size)
    (locations[count + 1], places[count + 1]) = (blend, size * 16 + crossed)
    (locations[count + 2], places[count + 2]) = (median, texture)
    (locations[count + 3], places[count + 3]) = (blend, texture)
    for k in 0..<views { scales[k] = max(0.04 * step, 0.6 * means[k * PixelComponent.meanPlaces + places[k]]) }

    let center = Int(blend + 0.5)
    var around = PixelResidual.Surroundings()
    (around.size, around.pattern, around.texture) = (size, pattern, texture / 2)
    let d = deviations.row + x
    @inline(__always) func pair(_ a: Float, _ b: Float) -> Int { (Octaves.signed(a, limit: 4) + 4) * 9 + Octaves.signed(b, limit: 4) + 4 }
    around.errors = pair(d[-1] * 2, d[-stride] * 2)
    around.colours = pair(before.0 * 4, before.1 * 4)
    around.disagreement = pair((locations[0] - blend) * (4 / step), (median - blend) * (2 / step))
    around.fraction = min(max(Int((blend - Float(center) + 0.5) * 16), 0), 15)
    // Values themselves: colours that were computed from others, or stretched, use some of them only.
    let first = order == 0 ? 0 : Int(rows[0][x])
    let second = order < 2 ? 0 : Int(rows[1][x])
    around.difference = PixelComponent.hash(center - first, order > 1 ? second - first : 0)
    around.exact = PixelComponent.hash(center, first + second << 16)
    if order == 0 {
      around.steps = PixelComponent.hash(center - Int(w), center - Int(n))
    } else {
      let other = rows[order - 1] + x
      let difference = center - Int(other[0])
      around.steps = PixelComponent.hash(difference - Int(w - other[-1]), difference - Int(n - other[-stride]))
    }
    let value = residual.code(
      min(max(wanted, Int(lowest)), Int(highest)), center: center, locations: locations, scales: scales, expected: expected, around, &coder)

    let real = Float(value)
    here[0] = real
    for k in 0..<count { errors[k].row[x] = abs(real - locations[k]) }
    let error = real - blend
    errors[count].row[x] = abs(error)
    deviation = error / step
    d[0] = deviation
    for k in 0..<views {
      let mean = means + (k * PixelComponent.meanPlaces + places[k])
      mean.pointee += (abs(real - locations[k]) - mean.pointee) * 0.02
    }
    bias.pointee += (real - mixed - bias.pointee) * 0.01
    let energy = (expected * expected + 0.2 * error * error) * (unit * unit)
    for k in 0..<count { squares[k].learn((real - base) * unit, energy: energy) }
    return value
  }

  /// 32 bits of two numbers.
  @inline(__always)
  private static func hash(_ a: Int, _ b: Int) -> UInt32 {
    let mixed = UInt32(truncatingIfNeeded: a) &* 0x9E37_79B1 &+ UInt32(truncatingIfNeeded: b) &* 0x85EB_CA6B
    return (mixed ^ mixed >> 15) &* 0x2C1B_3C6D
  }

  /// Mean size of errors around a pixel.
  @inline(__always)
  private func energy(_ errors: PixelWindow, _ x: Int) -> Float {
    let (e, stride) = (errors.row + x, errors.stride)
    return ((e[-1] + e[-stride]) * 2 + (e[-stride - 1] + e[-stride + 1]) + (e[-2] + e[-2 * stride])) * 0.125
  }
}
