import Evaluation
import Foundation
import Signals
import Testing

/// Noise that comes and goes, and the same with less treble and with noise of its own. A linear congruential generator makes it, so that other programs can.
private func signals(_ count: Int) -> (original: [Double], decoded: [Double]) {
  var state: UInt32 = 1
  func next() -> Double {
    state = state &* 1_664_525 &+ 1_013_904_223
    return Double(Int32(bitPattern: state)) / 2_147_483_648
  }
  var (original, decoded): ([Double], [Double]) = ([], [])
  var (low, echo) = (0.0, 0.0)
  for i in 0..<count {
    let (noise, other) = (next(), next())
    let envelope = Double(i / 800 * 7 % 11) / 11 * (i / 4000 % 3 == 2 ? 0.002 : 1)
    low = 0.9 * low + 0.1 * noise * envelope
    let sample = low + 0.1 * noise * envelope
    echo = 0.5 * echo + 0.5 * sample
    original.append(sample)
    decoded.append(echo + 0.02 * Double(i / 1600 % 3) * other)
  }
  return (original, decoded)
}

private func integers(_ signal: [Double]) -> [Int32] { signal.map { Int32(($0 * 32768).rounded()) } }

/// Samples through a WAV file as pages have it.
private func sound(_ rate: Int, _ samples: [[Int32]]) throws -> (SignalInfo, [[Int32]]) {
  let path = FileManager.default.temporaryDirectory.appending(path: "aecodec-sound-\(UUID().uuidString).wav")
  defer { try? FileManager.default.removeItem(at: path) }
  try Data(WaveFile.bytes(samples.map { $0[...] }, bits: 16, rate: rate)).write(to: path)
  let reader = try SignalFile.open(path.path)
  return (reader.info, try reader.read(samples[0].count))
}

@Suite struct SoundTests {
  /// Figures of the same signals, two seconds long, by the package pystoi 0.4.1.
  static let intelligibilities: [(rate: Int, pystoi: Double)] = [
    (10000, 0.9429080438833888), (16000, 0.9807772271629468), (8000, 0.9097973913401082), (44100, 0.9974635294534181),
    (48000, 0.9977724132451907),
  ]

  @Test(arguments: intelligibilities.indices) func intelligibilityIsThatOfThePackage(number: Int) throws {
    let (rate, pystoi) = Self.intelligibilities[number]
    let (x, y) = signals(2 * rate)
    let found = try #require(SpeechIntelligibility.index(original: x, decoded: y, rate: rate))
    #expect(abs(found - pystoi) < 1e-7)
    #expect(abs(try #require(SpeechIntelligibility.index(original: x, decoded: x.map { 0.3 * $0 }, rate: rate)) - 1) < 1e-7)
  }

  @Test func silenceAndShortSignalsHaveNoIntelligibility() {
    let (x, y) = signals(4000)
    #expect(SpeechIntelligibility.index(original: Array(x[..<3000]), decoded: Array(y[..<3000]), rate: 10000) == nil)
    #expect(SpeechIntelligibility.index(original: [0.5], decoded: [0.1], rate: 44100) == nil)
    #expect(SpeechIntelligibility.index(original: [], decoded: [], rate: 8000) == nil)
    let silence = [Double](repeating: 0, count: 20000)
    #expect(SpeechIntelligibility.index(original: silence, decoded: silence, rate: 10000) ?? 0 == 0)
  }

  /// Samples by `pystoi.utils.resample_oct`, which is SciPy's `resample_poly` with the filter of Octave.
  @Test func resamplingIsThatOfOctave() {
    let result = Resampling(from: 16000, to: 10000)(signals(3200).original)
    #expect(result.count == 2000)
    for (index, expected) in [(700, 0.04928629902288014), (701, 0.08759997694040389), (1999, 0.12131475008632273)] {
      #expect(abs(result[index] - expected) < 1e-12)
    }
    #expect(Resampling(from: 8000, to: 8000)([1, 2, 3]) == [1, 2, 3])
  }

  @Test func aToneKeepsItsPlaceAndLevelAtAnotherRate() {
    let tone = { (rate: Int) in (0..<rate).map { cos(2000 * Double.pi * Double($0) / Double(rate)) } }
    let result = Resampling(from: 16000, to: 48000)(tone(16000))
    #expect(zip(result, tone(48000)).dropFirst(2000).dropLast(2000).allSatisfy { abs($0 - $1) < 2e-3 })
  }

  @Test func levelsOfThirdsOfAnOctaveAreThoseOfFilters() throws {
    // Everything 6.02 dB louder, and a signal without its treble.
    let (x, y) = signals(32000)
    let spectra = SoundSpectra(rate: 16000)
    #expect(spectra.centres.first == 100 && spectra.centres.last == 6400 && spectra.centres.count == 19)
    let louder = spectra.difference(x.map { Float($0) }, x.map { Float(2 * $0) })
    #expect(louder.levels.allSatisfy { abs($0 - 6.0206) < 0.01 })
    let found = spectra.difference(x.map { Float($0) }, y.map { Float($0) })
    // By NumPy over torch.stft, whose margins mirror the signal in the place of zeros.
    let expected = [
      0.002, 0.021, -0.076, -0.027, -0.108, -0.120, -0.138, -0.226, -0.420, -0.664, -0.992, -1.506, -2.009, -2.749, -3.517, -4.311, -5.094, -5.609,
      -6.107,
    ]
    #expect(zip(found.levels, expected).allSatisfy { abs($0 - $1) < 0.03 })
    #expect(abs(found.logMel - 8.11) < 0.25)
    #expect(spectra.difference(x.map { Float($0) }, x.map { Float($0) }).logMel == 0)
    // Of rates so low or high that bands are missing.
    #expect(SoundSpectra(rate: 8000).centres.last == 3200)
    #expect(SoundSpectra(rate: 192_000).centres.last == 20319)
  }

