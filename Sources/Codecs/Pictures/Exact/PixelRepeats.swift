import Entropy

/// Whole pixels that stood before where all around was the same: what drawings, text and flat areas are made of.
///
/// Of each of four neighbourhoods, up to 14 pixels large, it is kept which pixel followed last. These pixels, and the neighbours to the left and above, are candidates; a mixture
/// of what is counted about them tells how probable it is that one comes again. Only where that is probable enough is it coded, so that photographs do not pay for it;
/// it is learned everywhere.
final class PixelRepeats {
  private static let tries = 3
  /// The probability, in 1/65536, from which on a candidate is asked for: where pixels hardly ever come again, and where more than a quarter do.
  private static let rarely: UInt32 = 60000
  private static let often: UInt32 = 2000
  /// How often the first candidate came again lately, in 1/65536.
  private var frequency = 0
  /// The pixel that came again, or -1; a try that was not asked for, or -1, and its candidate.
  private var repeated = -1
  private var unasked = -1
  private var pending = 0

  private let width: Int
  private let bits: Int
  private var shift: UInt32 { 32 - UInt32(bits) }
  private let stride: Int
  private let start: UnsafeMutablePointer<UInt32>
  /// A word for each pixel of the present row; two rows above it are kept too.
  private let row: UnsafeMutablePointer<UInt32>
  /// Whether a candidate stood there, in the present row and the one above.
  private let hits: PixelWindow
  private let model: MixingModel
  /// By neighbourhood and hash: 8 bits of a check, and the pixel that followed.
  private let followers: UnsafeMutablePointer<UInt32>
  /// The hashes of the neighbourhoods of the present pixel.
  private let keys: UnsafeMutablePointer<UInt32>
  private static let neighbourhoods = 4
  private static let margin = 8

  /// - Parameter hashBits: 8 to 15.
  init(width: Int, hashBits: Int) {
    (self.width, bits) = (width, hashBits)
    stride = width + 2 * PixelRepeats.margin
    start = .allocate(capacity: 3 * stride)
    start.initialize(repeating: 0, count: 3 * stride)
    row = start + (2 * stride + PixelRepeats.margin)
    hits = PixelWindow(width: width, value: 0)
    let contexts = 1 << bits
    model = MixingModel(
      MixingShape(
        nodes: PixelRepeats.tries,
        inputs: [.init(contexts: 6 * 256)] + Array(repeating: .init(contexts: contexts), count: PixelRepeats.neighbourhoods), selectors: [16, 16],
        refinements: 16, firstRate: 32, lastRate: 3, inputWeight: 20000))
    followers = .allocate(capacity: PixelRepeats.neighbourhoods * contexts)
    followers.initialize(repeating: 0, count: PixelRepeats.neighbourhoods * contexts)
    keys = .allocate(capacity: PixelRepeats.neighbourhoods)
    keys.initialize(repeating: 0, count: PixelRepeats.neighbourhoods)
  }

  deinit {
    start.deallocate()
    followers.deallocate()
    keys.deallocate()
  }

  /// Goes on to the next row.
  func advance() {
    for k in 0..<PixelRepeats.margin { row[width + k] = row[width - 1] }
    start.update(from: start + stride, count: 2 * stride)
    for k in 1...PixelRepeats.margin { row[-k] = row[-stride] }
    hits.advance()
  }

  /// A word that nearly always tells pixels apart.
  @inline(__always)
  static func word(_ values: [UnsafeMutablePointer<Int32>], _ t: Int) -> UInt32 {
    var word: UInt32 = 0
    for k in values.indices { word = (word ^ UInt32(bitPattern: values[k][t])) &* 0x9E37_79B1 &+ 0x7F4A_7C15 }
    return word ^ word >> 16
  }

  @inline(__always)
  private func mixed(_ hash: UInt32, _ x: UInt32) -> UInt32 {
    let mixed = (hash ^ x) &* 0x85EB_CA6B
    return mixed ^ mixed >> 15
  }

