import CKernels

/// Predicts a channel from its own past and a reference channel's by least squares with exponential forgetting.
///
/// The covariance of inputs that are samples of a sliding window needs no sum of its own for each pair of inputs: that of the samples i and j back is the sum of products of lag
/// j - i as it was i samples ago. So a few sums of lagged products are kept up with every sample, those of the last times are remembered, and every
/// few samples the normal equations are gathered from them and solved. Its owner calls `deallocate`.
struct SoundLeastSquares {
  private let own: Int
  private let other: Int
  /// 1 where the reference's sample of the present time is not known yet.
  private let delay: Int
  private let forget: Double
  private let past: UnsafeMutablePointer<SoundHistory>
  private let reference: UnsafeMutablePointer<SoundHistory>?
  /// Sums of products by time modulo `depth`: own by own, own by reference, reference by own, reference by reference; each by lag.
  private let sums: UnsafeMutablePointer<Double>
  private let rowLength: Int
  private let depth: Int
  private let crossStart: Int
  private let backStart: Int
  private let referenceStart: Int
  /// What a prediction sums over, and what a time adds to the sums.
  private let told: UnsafeMutablePointer<ck_sound_part>
  private let added: UnsafeMutablePointer<ck_sound_part>
  private let inputs: Int
  private let pitch: Int
  private let matrix: UnsafeMutablePointer<Double>
  private let factor: UnsafeMutablePointer<Double>
  private let weights: UnsafeMutablePointer<Double>

  /// - Parameters:
  ///   - own, other: samples of the channel and of the reference to look at, multiples of 8.
  ///   - reference: nil for none.
  ///   - isKnown: the reference's sample of the present time is known.
  ///   - forget: weight of the past against one sample later, below 1.
  init(
    own: Int, other: Int, past: UnsafeMutablePointer<SoundHistory>, reference: UnsafeMutablePointer<SoundHistory>?, isKnown: Bool,
    forget: Double
  ) {
    precondition(own % 8 == 0 && other % 8 == 0 && other <= own)
    (self.own, self.other, self.past, self.reference, self.forget) = (own, reference == nil ? 0 : other, past, reference, forget)
    delay = isKnown ? 0 : 1
    let lane = CK_SQUARES_LANES
    crossStart = own + lane
    backStart = crossStart + (reference == nil ? 0 : other + lane)
    referenceStart = backStart + (reference == nil ? 0 : own + lane)
    rowLength = referenceStart + self.other
    depth = own < 32 ? 32 : 64
    precondition(own + 2 <= depth)
    inputs = own + self.other
    pitch = inputs + lane
    sums = CascadeKernels.zeros(depth * rowLength)
    let none = ck_sound_part(n: 0, numbers: UnsafePointer(sums), factor: 0)
    told = AlignedMemory.allocate(none, count: 2)
    added = AlignedMemory.allocate(none, count: 4)
    (told[0].n, told[1].n) = (own, self.other)
    (added[0].n, added[1].n, added[2].n, added[3].n) = (crossStart, backStart - crossStart, referenceStart - backStart, self.other)
    matrix = CascadeKernels.zeros(inputs * pitch)
    factor = CascadeKernels.zeros(inputs * pitch)
    weights = CascadeKernels.zeros(inputs)
  }

  func deallocate() {
    for pointer in [sums, matrix, factor, weights] { pointer.deallocate() }
    for pointer in [told, added] { pointer.deallocate() }
  }

  /// The past that a history must have for `own` samples.
  static func span(own: Int) -> Int { own + CK_SQUARES_LANES }

  @inline(__always)
  func predict() -> Double {
    told[0].numbers = past.pointee.newest
    guard let reference else { return ck_sound_dot(1, told, weights) }
    told[1].numbers = reference.pointee.newest
    return ck_sound_dot(2, told, weights)
  }

  @inline(__always)
  private func row(_ time: Int) -> UnsafeMutablePointer<Double> { sums + (time & (depth &- 1)) &* rowLength }

  /// Learns the samples of a time, when all channels have theirs.
  func learn(_ time: Int) {
    let (before, after) = (row(time &- 1), row(time))
    let mine = past.pointee.newest
    (added[0].numbers, added[0].factor) = (mine, mine[0])
    guard let reference else { return ck_sound_correlate(1, added, forget, before, after) }
    let theirs = reference.pointee.newest
    (added[1].numbers, added[1].factor) = (theirs, mine[0])
    (added[2].numbers, added[2].factor) = (mine, theirs[0])
    (added[3].numbers, added[3].factor) = (theirs, theirs[0])
    ck_sound_correlate(4, added, forget, before, after)
  }

  /// Solves for the weights, `time` being the last that was learned; keeps the old ones where the matrix is not positive definite.
  func solve(_ time: Int) {
    for i in 0..<own {
      let (source, target) = (row(time - 1 - i), matrix + i * pitch)
      (target + i).update(from: source, count: own - i)
      for j in 0..<other {
        let lag = delay + j - 1 - i
        target[own + j] = lag >= 0 ? source[crossStart + lag] : row(time - delay - j)[backStart - lag]
      }
      target[inputs] = row(time)[1 + i]
    }
    for i in 0..<other {
      let (source, target) = (row(time - delay - i), matrix + (own + i) * pitch)
      (target + own + i).update(from: source + referenceStart, count: other - i)
      target[inputs] = row(time)[crossStart + delay + i]
    }
    let ridge = 50 + 1e-14 * row(time)[0]
    _ = ck_squares_solve_wide(inputs, pitch, matrix, ridge, factor, weights)
  }
}
