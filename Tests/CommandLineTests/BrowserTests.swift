import Foundation
import TestSupport
import Testing

/// A report that was made once for all tests, and the browser that shows it. Tests use it one after another.
private final class Exhibition: @unchecked Sendable {
  @TaskLocal static var current: Exhibition?
  let place: Workplace
  let browser: Browser
  static let hostile = "x</script><script>alert(1)<!--DATA-->.csv"

  /// Three files, one of them with a name that looks like markup, and one that cannot be read.
  init() throws {
    place = try Workplace()
    browser = try Browser(limit: .seconds(900))
    try place.write(try place.bytes("ecg.csv"), Exhibition.hostile)
    try place.write(Data("1.0\nNaN\n".utf8), "nan.csv")
    let outcome = try place.run(
      "report", "-c", place.codec, "ecg1", "ecg12", Exhibition.hostile, "nan.csv", "--rate", "360", "-q", "30,60,90", "-e", "1", "-o", "out")
    try #require(outcome.code == 1, "\(outcome.err)")
  }

  struct Opening: SuiteTrait, TestScoping {
    func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void) async throws {
      try await Exhibition.$current.withValue(try Exhibition()) { try await function() }
    }
  }
}

/// report.html in a real browser, driven as people would.
@Suite(.serialized, .enabled(if: Browser.program != nil, "no Chromium here: apt-get install chromium, or make page-test"), Exhibition.Opening())
struct BrowserTests {
  private let place: Workplace
  private let browser: Browser

  init() throws {
    let exhibition = try #require(Exhibition.current)
    (place, browser) = (exhibition.place, exhibition.browser)
  }

  private func open(width: Int = 1280, height: Int = 900, isDark: Bool = false, isPhone: Bool = false) throws {
    try browser.show(width: width, height: height, isDark: isDark, isPhone: isPhone)
    try browser.open(
      place.path("out/report.html"), until: "document.documentElement?.dataset.ready && document.getElementById('trace').dataset.to !== undefined")
  }

  private func click(_ selector: String) throws {
    try browser.value("document.querySelector(\(try JSONEncoder().encode(selector).text)).click()")
  }

  private func choose(_ value: String, in id: String) throws {
    try browser.value("{ const e = document.getElementById('\(id)'); e.value = '\(value)'; e.dispatchEvent(new Event('change')); }")
  }

  private func column(_ number: Int) throws -> [String] {
    try browser.strings("[...document.querySelectorAll('#files-table tbody tr')].map((row) => row.children[\(number)].textContent)")
  }

  /// The stretch that is shown, in seconds, after the next drawing.
  private func stretch() throws -> ClosedRange<Double> {
    try browser.value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return try browser.number("Number(trace.dataset.from)")...(try browser.number("Number(trace.dataset.to)"))
  }

  @Test func everythingIsDrawnAndNothingFails() throws {
    try open()
    let curves = try browser.number("document.querySelectorAll('#curves-chart path.curve').length")
    let coders = try browser.number("document.querySelectorAll('#legend button').length")
    #expect(curves == coders && coders >= 4)
    #expect(try browser.number("document.querySelectorAll('#speed-chart path.curve').length") == coders)
    #expect(try browser.number("document.querySelectorAll('#curves-chart path.mark').length") >= 3 * 2 + 2 * 5)
    #expect(try browser.number("document.querySelectorAll('#bd-table tbody tr').length") == coders)
    #expect(try column(0) == ["ecg1", "ecg12", Exhibition.hostile])
    #expect(try browser.value("document.getElementById('failures').textContent.includes('nan.csv')") as? Bool == true)
    #expect(try browser.value("document.getElementById('command').textContent.includes(\"--rate 360 -q 30,60,90\")") as? Bool == true)
    // Something is drawn in more than one colour.
    let colours = try browser.number(
      "new Set(new Uint32Array(trace.getContext('2d').getImageData(0, 0, trace.width, trace.height).data.buffer)).size")
    #expect(colours > 10)
    #expect(browser.complaints == [])
  }

  /// An absolute and a relative name have not even the first slash in common.
  @Test func namesMayShareNoFolder() throws {
    let names = [place.path("ecg1").path, "ecg2"]
    let options = ["-t", "20", "-q", "30,60", "--entropy", "zstd", "-e", "1", "--against", "wavelet", "-o", "apart", "-f"]
    let outcome = try place.run(["report", "-c", place.codec] + names + options)
    try #require(outcome.code == 0, "\(outcome.err)")
    try browser.show(width: 1280, height: 900)
    try browser.open(place.path("apart/report.html"), until: "document.documentElement?.dataset.ready")
    #expect(try column(0) == names)
    #expect(browser.complaints == [])
  }

