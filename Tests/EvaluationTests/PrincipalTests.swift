import Evaluation
import Testing

@Suite struct PrincipalComponents {
  /// Windows of 128 samples that are multiples of one: a single component holds all of them.
  @Test func oneComponentHoldsWhatHasOne() throws {
    let shape = (0..<128).map { k -> Int32 in Int32((k * 37) % 101) - 50 }
    let lead = (0..<400).flatMap { window -> [Int32] in shape.map { $0 * Int32(window % 21 - 10) } }
    let peer = PrincipalPeer()
    let bytes = peer.encode([lead], setting: 0.06)
    #expect(bytes.count < 128 + 400 + 60, "one vector, and a byte a window")
    #expect(Fidelity(original: lead, decoded: try peer.decode(bytes)[0]).prdn < 2)
  }

  @Test(arguments: [0, 1, 127, 128, 129, 5000])
  func everyLengthComesBackTheFinerTheBetter(count: Int) throws {
    let peer = PrincipalPeer()
    let leads: [[Int32]] = [7, 3000].map { size in Wavelets.wave(count).map { Int32(900 + $0 * size) } }
    let fine = try peer.decode(peer.encode(leads, setting: 0.06))
    let coarse = try peer.decode(peer.encode(leads, setting: 0.96))
    for (index, lead) in leads.enumerated() {
      #expect(fine[index].count == count && coarse[index].count == count)
      guard count > 1 else { continue }
      let (near, far) = (Fidelity(original: lead, decoded: fine[index]), Fidelity(original: lead, decoded: coarse[index]))
      #expect(near.prdn < 4 && near.prdn <= far.prdn, "\(near.prdn) and \(far.prdn)")
    }
  }

  @Test func damageIsAnError() {
    let peer = PrincipalPeer()
    let bytes = peer.encode([Wavelets.wave(1000).map { Int32($0) }], setting: 0.1)
    for count in stride(from: 1, to: bytes.count, by: 7) { #expect(throws: (any Error).self) { try peer.decode(Array(bytes[..<count])) } }
  }
}
