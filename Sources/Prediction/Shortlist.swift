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
    let step = max(1, positionCount / 512)
    var sample: [Float] = []
    var lowest = Float.infinity
    for phase in 0..<geometry.decimation {
      let slots = slots(ofPhase: phase)
      for slot in Swift.stride(from: slots.lowerBound, to: slots.upperBound, by: step) { sample.append(keys[phase * stride + slot]) }
      for slot in slots { lowest = min(lowest, frameKeys[phase * stride + slot]) }
    }
    sample.sort()
    let bitsAt = (0...sample.count).map { 2 * Shortlist.log2Estimate(Float($0 * step + 2)) }

    // Nothing further off than the dearest rank can be worth its place, unless there are too few.
    let reach = bitPrice * (bitsAt.last ?? 0)
    var bound = lowest + max(reach, 1)
    var candidates: [(cost: Float, place: Int, below: Int)] = []
    repeat {
      candidates.removeAll(keepingCapacity: true)
      for phase in 0..<geometry.decimation {
        let slots = slots(ofPhase: phase)
        guard !slots.isEmpty else { continue }
        let start = phase * stride + slots.lowerBound
        let count = ck_collect_below(slots.count, frameKeys + start, bound, found, slots.count)
        for k in 0..<count {
          let place = start + Int(found[k])
          let below = Shortlist.lowerBound(sample, keys[place])
          candidates.append((frameKeys[place] + bitPrice * bitsAt[below], place, below))
        }
      }
      bound = bound * 2 + 1
    } while candidates.count < min(limit, positionCount)
    if candidates.count > 4 * limit {  // keep sorting cheap
      let cut = candidates.map(\.cost).sorted()[limit]
      candidates.removeAll { $0.cost > cut }
    }
    candidates.sort { ($0.cost, $0.place) < ($1.cost, $1.place) }
    return candidates.prefix(limit).map { (position(ofPlace: $0.place), $0.below * step + step / 2) }
  }
}

private enum Shortlist {
  /// log2 of a positive number by its exponent and a straight line between powers of two.
  static func log2Estimate(_ value: Float) -> Float { Float(value.exponent) + value.significand - 1 }

  /// The number of values in a sorted array that are smaller.
  static func lowerBound(_ sorted: [Float], _ value: Float) -> Int {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
