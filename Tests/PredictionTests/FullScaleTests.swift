import Prediction
import Testing

/// Levels that go from one end to the other, as no encoder chooses them but a damaged file may.
@Suite struct FullScale {
  @Test func ordersAllPositions() {
    let geometry = MemoryGeometry(rate: 360)
    let frame = geometry.frame
    let memory = Memory(geometry: geometry, capacity: 12 * frame, scales: [LevelScale(offset: 0, factor: 1 << 28)], reachBack: 12 * frame)
    // Frames at one end that end at the other, by turns: squared distances of up to 64 × 8188².
    for number in 0..<12 {
      let high: Int32 = number % 2 == 0 ? 1 << 20 : -(1 << 20)
      for i in 0..<frame { memory.samples[0][memory.count + i] = i < frame - geometry.decimation ? high : -high }
      memory.advance()
      guard memory.isReady else { continue }
      memory.recall()
      #expect(memory.nearest(400).count == min(400, memory.positionCount))
      var seen: Set<Int> = []
      var before: Float = 0
      for rank in 0..<memory.positionCount {
        let position = memory.position(ofRank: rank)
        #expect(memory.rank(of: position) == rank && seen.insert(position).inserted)
        #expect(memory.distance(of: position) >= before)
        before = memory.distance(of: position)
      }
    }
    #expect(memory.distance(of: memory.position(ofRank: memory.positionCount - 1)) > 0x1p31)
  }
}
