import CKernels

extension Memory {
  /// The nearest positions after `recall`: as many as `limit` or as there are.
  public func nearest(_ limit: Int) -> NearestPositions {
    let wanted = min(limit, positionCount)
    guard wanted > 0 else { return NearestPositions(packed: [], memory: self) }
    var bound = sampledQuantile(Double(wanted) * 1.5 / Double(positionCount))
    while true {
      var packed = packed(collect(below: bound))
      if packed.count >= wanted {
        packed.keepSmallest(wanted)
        return NearestPositions(packed: packed, memory: self)
      }
      bound = bound > 0 ? bound * 2 : 1
    }
  }

  /// The rank of a position after `recall`: how many are nearer.
  public func rank(of position: Int) -> Int {
    let place = position % geometry.decimation * stride + position / geometry.decimation
    let key = keys[place]
    var rank = count(below: key)
    if count(below: key.nextUp) - rank > 1 {  // equal keys count where their place is earlier
      rank += collect(below: key.nextUp, from: key).count { $0 < place }
    }
    return rank
  }

  /// The position of a rank, 0 ..< positionCount: the inverse of `rank(of:)`.
  public func position(ofRank rank: Int) -> Int {
    precondition(rank >= 0 && rank < positionCount, "a rank beyond the memory")
    // Bisection on the bit patterns, which order non-negative floats, until few are left between the bounds.
    let guess = sampledQuantile(Double(rank) / Double(positionCount))
    var (low, high) = (UInt32(0), Float.greatestFiniteMagnitude.bitPattern)
    var (below, upTo) = (0, positionCount)
    var probe = max(guess.bitPattern, 1)
    var stepUp: UInt32 = 1 << 19
    while upTo - below > 64, high - low > 1 {
      let counted = count(below: Float(bitPattern: probe))
      if counted <= rank {
        (low, below) = (probe, counted)
        probe = high - low > 2 * stepUp && upTo == positionCount ? low + stepUp : low + (high - low) / 2
      } else {
        (high, upTo) = (probe, counted)
        probe = high - low > 2 * stepUp && below == 0 ? high - stepUp : low + (high - low) / 2
      }
      if stepUp < 1 << 26 { stepUp *= 2 }
    }
    let places = collect(below: Float(bitPattern: high), from: Float(bitPattern: low))
    return position(ofPlace: sorted(places)[rank - below])
  }

  /// Squared distance of the template at a position after `recall`, in levels.
  public func distance(of position: Int) -> Float { keys[position % geometry.decimation * stride + position / geometry.decimation] }

  /// Places in order of their keys, earlier places first among equals.
  private func sorted(_ places: [Int]) -> [Int] { packed(places).sorted().map { Int($0 & 0xFFFF_FFFF) } }

  /// Numbers that order as keys and places do: bit patterns order non-negative floats.
  private func packed(_ places: [Int]) -> [UInt64] { places.map { UInt64(keys[$0].bitPattern) << 32 | UInt64($0) } }

  private func count(below bound: Float) -> Int {
    (0..<geometry.decimation).reduce(0) { total, phase in
      let slots = slots(ofPhase: phase)
      return total + (slots.isEmpty ? 0 : ck_count_below(slots.count, keys + phase * stride + slots.lowerBound, bound))
    }
  }

  /// Places whose keys lie in `from` ..< `bound`.
  private func collect(below bound: Float, from: Float = 0) -> [Int] {
    var places: [Int] = []
    for phase in 0..<geometry.decimation {
      let slots = slots(ofPhase: phase)
      guard !slots.isEmpty else { continue }
      let start = phase * stride + slots.lowerBound
      let count = ck_collect_below(slots.count, keys + start, bound, found, Int(stride))
      for k in 0..<count where keys[start + Int(found[k])] >= from { places.append(start + Int(found[k])) }
    }
    return places
  }

  /// Roughly the key below which a fraction of all keys lie: a start for exact searches, which give the same from any start.
  private func sampledQuantile(_ fraction: Double) -> Float {
    guard !sample.isEmpty else { return 1 }
    return sample[min(sample.count - 1, max(0, Int(fraction * Double(sample.count))))].nextUp
  }
}

/// The nearest positions to the present. Putting them in order costs time, and not everybody needs it.
public struct NearestPositions {
  /// Key and place of each, as in `Memory.packed`, in no order.
  private let packed: [UInt64]
  private let memory: Memory

  init(packed: [UInt64], memory: Memory) { (self.packed, self.memory) = (packed, memory) }

  public var count: Int { packed.count }

  /// All of them, nearest first: a position's index is its rank.
  public func sorted() -> [Int] { packed.sorted().map { memory.position(ofPlace: Int($0 & 0xFFFF_FFFF)) } }

  /// Those that are more than `MemoryGeometry.separation` from all nearer ones of these, nearest first, at most `limit`.
  public func separate(limit: Int) -> [Int] {
    var left = packed.map { (order: $0, position: memory.position(ofPlace: Int($0 & 0xFFFF_FFFF))) }
    var kept: [Int] = []
    while kept.count < limit, let nearest = left.min(by: { $0.order < $1.order }) {
      kept.append(nearest.position)
      left.removeAll { abs($0.position - nearest.position) <= memory.geometry.separation }
    }
    return kept
  }
}

extension [UInt64] {
  /// Keeps the smallest `count` elements, in any order (Hoare's quickselect).
  mutating func keepSmallest(_ count: Int) {
    var (low, high) = (0, self.count - 1)
    while low < high {
      let pivot = Swift.max(Swift.min(self[low], self[high]), Swift.min(Swift.max(self[low], self[high]), self[(low + high) / 2]))
      var (i, j) = (low, high)
      while i <= j {
        while self[i] < pivot { i += 1 }
        while self[j] > pivot { j -= 1 }
        if i <= j {
          swapAt(i, j)
          i += 1
          j -= 1
        }
      }
      if count <= j { high = j } else if count >= i { low = i } else { break }
    }
    removeLast(self.count - count)
  }
}
