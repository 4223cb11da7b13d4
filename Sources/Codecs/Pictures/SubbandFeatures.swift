import CKernels
import Tensors

/// What the network beside the prior is told of a coefficient: logarithms of the magnitudes around it, where it is, and the quantiser's step.
public enum SubbandFeatures {
  /// In its own band, before it; then 3 x 3 of each: one level coarser, the two orientations before, the two colours before.
  private static let own = 10
  private static let around = 9
  private static let neighbours = own + 5 * around
  /// Plane and orientation, of which the approximation has one of its own; level; step.
  private static let kinds = SubbandModel.planes * 4
  public static let count = neighbours + kinds + Subbands.levels + 1 + 1

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
    features[count - 1] = Float(stepIndex - middleStepIndex) * 0.021_660_85
  }

  /// ln 2 / 32 is what an index is worth; this one is 25/255 of the samples' range.
  private static let middleStepIndex = FrameParameters.index(ofStep: 25 * 256)

  /// Those around one coefficient.
  /// - Returns: whether any of them is not 0.
  static func look(_ view: SubbandContext.View, x: Int, y: Int, _ features: UnsafeMutablePointer<Float>) -> Bool {
    let stride = view.stride
    let at = view.own + (y &* stride &+ x)
    var any: Int32 = 0
    logarithms.withUnsafeBufferPointer { table in
      @inline(__always) func put(_ k: Int, _ magnitude: Int32) {
        any |= magnitude
        features[k] = table[Int(min(magnitude, 255))]
      }
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
      if let (start, stride) = view.parent { square(own, start + ((y >> 1) &* stride &+ (x >> 1)), stride) } else { none(own) }
      for k in 0..<2 {
        let place = own + (1 + k) * around
        if k < view.others.count {
          square(place, view.others[k].start + (y &* view.others[k].stride &+ x), view.others[k].stride)
        } else {
          none(place)
        }
      }
      for k in 0..<2 {
        let place = own + (3 + k) * around
        if k < view.colours.count { square(place, view.colours[k] + (y &* stride &+ x), stride) } else { none(place) }
      }
    }
    return any != 0
  }
}

/// Coefficients as the network is trained on them.
public struct SubbandExamples: Sendable {
  /// [count, `SubbandFeatures.count`]
  public private(set) var features: [Float] = []
  public private(set) var magnitudes: [Int32] = []
  /// How many coefficients each stands for.
  public private(set) var weights: [Float] = []
  private let share: Int
  private var state: UInt64

  /// One of so many coefficients is taken, and of those with nothing around them a tenth of that.
  public init(share: Int, seed: UInt64) { (self.share, state) = (max(1, share), seed | 1) }

  public var count: Int { magnitudes.count }

  /// The code length in bits of some examples' decisions by a network: whether each exceeds 0, 1, 2, ..., as far as it does.
  /// - Parameter drawn: their numbers.
  public func loss(of network: SubbandNetwork, _ drawn: [Int], on tape: Tape) -> Variable {
    let (count, odds) = (drawn.count, SubbandNetwork.odds)
    let x = Tensor(shape: [count, SubbandFeatures.count]) { out in
      for (row, k) in drawn.enumerated() {
        for j in 0..<SubbandFeatures.count { out[row * SubbandFeatures.count + j] = features[k * SubbandFeatures.count + j] }
      }
    }
    let exceeds = Tensor(shape: [count, odds]) { out in
      for (row, k) in drawn.enumerated() { for j in 0..<odds { out[row * odds + j] = magnitudes[k] > j ? 1 : 0 } }
    }
    let total = drawn.reduce(Float(0)) { $0 + weights[$1] }
    let asked = Tensor(shape: [count, odds]) { out in
      // 1.4427: bits of a nat.
      for (row, k) in drawn.enumerated() { for j in 0..<odds { out[row * odds + j] = magnitudes[k] >= j ? weights[k] / total * 1.442_695 : 0 } }
    }
    return (network(tape.constant(x)).binaryCrossEntropy(targets: Variable(exceeds)) * Variable(asked)).sum()
  }

  mutating func offer(_ values: UnsafePointer<Float>, isEmpty: Bool, magnitude: Int) {
    // xorshift (Marsaglia 2003)
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    let rare = isEmpty && magnitude == 0
    guard state % UInt64(rare ? 10 * share : share) == 0 else { return }
    features.append(contentsOf: UnsafeBufferPointer(start: values, count: SubbandFeatures.count))
    magnitudes.append(Int32(magnitude))
    weights.append(rare ? 10 : 1)
  }
}
