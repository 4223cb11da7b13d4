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
  func slidingProductsAndDistances(taps: Int, extreme: Bool) {
    var random = RandomSource(seed: UInt64(taps))
    for count in [1, 31, 32, 63, 64, 65, 300] {
      let levels = Self.levels(count + taps, extreme: extreme, reach: 2047, &random)
      let window = Self.levels(taps, extreme: extreme, reach: 4094, &random)
      let anchors = Self.levels(count, extreme: extreme, reach: 2047, &random)
      let pairs = levels.indices.map { k -> Int32 in
        let next = k + 1 < levels.count ? levels[k + 1] : 0
        return Int32(truncatingIfNeeded: levels[k] & 0xFFFF | next << 16)
      }
      let dots = (0..<count).map { j in Self.sum(taps) { window[$0] * levels[j + $0] } }
      let energy = Self.sum(taps) { window[$0] * window[$0] }
      let energies = (0..<count).map { j in Self.sum(taps) { Self.square(levels[j + $0] - anchors[j]) } }
      let distances = (0..<count).map { j in Float(Self.sum(taps) { Self.square(levels[j + $0] - anchors[j] - window[$0]) }) }
      let sum = Int32(window.reduce(0, +))
      for path in simdPaths {
        onPath(path) {
          var found = [Int32](repeating: 0, count: count)
          ck_slide(count, Int32(taps), window.map { Int16($0) }, pairs, &found)
          #expect(found.map(Int.init) == dots)
          var keys = [Float](repeating: 3, count: count)
          for accumulate in [Int32(0), Int32(1)] {
            ck_match(count, found, anchors.map { Int16($0) }, energies.map { Int32($0) }, Int32(energy), sum, &keys, accumulate)
            #expect(keys == (accumulate == 0 ? distances : distances.map { $0 + $0 }))
          }
        }
      }
    }
  }

  @Test(arguments: [0, 1, 63, 64, 65, 1000])
  func keysAreCountedAndCollected(count: Int) {
    var random = RandomSource(seed: 9)
    let keys = (0..<count).map { k in k % 50 == 7 ? Float.infinity : Float(random.integer(below: 40)) }
    for bound in [0, 1, 20, 20.5, 40, Float.infinity] {
      let below = keys.indices.filter { keys[$0] < bound }
      for path in simdPaths {
        onPath(path) {
          #expect(ck_count_below(count, keys, bound) == below.count)
          for limit in [0, 5, count] {
            var found = [Int32](repeating: -1, count: limit + 1)
            #expect(ck_collect_below(count, keys, bound, &found, limit) == below.count)
            #expect(found.map(Int.init) == Array(below.prefix(limit)) + Array(repeating: -1, count: limit + 1 - min(limit, below.count)))
          }
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
}
