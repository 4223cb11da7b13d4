import CKernels
import Prediction
import Tensors
import Testing

@Suite struct MemoryTests {
  @Test(arguments: TestSignal.all, [(128.0, 1), (360.0, 1), (1000.0, 1), (1.0, 2), (360.0, 3), (1000.0, 2)])
  func distancesRanksAndOrderAreThoseOfTheDefinition(signal: TestSignal, shape: (rate: Double, leads: Int)) {
    let memory = Memory.filled(signal, rate: shape.rate, leads: shape.leads, frames: 9)
    memory.recall()
    let plain = PlainMemory(geometry: memory.geometry, levels: memory.levels, reachBack: .max)
    #expect(memory.positionCount == plain.positions.count)
    #expect(plain.positions.allSatisfy { memory.distance(of: $0) == plain.keys[$0] })
    #expect(plain.order.indices.map(memory.position(ofRank:)) == plain.order)
    #expect(plain.order.map(memory.rank(of:)) == Array(plain.order.indices))
    for limit in [1, 2, 16, 400, .max / 4] { #expect(memory.nearest(limit).sorted() == Array(plain.order.prefix(limit))) }
  }

  @Test(arguments: [128.0, 360, 1000], [1, 137, 1000])
  func positionsEndWhereTheMemoryDoes(rate: Double, reachBack: Int) {
    let memory = Memory.filled(TestSignal.all[0], rate: rate, leads: 1, frames: 1, reachBack: reachBack)
    #expect(!memory.isReady)
    let long = Memory.filled(TestSignal.all[0], rate: rate, leads: 1, frames: 8, reachBack: reachBack)
    long.recall()
    let plain = PlainMemory(geometry: long.geometry, levels: long.levels, reachBack: reachBack)
    #expect(long.nearest(.max / 4).sorted() == plain.order)
    #expect(plain.positions.allSatisfy { $0 >= long.geometry.frame && $0 + long.geometry.frame <= long.count })
  }

  @Test(arguments: TestSignal.all)
  func ranksOfALargeMemoryInvert(signal: TestSignal) {
    let memory = Memory.filled(signal, rate: 360, leads: 1, frames: 700)
    memory.recall()
    var random = RandomSource(seed: 3)
    let count = memory.positionCount
    for rank in [0, 1, count - 2, count - 1] + (0..<80).map({ _ in random.integer(below: count) }) {
      #expect(memory.rank(of: memory.position(ofRank: rank)) == rank)
    }
    let nearest = memory.nearest(300).sorted()
    #expect(nearest == (0..<300).map(memory.position(ofRank:)))
    // Nearest first, each separate from all that were kept before it.
    var expected: [Int] = []
    for position in nearest where expected.count < 16 && expected.allSatisfy({ abs($0 - position) > memory.geometry.separation }) {
      expected.append(position)
    }
    #expect(memory.nearest(300).separate(limit: 16) == expected)
  }

  @Test(arguments: TestSignal.all, [128.0, 360, 1000])
  func everyPathFindsTheSame(signal: TestSignal, rate: Double) {
    func found() -> ([Int], [Float], [Int], [Int]) {
      let memory = Memory.filled(signal, rate: rate, leads: 2, frames: 40)
      memory.recall()
      let positions = memory.nearest(500).sorted()
      let frame = (0..<2).map { lead in (0..<memory.geometry.frame).map { signal.sample(lead, memory.count + $0) } }
      let shortlist = memory.shortlist(frame, limit: 20, bitPrice: 50)
      return (positions, positions.map(memory.distance(of:)), shortlist.map(\.position), shortlist.map(\.roughRank))
    }
    let expected = onPath(0, found)
    for path in simdPaths { #expect(onPath(path, found) == expected) }
  }

  @Test func theShortlistHoldsWhatTheFrameIs() {
    let signal = TestSignal.all[0]
    let memory = Memory.filled(signal, rate: 360, leads: 1, frames: 60)
    memory.recall()
    for position in [96, 1000, 3333, 5000] {
      let anchor = signal.sample(0, position - 1) - signal.sample(0, memory.count - 1)
      let frame = (0..<96).map { signal.sample(0, position + $0) - anchor }
      let list = memory.shortlist([frame], limit: 8, bitPrice: 0)
      #expect(list.first?.position == position && list.count == 8)
    }
  }
}
