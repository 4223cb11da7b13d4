/// What stands around a coefficient, as far as it is coded before it: magnitudes in its band, in the band above it, in the other orientations of its level and
/// in the colours before it.
struct SubbandContext {
  /// To the left, above, and across.
  var (left, above, aboveLeft, aboveRight) = (0, 0, 0, 0)
  var (secondLeft, secondAbove) = (0, 0)
  /// Sums: next to it, and one further.
  var (near, far) = (0, 0)
  /// At its place one level coarser, and around that.
  var (parent, parents) = (0, 0)
  /// In the orientations before, and in the first and the second colour: at its place and around it.
  var (orientations, first, second) = (0, 0, 0)

  /// Where a band stands.
  struct Place {
    let start: UnsafePointer<Int32>
    let stride: Int

    @inline(__always)
    func at(_ x: Int, _ y: Int) -> UnsafePointer<Int32> { start + (y &* stride &+ x) }
  }

  /// Where a band looks.
  struct View {
    let own: UnsafePointer<Int32>
    let stride: Int
    let parent: Place?
    /// Of the orientations before it.
    let others: (first: Place?, second: Place?)
    /// The same band of the colours before.
    let colours: (first: UnsafePointer<Int32>?, second: UnsafePointer<Int32>?)
  }

  @inline(__always)
  init(_ view: View, x: Int, y: Int) {
    let stride = view.stride
    let at = view.own + (y &* stride &+ x)
    @inline(__always) func own(_ offset: Int) -> Int { Int(at[offset]) }
    (left, above, aboveLeft, aboveRight) = (own(-1), own(-stride), own(-stride &- 1), own(-stride &+ 1))
    (secondLeft, secondAbove) = (own(-2), own(-2 &* stride))
    near = 2 &* (left &+ above) &+ aboveLeft &+ aboveRight
    let further = own(-stride &- 2) &+ own(-stride &+ 2) &+ own(-2 &* stride &- 1) &+ own(-2 &* stride &+ 1)
    far = secondLeft &+ secondAbove &+ further
    if let place = view.parent {
      let at = place.at(x >> 1, y >> 1)
      parent = Int(at[0])
      parents = SubbandContext.around(at, place.stride, centre: 0)
    }
    if let place = view.others.first { orientations = SubbandContext.around(place.at(x, y), place.stride, centre: 2) }
    if let place = view.others.second { orientations &+= SubbandContext.around(place.at(x, y), place.stride, centre: 2) }
    if let start = view.colours.first { first = SubbandContext.around(start + (y &* stride &+ x), stride, centre: 2) }
    if let start = view.colours.second { second = SubbandContext.around(start + (y &* stride &+ x), stride, centre: 4) }
  }

  @inline(__always)
  private static func around(_ at: UnsafePointer<Int32>, _ stride: Int, centre: Int) -> Int {
    let sides = Int(at[-1]) &+ Int(at[1])
    return centre &* Int(at[0]) &+ sides &+ Int(at[-stride]) &+ Int(at[stride])
  }

  /// A weighted sum of all, by which the coefficient's own magnitude is expected.
  @inline(__always)
  func expected(_ band: Subbands.Band) -> Int {
    if band.isApproximation { return 6 &* near &+ 2 &* far }
    let others = band.orientation == 2 ? 3 &* orientations / 2 : 2 &* orientations
    return 6 &* near &+ 3 &* far &+ 8 &* parent &+ 3 &* parents &+ others &+ first &+ 2 &* second
  }
}
