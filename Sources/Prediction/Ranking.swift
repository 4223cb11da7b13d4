import CKernels

extension Memory {
  /// The nearest positions after `recall`, until the next: as many as `limit` or as there are.
  public func nearest(_ limit: Int) -> NearestPositions {
    let wanted = min(limit, positionCount)
    if wanted > near.count {
      var fraction = 1.5 * Double(wanted) / Double(positionCount)
      repeat {
        nearBound = fraction < 1 ? sampledQuantile(fraction) : .infinity
        near.clear()
        collect(keys, from: 0, below: nearBound, into: near)
        fraction *= 1.7
      } while near.count < wanted
      setNearPositions()
    }
    return NearestPositions(count: wanted, memory: self)
  }

  /// The rank of a position after `recall`: how many are nearer.
  public func rank(of position: Int) -> Int {
    let place = place(of: position)
    let key = keys.values[place]
    if key < nearBound { return near.rank(of: key, place: place) }
    var rank = count(below: key)
    if count(below: key.nextUp) - rank > 1 {  // equal keys count where their place is earlier
      found.clear()
      collect(keys, from: key, below: key.nextUp, into: found)
      rank += found.rank(of: key, place: place)
    }
    return rank
  }

  /// The position of a rank, 0 ..< positionCount: the inverse of `rank(of:)`.
  public func position(ofRank rank: Int) -> Int {
    precondition(rank >= 0 && rank < positionCount, "a rank beyond the memory")
    if rank < near.count { return position(ofPlace: near.place(ofRank: rank)) }
    // A sample of all keys says between which two to look; if it is wrong, look farther around.
    let guess = Double(rank) / Double(positionCount)
    var margin = 0.025
    while true {
      let low = guess > margin ? sampledQuantile(guess - margin) : 0
      let high = guess + margin < 1 ? sampledQuantile(guess + margin).nextUp : .infinity
      found.clear()
      collect(keys, from: low, below: high, into: found)
      if rank >= found.below, rank < found.below + found.count { return position(ofPlace: found.place(ofRank: rank - found.below)) }
      margin *= 4
    }
  }

  /// Squared distance of the template at a position after `recall`, in levels.
  public func distance(of position: Int) -> Float { keys.values[place(of: position)] }

  private func count(below bound: Float) -> Int {
    (0..<geometry.decimation).reduce(0) { total, phase in
      let slots = slots(ofPhase: phase)
      return total + (slots.isEmpty ? 0 : ck_count_below(slots.count, keys.values + phase * stride + slots.lowerBound, bound))
    }
  }

  /// Finds the places whose keys lie in `low` ..< `high`, in their order.
  func collect(_ keys: Keys, from low: Float, below high: Float, into found: FoundPlaces) {
    for phase in 0..<geometry.decimation {
      let slots = slots(ofPhase: phase)
      guard !slots.isEmpty else { continue }
      let start = phase * stride + slots.lowerBound
      found.collect(slots.count, keys.values + start, keys.least + leastStart(phase), from: low, below: high, first: start)
    }
  }

  private func setNearPositions() {
    let d = geometry.decimation
    var phase = 0
    for k in 0..<near.count {
      let place = Int(near.places[k])
      while place >= (phase + 1) * stride { phase += 1 }
      nearPositions[k] = Int32(truncatingIfNeeded: (place - phase * stride) * d + phase)
    }
  }

  /// Roughly the key below which a fraction of all keys lie: a start for exact searches, which give the same from any start.
  private func sampledQuantile(_ fraction: Double) -> Float {
    guard sampleCount > 0 else { return 1 }
    return ck_select(sampleCount, sample, min(sampleCount - 1, max(0, Int(fraction * Double(sampleCount))))).nextUp
  }
}

/// Places that a search in the memory found, in their order, with their keys.
final class FoundPlaces {
  let keys: UnsafeMutablePointer<Float>
  let places: UnsafeMutablePointer<Int32>
  private(set) var count = 0
  /// Keys below the lower bound.
  private(set) var below = 0

  /// - Parameter capacity: how many places there are.
  init(capacity: Int) {
    // Kernels write whole vectors.
    keys = .allocate(capacity: capacity + 16)
    places = .allocate(capacity: capacity + 16)
  }

  deinit {
    keys.deallocate()
    places.deallocate()
  }

  func clear() { (count, below) = (0, 0) }

  /// Adds those of some keys that lie in `low` ..< `high`; their places start with `first`.
  func collect(_ count: Int, _ keys: UnsafePointer<Float>, _ least: UnsafePointer<Float>, from low: Float, below high: Float, first: Int) {
    var found = ck_found(keys: self.keys, places: places, count: self.count, below: below)
    ck_collect(count, keys, least, low, high, Int32(truncatingIfNeeded: first), &found)
    (self.count, below) = (found.count, found.below)
  }

  /// How many come before a place with this key; earlier places come first among equal keys.
  func rank(of key: Float, place: Int) -> Int { ck_rank(count, keys, places, key, Int32(truncatingIfNeeded: place)) }

  /// The place that comes behind so many others.
  func place(ofRank rank: Int) -> Int {
    let key = ck_select(count, keys, rank)
    var left = rank - ck_count_below(count, keys, key)
    var k = 0
    while keys[k] != key || left > 0 {
      if keys[k] == key { left -= 1 }
      k += 1
    }
    return Int(places[k])
  }

  /// The first places, at most so many, in order.
  func first(_ limit: Int) -> [Int] {
    guard limit > 0, count > 0 else { return [] }
    let last = limit < count ? ck_select(count, keys, limit - 1) : .infinity
    // Bit patterns order non-negative floats.
    var packed: [UInt64] = []
    for k in 0..<count where keys[k] <= last { packed.append(UInt64(keys[k].bitPattern) << 32 | UInt64(places[k])) }
    packed.sort()
    return packed.prefix(limit).map { Int($0 & 0xFFFF_FFFF) }
  }
}

/// The nearest positions to the present; good until the memory recalls the next.
public struct NearestPositions {
  public let count: Int
  private let memory: Memory

  init(count: Int, memory: Memory) { (self.count, self.memory) = (count, memory) }

  /// All of them, nearest first: a position's index is its rank.
  public func sorted() -> [Int] { first(count) }

  /// Some of them, nearest first.
  public func first(_ limit: Int) -> [Int] { memory.near.first(min(limit, count)).map(memory.position(ofPlace:)) }

  /// The rank of a position if it is one of them.
  public func rank(of position: Int) -> Int? {
    guard memory.distance(of: position) < memory.nearBound else { return nil }
    let rank = memory.rank(of: position)
    return rank < count ? rank : nil
  }

  private static let mostSeparate = 64

  /// Those that are more than `MemoryGeometry.separation` from all nearer ones of these, nearest first, at most `limit`, which is 64 or less.
  public func separate(limit: Int) -> [Int] {
    precondition(limit <= NearestPositions.mostSeparate)
    guard count > 0 else { return [] }
    let near = memory.near
    let separation = Int32(memory.geometry.separation)
    return withUnsafeTemporaryAllocation(of: Int32.self, capacity: near.count + NearestPositions.mostSeparate) { scratch in
      let left = scratch.baseAddress!
      let result = left + near.count
      let taken = ck_separate(near.count, near.keys, memory.nearPositions, separation, count, limit, left, result)
      return (0..<taken).map { Int(result[$0]) }
    }
  }
}
