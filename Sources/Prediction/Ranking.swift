import CKernels

extension Memory {
  /// The nearest positions after `recall`, nearest first: at most `limit` of them.
  public func nearest(_ limit: Int) -> [Int] {
    let wanted = min(limit, positionCount)
    guard wanted > 0 else { return [] }
    var bound = sampledQuantile(Double(wanted) * 1.5 / Double(positionCount))
    while true {
      let places = collect(below: bound)
      if places.count >= wanted { return places.sorted(by: isNearer).prefix(wanted).map(position(ofPlace:)) }
      bound = bound > 0 ? bound * 2 : 1
    }
  }

  /// The positions of a list that are separate from all before them, at most `limit`.
  public func separate(_ positions: [Int], limit: Int) -> [Int] {
    var kept: [Int] = []
    for position in positions where kept.allSatisfy({ abs($0 - position) > geometry.separation }) {
      kept.append(position)
      if kept.count == limit { break }
    }
    return kept
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
    let places = collect(below: Float(bitPattern: high), from: Float(bitPattern: low)).sorted(by: isNearer)
    return position(ofPlace: places[rank - below])
  }

  /// Squared distance of the template at a position after `recall`, in levels.
  public func distance(of position: Int) -> Float { keys[position % geometry.decimation * stride + position / geometry.decimation] }

  private func isNearer(_ a: Int, _ b: Int) -> Bool { keys[a] < keys[b] || (keys[a] == keys[b] && a < b) }

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
    let step = max(1, positionCount / 512)
    var sample: [Float] = []
    for phase in 0..<geometry.decimation {
      let slots = slots(ofPhase: phase)
      for slot in Swift.stride(from: slots.lowerBound, to: slots.upperBound, by: step) { sample.append(keys[phase * stride + slot]) }
    }
    sample.sort()
    guard !sample.isEmpty else { return 1 }
    return sample[min(sample.count - 1, max(0, Int(fraction * Double(sample.count))))].nextUp
  }
}
