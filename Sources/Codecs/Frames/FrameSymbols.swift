/// What the file says of one frame.
struct FrameSymbols: Equatable, Sendable {
  /// 0: no copy; 1: a copy from the position of `rank`; 2 ... 5: the mean of the nearest 2, 4, 8, 16 separate matches.
  var mode = 0
  /// How many positions match better; 0 unless the mode is 1.
  var rank = 0
  /// Index into `gains`; `unitGain` where there is no copy.
  var gain = FrameSymbols.unitGain
  /// Quantised coefficients: leads × coefficients, flat.
  var codes: [Int32]

  static let modes = 6
  static let copyMode = 1
  static let gains: [Float] = [0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7]
  static let unitGain = 4
  /// The largest magnitude of a code: what the prior can name.
  static let largestCode = Int32(FrameModel.tree.largest)

  /// How many separate matches a mode averages; 1 for a copy.
  static func matches(_ mode: Int) -> Int { 1 << (mode - 1) }

  /// floor(log2(rank + 1)).
  static func bucket(_ rank: Int) -> Int { Int.bitWidth - 1 - (rank + 1).leadingZeroBitCount }
}

/// What is known of a frame before it is coded; the contexts of its symbols.
struct FrameContext: Equatable, Sendable {
  var previousMode = 0
  var modeBefore = 0
  var previousBucket = 0
  /// 1 + the band of the last coefficient of the frame before, the largest of all leads; 0 for none.
  var previousBand = 0
  var previousGain = FrameSymbols.unitGain
  /// How near the best match is, 0 ... 15.
  var match = 0
  /// How far the separate matches disagree in what follows them, 0 ... 15.
  var disagreement = 0
  /// The energy of what follows them, 0 ... 15.
  var energy = 0
  /// floor(log2) of the number of positions.
  var size = 0
  /// For the network beside the prior; nil where there is none.
  var outlook: FrameOutlook?

  static let classes = 16
}

/// Bands of coefficients: about two an octave. A frame lasts the same at every rate, so a band means the same frequencies everywhere.
enum Bands {
  static let count = 16
  /// The band of each coefficient.
  static let ofCoefficient: [Int] = (0..<FrameTransform.maximumCoefficients).map { k in
    // floor(2 log2(k + 1)), by comparing squares.
    let n = k + 1
    let octave = Int.bitWidth - 1 - n.leadingZeroBitCount
    return min(2 * octave + (n * n >= 2 << (2 * octave) ? 1 : 0), count - 1)
  }
  static let first: [Int] = (0..<count).map { band in ofCoefficient.firstIndex { $0 >= band } ?? ofCoefficient.count }

  /// The number of coefficients of a band among the first `coefficients`.
  static func width(_ band: Int, coefficients: Int) -> Int {
    max(0, min(band + 1 < count ? first[band + 1] : coefficients, coefficients) - first[band])
  }
}

/// floor(log2(value)) + 8, kept within 0 ... 15.
func logarithmicClass(_ value: Float) -> Int {
  value > 0 && value.isFinite ? min(max(Int(value.exponent) + 8, 0), 15) : value > 0 ? 15 : 0
}

/// Two classes an octave: 10 is one.
func fineLogarithmicClass(_ value: Float) -> Int {
  guard value > 0, value.isFinite else { return value > 0 ? 15 : 0 }
  return min(max(2 * Int(value.exponent) + (value.significand >= 1.4142135 ? 1 : 0) + 10, 0), 15)
}

/// A value within -limit ... limit; -limit for what is not a number. Damaged files and foreign weights may hold anything.
@inline(__always)
func bounded(_ value: Float, _ limit: Float) -> Float { value > -limit ? (value < limit ? value : limit) : -limit }
