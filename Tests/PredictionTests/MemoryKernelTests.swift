import CKernels
import Tensors
import Testing

/// The kernels of `matching.c` against their definitions.
@Suite struct MemoryKernelTests {
  /// Levels: random, or at the ends of the range alone.
  static func levels(_ count: Int, extreme: Bool, reach: Int, _ random: inout RandomSource) -> [Int] {
    (0..<count).map { _ in extreme ? (random.integer(below: 2) == 0 ? -reach : reach) : random.integer(below: 2 * reach + 1) - reach }
  }

  static func sum(_ count: Int, _ term: (Int) -> Int) -> Int {
    var result = 0
    for k in 0..<count { result += term(k) }
    return result
  }

  static func square(_ value: Int) -> Int { value * value }

  @Test(arguments: [2, 8, 34, 48, 64], [false, true])
  func distances(taps: Int, extreme: Bool) {
    var random = RandomSource(seed: UInt64(taps))
    for count in [1, 7, 8, 9, 31, 32, 63, 64, 65, 300, 1100] {
      let levels = Self.levels(count + taps, extreme: extreme, reach: 2047, &random)
      let window = Self.levels(taps, extreme: extreme, reach: 4094, &random)
      let anchors = Self.levels(count, extreme: extreme, reach: 2047, &random)
      let pairs = levels.indices.map { k -> Int32 in
        let next = k + 1 < levels.count ? levels[k + 1] : 0
        return Int32(truncatingIfNeeded: levels[k] & 0xFFFF | next << 16)
      }
      let energies = (0..<count).map { j in Self.sum(taps) { Self.square(levels[j + $0] - anchors[j]) } }
      let distances = (0..<count).map { j in Float(Self.sum(taps) { Self.square(levels[j + $0] - anchors[j] - window[$0]) }) }
      for path in simdPaths {
        onPath(path) {
          var keys = [Float](repeating: 3, count: count)
          var least = [Float](repeating: -1, count: (count + 63) / 64)
          for accumulate in [Int32(0), Int32(1)] {
            ck_distances(
              count, Int32(taps), window.map { Int16($0) }, pairs, anchors.map { Int16($0) }, energies.map { Int32($0) }, &keys, &least,
              accumulate)
            #expect(keys == (accumulate == 0 ? distances : distances.map { $0 + $0 }))
            #expect(least == Self.least(keys))
          }
        }
      }
    }
  }

  /// The least of each 64 keys.
  static func least(_ keys: [Float]) -> [Float] { stride(from: 0, to: keys.count, by: 64).map { keys[$0..<min($0 + 64, keys.count)].min()! } }

  /// Keys of which many are equal.
  static func keys(_ count: Int, _ random: inout RandomSource) -> [Float] {
    (0..<count).map { k in k % 50 == 7 ? 1e9 : Float(random.integer(below: 40)) }
  }

  @Test(arguments: [0, 1, 15, 16, 17, 63, 64, 65, 1000])
  func keysAreCountedAndCollected(count: Int) {
    var random = RandomSource(seed: 9)
    let keys = Self.keys(count, &random)
    for (low, high) in [(0, 0), (0, 1), (0, 20), (3, 20.5), (20, 20), (39, 40), (0, .infinity), (5, .infinity)] as [(Float, Float)] {
      let inside = keys.indices.filter { keys[$0] >= low && keys[$0] < high }
      for path in simdPaths {
        onPath(path) {
          #expect(ck_count_below(count, keys, high) == keys.count { $0 < high })
          // Behind three that were found before.
          var foundKeys = [Float](repeating: -1, count: count + 19)
          var places = [Int32](repeating: -1, count: count + 19)
          foundKeys.withUnsafeMutableBufferPointer { foundKeys in
            places.withUnsafeMutableBufferPointer { places in
              var found = ck_found(keys: foundKeys.baseAddress!, places: places.baseAddress!, count: 3, below: 2)
              ck_collect(count, keys, Self.least(keys), low, high, 100, &found)
              #expect(found.count == 3 + inside.count && found.below == 2 + keys.count { $0 < low })
            }
          }
          #expect(places[3..<3 + inside.count].map { Int($0) - 100 } == inside && places[..<3].allSatisfy { $0 == -1 })
          #expect(Array(foundKeys[3..<3 + inside.count]) == inside.map { keys[$0] })
        }
      }
    }
  }

