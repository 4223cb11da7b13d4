import Foundation
import FoundationXML
import TestSupport
import Testing

/// Maps of codes, as texts.
@Suite struct Maps {
  let place: Workplace

  init() throws {
    place = try Workplace()
    try place.write(Glyphs.part(of: Glyphs.file(), 150), "few")
    let labels = try Data(contentsOf: root.appending(path: "samples/\(Glyphs.labels)"))
    try place.write(labels[..<4] + Data([0, 0, 0, 150]) + labels[8..<158], "labels")
    try place.trainPictures("two", numbers: 2)
    try place.trainPictures("twelve", numbers: 12)
  }

  private func text(_ name: String) throws -> String { String(decoding: try place.bytes(name), as: UTF8.self) }

  @Test func aMapHoldsAllItems() throws {
    let told = try place.need("map", "few", "-c", "twelve", "--labels", "labels", "-o", "map.html", "-j", "2").err
    #expect(told.contains("map.html : 150 items by t-SNE, ") && told.contains("% beside one of their label"), "\(told)")
    let page = try text("map.html")
    #expect(page.hasPrefix("<!DOCTYPE html>") && page.contains("<h1>few by twelve</h1>"))
    #expect(page.matches(of: /data-item="\d+"/).count == 150 && page.matches(of: /class="key"/).count == 10)
    // It needs nothing else.
    #expect(page.replacing("http://www.w3.org/2000/svg", with: "").matches(of: /https?:|src=|url\(/).isEmpty)
    #expect(page.matches(of: /href="data:image\/png;base64,iVBOR/).count == 1)
    for mark in ["TITLE", "HEADING", "ABOUT", "MAP"] { #expect(!page.contains("<!--\(mark)-->")) }

    // The seed decides, and not the number of threads.
    try place.need("map", "few", "-c", "twelve", "--labels", "labels", "-o", "again.html", "-j", "1")
    #expect(try text("again.html") == page)
    try place.need("map", "few", "-c", "twelve", "--labels", "labels", "-o", "other.html", "--seed", "2")
    #expect(try text("other.html") != page)
    try place.need("map", "few", "-c", "twelve", "--method", "pca", "--items", "100", "-o", "map.svg")
    let drawing = try text("map.svg")
    #expect(drawing.hasPrefix("<svg") && drawing.matches(of: /data-item="\d+"/).count == 100 && !drawing.contains("class=\"decodings\""))
    #expect(XMLParser(data: Data(drawing.utf8)).parse())
  }

  @Test func codesOfTwoNumbersAreAPlaneOfDecodings() throws {
    let names = (0..<150).map { "<\($0 % 3)&\">" }
    try place.write(Data((names.joined(separator: "\n") + "\n").utf8), "names.txt")
    try place.need("map", "few", "-c", "two", "--labels", "names.txt", "-o", "plane.svg")
    let drawing = try text("plane.svg")
    #expect(drawing.contains("class=\"decodings\"") && drawing.contains("&lt;0&amp;&quot;&gt;") && XMLParser(data: Data(drawing.utf8)).parse())
    // Places are codes: what is further right has the larger first number.
    try place.need("codes", "few", "-c", "two", "-o", "few.npy")
    let codes = try place.codes("few.npy")
    let places = try drawing.matches(of: /cx="([\d.]+)" cy="([\d.]+)" r="[\d.]+" data-item="(\d+)"/).map {
      (x: try #require(Double($0.1)), y: try #require(Double($0.2)), item: try #require(Int($0.3)))
    }
    #expect(places.count == 150)
    for (a, b) in zip(places, places.dropFirst()) where abs(a.x - b.x) > 1 && abs(a.y - b.y) > 1 {
      #expect((a.x < b.x) == (codes[a.item][0] < codes[b.item][0]) && (a.y > b.y) == (codes[a.item][1] < codes[b.item][1]))
    }
    try place.trainWindows("windows", numbers: 2)
    try place.need("map", "ecg1", "-c", "windows", "-o", "beats.svg")
    #expect(XMLParser(data: try place.bytes("beats.svg")).parse())
  }

  @Test func wrongMapsAreRefused() throws {
    try place.write(Data("1\n2\n".utf8), "two.txt")
    try place.write(Data([0, 0, 8, 1, 0, 0, 0, 2, 4, 5]), "two.idx1")
    try place.write(Data("1\n\n2\n".utf8), "gap.txt")
    for (arguments, code, word) in [
      ("map few -c twelve --labels nosuch -o o.html", Int32(66), "nosuch: labels cannot be read"),
      ("map few -c twelve --labels two.txt -o o.html", 65, "two.txt: has 2 labels for 150 items"),
      ("map few -c twelve --labels two.idx1 -o o.html", 65, "two.idx1: has 2 labels for 150 items"),
      ("map few -c twelve --labels few -o o.html", 65, "not labels"), ("map few -c twelve --labels gap.txt -o o.html", 65, "line 2"),
      ("map few -c twelve --method codes -o o.html", 64, "12 numbers"), ("map few -c twelve --method umap -o o.html", 64, "umap"),
      ("map few -c twelve -o o.png", 64, ".svg"), ("map few -c \(place.codec) -o o.html", 69, "frames"),
      ("map nosuch -c two -o o.html", 66, "nosuch"),
      ("map few -c twelve --method pca --seed 2 -o o.html", 64, "--seed: only t-SNE"),
      ("map few -c two --perplexity 20 -o o.html", 64, "--perplexity: only t-SNE"),
      ("map few -c twelve --perplexity 1 -o o.html", 64, "--perplexity"), ("map few -c twelve --items 0 -o o.html", 64, "--items"),
    ] {
      let outcome = try place.run(arguments.split(separator: " ").map(String.init))
      #expect(outcome.code == code && outcome.err.contains(word), "\(arguments): \(outcome.code) \(outcome.err)")
      #expect(!FileManager.default.fileExists(atPath: place.path("o.html").path))
    }
  }
}