  /// Codes whether one of the candidates for pixel `t`, in column `x`, comes again, and which.
  /// - Parameter isLike: of an encoder, whether the pixel may become what another one is.
  /// - Returns: the pixel that comes again; -1 if none, or if it was not asked.
  @inline(__always)
  func code<Coder: BinaryCoder>(
    _ x: Int, _ t: Int, _ values: [UnsafeMutablePointer<Int32>], _ coder: inout Coder, isLike: (Int) -> Bool
  ) -> Int {
    let (here, above, top) = (row + x, row + (x - stride), row + (x - 2 * stride))
    var hash = mixed(mixed(0x1234_5678, here[-1]), above[0])
    keys[3] = hash
    hash = mixed(mixed(hash, above[-1]), above[1])
    keys[2] = hash
    hash = mixed(mixed(hash, here[-2]), top[0])
    keys[1] = hash
    hash = mixed(mixed(mixed(hash, here[-3]), here[-4]), above[-2])
    hash = mixed(mixed(mixed(hash, above[2]), above[3]), top[-1])
    keys[0] = mixed(mixed(hash, top[1]), top[-2])
    // Candidates, the surest first, each once.
    var candidates = SIMD4<Int>(repeating: -1)
    var words = SIMD4<UInt32>(repeating: 0)
    var sources = SIMD4<Int>(repeating: 0)
    var agreements = SIMD4<Int>(repeating: 0)
    var count = 0
    for source in 0..<6 {
      var candidate = -1
      if source < PixelRepeats.neighbourhoods {
        let entry = followers[source << bits | Int(keys[source] >> shift)]
        if entry != 0, entry >> 24 == keys[source] & 255 { candidate = Int(entry & 0xFFFFFF) }
      } else if source == 4 {
        if x > 0 { candidate = t - 1 }
      } else if t >= width {
        candidate = t - width
      }
      guard candidate >= 0, candidate < t else { continue }
      let word = PixelRepeats.word(values, candidate)
      var known = -1
      for k in 0..<count where words[k] == word { known = k }
      if known >= 0 {
        if source < 4 { agreements[known] |= 1 << source }
      } else if count < PixelRepeats.tries {
        candidates[count] = candidate
        words[count] = word
        sources[count] = source
        if source < 4 { agreements[count] = 1 << source }
        count &+= 1
      }
    }
    let h = hits.row + x
    let around = Int(h[-1]) | Int(h[-stride]) << 1 | Int(h[-stride - 1]) << 2 | Int(h[-stride + 1]) << 3
    (unasked, repeated) = (-1, -1)
    let least = frequency > 16384 ? PixelRepeats.often : PixelRepeats.rarely
    for k in 0..<count {
      model.setContext(0, (sources[k] &* 16 &+ agreements[k]) &* 16 &+ around)
      for n in 0..<PixelRepeats.neighbourhoods { model.setContext(1 &+ n, Int(mixed(keys[n], words[k]) >> shift)) }
      model.setSelector(0, agreements[k])
      model.setSelector(1, around)
      model.setRefinement(agreements[k])
      let probability = model.probability(node: k)
      guard probability >= least else {
        unasked = k
        pending = candidates[k]
        break
      }
      let isHit = coder.code(isLike(candidates[k]) ? 1 : 0, probability: probability)
      model.learn(isHit, node: k)
      if isHit != 0 {
        repeated = candidates[k]
        break
      }
    }
    return repeated
  }

  /// Learns what the pixel was.
  @inline(__always)
  func learn(_ x: Int, _ t: Int, _ values: [UnsafeMutablePointer<Int32>]) {
    let word = PixelRepeats.word(values, t)
    row[x] = word
    var isHit = repeated >= 0
    if unasked >= 0 {
      isHit = true
      for k in values.indices where values[k][t] != values[k][pending] { isHit = false }
      model.learn(isHit ? 1 : 0, node: unasked)
    }
    hits.row[x] = isHit ? 1 : 0
    frequency += ((isHit ? 65536 : 0) - frequency) >> 11
    for n in 0..<PixelRepeats.neighbourhoods {
      followers[n << bits | Int(keys[n] >> shift)] = (keys[n] & 255) << 24 | UInt32(truncatingIfNeeded: t)
    }
  }
}
