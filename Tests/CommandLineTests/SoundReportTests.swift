import Foundation
import TestSupport
import Testing

/// A report on sounds, for the tests of figures and of the page.
struct SoundReport {
  let place: Workplace

  /// Two WAV files of a second and a half: at 16 kHz, and in two channels at 22.05 kHz.
  init() throws {
    place = try Workplace()
    try FileManager.default.createDirectory(at: place.path("tools"), withIntermediateDirectories: true)
    try write("speech.wav", rate: 16000, channels: 1)
    try write("music.wav", rate: 22050, channels: 2)
  }

  /// Tones that come and go, and a little noise.
  private func write(_ name: String, rate: Int, channels: Int) throws {
    var bytes = Data()
    for k in 0..<rate * 3 / 2 {
      for channel in 0..<channels {
        let time = Double(k) / Double(rate)
        let tones = sin(2 * .pi * 200 * time) + 0.5 * sin(2 * .pi * (900 + 300 * Double(channel)) * time)
        let value = Int16(6000 * tones * (0.55 + 0.45 * sin(2 * .pi * 3 * time))) + Int16(k * 7919 % 301) - 150
        bytes.append(contentsOf: [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)])
      }
    }
    let raw = ["--raw", "s16le", "--rate", String(rate), "--channels", String(channels)]
    let encoded = try place.run(["encode", "-", "-c", place.codec, "--lossless", "-o", "x.aec"] + raw, stdin: bytes)
    try #require(encoded.code == 0, "\(encoded.err)")
    try place.need("decode", "x.aec", "--format", "wav", "-o", name)
    try FileManager.default.removeItem(at: place.path("x.aec"))
  }

  /// With no programs but those in the folder `tools`.
  func run(_ arguments: String...) throws -> Outcome {
    try Outcome(
      built("aecodec"), ["report", "-c", place.codec, "-e", "1"] + arguments, in: place.folder, environment: ["PATH": place.path("tools").path])
  }
}

/// `aecodec report` on sounds.
@Suite struct SoundReports {
  let made: SoundReport
  var place: Workplace { made.place }

  init() throws { made = try SoundReport() }

