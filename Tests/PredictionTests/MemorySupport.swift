import CKernels
import Prediction
import Tensors
import Testing

/// The SIMD paths of this machine.
let simdPaths: [Int32] = {
  let present = ck_simd_path()
  defer { _ = ck_set_simd_path(present) }
  return (0...3).filter { ck_set_simd_path($0) != 0 }
}()

/// Runs something on a path. Other tests that run meanwhile get the same results on any.
func onPath<Result>(_ path: Int32, _ body: () throws -> Result) rethrows -> Result {
  let before = ck_simd_path()
  _ = ck_set_simd_path(path)
  defer { _ = ck_set_simd_path(before) }
  return try body()
}

/// Samples made of time and lead.
struct TestSignal: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let sample: @Sendable (_ lead: Int, _ time: Int) -> Int32

  init(_ name: String, _ sample: @escaping @Sendable (Int, Int) -> Int32) { (testDescription, self.sample) = (name, sample) }

  /// A number that hangs on time and lead only.
  static func noise(_ lead: Int, _ time: Int) -> Int {
    var source = RandomSource(seed: UInt64(lead), position: UInt64(time))
    return Int(truncatingIfNeeded: source.next() >> 2)
  }

  /// From a heartbeat to what strains the arithmetic, most of them with many equal distances.
  static let all = [
    TestSignal("beats") { lead, time -> Int32 in
      let phase = (time + 3 * lead) % 173
      return Int32(phase < 20 ? 60 * phase : phase < 40 ? 60 * (40 - phase) : 0) / Int32(lead + 1) + Int32(noise(lead, time) % 9)
    },
    TestSignal("constant") { _, _ in 17 },
    TestSignal("square wave") { lead, time in time / 20 % 2 == 0 ? 100 : -100 + Int32(lead) },
    TestSignal("eight levels") { lead, time in Int32(noise(lead, time) % 8) * 16 },
    TestSignal("noise") { lead, time in Int32(noise(lead, time) % 4095 - 2047) },
    TestSignal("beyond the levels") { lead, time in Int32(truncatingIfNeeded: noise(lead, time)) },
    // Whole templates at one end of the range whose anchor is at the other: the largest distances there can be.
    TestSignal("opposite anchors") { lead, time in (time / 34 % 2 == 0) == (time % 34 == 33) ? 2047 : -2047 },
    TestSignal("opposite anchors, 360 Hz") { lead, time in (time / 96 % 2 == 0) == (time % 96 == 95) ? 2047 : -2047 },
  ]
}

/// What `Memory` must find, from its definition: squared distances of the levels, each template less the sample behind it.
struct PlainMemory {
  let geometry: MemoryGeometry
  let positions: [Int]
  let keys: [Int: Float]
  /// Positions by distance; equal ones by their phase, then by time.
  let order: [Int]

  /// - Parameter levels: leads × levels decoded so far.
  init(geometry: MemoryGeometry, levels: [[Int]], reachBack: Int) {
    self.geometry = geometry
    let (count, d) = (levels[0].count, geometry.decimation)
    let first = max(geometry.frame, count > reachBack ? (count - reachBack) / d * d : 0)
    positions = Array(first..<max(first, count - geometry.frame + 1))
    var keys: [Int: Float] = [:]
    for position in positions {
      var key: Float = 0
      for lead in levels {
        var distance = 0
        for tap in stride(from: -geometry.frame, to: 0, by: d) {
          let difference = lead[position + tap] - lead[position - 1] - (lead[count + tap] - lead[count - 1])
          distance += difference * difference
        }
        key += Float(distance)
      }
      keys[position] = key
    }
    self.keys = keys
    order = positions.sorted { (keys[$0]!, $0 % d, $0 / d) < (keys[$1]!, $1 % d, $1 / d) }
  }
}

extension Memory {
  /// A memory of so many frames of a signal, with one level a step of the converter.
  static func filled(_ signal: TestSignal, rate: Double, leads: Int, frames: Int, reachBack: Int = .max / 2) -> Memory {
    let geometry = MemoryGeometry(rate: rate)
    let scales = Array(repeating: LevelScale(offset: 0, factor: 65536), count: leads)
    let memory = Memory(geometry: geometry, capacity: frames * geometry.frame, scales: scales, reachBack: reachBack)
    for _ in 0..<frames { memory.take(signal) }
    return memory
  }

  /// Takes in the next frame of a signal.
  func take(_ signal: TestSignal) {
    for lead in 0..<leadCount { for time in count..<count + geometry.frame { samples[lead][time] = signal.sample(lead, time) } }
    advance()
  }

  /// The levels of what was taken in.
  var levels: [[Int]] {
    (0..<leadCount).map { lead in (0..<count).map { min(max(Int(samples[lead][$0]), -Memory.reach), Memory.reach) } }
  }
}
