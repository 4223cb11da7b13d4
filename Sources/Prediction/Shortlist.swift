import CKernels

extension Memory {
  /// The positions that promise most for a frame, by the distance between the frame and what stands there plus the price of naming the rank.
  /// The encoder's search begins with them; what it takes in the end is its own choice. Ranks come roughly, from a sample of the distances.
  /// - Parameters:
  ///   - frame: leads × samples to be encoded next.
  ///   - limit: how many are wanted.
  ///   - bitPrice: squared levels (of the compared samples) that a bit is worth.
  public func shortlist(_ frame: [[Int32]], limit: Int, bitPrice: Float) -> [(position: Int, roughRank: Int)] {
    compare(frame)
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

    // The cheapest so far, in order; among equal ones the earlier place, and places come in order.
    return withUnsafeTemporaryAllocation(of: Promise.self, capacity: limit + 1) { kept in
      var count = 0
      for k in 0..<found.count {
        let distance = found.keys[k]
        if count == limit, distance >= kept[limit - 1].cost { continue }
        let place = Int(found.places[k])
        let below = lowerBound(keys.values[place])
        let cost = distance + bitPrice * 2 * log2Estimate(Float(below * step + 2))
        var index = count
        while index > 0, cost < kept[index - 1].cost {
          kept[index] = kept[index - 1]
          index -= 1
        }
        kept[index] = Promise(cost: cost, place: place, below: below)
        count = min(count + 1, limit)
      }
      return kept[..<count].map { (position(ofPlace: $0.place), $0.below * step + step / 2) }
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

/// log2 of a positive number by its exponent and a straight line between powers of two.
private func log2Estimate(_ value: Float) -> Float {
  let bits = value.bitPattern
  return Float(Int(bits >> 23) - 127) + Float(bitPattern: bits & 0x7F_FFFF | 0x3F80_0000) - 1
}