  @Test func chartsAnswerToMenusPointerAndKeys() throws {
    try open()
    let path = "[...document.querySelectorAll('#curves-chart path.curve')].map((path) => path.getAttribute('d')).join()"
    var before = try browser.value(path) as? String
    for (value, menu) in [("snr", "curves-metric"), ("0", "curves-file")] {
      try choose(value, in: menu)
      let after = try browser.value(path) as? String
      #expect(after != before, "\(menu)")
      before = after
    }
    try choose("", in: "curves-file")
    try click("#curves-each")
    #expect(try browser.number("document.querySelectorAll('#curves-chart path.each').length") > 4)
    let shown = try browser.number("document.querySelectorAll('#curves-chart path.curve').length")
    try click("#legend button")
    #expect(try browser.number("document.querySelectorAll('#curves-chart path.curve').length") == shown - 1)

    try browser.value("document.querySelector('#curves-chart svg').focus()")
    try browser.press("ArrowRight")
    let first = try browser.value("document.querySelector('#curves-chart .tip').textContent") as? String
    #expect(first?.contains("bit/sample") == true && first?.contains("SNR") == true)
    try browser.press("ArrowDown")
    #expect(try browser.value("document.querySelector('#curves-chart .tip').textContent") as? String != first)
    try browser.press("Escape")
    #expect(try browser.value("document.querySelector('#curves-chart .tip').hidden") as? Bool == true)
    let mark =
      try browser.value(
        "{ document.querySelector('#speed').scrollIntoView({ behavior: 'instant' }); const r = document.querySelector('#speed-chart path.mark').getBoundingClientRect(); [r.x + r.width / 2, r.y + r.height / 2] }"
      ) as? [Double]
    try browser.call("Input.dispatchMouseEvent", ["type": "mouseMoved", "x": mark?[0] ?? 0, "y": mark?[1] ?? 0])
    #expect(try browser.value("document.querySelector('#speed-chart .tip').hidden") as? Bool == false)
    #expect(browser.complaints == [])
  }

  @Test func tablesSortByMouseAndKeyboard() throws {
    try open()
    let name = "#files-table thead th:nth-child(1) button"
    try click(name)
    #expect(try column(0) == ["ecg1", "ecg12", Exhibition.hostile])
    #expect(try browser.value("document.querySelector('#files-table thead th').getAttribute('aria-sort')") as? String == "ascending")
    try click(name)
    #expect(try column(0) == [Exhibition.hostile, "ecg12", "ecg1"])
    try browser.value("document.querySelector('#files-table thead th:nth-child(3) button').focus()")
    try browser.press("Enter")
    #expect(try column(2) == ["12", "1", "1"])
    try browser.press("Enter")
    #expect(try column(2) == ["1", "1", "12"])
    #expect(try browser.strings("[...document.querySelectorAll('#files-table th[aria-sort]')].map((head) => head.textContent)") == ["Leads"])
    #expect(browser.complaints == [])
  }

  @Test func anyStretchCanBeLookedAt() throws {
    try open()
    let start = try stretch()
    #expect(start.lowerBound == 0 && start.upperBound == 10)
    try click("#zoom-in")
    let near = try stretch()
    #expect(abs(near.upperBound - near.lowerBound - 5) < 0.01 && start.contains(near.lowerBound))
    try browser.value("trace.focus()")
    try browser.press("ArrowRight")
    #expect(try stretch().lowerBound > near.lowerBound)
    try browser.press("-")
    #expect(abs(try stretch().upperBound - (try stretch().lowerBound) - 10) < 0.01)
    try browser.press("0")
    let all = try stretch()
    #expect(all.lowerBound == 0 && all.upperBound == 120)
    try browser.press("w")
    let worst = try stretch()
    #expect(abs(worst.upperBound - worst.lowerBound - 6) < 0.01)
    try browser.value("{ const e = document.getElementById('from'); e.value = '1:02.5'; e.dispatchEvent(new Event('change')); }")
    #expect(abs(try stretch().lowerBound - 62.5) < 0.01)

    let middle =
      try browser.value(
        "{ trace.scrollIntoView({ behavior: 'instant', block: 'center' }); const r = trace.getBoundingClientRect(); [r.x + r.width / 2, r.y + r.height / 2] }"
      ) as? [Double]
    let (x, y) = (middle?[0] ?? 0, middle?[1] ?? 0)
    for (type, shift, buttons) in [("mousePressed", 0, 1), ("mouseMoved", -200, 1), ("mouseReleased", -200, 0)] {
      try browser.call(
        "Input.dispatchMouseEvent", ["type": type, "x": x + Double(shift), "y": y, "button": "left", "buttons": buttons, "clickCount": 1])
    }
    let dragged = try stretch()
    #expect(dragged.lowerBound > 62.6 && abs(dragged.upperBound - dragged.lowerBound - 6) < 0.01)
    // A wheel alone belongs to the page.
    try browser.value("trace.dispatchEvent(new WheelEvent('wheel', { deltaY: 60, cancelable: true }))")
    #expect(try stretch() == dragged)
    try browser.value("trace.dispatchEvent(new WheelEvent('wheel', { deltaY: -60, ctrlKey: true, cancelable: true }))")
    #expect(try stretch().upperBound - (try stretch().lowerBound) < 5)
    #expect(browser.complaints == [])
  }

