import Entropy

/// How much work a picture is given.
struct PixelEffort {
  struct Inputs {
    let shape: PixelSquares.Shape
    /// Inputs from the component itself, from each that is coded before it, and from each that is coded after it.
    let own: Int
    let known: Int
    let unknown: Int
  }

  let squares: [Inputs]

  /// - Parameter level: 1 to 3.
  init(level: Int) {
    func inputs(own: Int, known: Int, unknown: Int, keep: Float, every: Int) -> Inputs {
      Inputs(
        shape: .init(block: 8, keep: keep, close: 0.6, far: 0.2, ridge: 6, noise: 3, every: every), own: own, known: known, unknown: unknown)
    }
    squares =
      switch level {
      case 1: [inputs(own: 8, known: 5, unknown: 2, keep: 0.75, every: 8)]
      case 2: [inputs(own: 14, known: 12, unknown: 4, keep: 0.8, every: 2), inputs(own: 6, known: 3, unknown: 2, keep: 0.6, every: 2)]
      default:
        [
          inputs(own: 18, known: 14, unknown: 6, keep: 0.85, every: 1), inputs(own: 6, known: 3, unknown: 2, keep: 0.6, every: 1),
          inputs(own: 10, known: 8, unknown: 3, keep: 0.7, every: 1),
        ]
      }
  }

  /// Where each least squares looks.
  func offsets(component: Int, of count: Int) -> [[PixelOffset]] {
    squares.map { inputs in
      PixelOffset.nearest(inputs.own, component: component, withItself: false)
        + (0..<count).filter { $0 != component }.flatMap { other in
          PixelOffset.nearest(other < component ? inputs.known : inputs.unknown, component: other, withItself: other < component)
        }
    }
  }
}

/// One pass over all samples of a chunk, the same for encoder and decoder: pixel by pixel, in each component by component.
final class PixelPass {
  private let width: Int
  private let count: Int
  private let components: [PixelComponent]
  private let bounds: [Int32]
  private let repeats: PixelRepeats
  /// Pixels that came again.
  private(set) var repetitions = 0
  /// Present rows of the components, and what their values are relative to in the least squares.
  private let rows: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  private let bases: UnsafeMutablePointer<Float>

  /// - Parameters:
  ///   - ranges: of the components, none of them constant, in the order of coding.
  ///   - count: of pixels; the last row may be shorter than others.
  init(_ ranges: [PixelComponent.Range], width: Int, count: Int, level: Int) {
    (self.width, self.count) = (width, count)
    bounds = ranges.map { Int32($0.bound) }
    // Contexts that would never be seen twice take memory and time.
    let hashBits = min(max(Int.bitWidth - count.leadingZeroBitCount, 8), 15)
    repeats = PixelRepeats(width: width, hashBits: hashBits)
    let effort = PixelEffort(level: level)
    components = ranges.enumerated().map { order, range in
      PixelComponent(
        order: order, range, width: width, hashBits: hashBits, shapes: effort.squares.map(\.shape),
        offsets: effort.offsets(component: order, of: ranges.count))
    }
    rows = .allocate(capacity: ranges.count)
    for (k, component) in components.enumerated() { (rows + k).initialize(to: component.window.row) }
    bases = .allocate(capacity: ranges.count)
    bases.initialize(repeating: 0, count: ranges.count)
  }

  deinit {
    rows.deallocate()
    bases.deallocate()
  }

  /// Codes the values of the components: an encoder's stand in `values`, where they are replaced by what a decoder has.
  /// - Throws: `SampleCoderError.damaged` where `goesOn`, asked now and then, says no.
  func run<Coder: BinaryCoder>(_ values: [UnsafeMutablePointer<Int32>], _ coder: inout Coder, goesOn: (Coder) -> Bool) throws {
    let stride = components[0].window.stride
    var x = 0
    for t in 0..<count {
      let repeated = repeats.code(x, t, values, &coder) { other in
        for k in values.indices where abs(values[k][t] &- values[k][other]) > bounds[k] { return false }
        return true
      }
      if repeated >= 0 {
        repetitions += 1
        for k in values.indices {
          let value = values[k][repeated]
          values[k][t] = value
          components[k].skip(x, Int(value))
        }
      } else {
        for k in components.indices {
          let here = rows[k] + x
          bases[k] = (here[-1] + here[-stride]) * 0.5
        }
        var before: (Float, Float) = (0, 0)
        for k in components.indices {
          let value = components[k].code(Int(values[k][t]), x, rows, bases, deviations: before, &coder)
          values[k][t] = Int32(truncatingIfNeeded: value)
          before = (components[k].deviation, before.0)
        }
      }
      repeats.learn(x, t, values)
      x += 1
      if t & 1023 == 0 || x == width, !goesOn(coder) { throw SampleCoderError.damaged("it ends too early") }
      if x == width {
        x = 0
        for component in components { component.advance() }
        repeats.advance()
      }
    }
  }
}
