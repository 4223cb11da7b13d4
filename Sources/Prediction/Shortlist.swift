import CKernels

extension Memory {
  /// The positions that promise most for a frame, by the distance between the frame and what stands there plus the price of naming the rank.
  /// The encoder's search begins with them; what it takes in the end is its own choice. Ranks come roughly, from a sample of the distances.
  /// - Parameters:
  ///   - frame: leads × samples to be encoded next.
  ///   - limit: how many are wanted.
  ///   - bitPrice: squared levels (of the compared samples) that a bit is worth.
  ///   - isKnown: whether the same frame was asked for at the same time before, with another one decoded last: the distances are then near enough.
  public func shortlist(_ frame: [[Int32]], limit: Int, bitPrice: Float, isKnown: Bool = false) -> [(position: Int, roughRank: Int)] {
    if !isKnown { compare(frame) }
    // Sampled keys tell ranks well enough here: log2 of a rank is all that counts.
    let step = sampleStep
    withUnsafeTemporaryAllocation(of: Float.self, capacity: sampleCount) { ck_sort(sampleCount, sample, $0.baseAddress!) }

    // Begin with some times as many as are wanted, nearest to the frame.
    let wanted = 8 * limit * 4 / max(1, sampleStep) + 2
    let sampled = takeSample(frameKeys.values, every: max(1, sampleStep / 4), into: found.keys)
    var bound = (sampled > 0 ? ck_select(sampled, found.keys, min(wanted, sampled) - 1) : 1).nextUp
    repeat {
      found.clear()
      collect(frameKeys, from: 0, below: bound, into: found)
      bound = bound * 2 + 1
    } while found.count < min(limit, positionCount)

    return withUnsafeTemporaryAllocation(of: Promise.self, capacity: limit + 1) { space in
      var promises = Promises(space: space, limit: limit)
      func put(_ k: Int) {
        let place = Int(found.places[k])
        let below = lowerBound(keys.values[place])
        promises.put(Promise(cost: found.keys[k] + bitPrice * 2 * log2Estimate(Float(below * step + 2)), place: place, below: below))
      }
      // The nearest first: then most others need no look at their ranks.
      let near = found.count > limit ? ck_select(found.count, found.keys, limit - 1) : .infinity
      for k in 0..<found.count where found.keys[k] <= near { put(k) }
      for k in 0..<found.count where found.keys[k] > near && promises.isOpen(found.keys[k]) { put(k) }
      return space[..<promises.count].map { (position(ofPlace: $0.place), $0.below * step + step / 2) }
    }
  }

  /// The number of sampled keys, which are in order, that are smaller.
  private func lowerBound(_ key: Float) -> Int {
    var (low, size) = (0, sampleCount)
    while size > 0 {
      let half = size / 2
      let isBelow = sample[low + half] < key
      low = isBelow ? low + half + 1 : low
      size = isBelow ? size - half - 1 : half
    }
    return low
  }
}

/// What a place costs: its distance and the price of its rank.
private struct Promise {
  let cost: Float
  let place: Int
  /// Sampled keys that are smaller.
  let below: Int
}

/// The cheapest places so far, in order.
private struct Promises {
  let space: UnsafeMutableBufferPointer<Promise>
  let limit: Int
  private(set) var count = 0

  init(space: UnsafeMutableBufferPointer<Promise>, limit: Int) { (self.space, self.limit) = (space, limit) }

  /// Whether a place that costs so much, and something for its rank, can be among them.
  func isOpen(_ cost: Float) -> Bool { count < limit || cost <= space[limit - 1].cost }

  /// Takes a place if it is cheap enough.
  mutating func put(_ new: Promise) {
    var index = count
    while index > 0, (new.cost, new.place) < (space[index - 1].cost, space[index - 1].place) { index -= 1 }
    if index == limit { return }
    var k = count
    while k > index {
      space[k] = space[k - 1]
      k -= 1
    }
    space[index] = new
    count = min(count + 1, limit)
  }
}

/// log2 of a positive number by its exponent and a straight line between powers of two.
private func log2Estimate(_ value: Float) -> Float {
  let bits = value.bitPattern
  return Float(Int(bits >> 23) - 127) + Float(bitPattern: bits & 0x7F_FFFF | 0x3F80_0000) - 1
}
