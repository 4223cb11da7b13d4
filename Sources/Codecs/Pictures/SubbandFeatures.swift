import CKernels
import Tensors

/// What the networks beside the prior are told of a coefficient: what is known around it, where it is, and the quantiser's step. Of magnitudes their logarithms,
/// for the network that expects magnitudes; of coefficients with their signs and of differences in steps v / (2 + |v|), for the one that expects signs.
public enum SubbandFeatures {
  /// In its own band, before it; then 3 x 3 of each: one level coarser, the two orientations before, the two colours before.
  private static let own = 10
  private static let around = 9
  static let neighbours = own + 5 * around
  /// Plane and orientation, of which the approximation has one of its own; level; step.
  private static let kinds = SubbandModel.planes * 4
  /// What networks see that are told of coefficients alone.
  public static let plain = neighbours + kinds + Subbands.levels + 1 + 1
  /// Behind these: 5 x 5 without the middle of the approximation that is put together so far, as differences from the middle.
  static let differences = plain..<plain + 24
  /// And whether column and row are odd.
  public static let count = plain + 24 + 2

  /// ln(1 + m) of magnitudes, those beyond the table as its last.
  private static let logarithms: [Float] = {
    var values = (0..<256).map { Float($0 + 1) }
    let count = values.count
    values.withUnsafeMutableBufferPointer { ck_unary(Int32(CK_LOG.rawValue), count, $0.baseAddress, $0.baseAddress, 0) }
    return values
  }()

  /// Those of a whole band, for all of its coefficients.
  static func place(_ band: Subbands.Band, plane: Int, stepIndex: Int, _ features: UnsafeMutablePointer<Float>) {
    for k in neighbours..<count { features[k] = 0 }
    features[neighbours + plane * 4 + band.orientation] = 1
    features[neighbours + kinds + band.level] = 1
    // The logarithm of the step, about 0 in the middle of the qualities.
    features[plain - 1] = Float(stepIndex - middleStepIndex) * 0.021_660_85
  }

  /// ln 2 / 32 is what an index is worth; this one is 25/255 of the samples' range.
  private static let middleStepIndex = FrameParameters.index(ofStep: 25 * 256)

  /// Of the magnitudes around one coefficient.
  static func look(_ view: SubbandContext.View, x: Int, y: Int, _ features: UnsafeMutablePointer<Float>) {
    logarithms.withUnsafeBufferPointer { table in look(view, x: x, y: y, features) { table[Int(min($0, 255))] } }
  }

  /// Of the coefficients around one, with their signs.
  /// - Parameter view: of coefficients in the place of magnitudes.
  static func look(atSigns view: SubbandContext.View, x: Int, y: Int, _ features: UnsafeMutablePointer<Float>) {
    look(view, x: x, y: y, features) { squashed(Float($0)) }
  }

  @inline(__always)
  private static func squashed(_ value: Float) -> Float { value / (2 + value.magnitude) }

  @inline(__always)
  private static func look(_ view: SubbandContext.View, x: Int, y: Int, _ features: UnsafeMutablePointer<Float>, _ number: (Int32) -> Float) {
    let stride = view.stride
    let at = view.own + (y &* stride &+ x)
    @inline(__always) func put(_ k: Int, _ value: Int32) { features[k] = number(value) }
    @inline(__always) func square(_ k: Int, _ at: UnsafePointer<Int32>, _ stride: Int) {
      for dy in 0..<3 { for dx in 0..<3 { put(k &+ 3 &* dy &+ dx, at[(dy &- 1) &* stride &+ dx &- 1]) } }
    }
    func none(_ k: Int) { for j in k..<k + around { features[j] = 0 } }
    put(0, at[-1])
    put(1, at[-stride])
    put(2, at[-stride &- 1])
    put(3, at[-stride &+ 1])
    put(4, at[-2])
    put(5, at[-2 &* stride])
    put(6, at[-2 &* stride &+ 1])
    put(7, at[-2 &* stride &- 1])
    put(8, at[-stride &+ 2])
    put(9, at[-stride &- 2])
    @inline(__always) func square(_ number: Int, _ place: SubbandContext.Place?, _ x: Int, _ y: Int) {
      let k = own + number * around
      if let place { square(k, place.at(x, y), place.stride) } else { none(k) }
    }
    @inline(__always) func square(_ number: Int, _ start: UnsafePointer<Int32>?) {
      let k = own + number * around
      if let start { square(k, start + (y &* stride &+ x), stride) } else { none(k) }
    }
    square(0, view.parent, x >> 1, y >> 1)
    square(1, view.others.first, x, y)
    square(2, view.others.second, x, y)
    square(3, view.colours.first)
    square(4, view.colours.second)
  }

  /// Of the approximation around one coefficient.
  /// - Parameters:
  ///   - at: the place of the coefficient in the approximation, whose rows are `stride` apart.
  ///   - inverse: of the quantiser step there.
  ///   - signed: whether the differences have their signs.
  @inline(__always)
  static func look(
    at: UnsafePointer<Float>, stride: Int, inverse: Float, x: Int, y: Int, signed: Bool, _ features: UnsafeMutablePointer<Float>
  ) {
    let middle = at[0]
    var k = differences.lowerBound
    for dy in -2...2 {
      for dx in -2...2 where dy != 0 || dx != 0 {
        let difference = (at[dy &* stride &+ dx] - middle) * inverse
        features[k] = squashed(signed ? difference : difference.magnitude)
        k &+= 1
      }
    }
    features[k] = x & 1 != 0 ? 0.5 : -0.5
    features[k + 1] = y & 1 != 0 ? 0.5 : -0.5
  }

  /// As where the approximation says nothing.
  static func forget(_ features: UnsafeMutablePointer<Float>) { for k in differences.lowerBound..<count { features[k] = 0 } }
}
