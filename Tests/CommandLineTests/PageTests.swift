import Foundation
import Testing

/// report.html as a text.
@Suite struct PageTests {
  let place: Workplace

  init() throws { place = try Workplace() }

  /// What stands in the page's elements of a class, read back.
  static func data(_ name: String, in page: String) throws -> [[String: Any]] {
    try page.matches(
      of: try Regex("<script type=\"application/json\" class=\"\(name)\">(?<text>[^<]*)</script>", as: (Substring, text: Substring).self)
    ).map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.output.text.utf8)) as? [String: Any])
    }
  }

  @Test func thePageHoldsTheReportAndTheSignals() throws {
    try place.need("report", "-c", place.codec, "ecg1", "ecg2", "-q", "30,70,90", "--entropy", "zstd", "-e", "1", "-o", "out")
    let page = String(decoding: try place.bytes("out/report.html"), as: UTF8.self)
    let report = try #require(try PageTests.data("report", in: page).first)
    let written = try JSONSerialization.jsonObject(with: place.bytes("out/report.json")) as? [String: Any]
    #expect(NSDictionary(dictionary: report) == NSDictionary(dictionary: written ?? [:]))
    let signals = try PageTests.data("signal", in: page)
    #expect(signals.map { $0["file"] as? String } == ["ecg1", "ecg2"] && signals.map { $0["setting"] as? Double } == [70, 70])
    #expect(signals.map { ($0["leads"] as? [Any])?.count } == [1, 2])
    for signal in signals {
      let parts = try #require(signal["parts"] as? [[String: Any]])
      #expect(parts.count == 1 && parts[0]["from"] as? Int == 0 && parts[0]["count"] as? Int == signal["samples"] as? Int)
      let worst = try #require(signal["worst"] as? [String: Any])
      #expect((worst["error"] as? Double ?? 0) > 0 && worst["count"] as? Double == 2 * (signal["rate"] as? Double ?? 0))
    }
  }

  @Test func theShownQualityCanBeChosen() throws {
    try place.need("report", "-c", place.codec, "ecg1", "-q", "30,70,90", "--show", "30", "--entropy", "zstd", "-e", "1", "-o", "out")
    let signal = try PageTests.data("signal", in: String(decoding: try place.bytes("out/report.html"), as: UTF8.self)).first
    #expect(signal?["setting"] as? Double == 30)
    let outcome = try place.run("report", "-c", place.codec, "ecg1", "-q", "30,70", "--show", "50", "-o", "other")
    #expect(outcome.code == 64 && outcome.err.contains("--show") && outcome.err.contains("50"), "\(outcome.err)")
  }

  @Test func thePageNeedsNothingFromElsewhere() throws {
    try place.need("report", "-c", place.codec, "ecg1", "-q", "50", "--entropy", "zstd", "-e", "1", "-o", "out")
    let page = String(decoding: try place.bytes("out/report.html"), as: UTF8.self)
    let addresses = page.matches(of: #/[a-z]+:\/\/[^\s"'`)]*/#).map { String($0.output) }.filter { $0 != "http://www.w3.org/2000/svg" }
    #expect(addresses == [])
    #expect(!page.contains("@import") && !page.contains("<script src") && !page.contains("fetch("))
    let links = Set(page.matches(of: #/(?:href|src)="([^"]*)"/#).map { String($0.output.1) })
    #expect(links == ["data:,", "#signal", "report.json", "report.csv"])
  }

  @Test func namesOfFilesStayText() throws {
    // A slash in a name is a folder.
    let hostile = "x</script><script>alert(1)<!--DATA-->.csv"
    try place.write(try place.bytes("ecg.csv"), hostile)
    try place.write(Data("1.0\nNaN\n".utf8), "</script><img src=x>.csv")
    let outcome = try place.run(
      "report", "-c", place.codec, hostile, "</script><img src=x>.csv", "--rate", "360", "-q", "50", "--entropy", "zstd", "-e", "1", "-o", "out")
    #expect(outcome.code == 1, "\(outcome.err)")
    let page = String(decoding: try place.bytes("out/report.html"), as: UTF8.self)
    #expect(!page.contains("alert(1)<") && !page.contains("<img") && !page.contains("<!--DATA"))
    let report = try #require(try PageTests.data("report", in: page).first)
    #expect((report["files"] as? [[String: Any]])?.first?["file"] as? String == hostile)
    #expect((report["failed"] as? [[String: Any]])?.first?["file"] as? String == "</script><img src=x>.csv")
  }
}
