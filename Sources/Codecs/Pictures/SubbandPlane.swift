/// Quantised coefficients of one plane, and their magnitudes: band after band, each within a margin of zeros, so that whatever stands around a coefficient can
/// be looked at without asking where the band ends.
final class SubbandPlane {
  /// Zeros on each side of a band.
  static let margin = 2

  let subbands: Subbands
  let values: UnsafeMutablePointer<Int32>
  let magnitudes: UnsafeMutablePointer<Int32>
  private let starts: [Int]
  private let count: Int

  init(_ subbands: Subbands) {
    self.subbands = subbands
    var (starts, count) = ([Int](), 0)
    for band in subbands.bands {
      starts.append(count + SubbandPlane.margin * (SubbandPlane.stride(band) + 1))
      count += SubbandPlane.places(band)
    }
    (self.starts, self.count) = (starts, count)
    values = .allocate(capacity: count)
    magnitudes = .allocate(capacity: count)
    values.initialize(repeating: 0, count: count)
    magnitudes.initialize(repeating: 0, count: count)
  }

  deinit {
    values.deallocate()
    magnitudes.deallocate()
  }

  /// Numbers that a band takes with its margin; none where it is empty, and nobody looks there.
  private static func places(_ band: Subbands.Band) -> Int { band.isEmpty ? 0 : stride(band) * (band.height + 2 * margin) }

  /// Numbers that all bands take: of pictures with very long rows or columns many more than there are pixels.
  static func places(_ subbands: Subbands) -> Int { subbands.bands.reduce(0) { $0 + places($1) } }

  /// From a row of a band to the next one.
  static func stride(_ band: Subbands.Band) -> Int { band.width + 2 * margin }

  /// Where the first coefficient of a band stands.
  func start(_ band: Int) -> Int { starts[band] }

  /// Coefficients band by band, without margins; what is written of them goes back in the same order.
  var coefficients: [Int32] {
    get {
      var result: [Int32] = []
      result.reserveCapacity(subbands.width * subbands.height)
      each { index, _ in result.append(values[index]) }
      return result
    }
    set {
      precondition(newValue.count == subbands.width * subbands.height, "coefficients of another plane")
      var next = 0
      each { index, _ in
        set(index, newValue[next])
        next += 1
      }
    }
  }

  @inline(__always)
  func set(_ index: Int, _ value: Int32) {
    values[index] = value
    magnitudes[index] = value < 0 ? -value : value
  }

  /// All coefficients, band by band: where they stand, and where in the layout of `LiftingTransform`.
  @inline(__always)
  func each(_ body: (_ index: Int, _ place: Int) -> Void) {
    for (index, band) in subbands.bands.enumerated() {
      for y in 0..<band.height {
        let (row, place) = (starts[index] + y * SubbandPlane.stride(band), (band.top + y) * subbands.width + band.left)
        for x in 0..<band.width { body(row + x, place + x) }
      }
    }
  }
}
