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
    let bitsAt = (0...sampleCount).map { 2 * Shortlist.log2Estimate(Float($0 * step + 2)) }

    // Begin with some times as many as are wanted, nearest to the frame.
    let wanted = 8 * limit * 4 / max(1, sampleStep) + 2
    let sampled = takeSample(frameKeys, every: max(1, sampleStep / 4), into: found.keys)
    var bound = (sampled > 0 ? ck_select(sampled, found.keys, min(wanted, sampled) - 1) : 1).nextUp
    repeat {
      found.clear()
      collect(frameKeys, from: 0, below: bound, into: found)
      bound = bound * 2 + 1
    } while found.count < min(limit, positionCount)

    // The cheapest so far, in order; among equal ones the earlier place, and places come in order.
    var kept: [(cost: Float, place: Int, below: Int)] = []
    kept.reserveCapacity(limit + 1)
    for k in 0..<found.count {
      let distance = found.keys[k]
      if kept.count == limit, distance >= kept[limit - 1].cost { continue }
      let place = Int(found.places[k])
      let below = Shortlist.lowerBound(sample, sampleCount, keys[place])
      let cost = distance + bitPrice * bitsAt[below]
      var index = kept.count
      while index > 0, cost < kept[index - 1].cost { index -= 1 }
      if index == limit { continue }
      kept.insert((cost, place, below), at: index)
      if kept.count > limit { kept.removeLast() }
    }
    return kept.map { (position(ofPlace: $0.place), $0.below * step + step / 2) }
  }
}

private enum Shortlist {
  /// log2 of a positive number by its exponent and a straight line between powers of two.
  static func log2Estimate(_ value: Float) -> Float { Float(value.exponent) + value.significand - 1 }

  /// The number of sorted values that are smaller.
  static func lowerBound(_ sorted: UnsafePointer<Float>, _ count: Int, _ value: Float) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