  @Test func soundsHaveFiguresOfTheirOwn() throws {
    let outcome = try made.run("speech.wav", "music.wav", "--against", "wavelet,opus,flac", "-q", "20,50,80", "-o", "out")
    let text = String(decoding: outcome.out, as: UTF8.self)
    try #require(outcome.code == 0 && outcome.err.isEmpty, "\(outcome.err)")
    let lines = text.split(separator: "\n").map(String.init)
    let head = lines[1].replacing(#/ {2,}/#, with: "|").split(separator: "|")
    #expect(head == ["coder", "kbit/s", "STOI", "log mel", "worst third", "encoding", "decoding"])
    #expect(text.contains("PCHIP of ln(kbit/s) over ln(log-mel distance)") && text.contains("BD-rate/wavelet"), "\(text)")
    for missing in [
      "opus: opusenc is not installed; it is in Debian's package opus-tools", "flac: flac is not installed; it is in Debian's package flac",
      "pesq: python3 is not installed, which runs the package pesq; it is in Debian's package python3", "visqol: python3 is not installed",
    ] { #expect(text.contains("left out: \(missing)"), "\(text)") }

    let report = try #require(try JSONSerialization.jsonObject(with: place.bytes("out/report.json")) as? [String: Any])
    #expect(report["kind"] as? String == "sounds" && (report["distortion"] as? [String: Any])?["key"] as? String == "log_mel")
    let files = try #require(report["files"] as? [[String: Any]])
    #expect(files.map { $0["leads"] as? Int } == [1, 2])
    let points = try #require(files[0]["points"] as? [[String: Any]])
    let own = try #require(points.first { $0["setting"] as? Double == 50 })
    let (size, rate) = (try #require(own["bytes"] as? Int), try #require(own["kbit_per_second"] as? Double))
    #expect(abs(rate - Double(8 * size) / 1500) < 1e-9 && own["pesq"] is NSNull && own["prdn"] == nil)
    let stoi = try points.prefix(3).map { try #require($0["stoi"] as? Double) }
    #expect(stoi == stoi.sorted() && stoi.allSatisfy { $0 > 0 && $0 <= 1 })
    let levels = try #require(own["third_octaves"] as? [String: Double])
    #expect(levels.count == 19 && levels["100"] != nil && levels["6400"] != nil)
    let rows = String(decoding: try place.bytes("out/report.csv"), as: UTF8.self).split(separator: "\r\n")
    #expect(rows[0].hasPrefix("file,leads,samples,rate,coder,setting,bytes,kbit_per_second,bit_per_sample,pesq,visqol,stoi,log_mel,si_sdr,"))
    #expect(rows[0].contains(",third_octave_100,") && Set(rows.map { $0.split(separator: ",", omittingEmptySubsequences: false).count }).count == 1)
  }

  @Test func thePageHoldsSounds() throws {
    let outcome = try made.run("speech.wav", "--against", "wavelet", "-q", "20,50,80", "-o", "out")
    try #require(outcome.code == 0, "\(outcome.err)")
    let page = String(decoding: try place.bytes("out/report.html"), as: UTF8.self)
    #expect(try PageTests.data("signal", in: page).isEmpty)
    let sound = try #require(try PageTests.data("sound", in: page).first)
    #expect(sound["samples"] as? Int == 24000)
    let original = try #require((sound["original"] as? String).flatMap { Data(base64Encoded: $0) })
    let file = try place.bytes("speech.wav")
    #expect(original.count == 44 + 48000 && original.suffix(48000) == file.suffix(48000))
    let versions = try #require(sound["versions"] as? [[String: Any]])
    #expect(versions.count >= 4 && versions.allSatisfy { ($0["wave"] as? String)?.count == (sound["original"] as? String)?.count })
  }

  /// What is no sound is measured as before, sounds beside it too.
  @Test func soundsAmongOtherSignalsAreSignals() throws {
    let outcome = try made.run("speech.wav", "ecg1", "--against", "wavelet", "-q", "50", "-o", "out")
    try #require(outcome.code == 0, "\(outcome.err)")
    let report = try #require(try JSONSerialization.jsonObject(with: place.bytes("out/report.json")) as? [String: Any])
    #expect(report["kind"] as? String == "signals")
  }
}

/// A report on sounds that was made once for all tests, and the browser that shows it. Tests use it one after another.
private final class Concert: @unchecked Sendable {
  @TaskLocal static var current: Concert?
  let made: SoundReport
  let browser: Browser

  init() throws {
    made = try SoundReport()
    browser = try Browser(limit: .seconds(900))
    let outcome = try made.run("speech.wav", "music.wav", "--against", "wavelet", "-q", "20,50,80", "-o", "out")
    try #require(outcome.code == 0, "\(outcome.err)")
  }

  struct Opening: SuiteTrait, TestScoping {
    func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void) async throws {
      try await Concert.$current.withValue(try Concert()) { try await function() }
    }
  }
}

/// The sounds of report.html in a real browser.
@Suite(.serialized, .enabled(if: Browser.program != nil, "no Chromium here: apt-get install chromium, or make page-test"), Concert.Opening())
struct ListenBrowserTests {
  private let made: SoundReport
  private let browser: Browser

  init() throws {
    let concert = try #require(Concert.current)
    (made, browser) = (concert.made, concert.browser)
    try browser.show(width: 1280, height: 900)
    try browser.open(
      made.place.path("out/report.html"), until: "document.documentElement?.dataset.ready && document.getElementById('spectrograms').dataset.ready")
  }

  /// What the next drawing says of itself.
  private func shown(_ name: String) throws -> String {
    try browser.value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return try browser.value("spectrograms.dataset.\(name)") as? String ?? ""
  }

  @Test func thereIsAPlayerForEachVersion() throws {
    let count = try browser.number("JSON.parse(document.querySelector('script.sound').textContent).versions.length")
    #expect(count >= 4)
    #expect(try browser.number("document.querySelectorAll('#players audio[controls]').length") == count + 1)
    // They can be played: the browser reads their length.
    let seconds = try browser.number(
      """
      new Promise((done) => { const audio = document.querySelector('#players li:last-child audio'); audio.preload = 'metadata';
        audio.addEventListener('loadedmetadata', () => done(audio.duration)); audio.addEventListener('error', () => done(-1)); audio.load(); })
      """)
    #expect(abs(seconds - 1.5) < 0.01)
  }

  @Test func switchingKeepsThePlace() throws {
    #expect(try shown("heard") == "a" && shown("playing") == "no")
    try browser.value("spectrograms.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight' }))")
    #expect(try shown("seconds") == "1.000")
    try browser.value("document.getElementById('switch').click()")
    #expect(try shown("heard") == "b" && shown("seconds") == "1.000")
    let label = try browser.value("spectrograms.getAttribute('aria-label')") as? String ?? ""
    #expect(label.contains("A original, above B ecg auto -e 1 at 50"), "\(label)")
  }

  /// A tone of 200 Hz stands out of the spectrogram where it is.
  @Test func theSpectrogramShowsTones() throws {
    let level = { (hertz: Int) in
      try browser.number(
        """
        (() => { const copy = document.createElement('canvas'); [copy.width, copy.height] = [spectrograms.width, spectrograms.height];
          copy.getContext('2d').drawImage(spectrograms, 0, 0);
          const panel = Math.floor((copy.height - 76) / 2), row = Math.round(22 + panel * (1 - \(hertz) / 8000));
          return copy.getContext('2d').getImageData(200, row, 1, 1).data[1]; })()
        """)
    }
    #expect(try level(200) > level(5000) + 60)
  }

  @Test func levelsStandInATable() throws {
    let heads = try browser.strings("[...document.querySelectorAll('#levels-table thead th')].map((cell) => cell.textContent)")
    #expect(heads.prefix(5) == ["Coder", "Setting", "kbit/s", "Worst", "100 Hz"])
    #expect(try browser.number("document.querySelectorAll('#levels-table tbody tr').length") >= 6)
    #expect(try browser.value("document.getElementById('signal').hidden && document.getElementById('picture').hidden") as? Bool == true)
  }
}
