import CKernels
import Entropy
import Prediction

/// Codes what the predictions of sound leave: an integer, given a fraction, as a class of magnitudes with its sign and then as even bits inside the class.
///
/// The classes' shares are a mixture of logistic, Laplace and normal distributions around the prediction, whose scales are running means of the last errors over four
/// spans of time; Bayes' rule weighs them by how well they foretold the last classes (a forgetting Bayesian mixture). Its owner calls `deallocate`.
struct SoundMixture {
  private static let scaleCount = 4
  private static let keep: Float = 0.98
  /// Bits of a scale behind the point.
  private static let point = 12
  /// What errors smaller than the rounding leave of a scale: 0.12.
  private static let least = 492
  /// The largest magnitude.
  private static let largest = 1 << 33
  private static let half = CK_SOUND_CLASSES / 2

  private let scales: UnsafeMutablePointer<Int>
  private let rows: UnsafeMutablePointer<Int32>
  private let shares: UnsafeMutablePointer<Float>
  private let weights: UnsafeMutablePointer<UInt16>
  private let bounds: UnsafeMutablePointer<UInt16>
  private let table: UnsafePointer<UInt16>
  private let lows: UnsafePointer<Int>
  private let classes: UnsafePointer<UInt8>

  init() {
    let count = CK_SOUND_ROWS
    scales = AlignedMemory.allocate(16 << SoundMixture.point, count: SoundMixture.scaleCount)
    rows = AlignedMemory.allocate(0, count: count)
    shares = AlignedMemory.allocate(1 / Float(count), count: count)
    weights = AlignedMemory.allocate(UInt16(65528 / count), count: count)
    bounds = AlignedMemory.allocate(0, count: CK_SOUND_CLASSES)
    (table, lows, classes) = (SoundTables.shared.rows, SoundTables.shared.lows, SoundTables.shared.classes)
  }

  func deallocate() {
    scales.deallocate()
    rows.deallocate()
    shares.deallocate()
    for pointer in [weights, bounds] { pointer.deallocate() }
  }

  /// Codes a value, below 2^33 in magnitude. Gives it.
  /// - Parameter fraction: what was predicted, -8 to 8, in 1/16.
  @inline(__always)
  func code<Coder: ShareCoder>(_ value: Int, fraction: Int, _ coder: inout Coder) -> Int {
    let common = (scales[1] &+ scales[2]) >> 1
    let shift = max(0, SoundMixture.octave(common | 1) &- SoundMixture.point &- 2)
    // The border between the signs is the middle between two integers that is nearest to the prediction.
    let center = fraction < 0 ? 0 : 1
    let offset = fraction &- 16 &* center &+ 8
    let moved = shift > 3 ? 0 : (offset &+ 1 << shift) >> (shift &+ 1)
    let start = (moved &+ SoundTables.offsets / 2) &* SoundTables.rowLength
    for k in 0..<4 {
      let scale = scales[k] &+ SoundMixture.least
      let octave = SoundMixture.octave(scale)
      let level = (octave &- shift) &* 8 &+ (scale >> (octave &- 3)) & 7
      let row = min(max(level &- SoundTables.lowest, 0), SoundTables.levels &- 1) &* SoundTables.levelLength &+ start
      rows[k] = Int32(truncatingIfNeeded: row)
      if k == 1 || k == 2 {
        rows[2 &+ 2 &* k] = Int32(truncatingIfNeeded: row &+ SoundTables.familyLength)
        rows[3 &+ 2 &* k] = Int32(truncatingIfNeeded: row &+ 2 &* SoundTables.familyLength)
      }
    }
    ck_sound_mix(table, rows, weights, bounds)

    let difference = value &- center
    var isAbove = difference >= 0
    var magnitude = isAbove ? difference : -1 &- difference
    let bucket = magnitude >> shift
    let wanted = bucket >= SoundTables.reach ? SoundMixture.half &- 1 : Int(classes[bucket])
    let found = coder.code(isAbove ? SoundMixture.half &+ wanted : SoundMixture.half &- 1 &- wanted, bounds)
    isAbove = found >= SoundMixture.half
    let index = isAbove ? found &- SoundMixture.half : SoundMixture.half &- 1 &- found
    let low = lows[index] << shift
    magnitude =
      index < SoundMixture.half &- 1
      ? low &+ coder.bits(magnitude &- low, count: shift &+ SoundTables.extra[index])
      : low &+ far(bucket &- SoundTables.reach, shift, coder.bits(magnitude & (1 << shift &- 1), count: shift), &coder)
    let result = isAbove ? center &+ magnitude : center &- 1 &- magnitude

    ck_sound_learn(table, rows, Int32(truncatingIfNeeded: found), SoundMixture.keep, shares, weights)
    let error = min(abs(16 &* result &- fraction), 16 &* SoundMixture.largest) << (SoundMixture.point &- 4)
    // Running means: of about 8, 16, 64 and 256 errors.
    scales[0] &+= (error &- scales[0]) >> 3
    scales[1] &+= (error &- scales[1]) >> 4
    scales[2] &+= (error &- scales[2]) >> 6
    scales[3] &+= (error &- scales[3]) >> 8
    return result
  }

  /// Buckets beyond the last class, by an Elias gamma code, and then the bits inside the bucket.
  private func far<Coder: ShareCoder>(_ beyond: Int, _ shift: Int, _ inside: Int, _ coder: inout Coder) -> Int {
    let number = beyond &+ 1
    let wanted = number > 0 ? SoundMixture.octave(number) : 0
    var length = 0
    while length < 34 &- shift, coder.bits(wanted > length ? 1 : 0, count: 1) != 0 { length &+= 1 }
    let rest = coder.bits(number & (1 << length &- 1), count: length)
    return ((1 << length | rest) &- 1) << shift &+ inside
  }

  /// The binary logarithm, rounded down.
  @inline(__always)
  private static func octave(_ value: Int) -> Int { 63 &- value.leadingZeroBitCount }
}
