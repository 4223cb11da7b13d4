/// Finds where the decoded past looked as it does now, for the predictors to look at what came after: signals such as heart beats repeat themselves.
///
/// Every few samples the template (16 samples spread over the last 64, relative to the last, of up to two channels) is held against every second
/// position of the window, in single precision in a fixed order. The best positions that are not neighbours make a pool, which is followed sample by
/// sample; oftener, the pool is held against the present anew, each position and its two neighbours, and ranked.
final class CascadeMatcher {
  /// Means over so many of the best positions are offered, `reach` samples to either side of the present one.
  private static let means = [1, 6]
  private static let reach = 3
  private static let window = 32768
  private static let taps = 16
  private static let block = 16
  /// Positions closer than this, in samples, count as one.
  private static let apart = 20

  /// Template of the ranking.
  private static let offsets = (1...12).map { -1 - 2 * $0 }
  private static let poolSize = 32

  /// The number of inputs that `gather` writes.
  static let inputCount = means.count * (2 * reach + 1)

  private let channels: [Int]
  private let history: SampleHistory
  private let interval: Int
  private let refinement: Int
  /// Every second sample of each channel in use.
  private let even: UnsafeMutablePointer<Float>
  private let stride: Int
  private let best: UnsafeMutablePointer<Float>
  private let bestIndex: UnsafeMutablePointer<Int>
  /// Matching positions, best first: the sample at `positions[k] + i` is like the one at `t + i`.
  private var positions: [Int] = []
  private var pool: [(position: Int, error: Double)] = []

  /// - Parameters:
  ///   - channels: those to match by; the first two are taken.
  ///   - interval: samples between searches.
  ///   - refinement: samples between rankings of the pool.
  init(channels: [Int], history: SampleHistory, interval: Int, refinement: Int) {
    self.channels = Array(channels.prefix(2))
    self.history = history
    self.interval = interval
    self.refinement = refinement
    stride = history.count / 2 + 2
    even = .allocate(capacity: self.channels.count * stride)
    even.initialize(repeating: 0, count: self.channels.count * stride)
    let blocks = CascadeMatcher.window / 2 / CascadeMatcher.block + 1
    best = .allocate(capacity: blocks)
    best.initialize(repeating: 0, count: blocks)
    bestIndex = .allocate(capacity: blocks)
    bestIndex.initialize(repeating: 0, count: blocks)
  }

  deinit {
    even.deallocate()
    best.deallocate()
    bestIndex.deallocate()
  }

  /// Makes ready for sample `t`, all samples before which are set; called for every t in order.
  func advance(to t: Int) {
    for k in positions.indices { positions[k] &+= 1 }
    for k in pool.indices { pool[k].position &+= 1 }
    guard t > 0 else { return }
    if (t - 1) & 1 == 0 {
      for (k, channel) in channels.enumerated() { even[k * stride + (t - 1) / 2] = Float(history.past(channel, t)[-1]) }
    }
    if t % interval == 0, t > 256 { search(t) }
    if t % refinement == 0 { refine(t) }
  }

  /// Writes `inputCount` predictor inputs for a channel: means of the samples around the best positions, relative to the one before.
  func gather(_ channel: Int, _ t: Int, _ input: UnsafeMutablePointer<Double>) {
    let reach = CascadeMatcher.reach
    var sums = (SIMD8<Double>(), SIMD8<Double>())
    let now = history.past(channel, t)
    for (k, position) in positions.enumerated() {
      let place = history.past(channel, position)
      var values = SIMD8<Double>()
      for i in -reach...reach { values[i + reach] = (position + i < t ? place[i] : now[-1]) - place[-1] }
      if k < CascadeMatcher.means[0] { sums.0 += values }
      sums.1 += values
    }
    let factors = CascadeMatcher.means.map { positions.isEmpty ? 0 : 1 / Double(min($0, positions.count)) }
    for i in 0...2 * reach {
      input[i] = sums.0[i] * factors[0]
      input[2 * reach + 1 + i] = sums.1[i] * factors[1]
    }
  }

  private func search(_ t: Int) {
    let first = max(2 * CascadeMatcher.taps, (t - CascadeMatcher.window) / 2 + 1)
    let end = (t - interval - CascadeMatcher.reach - 2) / 2  // what follows a position must be known until the next search
    let blocks = (end - first) / CascadeMatcher.block
    guard blocks > 0 else { return }
    for b in 0..<blocks {
      let k = first + b * CascadeMatcher.block
      var errors = SIMD16<Float>()
      for (c, channel) in channels.enumerated() {
        let now = history.past(channel, t)
        let place = even + (c * stride + k)
        let anchors = load(place) - Float(now[-1])
        for tap in 1..<CascadeMatcher.taps {
          let difference = load(place - 2 * tap) - anchors - Float(now[-1 - 4 * tap])
          errors += difference * difference
        }
      }
      var least = errors[0]
      var index = 0
      for i in 1..<CascadeMatcher.block where errors[i] < least {
        least = errors[i]
        index = i
      }
      best[b] = least
      bestIndex[b] = 2 * (k + index) + 1
    }
    pool.removeAll(keepingCapacity: true)
    for _ in 0..<CascadeMatcher.poolSize {
      var chosen = -1
      var least = Float.infinity
      for b in 0..<blocks where best[b] < least {
        least = best[b]
        chosen = b
      }
      guard chosen >= 0 else { return }
      pool.append((bestIndex[chosen], 0))
      for b in max(0, chosen - 1)...min(blocks - 1, chosen + 1) where abs(bestIndex[b] - bestIndex[chosen]) <= CascadeMatcher.apart {
        best[b] = .infinity
      }
    }
  }

  /// Moves the pool's positions to the best of their neighbourhoods and ranks them.
  private func refine(_ t: Int) {
    for k in pool.indices {
      let middle = pool[k].position
      pool[k].error = .infinity
      for position in middle - 1...middle + 1 where position < t - CascadeMatcher.reach {
        let error = self.error(position, t)
        if error < pool[k].error { pool[k] = (position, error) }
      }
    }
    positions.removeAll(keepingCapacity: true)
    for _ in 0..<min(CascadeMatcher.means[1], pool.count) {
      var chosen = -1
      var least = Double.infinity
      for k in pool.indices where pool[k].error < least {
        least = pool[k].error
        chosen = k
      }
      guard chosen >= 0 else { return }
      positions.append(pool[chosen].position)
      pool[chosen].error = .infinity
    }
  }

  /// The squared distance of the template before `position` from the one before `t`.
  private func error(_ position: Int, _ t: Int) -> Double {
    var sum = 0.0
    for channel in channels {
      let place = history.past(channel, position)
      let now = history.past(channel, t)
      let anchor = place[-1] - now[-1]
      for tap in CascadeMatcher.offsets {
        let difference = place[tap] - now[tap] - anchor
        sum += difference * difference
      }
    }
    return sum
  }

  @inline(__always)
  private func load(_ place: UnsafePointer<Float>) -> SIMD16<Float> {
    UnsafeRawPointer(place).loadUnaligned(as: SIMD16<Float>.self)
  }
}