  @Test(arguments: [1, 2, 100, 700])
  func keysAreSortedAndSelected(count: Int) {
    var random = RandomSource(seed: 10)
    for keys in [Self.keys(count, &random), (0..<count).map { _ in abs(random.normal()) * 1e6 }, Array(repeating: 3, count: count)] {
      let sorted = keys.sorted()
      for path in simdPaths {
        onPath(path) { for rank in [0, count / 3, count - 1] { #expect(ck_select(count, keys, rank) == sorted[rank]) } }
      }
      var (found, scratch) = (keys, keys)
      ck_sort(count, &found, &scratch)
      #expect(found == sorted)
      let places = keys.indices.map { Int32(3 * $0) }
      for k in [0, count / 2, count - 1] {
        let before = keys.indices.count { (keys[$0], $0) < (keys[k], k) }
        for path in simdPaths { onPath(path) { #expect(ck_rank(count, keys, places, keys[k], places[k]) == before) } }
      }
    }
  }

  @Test(arguments: [1, 5, 300], [1, 4, 1000])
  func separateOnesAreTakenFromTheNearest(count: Int, nearest: Int) {
    var random = RandomSource(seed: 12)
    let keys = Self.keys(count, &random)
    let positions = (0..<count).map { Int32(($0 * 7 + 5) % (3 * count)) }  // all different
    var expected: [Int32] = []
    for k in keys.indices.sorted(by: { (keys[$0], $0) < (keys[$1], $1) }).prefix(nearest)
    where expected.allSatisfy({ abs($0 - positions[k]) > 7 }) { expected.append(positions[k]) }
    for path in simdPaths {
      onPath(path) {
        for wanted in [1, 16, 64] {
          var (left, result) = ([Int32](repeating: 0, count: count), [Int32](repeating: 0, count: 64))
          let taken = ck_separate(count, keys, positions, 7, nearest, wanted, &left, &result)
          #expect(Array(result[..<taken]) == Array(expected.prefix(wanted)))
        }
      }
    }
  }

  @Test(arguments: [(1, 1), (8, 8), (96, 96), (270, 192), (5, 67)])
  func projectionsAreSumsInOrder(rows: Int, columns: Int) {
    var random = RandomSource(seed: 11)
    let matrix = (0..<rows * columns).map { _ in random.normal() }
    let input = (0..<rows).map { $0 % 5 == 0 ? 0 : 1000 * random.normal() }
    let start = (0..<columns).map { _ in random.normal() }
    for accumulate in [Int32(0), 1] {
      var expected = accumulate == 0 ? [Float](repeating: 0, count: columns) : start
      for i in 0..<rows { for k in 0..<columns { expected[k] += input[i] * matrix[i * columns + k] } }
      for path in simdPaths {
        onPath(path) {
          var found = start
          ck_project(rows, columns, matrix, input, &found, accumulate)
          #expect(found.map(\.bitPattern) == expected.map(\.bitPattern))
        }
      }
    }
  }

  @Test(arguments: [1, 8, 96, 270], [1, 2, 16])
  func meansAreOverAllPositions(count: Int, matches: Int) {
    var random = RandomSource(seed: 13)
    // Differences do not fit 32 bits.
    let samples = (0..<4 * count + 1).map { _ in Int32(truncatingIfNeeded: random.next()) }
    let positions = (0..<matches).map { _ in Int64(1 + random.integer(below: 3 * count)) }
    let share = 1 / Float(matches)
    func differences(_ i: Int) -> [Int64] { positions.map { Int64(samples[Int($0) + i]) - Int64(samples[Int($0) - 1]) } }
    let means = (0..<count).map { Float(differences($0).reduce(0, +)) * share }
    let expected = (0..<count).map { i in
      differences(i).reduce(Float(0)) { $0 + Float(Int32(truncatingIfNeeded: $1)) * 0.01 } * share
    }
    let spread = (0..<count).map { i in
      max(
        0,
        differences(i).reduce(Float(0)) { $0 + Float(Int32(truncatingIfNeeded: $1)) * 0.01 * (Float(Int32(truncatingIfNeeded: $1)) * 0.01) } * share
          - expected[i] * expected[i])
    }
    for path in simdPaths {
      onPath(path) {
        var (mean, variance) = ([Float](repeating: -1, count: count), [Float](repeating: -1, count: count))
        ck_mean(count, matches, samples, positions, share, &mean)
        #expect(mean == means)
        ck_expect(count, matches, samples, positions, 0.01, share, &mean, &variance)
        #expect(mean == expected && variance == spread)
      }
    }
  }

  @Test func framesArePlacedWithinTheirRange() {
    let changes: [Float] = [0, 0.5, 1.5, 2.5, -0.5, -1.5, -2.49, 0.49999997, 8388607.5, -8_388_609, 3e9, -3e9, 1e30, -1e30, .nan, .infinity]
    for (last, range) in [(0, -100...100), (-7, -2_147_483_648...2_147_483_647), (2_000_000_000, 0...2_147_483_647)] as [(Int32, ClosedRange<Int32>)]
    {
      let expected = changes.map { change -> Int32 in
        let kept = change > -1e10 ? min(change, 1e10) : -1e10
        return Int32(clamping: min(max(Int64(last) + Int64(kept.rounded(.toNearestOrEven)), Int64(range.lowerBound)), Int64(range.upperBound)))
      }
      for path in simdPaths {
        onPath(path) {
          var samples = [Int32](repeating: 5, count: changes.count)
          ck_place(changes.count, changes, last, range.lowerBound, range.upperBound, &samples)
          #expect(samples == expected)
        }
      }
    }
  }

  @Test(arguments: [1, 63, 96, 200])
  func codesAreWholeStepsBeyondTheDeadZone(count: Int) {
    var random = RandomSource(seed: 14)
    let (target, copy, cross) = (
      (0..<count).map { $0 % 9 == 0 ? 1e9 : 3 * random.normal() }, (0..<count).map { _ in random.normal() }, (0..<count).map { _ in random.normal() }
    )
    var (expectedCodes, expectedInnovation, bits, chains) = ([Int32](), [Float](), Float(0), [Float](repeating: 0, count: 16))
    for k in 0..<count {
      let difference = target[k] - copy[k] - cross[k]
      let magnitude = abs(difference) < 0.66 ? 0 : min(Int32(min(abs(difference) + 0.38, 1e8)), 1000)
      expectedCodes.append(difference < 0 ? -magnitude : magnitude)
      expectedInnovation.append(cross[k] + Float(expectedCodes[k]))
      if magnitude > 0 { bits += 5 + 2 * Float(min(magnitude, 4)) }
      let error = target[k] - copy[k] - expectedInnovation[k]
      chains[k % 16] += error * error
    }
    let distortion = chains.reduce(Float(2), +)
    for path in simdPaths {
      onPath(path) {
        var (innovation, codes, total) = (cross, [Int32](repeating: 0, count: count), Float(2))
        #expect(ck_quantise(count, target, copy, 0.66, 0.38, 1000, &innovation, &codes, &total) == bits)
        #expect(codes == expectedCodes && innovation == expectedInnovation && total == distortion)
      }
    }
  }
}
