import Entropy

/// A number of a code for bits-back coding: one of 2^bits buckets that have equal shares of the standard normal prior. All that coder and decoder must agree on is
/// in integers.
struct LatentBuckets: Sendable {
  static let legalBits = 4...16
  /// Of a posterior's frequencies.
  static let precision = 24

  let bits: Int
  /// Between buckets, in 1/65536.
  private let edges: [Int]
  /// What the buckets stand for.
  let centres: [Float]

  init(bits: Int) {
    self.bits = bits
    let count = UInt64(1 << bits)
    func quantile(_ numerator: UInt64) -> Int { CumulativeTable.normal.argument(numerator << UInt64(30 - bits)) }
    edges = (1..<count).map { quantile(2 * $0) }
    centres = (0..<count).map { Float(quantile(2 * $0 + 1)) * 0x1p-16 }
  }

  /// How a posterior is spread over the buckets.
  struct Posterior {
    private let buckets: LatentBuckets
    /// In 1/65536.
    private let (mean, inverse): (Int, Int)

    /// - Parameter inverse: of the deviation. Both may be anything, also no number.
    init(_ buckets: LatentBuckets, mean: Float, inverse: Float) {
      self.buckets = buckets
      self.mean = Int((bounded(mean, 64) * 65536).rounded(.toNearestOrEven))
      self.inverse = max(1, Int((bounded(inverse, 2048) * 65536).rounded(.toNearestOrEven)))
    }

    /// The frequencies of all buckets below `bucket` together. Each has at least 1.
    @inline(__always)
    private func start(_ bucket: Int) -> UInt32 {
      guard bucket > 0 else { return 0 }
      guard bucket >> buckets.bits == 0 else { return 1 << UInt32(LatentBuckets.precision) }
      let share = CumulativeTable.normal(((buckets.edges[bucket - 1] - mean) * inverse) >> 16)
      return UInt32(bucket) + UInt32((share * (1 << UInt64(LatentBuckets.precision) - 1 << UInt64(buckets.bits))) >> 31)
    }

    func push(_ bucket: Int, to stack: inout SymbolStack) {
      let start = start(bucket)
      stack.push(start: start, width: self.start(bucket + 1) - start, bits: LatentBuckets.precision)
    }

    func pop(from stack: inout SymbolStack) -> Int {
      let top = stack.top(bits: LatentBuckets.precision)
      var (low, high) = (0, 1 << buckets.bits)
      while high - low > 1 {
        let middle = (low + high) / 2
        if start(middle) <= top { low = middle } else { high = middle }
      }
      let start = start(low)
      stack.pop(start: start, width: self.start(low + 1) - start, bits: LatentBuckets.precision)
      return low
    }
  }

  /// By the prior, which has all buckets equal.
  func push(_ bucket: Int, to stack: inout SymbolStack) { stack.push(start: UInt32(bucket), width: 1, bits: bits) }

  func pop(from stack: inout SymbolStack) -> Int {
    let bucket = stack.top(bits: bits)
    stack.pop(start: bucket, width: 1, bits: bits)
    return Int(bucket)
  }
}