  @Test func distortionDoesNotDependOnScale() {
    let (x, y) = signals(2000)
    let value = SoundMeter.siSDR(x, y)
    #expect(abs(SoundMeter.siSDR(x, y.map { 0.25 * $0 + 0.1 }) - value) < 1e-9)
    #expect(SoundMeter.siSDR(x, x.map { 2 * $0 }) == .infinity)
    #expect(SoundMeter.siSDR([0, 0], [1, 2]).isNaN)
    // Half of the signal's size as an error at right angles to it: 20 log10(2).
    #expect(abs(SoundMeter.siSDR([1, -1, 1, -1], [1.5, -0.5, 0.5, -1.5]) - 6.0206) < 1e-3)
  }

  @Test func soundIsMeasuredChannelByChannel() throws {
    let (x, y) = signals(20000)
    let (info, samples) = try sound(10000, [integers(x), integers(x)])
    #expect(SoundMeter.takes(info) && samples == [integers(x), integers(x)])
    let quality = try SoundMeter().quality(samples, [integers(y), integers(x)], info)
    let one = try SoundMeter().quality([samples[0]], [integers(y)], info.selecting([0]))
    #expect(abs(try #require(quality.stoi) - (try #require(one.stoi) + 1) / 2) < 1e-6)
    #expect(abs(try #require(quality.logMel) - #require(one.logMel) / 2) < 1e-6)
    #expect(quality.siSDR == one.siSDR)  // the other channel has no distortion and so no figure
    #expect(quality.scores.isEmpty && quality.pesq == nil)
    #expect(!SoundMeter.takes(Tools.info))
  }

  @Test func shownSoundIsSixteenBitsForPlayers() throws {
    let wave = WaveFile.bytes([[1, -2, 100][...], [3, 4, -128][...]], bits: 8, rate: 8000)
    #expect(Array(wave[..<4]) == Array("RIFF".utf8) && wave.count == 44 + 12)
    #expect(Array(wave[44...]) == [0, 1, 0, 3, 0, 254, 0, 4, 0, 100, 0, 128])
    // Of 24 bits the upper ones, rounded, and no more than there is.
    #expect(Array(WaveFile.bytes([[127, 128, 8_388_607][...]], bits: 24, rate: 8000)[44...]) == [0, 0, 1, 0, 255, 127])
  }

  @Test func missingJudgesSayHowToGetThem() throws {
    let judge = try #require(OutsideJudge.all.first { $0.name == "pesq" })
    func refusal(_ path: String) -> String {
      do {
        _ = try InstalledJudge(judge, path: path)
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(refusal("/nowhere") == "python3 is not installed, which runs the package pesq; it is in Debian's package python3")
    let programs = try Tools.Programs()
    try programs.add("python3", "exit 1")
    #expect(refusal(programs.folder.path) == "the Python package pesq is not installed; get it with: python3 -m pip install \"pesq\"")
  }

  @Test func judgesSayAScore() throws {
    let judge = try #require(OutsideJudge.all.first { $0.name == "pesq" })
    let programs = try Tools.Programs()
    try programs.add("python3", #"case "$2" in *importlib*) echo 1.2;; *) echo noise; echo score 3.5;; esac"#)
    let installed = try InstalledJudge(judge, path: programs.folder.path)
    #expect(installed.description == "pesq 1.2 (Python)")
    #expect(try installed.score(original: [0, 0.5], decoded: [0, 0.4], rate: 16000) == 3.5)
    #expect(try installed.score(original: [0, 0.5], decoded: [0, 0.4], rate: 8000) == nil)
    try programs.add("python3", #"case "$2" in *importlib*) echo 1.2;; *) echo it is broken; exit 3;; esac"#)
    do {
      _ = try installed.score(original: [0], decoded: [0], rate: 16000)
      Issue.record("a program that fails has no score")
    } catch { #expect("\(error)" == "pesq failed with status 3: it is broken") }
  }

  static func isThere(_ name: String) -> Bool { OutsideJudge.all.contains { $0.name == name && (try? InstalledJudge($0)) != nil } }

  @Test(.enabled(if: SoundTests.isThere("pesq"), "needs the Python package pesq")) func pesqOfEqualSignalsIsItsMost() throws {
    let (x, y) = signals(48000)
    let pesq = try InstalledJudge(try #require(OutsideJudge.all.first { $0.name == "pesq" }))
    let equal = try #require(try pesq.score(original: x, decoded: x, rate: 16000))
    #expect(abs(equal - 4.644) < 0.001)
    #expect(try #require(try pesq.score(original: x, decoded: y, rate: 16000)) < 4)
  }
}
