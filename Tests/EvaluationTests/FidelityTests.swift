import Evaluation
import Foundation
import Signals
import Testing

/// MIT-BIH records, where they are.
let records = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .appending(path: "../shared/data/ecg/mitdb").standardizedFileURL

@Suite struct Fidelities {
  /// x = 1, 2, 3, 6 with mean 3; the differences are 1, 0, -2, 0.
  @Test func figuresByHand() {
    let fidelity = Fidelity(original: [1, 2, 3, 6], decoded: [2, 2, 1, 6])
    #expect(fidelity.count == 4 && fidelity.squaredError == 5 && fidelity.spread == 14 && fidelity.energy == 50 && fidelity.maximumError == 2)
    #expect(abs(fidelity.prdn - 59.761430466719681) < 1e-12)  // 100 √(5/14)
    #expect(abs(fidelity.prdWithOffset - 31.622776601683793) < 1e-12)  // 100 √(5/50)
    #expect(abs(fidelity.snr - 4.471580313422192) < 1e-12)  // 10 log10(14/5)
    #expect(abs(peakSignalToNoise([fidelity], peaks: [7]) - 15.932860670204573) < 1e-12)  // 10 log10(49 · 4/5)
    // The mean of 5 / (4 · 49) and 0
    let exact = Fidelity(original: [7], decoded: [7])
    #expect(abs(peakSignalToNoise([fidelity, exact], peaks: [7, 4095]) - 18.943160626844385) < 1e-12)
    let rate = Rate.bitsPerSample(bytes: 33, samples: 40, leads: 3)
    #expect(rate == 2.2 && Rate.compressionRatio11(bitsPerSample: rate) == 5)
    #expect(Rate.bitsPerSample(bytes: 33, samples: 0, leads: 3) == 0)
  }

  @Test func anOffsetChangesOnlyTheFigureThatKeepsIt() {
    let (original, decoded): ([Int32], [Int32]) = ([1, 2, 3, 6], [2, 2, 1, 6])
    let plain = Fidelity(original: original, decoded: decoded)
    let shifted = Fidelity(original: original.map { $0 + 1024 }, decoded: decoded.map { $0 + 1024 })
    #expect(shifted.prdn == plain.prdn && shifted.snr == plain.snr)
    #expect(shifted.prdWithOffset < plain.prdWithOffset / 100)
  }

  @Test func exactSamplesAndConstants() {
    let exact = Fidelity(original: [5, 5, 5], decoded: [5, 5, 5])
    #expect(exact.prdn == 0 && exact.prdWithOffset == 0 && exact.snr == .infinity && peakSignalToNoise([exact], peaks: [2047]) == .infinity)
    #expect(Fidelity(original: [5, 5, 5], decoded: [5, 6, 5]).prdn == .infinity)
    #expect(Fidelity(original: [.min, .max], decoded: [.max, .min]).maximumError == 1 << 32 - 1)
    #expect(finiteMean([1, .infinity, 3, .nan]) == 2 && finiteMean([.infinity]) == nil && finiteMean([]) == nil)
  }

  /// Published figures that keep the offset of 1024 are about 15 times smaller for the same error, on average over the database.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: records.path), "needs MIT-BIH records"))
  func theOffsetOfTheDatabaseMakesFiguresFifteenTimesSmaller() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: records.path).filter { $0.hasSuffix(".hea") }.sorted()
    let ratios = try names.map { name in
      let samples = try SignalFile.open(records.appending(path: name).path).readAll()[0]
      let fidelity = Fidelity(original: samples, decoded: samples.enumerated().map { $0 % 7 == 0 ? $1 + 1 : $1 })
      return fidelity.prdn / fidelity.prdWithOffset
    }
    let mean = ratios.reduce(0, +) / Double(ratios.count)
    #expect(abs(mean - 15) < 1.5, "\(mean) over \(ratios.count) records")
  }
}
