import Evaluation
import Foundation
import Signals
import Testing

@Suite struct Wavelets {
  static func wave(_ count: Int) -> [Double] { (0..<count).map { Double(($0 * 37 + 11) % 101) } }

  /// python: lo, hi = pywt.dwt([(37 * k + 11) % 101 for k in range(64)], "bior4.4", mode="periodization"); lo[14:18], hi[14:18] (PyWavelets): far from the
  /// ends, where extensions differ, and up to the sign of the details.
  @Test func coefficientsAreThoseOfPyWavelets() {
    let bands = WaveletTransform.analyse(Wavelets.wave(64), levels: 1)
    let low = [56.146575814038194, 44.90743320059836, 88.0286416624726, 76.78949904903276]
    let high = [46.33695077401357, 0, -46.33695077388062, 39.81852362854347]
    for k in 0..<4 {
      #expect(abs(bands[0][14 + k] - low[k]) < 1e-8)
      #expect(abs(bands[1][14 + k] - high[k]) < 1e-8)
    }
  }

  @Test(arguments: [0, 1, 2, 3, 5, 63, 64, 65, 1000])
  func everyLengthComesBack(count: Int) {
    let wave = Wavelets.wave(count)
    let bands = WaveletTransform.analyse(wave, levels: 6)
    #expect(bands.reduce(0) { $0 + $1.count } == count)
    let back = WaveletTransform.synthesise(bands)
    #expect(back.count == count && zip(wave, back).allSatisfy { abs($0 - $1) < 1e-9 })
  }

  @Test(arguments: [0, 1, 2, 77, 4096])
  func thePeerGivesBackWhatItMay(count: Int) throws {
    let peer = WaveletPeer()
    let leads: [[Int32]] = [3.0, 40_000].map { size in Wavelets.wave(count).map { Int32(500 + $0 * size) } }
    let fine = try peer.decode(peer.encode(leads, setting: 1e-7))
    #expect(fine == leads, "so small a step leaves nothing out")
    let coarse = try peer.decode(peer.encode(leads, setting: 0.5))
    #expect(coarse.map(\.count) == leads.map(\.count))
    for (lead, decoded) in zip(leads, coarse) where count > 2 { #expect(Fidelity(original: lead, decoded: decoded).prdn < 50) }
  }

  @Test func damageIsAnError() {
    let peer = WaveletPeer()
    let bytes = peer.encode([Wavelets.wave(300).map { Int32($0) }], setting: 0.1)
    for count in 1..<bytes.count { #expect(throws: (any Error).self) { try peer.decode(Array(bytes[..<count])) } }
  }

  /// The same peer in Python: PyWavelets' bior4.4 in periodic extension, the same quantiser, python-zstandard, level 19; the first 649,984 samples of the
  /// first signal, the rounded mean taken off: bytes of the frame and PRDN. Its header and symmetric extension make ours differ a little.
  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: records.path), "needs MIT-BIH records"),
    arguments: [
      ("101", 14.0, 49401, 5.033813716896721), ("101", 40, 26611, 9.197561424691987), ("119", 14, 66155, 2.656539575452493),
      ("119", 40, 36043, 5.099107082641408),
    ])
  func theFiguresAreThoseOfTheSamePeerInPython(record: String, step: Double, bytes: Int, prdn: Double) throws {
    let samples = Array(try SignalFile.open(records.appending(path: record).path).readAll()[0].prefix(649_984))
    let file = WaveletPeer().encode(lead: samples, step: step)
    let fidelity = Fidelity(original: samples, decoded: try WaveletPeer().decode(file)[0])
    #expect(abs(Double(file.count) / Double(bytes) - 1) < 0.01, "\(file.count) bytes")
    #expect(abs(fidelity.prdn / prdn - 1) < 0.01, "PRDN \(fidelity.prdn)")
  }

  /// DESIGN.md, sections 7 and 8: the six public records, first signal, first 5 minutes, one step for all: "0.97, 0.74, 0.54" bit/sample at PRDN
  /// 4.15, 5.5 and 7.4 %, means over records.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: records.appending(path: "232.dat").path), "needs MIT-BIH records"))
  func ratesAndPRDNAreThoseOfTheDesign() throws {
    let leads = try ["100", "103", "117", "121", "213", "232"].map {
      Array(try SignalFile.open(records.appending(path: $0).path).readAll()[0].prefix(5 * 60 * 360))
    }
    let curve = try [5.0, 7, 10, 14, 20, 28, 40, 56].map { step -> (x: Double, y: Double) in
      let files = leads.map { WaveletPeer().encode(lead: $0, step: step) }
      let prdns = try zip(leads, files).map { Fidelity(original: $0, decoded: try WaveletPeer().decode($1)[0]).prdn }
      let rates = zip(leads, files).map { Rate.bitsPerSample(bytes: $1.count, samples: $0.count, leads: 1) }
      return (try #require(finiteMean(prdns)), try #require(finiteMean(rates)))
    }
    let rate = MonotoneCubic(curve)
    for (prdn, expected) in [(4.15, 0.97), (5.5, 0.74), (7.4, 0.54)] {
      #expect(abs(rate.value(at: prdn) / expected - 1) < 0.03, "\(rate.value(at: prdn)) bit/sample at PRDN \(prdn) %")
    }
  }
}
