import Foundation
import TestSupport
import Testing

/// A report on pictures that was made once for all tests, and the browser that shows it. Tests use it one after another.
private final class Gallery: @unchecked Sendable {
  @TaskLocal static var current: Gallery?
  let made: PictureReport
  let browser: Browser

  /// Four pictures, of which three are shown, larger than what is shown of them.
  init() throws {
    made = try PictureReport()
    browser = try Browser(limit: .seconds(900))
    for k in 0..<4 { try made.draw("photos/\(k).png", 540, 180 + 20 * k) }
    let outcome = try made.run("photos", "--against", "wavelet,png", "-q", "10,40,70", "-o", "out")
    try #require(outcome.code == 0, "\(outcome.err)")
  }

  struct Opening: SuiteTrait, TestScoping {
    func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void) async throws {
      try await Gallery.$current.withValue(try Gallery()) { try await function() }
    }
  }
}

/// The pictures of report.html in a real browser.
@Suite(.serialized, .enabled(if: Browser.program != nil, "no Chromium here: apt-get install chromium, or make page-test"), Gallery.Opening())
struct CompareBrowserTests {
  private let made: PictureReport
  private let browser: Browser

  init() throws {
    let gallery = try #require(Gallery.current)
    (made, browser) = (gallery.made, gallery.browser)
  }

  private func open(width: Int = 1280, height: Int = 900, isPhone: Bool = false) throws {
    try browser.show(width: width, height: height, isPhone: isPhone)
    try browser.open(
      made.place.path("out/report.html"), until: "document.documentElement?.dataset.ready && document.getElementById('compare').dataset.divider")
  }

  /// What the next drawing says of itself.
  private func shown(_ name: String) throws -> Double {
    try browser.value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return try browser.number("Number(compare.dataset.\(name))")
  }

  private func choose(_ value: String, in id: String) throws {
    try browser.value("{ const e = document.getElementById('\(id)'); e.value = '\(value)'; e.dispatchEvent(new Event('change')); }")
    try browser.wait(until: "compare.dataset.ready")
    _ = try shown("divider")
  }

  private func label() throws -> String { try browser.value("compare.getAttribute('aria-label')") as? String ?? "" }

  /// The brightest colour in the middle of the canvas, left and right of the divider.
  private func brightest() throws -> [Double] {
    // Of a copy: a canvas that is read often is drawn in another way.
    let script = """
      { const copy = document.createElement('canvas');
        Object.assign(copy, { width: compare.width, height: compare.height });
        const context = copy.getContext('2d', { willReadFrequently: true });
        context.drawImage(compare, 0, 0);
        const brightest = (x) => Math.max(...context.getImageData(x, copy.height * 0.4, 200, 40).data.filter((_, k) => k % 4 < 3));
        [copy.width / 2 - 240, copy.width / 2 + 40].map(brightest); }
      """
    return try browser.value(script) as? [Double] ?? []
  }

  @Test func figuresAreThoseOfPictures() throws {
    try open()
    #expect(try browser.value("document.getElementById('signal').hidden") as? Bool == true)
    let metrics = try browser.strings("[...document.querySelectorAll('#curves-metric option')].map((option) => option.textContent)")
    #expect(metrics == ["PSNR", "MS-SSIM", "MS-SSIM in dB", "Maximum error"])
    for metric in ["ms_ssim", "ms_ssim_db", "psnr"] {
      try browser.value("{ const e = document.getElementById('curves-metric'); e.value = '\(metric)'; e.dispatchEvent(new Event('change')); }")
      #expect(try browser.number("document.querySelectorAll('#curves-chart path.curve').length") == 2)
    }
    #expect(try browser.value("document.querySelector('#curves-chart').textContent.includes('bit/pixel')") as? Bool == true)
    #expect(try browser.value("document.querySelector('#bd-table').textContent.includes('by MS-SSIM')") as? Bool == true)
    #expect(try browser.value("document.querySelector('#lossless-table').textContent.includes('beside drawn lossless')") as? Bool == true)
    let heads = try browser.strings("[...document.querySelectorAll('#files-table th[scope=col]')].map((head) => head.textContent)")
    #expect(heads.prefix(7) == ["File", "Show it", "Pixels", "Components", "Bytes", "bit/pixel", "PSNR dB"], "\(heads)")
    #expect(try browser.value("document.getElementById('about').textContent.includes('4 pictures, 0.454 megapixels')") as? Bool == true)
    #expect(browser.complaints == [])
  }

