import CKernels
import Prediction
import Tensors
import Testing

/// The kernels of `sound.c`: every path against plain C, and mixtures against their definition.
@Suite struct SoundKernelTests {
  private func numbers(_ count: Int, _ scale: Double, _ random: inout RandomSource) -> [Double] {
    random.uniform([max(1, count)], in: -1..<1).values.prefix(count).map { Double($0) * scale }
  }

  @Test(arguments: [16, 32, 256, 1024], [1, 3e4, 2e9])
  func filters(taps: Int, scale: Double) {
    var random = RandomSource(seed: UInt64(taps))
    let weights = numbers(taps, 0.5, &random).map(Float.init)
    let window = numbers(taps + CK_SOUND_CHAINS, scale, &random).map(Float.init)
    func run() -> [UInt32] {
      var (first, second, window) = (weights, weights, window)
      var predictions: [Float] = []
      first.withUnsafeMutableBufferPointer { first in
        second.withUnsafeMutableBufferPointer { second in
          window.withUnsafeMutableBufferPointer { window in
            var filters = [
              ck_sound_filter(taps: taps, weights: first.baseAddress, window: window.baseAddress, gain: 1e-5, prediction: 0),
              ck_sound_filter(taps: 16, weights: second.baseAddress, window: window.baseAddress, gain: -3e-6, prediction: 0),
            ]
            ck_sound_adapt(2, &filters)
            predictions = filters.map(\.prediction)
          }
        }
      }
      return (first + second + predictions).map(\.bitPattern)
    }
    let expected = onPath(Int32(CK_SCALAR.rawValue), run)
    for path in simdPaths { #expect(onPath(path, run) == expected) }
  }

  @Test(arguments: [8, 24, 40], [1, 2e9])
  func correlations(count: Int, scale: Double) {
    var random = RandomSource(seed: UInt64(count))
    let (mine, theirs) = (numbers(count, scale, &random), numbers(16, scale, &random))
    let (before, weights) = (numbers(count + 16, scale * scale, &random), numbers(count + 16, 0.3, &random))
    func run() -> [UInt64] {
      mine.withUnsafeBufferPointer { mine in
        theirs.withUnsafeBufferPointer { theirs in
          let parts = [
            ck_sound_part(n: count, numbers: mine.baseAddress, factor: scale * 0.7),
            ck_sound_part(n: 16, numbers: theirs.baseAddress, factor: -scale),
          ]
          var after = before
          ck_sound_correlate(2, parts, 0.998, before, &after)
          return ([ck_sound_dot(2, parts, weights)] + after).map(\.bitPattern)
        }
      }
    }
    let expected = onPath(Int32(CK_SCALAR.rawValue), run)
    for path in simdPaths { #expect(onPath(path, run) == expected) }
  }

  @Test(arguments: [3, 24, 40])
  func wideSquares(count: Int) {
    var random = RandomSource(seed: UInt64(count))
    let pitch = (count + CK_SQUARES_LANES) / CK_SQUARES_LANES * CK_SQUARES_LANES
    var matrix = [Double](repeating: 0, count: count * pitch)
    for _ in 0..<3 * count {
      let x = numbers(count + 1, 1e4, &random)
      for i in 0..<count { for j in 0...count { matrix[i * pitch + j] += x[i] * x[j] } }
    }
    func run() -> [Double] {
      var (factor, weights) = ([Double](repeating: 0, count: count * pitch), [Double](repeating: 0, count: count))
      #expect(ck_squares_solve_wide(count, pitch, matrix, 1, &factor, &weights) == 1)
      return weights
    }
    let weights = onPath(Int32(CK_SCALAR.rawValue), run)
    for path in simdPaths { #expect(onPath(path, run) == weights) }
    for i in 0..<count {
      // One on the diagonal is the ridge.
      var sum = weights[i]
      for j in 0..<count { sum += matrix[i * pitch + j] * weights[j] }
      #expect(abs(sum - matrix[i * pitch + count]) < 1e-6 * abs(matrix[i * pitch + i]))
    }
  }

  @Test func mixtures() {
    var random = RandomSource(seed: 8)
    let (rowCount, classes) = (CK_SOUND_ROWS, CK_SOUND_CLASSES)
    for trial in 0..<200 {
      var table: [UInt16] = []
      for _ in 0..<rowCount {
        // All of the share in one class, in the first half of the trials.
        let step = random.integer(below: classes)
        var row = (1..<classes).map { trial < 100 ? ($0 > step ? 65535 : 0) : random.integer(below: 65536) }
        row.sort()
        table += [0] + row.map { UInt16($0) }
      }
      let rows = (0..<rowCount).map { _ in Int32(classes * random.integer(below: rowCount)) }
      var shares = (0..<rowCount).map { _ in Float(1 + random.integer(below: 1000)) }
      let sum = shares.reduce(0, +)
      shares = shares.map { $0 / sum }
      let weights = shares.map { UInt16($0 * 65528) }
      let expected = (0..<classes).map { c -> UInt16 in
        var mixed = 0
        for k in 0..<rowCount {
          let product = Int(weights[k]) * Int(table[Int(rows[k]) + c])
          mixed += product / 65536
        }
        let scaled = mixed * (65536 - 8 * classes) / 65536
        return UInt16(scaled + 8 * c)
      }
      #expect(expected[0] == 0 && expected[classes - 1] <= 65528)
      #expect(zip(expected, expected.dropFirst()).allSatisfy { Int($0) + 8 <= Int($1) })
      func learned(_ class: Int) -> [UInt32] {
        var (shares, weights) = (shares, weights)
        ck_sound_learn(table, rows, Int32(`class`), 0.98, &shares, &weights)
        #expect(weights.map(Int.init).reduce(0, +) < 65536)
        return shares.map(\.bitPattern) + weights.map(UInt32.init)
      }
      for path in simdPaths {
        onPath(path) {
          var bounds = [UInt16](repeating: 0, count: classes)
          ck_sound_mix(table, rows, weights, &bounds)
          #expect(bounds == expected)
          for place in [0, 1, 7, 8, 30_000, 65_535, Int(expected[9]), Int(expected[9]) - 1] {
            #expect(Int(ck_sound_find(bounds, UInt32(place))) == expected.lastIndex { $0 <= place })
          }
        }
        for `class` in [0, 7, 31] { #expect(onPath(path) { learned(`class`) } == onPath(Int32(CK_SCALAR.rawValue)) { learned(`class`) }) }
      }
    }
  }
}
