import CKernels
import Entropy
import Prediction

/// Cumulative distributions over the classes of `SoundMixture`, as `ck_sound_mix` wants them: for each family, scale and offset of the prediction.
struct SoundTables: @unchecked Sendable {
  static let shared = SoundTables()

  /// Buckets of a class, as bits, from the middle outward; the last class takes all that is beyond.
  static let extra: [Int] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3]
  /// Buckets of all classes of a side but the last.
  static let reach = 32
  /// Scales in eighths of an octave from 2^-4 buckets up: 8 (octave + 12) + eighth, of which this is the least.
  static let lowest = 64
  static let levels = 120
  /// Offsets of the prediction from the border between the signs, -1/2 to 1/2 in eighths of a bucket.
  static let offsets = 9
  static let rowLength = CK_SOUND_CLASSES
  static let levelLength = offsets * rowLength
  static let familyLength = levels * levelLength

  /// [family: logistic, Laplace, normal][level][offset][class]
  let rows: UnsafePointer<UInt16>
  /// The first bucket of each class.
  let lows: UnsafePointer<Int>
  /// The class of a bucket below `reach`.
  let classes: UnsafePointer<UInt8>

  private init() {
    var (low, starts, owners) = (0, [0], [UInt8]())
    for (index, bits) in SoundTables.extra.enumerated() {
      owners += [UInt8](repeating: UInt8(index), count: 1 << bits)
      low += 1 << bits
      starts.append(low)
    }
    let rows = AlignedMemory.allocate(UInt16(0), count: 3 * SoundTables.familyLength)
    let families: [(table: CumulativeTable, unit: Double)] = [(.logistic, 0.6), (.laplace, 1), (.normal, 1.25)]
    let half = SoundTables.rowLength / 2
    var place = 0
    for (table, unit) in families {
      for level in SoundTables.lowest..<SoundTables.lowest + SoundTables.levels {
        let octave = level / 8 - 12
        let power = octave < 0 ? 1 / Double(1 << -octave) : Double(1 << octave)
        let scale = unit * (power * (1 + (Double(level % 8) + 0.5) / 8))
        for offset in 0..<SoundTables.offsets {
          rows[place] = 0
          for index in 1..<SoundTables.rowLength {
            let border = Double(index < half ? -starts[half - index] : starts[index - half]) - Double(offset - SoundTables.offsets / 2) / 8
            let share = table(Int((min(max(border / scale, -64), 64) * 65536).rounded(.toNearestOrEven)))
            rows[place + index] = UInt16((share * 65535) >> 31)
          }
          place += SoundTables.rowLength
        }
      }
    }
    self.rows = UnsafePointer(rows)
    let lows = UnsafeMutablePointer<Int>.allocate(capacity: starts.count)
    lows.initialize(from: starts, count: starts.count)
    self.lows = UnsafePointer(lows)
    let classes = UnsafeMutablePointer<UInt8>.allocate(capacity: owners.count)
    classes.initialize(from: owners, count: owners.count)
    self.classes = UnsafePointer(classes)
  }
}
