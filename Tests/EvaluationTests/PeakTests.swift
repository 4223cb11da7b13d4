import Evaluation
import Foundation
import Signals
import Testing

/// The project's own recordings.
let samples = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../samples").standardizedFileURL

/// The beats of a record's annotations in the MIT format (WFDB, annot(5)).
func annotatedBeats(_ record: URL) throws -> [Double] {
  let bytes = [UInt8](try Data(contentsOf: record.appendingPathExtension("atr")))
  let words = stride(from: 0, to: bytes.count - 1, by: 2).map { Int(bytes[$0]) | Int(bytes[$0 + 1]) << 8 }
  var (beats, time, k) = ([Double](), 0, 0)
  while k < words.count, words[k] != 0 {
    let (code, number) = (words[k] >> 10, words[k] & 1023)
    k += 1
    switch code {
    case 59:  // a long interval
      time += Int(Int32(truncatingIfNeeded: words[k] << 16 | words[k + 1]))
      k += 2
    case 60...62: break
    case 63: k += (number + 1) / 2  // a text
    default:
      time += number
      if (1...13).contains(code) || [25, 30, 34, 35, 38, 41].contains(code) { beats.append(Double(time)) }
    }
  }
  return beats
}

@Suite struct Peaks {
  /// The model's R waves, of which normal and wide early ones are found, at 360, 250 and 500 Hz.
  @Test(arguments: [("ecg1", 130), ("ecg2", 150), ("ecg12", 10)])
  func everyBeatOfTheSamplesIsFound(record: String, atLeast: Int) throws {
    let path = samples.appending(path: record)
    let reader = try SignalFile.open(path.path)
    let beats = try annotatedBeats(path)
    #expect(beats.count >= atLeast)
    let found = PeakDetector(rate: reader.info.rate).peaks(try reader.readAll()[0])
    let agreement = PeakAgreement(original: beats, decoded: found, rate: reader.info.rate)
    #expect(agreement.sensitivity == 100 && agreement.positivePredictiveValue == 100, "\(agreement)")
    #expect((agreement.jitter ?? 100) < 10, "\(agreement)")
  }

  /// The same heart at any rate: every second, third... sample of `ecg12`, and lines between its samples.
  @Test(arguments: [100.0, 125, 200, 257, 360, 1000])
  func everyRateWillDo(rate: Double) throws {
    let path = samples.appending(path: "ecg12")
    let lead = try SignalFile.open(path.path).readAll()[0]
    let count = Int(Double(lead.count - 1) * rate / 500)
    let resampled = (0..<count).map { k -> Int32 in
      let (position, last) = (Double(k) * 500 / rate, lead.count - 1)
      let (left, part) = (Int(position), position - position.rounded(.down))
      return Int32((Double(lead[left]) * (1 - part) + Double(lead[min(last, left + 1)]) * part).rounded())
    }
    let beats = try annotatedBeats(path).map { $0 * rate / 500 }
    let agreement = PeakAgreement(original: beats, decoded: PeakDetector(rate: rate).peaks(resampled), rate: rate)
    #expect(agreement.sensitivity == 100 && agreement.positivePredictiveValue == 100, "\(agreement)")
  }

  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: records.appending(path: "112.atr").path), "needs MIT-BIH records"),
    arguments: ["101", "112", "115", "122", "209", "215", "220", "230"])
  func theBeatsOfCardiologistsAreFound(record: String) throws {
    let path = records.appending(path: record)
    let found = PeakDetector(rate: 360).peaks(try SignalFile.open(path.path).readAll()[0])
    let agreement = PeakAgreement(original: try annotatedBeats(path), decoded: found, rate: 360)
    #expect((agreement.sensitivity ?? 0) > 99.7 && (agreement.positivePredictiveValue ?? 0) > 99.7, "\(agreement)")
  }

  /// Five beats 300 ms apart at 1000 Hz: shifts of +4, 0 and -4 ms, one lost, one out of the window, and one that is nobody's.
  @Test func figuresByHand() {
    let agreement = PeakAgreement(original: [1000, 1300, 1600, 1900, 2200], decoded: [500, 1004, 1300, 1596, 2351], rate: 1000)
    #expect(agreement.original == 5 && agreement.decoded == 5 && agreement.matched == 3)
    #expect(agreement.sensitivity == 60 && agreement.positivePredictiveValue == 60)
    #expect(abs((agreement.jitter ?? 0) - 3.265986323710904) < 1e-12)  // √(32/3)
    #expect(abs((agreement.meanAbsoluteShift ?? 0) - 8.0 / 3) < 1e-12)
    let nearer = PeakAgreement(original: [1000], decoded: [900, 1010], rate: 1000)
    #expect(nearer.matched == 1 && nearer.meanAbsoluteShift == 10 && nearer.jitter == 0)
    let none = PeakAgreement(original: [], decoded: [], rate: 1000)
    #expect(none.sensitivity == nil && none.positivePredictiveValue == nil && none.jitter == nil && none.meanAbsoluteShift == nil)
  }

  /// A loose electrode for the first 20 seconds and for one in the middle, fifteen times as high as the beats: those after it are found all the same.
  @Test func artefactsDoNotHideTheBeatsAfterThem() throws {
    let path = samples.appending(path: "ecg1")
    var lead = try SignalFile.open(path.path).readAll()[0]
    for k in lead.indices where k < 20 * 360 || (60 * 360..<61 * 360).contains(k) { lead[k] = k % 250 < 40 ? 6000 : 1024 }
    let calm = { (times: [Double]) in times.filter { $0 > 21 * 360 && !(59 * 360..<62 * 360).contains(Int($0)) } }
    let agreement = PeakAgreement(
      original: calm(try annotatedBeats(path)), decoded: calm(PeakDetector(rate: 360).peaks(lead)), rate: 360)
    #expect(agreement.original > 100 && agreement.sensitivity == 100 && agreement.positivePredictiveValue == 100, "\(agreement)")
  }

  @Test func whatHasNoBeatsHasNone() {
    let detector = PeakDetector(rate: 250)
    for lead in [[], [7], [Int32](repeating: 5, count: 100), [Int32](repeating: -3, count: 5000)] { #expect(detector.peaks(lead).isEmpty) }
    let full = (0..<5000).map { $0 % 2 == 0 ? Int32.max : Int32.min }
    #expect(detector.peaks(full).count <= 100, "no more than the refractory time allows")
  }

  @Test func onlyElectrocardiogramsAreSearched() throws {
    let lead = try SignalFile.open(samples.appending(path: "ecg1").path).readAll()
    let reference = try #require(ReferencePeaks(lead, SignalInfo(raw: .s16le, rate: 360, channels: 1)))
    #expect(reference.times.count > 100)
    #expect(ReferencePeaks(lead, SignalInfo(raw: .s16le, rate: 8000, channels: 1)) == nil)
    #expect(ReferencePeaks(lead, SignalInfo(raw: .s16le, rate: 50, channels: 1)) == nil)
  }
}