  @Test func theValuesOfSamplesAreThoseOfTheFile() throws {
    try open()
    try choose("2", in: "signal-file")
    try browser.wait(until: "trace.dataset.ready && trace.getAttribute('aria-label').includes('alert')")
    try browser.value("trace.focus()")
    for key in ["Home", "+", "+", "+", ".", "."] { try browser.press(key) }
    _ = try stretch()
    let told = try #require(try browser.value("document.getElementById('range').textContent") as? String)
    let match = try #require(told.wholeMatch(of: #/0:0(\d\.\d+), original (\S+), decoded (\S+), error (\S+) mV/#), "\(told)")
    let (time, values) = (Double(match.output.1) ?? -1, [match.output.2, match.output.3, match.output.4].map { $0.replacing("−", with: "-") })
    // Two lines of comments and one of names are before the samples.
    let lines = String(decoding: try place.bytes("ecg.csv"), as: UTF8.self).split(separator: "\n").dropFirst(3).map(String.init)
    let numbers = values.map { Double($0) ?? .nan }
    #expect(numbers[0] == Double(lines[Int((time * 360).rounded())]))
    #expect(abs(numbers[1] - numbers[0] - numbers[2]) < 1e-9)
    #expect(browser.complaints == [])
  }

  @Test func twoFingersKeepWhatIsUnderThem() throws {
    try open(width: 390, height: 844, isPhone: true)
    try browser.press("Tab")
    let before = try stretch()
    let pinch = """
      { const send = (type, id, x) => trace.dispatchEvent(new PointerEvent(type, { pointerId: id, pointerType: 'touch', clientX: trace.getBoundingClientRect().x + x, buttons: 1 }));
        trace.setPointerCapture = () => {};
        send('pointerdown', 1, 150); send('pointerdown', 2, 200); send('pointermove', 2, 300); send('pointerup', 1, 150); send('pointerup', 2, 300); }
      """
    try browser.value(pinch)
    let after = try stretch()
    let ratio = (after.upperBound - after.lowerBound) / (before.upperBound - before.lowerBound)
    #expect(abs(ratio - 1.0 / 3) < 0.01, "three times as far apart, a third of the time")
    #expect(browser.complaints == [])
  }

  @Test func filesAndLeadsAreChosen() throws {
    try open()
    let names = try browser.strings("[...document.querySelectorAll('#signal-file option')].map((option) => option.textContent)")
    #expect(names == ["ecg1", "ecg12", Exhibition.hostile])
    try click("#files-table tbody tr:nth-child(2) button")
    try browser.wait(until: "trace.dataset.ready && trace.getAttribute('aria-label').includes('of ecg12')")
    #expect(try browser.number("document.querySelectorAll('#signal-lead option').length") == 3)
    #expect(try browser.value("document.getElementById('signal-limit').textContent.includes('3 of 12 leads')") as? Bool == true)
    #expect(try browser.value("document.activeElement === trace") as? Bool == true)
    #expect(browser.complaints == [])
  }

  @Test func coloursFollowTheSystemAndTheSwitch() throws {
    let brightness = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0)"
    try open(isDark: false)
    let light = try browser.number(brightness)
    try open(isDark: true)
    let dark = try browser.number(brightness)
    #expect(light > 600 && dark < 150)
    try click("#theme input[value=light]")
    #expect(try browser.number(brightness) == light)
    try click("#theme input[value=auto]")
    #expect(try browser.number(brightness) == dark)
    #expect(browser.complaints == [])
  }

  @Test(arguments: [320, 390, 768]) func narrowScreensScrollOnlyDownwards(width: Int) throws {
    try open(width: width, height: 844, isPhone: true)
    #expect(try browser.number("document.documentElement.scrollWidth") <= Double(width))
    #expect(try browser.number("window.innerWidth") == Double(width))
    let small = try browser.strings(
      "[...document.querySelectorAll('h1, h2, p, td, th, button, label')].filter((e) => e.checkVisibility() && parseFloat(getComputedStyle(e).fontSize) < 12).map((e) => e.textContent)"
    )
    #expect(small == [])
    #expect(browser.complaints == [])
  }
}

extension Data {
  fileprivate var text: String { String(decoding: self, as: UTF8.self) }
}