  @Test func theDividerAndTheViewMove() throws {
    try open()
    #expect(try shown("divider") == 0.5)
    #expect(try shown("scale") == 2, "whole pixels, as large as fits")
    try browser.value("compare.focus()")
    try browser.press("ArrowRight")
    #expect(try shown("divider") == 0.52)
    try browser.press("Home")
    #expect(try shown("divider") == 0)
    try browser.press("End")
    #expect(try shown("divider") == 1)
    #expect(try browser.number("Number(divider.value)") == 100)
    try browser.value("{ divider.value = 30; divider.dispatchEvent(new Event('input')); }")
    #expect(try shown("divider") == 0.3)
    let place =
      try browser.value(
        "{ compare.scrollIntoView({ behavior: 'instant', block: 'center' }); const r = compare.getBoundingClientRect(); [r.x, r.y, r.width, r.height] }"
      )
      as? [Double] ?? []
    let (left, top, width, height) = (place[0], place[1], place[2], place[3])
    // All of the picture is seen: any place drags the divider.
    for (type, part, buttons) in [("mousePressed", 0.8, 1), ("mouseMoved", 0.6, 1), ("mouseReleased", 0.6, 0)] {
      try browser.call(
        "Input.dispatchMouseEvent",
        ["type": type, "x": left + part * width, "y": top + height / 2, "button": "left", "buttons": buttons, "clickCount": 1])
    }
    #expect(abs(try shown("divider") - 0.6) < 0.002)
    try browser.press("+")
    #expect(try shown("scale") == 4)
    let before = try shown("x")
    // The picture is wider than its frame now, and is dragged itself.
    for (type, part, buttons) in [("mousePressed", 0.3, 1), ("mouseMoved", 0.2, 1), ("mouseReleased", 0.2, 0)] {
      try browser.call(
        "Input.dispatchMouseEvent",
        ["type": type, "x": left + part * width, "y": top + height / 2, "button": "left", "buttons": buttons, "clickCount": 1])
    }
    #expect(abs(try shown("x") - before - 0.1 * width / 4) < 0.5)
    #expect(abs(try shown("divider") - 0.6) < 0.002)
    try browser.press("0")
    #expect(try shown("scale") == 2)
    #expect(browser.complaints == [])
  }

  @Test func sidesAreChosenAndErrorsMagnified() throws {
    try open()
    let told = try label()
    #expect(told.hasPrefix("0.png: original left"), "\(told)")
    #expect(told.contains("drawn auto"), "\(told)")
    let settings = try browser.strings("[...document.querySelectorAll('#right-setting option')].map((option) => option.textContent.split(':')[0])")
    #expect(settings == ["quality 10", "quality 40", "quality 70"])
    #expect(try browser.value("document.getElementById('left-setting').hidden") as? Bool == true)
    try browser.value("compare.focus()")
    try browser.press("e")
    try browser.wait(until: "compare.dataset.ready && compare.getAttribute('aria-label').includes('errors of')")
    _ = try shown("divider")
    let errors = try brightest()
    #expect(errors[0] == 0 && errors[1] > 0, "the original has none")
    #expect(try browser.value("document.getElementById('picture-figures').textContent.includes('8× magnified')") as? Bool == true)
    try choose("16", in: "magnified")
    #expect(try brightest()[1] == min(255, 2 * errors[1]))
    try browser.press("e")
    try choose("wavelet", in: "left-coder")
    #expect(try label().contains("wavelet at"))
    #expect(try browser.number("document.querySelectorAll('#left-setting option').length") >= 1)
    #expect(
      try browser.value(
        "/Left: wavelet at .*bit.pixel, PSNR .* dB, MS-SSIM 0.*Right: drawn/.test(document.getElementById('picture-figures').textContent)") as? Bool
        == true)
    try browser.press("x")
    try browser.wait(until: "compare.dataset.ready && document.getElementById('right-coder').value === 'wavelet'")
    #expect(browser.complaints == [])
  }

  @Test func picturesAreOpenedFromTheTable() throws {
    try open()
    #expect(try browser.number("document.querySelectorAll('#files-table tbody button').length") == 3)
    try browser.value("document.querySelector('#files-table tbody tr:nth-child(4) button').click()")
    try browser.wait(until: "compare.dataset.ready && compare.getAttribute('aria-label').startsWith('3.png')")
    #expect(try browser.value("document.activeElement === compare") as? Bool == true)
    #expect(try browser.value("document.getElementById('picture-limit').textContent.includes('3 of 4 pictures')") as? Bool == true)
    #expect(browser.complaints == [])
  }

  @Test(arguments: [320, 768]) func narrowScreensScrollOnlyDownwards(width: Int) throws {
    try open(width: width, height: 844, isPhone: true)
    #expect(try browser.number("document.documentElement.scrollWidth") <= Double(width))
    #expect(try shown("scale") <= 1)
    #expect(browser.complaints == [])
  }
}
