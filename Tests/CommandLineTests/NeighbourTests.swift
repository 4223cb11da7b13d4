import Foundation
import TestSupport
import Testing

/// Searching, walking and drawing new items, in the space of codes.
@Suite struct CodeSpaces {
  let place: Workplace

  init() throws {
    place = try Workplace()
    try place.write(Glyphs.file(), "all-idx3-ubyte")
    try place.write(Data(contentsOf: root.appending(path: "samples/\(Glyphs.labels)")), "labels")
    try place.write(Glyphs.part(of: Glyphs.file(), 40), "some/a-idx3-ubyte")
    try place.write(Glyphs.part(of: Glyphs.file(), 40), "some/b-idx3-ubyte")
    try place.trainPictures("linear", numbers: 12)
  }

  /// What is said of a query's neighbours.
  private func neighbours(_ arguments: String...) throws -> [(item: String, distance: Double)] {
    let outcome = try place.run(["search"] + arguments + ["-c", "linear", "--json"])
    try #require(outcome.code == 0, "\(outcome.err)")
    let told = try #require(outcome.objects.first?["neighbours"] as? [[String: Any]])
    return try told.map { (try #require($0["item"] as? String), try #require($0["distance"] as? Double)) }
  }

  @Test func theNearestAreFound() throws {
    try place.need("codes", "all-idx3-ubyte", "-c", "linear", "-o", "all.npy")
    let codes = try place.codes("all.npy").map { $0.map(Double.init) }
    let distances = codes.map { zip($0, codes[7]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
    let expected = distances.indices.filter { $0 != 7 }.sorted { distances[$0] < distances[$1] }.prefix(5)
    let found = try neighbours("all-idx3-ubyte:7", "all-idx3-ubyte", "-k", "5")
    #expect(found.map(\.item) == expected.map { "all-idx3-ubyte:\($0)" })
    for (one, index) in zip(found, expected) { #expect(abs(one.distance - distances[index]) < 1e-4 * distances[index]) }

    // By bits: above the median of each number or not.
    let medians = codes[0].indices.map { column in codes.map { $0[column] }.sorted()[(codes.count - 1) / 2] }
    let bits = codes.map { zip($0, medians).map { $0 > $1 } }
    let differences = bits.map { zip($0, bits[7]).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) } }
    let first = differences.indices.filter { $0 != 7 }.sorted { (differences[$0], $0) < (differences[$1], $1) }.prefix(5)
    #expect(try neighbours("all-idx3-ubyte:7", "all-idx3-ubyte", "-k", "5", "--binary").map(\.item) == first.map { "all-idx3-ubyte:\($0)" })

    // The same picture in two files: equally near, so the first comes first; by its samples it is itself.
    for way in [[], ["--pixels"], ["--binary"]] {
      let twins = try place.run(["search", "all-idx3-ubyte:7", "some", "-k", "2", "-c", "linear", "--json"] + way).objects.first
      let told = try #require(twins?["neighbours"] as? [[String: Any]])
      #expect(
        told.map { $0["item"] as? String } == ["some/a-idx3-ubyte:7", "some/b-idx3-ubyte:7"] && told.allSatisfy { $0["distance"] as? Double == 0 })
    }
    let text = String(decoding: try place.need("search", "some/a-idx3-ubyte:3", "some", "-k", "1", "-c", "linear").out, as: UTF8.self)
    #expect(text == "some/a-idx3-ubyte:3\n  0.00\tsome/b-idx3-ubyte:3\n", "\(text)")

    let shares = try place.need(
      "search", "all-idx3-ubyte", "all-idx3-ubyte", "--labels", "labels", "--query-labels", "labels", "--evaluate", "-k", "3", "-c", "linear",
      "--json"
    ).objects.first
    for member in ["by_code", "by_samples"] { #expect((0.5...1).contains(try #require(shares?[member] as? Double))) }
    #expect(shares?["queries"] as? Int == 360 && shares?["numbers"] as? Int == 12)
  }

  @Test func aWalkBeginsAndEndsAtItsItems() throws {
    try place.need("codes", "all-idx3-ubyte", "-c", "linear", "-o", "all.npy")
    try place.need("decode", "--from-codes", "all.npy", "-c", "linear", "-o", "decoded")
    let decoded = try place.bytes("decoded").dropFirst(16)
    func picture(_ data: Data, _ k: Int) -> Data { Data(data.dropFirst(784 * k).prefix(784)) }
    try place.need("walk", "all-idx3-ubyte:2", "all-idx3-ubyte:50", "--steps", "5", "-c", "linear", "-o", "walk.idx")
    let walk = try place.bytes("walk.idx")
    #expect(walk.count == 16 + 5 * 784 && walk[7] == 5)
    #expect(picture(walk.dropFirst(16), 0) == picture(decoded, 2) && picture(walk.dropFirst(16), 4) == picture(decoded, 50))
    #expect(picture(walk.dropFirst(16), 2) != picture(decoded, 2))

    // A linear decoder with orthonormal columns moves as far as the code, whichever way.
    let told = try place.need("walk", "all-idx3-ubyte:2", "--tangents", "3", "--steps", "5", "-c", "linear", "-o", "tangents.idx", "--json").objects
      .first
    let gains = try #require(told?["gains"] as? [Double])
    #expect(gains.count == 3 && gains.allSatisfy { abs($0 - 1) < 0.01 }, "\(gains)")
    let across = try place.bytes("tangents.idx").dropFirst(16)
    for t in 0..<3 { #expect(picture(across, 5 * t + 2) == picture(decoded, 2) && picture(across, 5 * t) != picture(across, 5 * t + 4)) }
  }

  @Test func newItemsComeFromVariationalCodecsOnly() throws {
    let refused = try place.run("sample", "-c", "linear", "-n", "4", "-o", "no.idx")
    #expect(refused.code == 69 && refused.err.contains("variational") && refused.err.contains("linear"), "\(refused.err)")
    let kind = #"{"kind": "variational", "block": [1, 28, 28], "body": {"kind": "dense", "layers": [16]}, "latents": 4, "likelihood": "bernoulli"}"#
    try place.train("drawing", kind, scaling: "range", steps: 3, data: "data-linear")
    try place.need("sample", "-c", "drawing", "-n", "70", "-o", "a.idx", "--codes", "a.npy", "-j", "1")
    try place.need("sample", "-c", "drawing", "-n", "70", "-o", "b.idx", "-j", "2")
    try place.need("sample", "-c", "drawing", "-n", "70", "-o", "c.idx", "--seed", "2")
    let drawn = try place.bytes("a.idx")
    #expect(drawn.count == 16 + 70 * 784 && drawn[7] == 70 && Set(drawn.dropFirst(16)) == [0, 255])
    #expect(try place.bytes("b.idx") == drawn && place.bytes("c.idx") != drawn)
    // Codes of the prior, and their means where these are wanted.
    let codes = try place.codes("a.npy")
    let squares = codes.flatMap(\.self).reduce(0) { $0 + $1 * $1 } / 280
    #expect(codes.count == 70 && (0.6...1.5).contains(squares), "\(squares)")
    try place.need("sample", "-c", "drawing", "-n", "70", "--mean", "-o", "mean.idx")
    try place.need("decode", "--from-codes", "a.npy", "-c", "drawing", "-o", "decoded.idx")
    #expect(try place.bytes("mean.idx") == place.bytes("decoded.idx"))

    // Both files are there in the end or neither, and they are two.
    try FileManager.default.createDirectory(at: place.path("new"), withIntermediateDirectories: true)
    for (arguments, code, word) in [
      ("-o a.idx --codes new/1", Int32(73), "a.idx: exists"), ("-o new/1 --codes a.npy", 73, "a.npy: exists"),
      ("-o new/1 --codes some", 73, "folder"), ("-o new/1 --codes new/1", 64, "same file"), ("-o new/1 --codes ./new/1 -f", 64, "same file"),
      ("-o new/1 --codes some/../new/1", 64, "same file"), ("-o a.idx --codes ./a.idx -f", 64, "same file"),
    ] {
      let outcome = try place.run(["sample", "-c", "drawing", "-n", "4"] + arguments.split(separator: " ").map(String.init))
      #expect(outcome.code == code && outcome.err.contains(word), "\(arguments): \(outcome.code) \(outcome.err)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: place.path("new").path).isEmpty && place.bytes("a.idx") == drawn, "\(arguments)")
    }
  }

  /// Codes that depend on those before them are not decoded one by one.
  @Test func codesOfSequencesAreNotDecodedAlone() throws {
    let kind = #"{"kind": "recurrent", "form": "frames", "block": [1, 28, 28], "units": 4, "code": 2, "start": "dct"}"#
    try place.train("chained", kind, scaling: "range", steps: 3, data: "data-linear")
    try place.need("codes", "some/a-idx3-ubyte", "-c", "chained", "-o", "chained.npy")
    for (arguments, advice) in [
      ("walk some/a-idx3-ubyte:1 some/a-idx3-ubyte:2 -o o.idx", "stand alone"), ("walk some/a-idx3-ubyte:1 --tangents 1 -o o.idx", "stand alone"),
      ("map some/a-idx3-ubyte --method codes -o o.svg", "choose pca"), ("map some/a-idx3-ubyte -o o.svg", "choose pca"),
      ("decode --from-codes chained.npy -o o.idx", "--like"),
    ] {
      let outcome = try place.run(arguments.split(separator: " ").map(String.init) + ["-c", "chained"])
      #expect(outcome.code == 64 && outcome.err.contains("codes of chained depend on those before them"), "\(arguments): \(outcome.err)")
      #expect(outcome.err.contains(advice) && outcome.err.split(separator: "\n").count == 1, "\(arguments): \(outcome.err)")
      for name in ["o.idx", "o.svg"] { #expect(!FileManager.default.fileExists(atPath: place.path(name).path)) }
    }
    // What does not decode them by themselves goes on.
    try place.need("map", "some/a-idx3-ubyte", "-c", "chained", "--method", "pca", "-o", "map.svg")
    try place.need("decode", "--from-codes", "chained.npy", "--like", "some/a-idx3-ubyte", "-c", "chained", "-o", "back.idx")
  }

  @Test func wrongItemsAreNamed() throws {
    try FileManager.default.createDirectory(at: place.path("empty"), withIntermediateDirectories: true)
    for (arguments, code, word) in [
      ("search all-idx3-ubyte:360 some -c linear", Int32(64), "360 items"), ("search all-idx3-ubyte some -c \(place.codec)", 69, "frames"),
      ("search all-idx3-ubyte:1 empty -c linear", 66, "empty"), ("search nosuch:1 some -c linear", 66, "nosuch"),
      ("search all-idx3-ubyte:1 -c linear", 64, "query"), ("search all-idx3-ubyte:1 some -k 0 -c linear", 64, "-k"),
      ("search all-idx3-ubyte:1 some --binary --pixels -c linear", 64, "--binary"),
      ("search all-idx3-ubyte some --evaluate -c linear", 64, "--labels"),
      ("search all-idx3-ubyte:1 some --labels labels -c linear", 65, "360 labels for 80 items"),
      ("walk all-idx3-ubyte:1 all-idx3-ubyte:360 -o o.idx -c linear", 64, "counted from 0"),
      ("walk all-idx3-ubyte all-idx3-ubyte:3 -o o.idx -c linear", 64, "all-idx3-ubyte:0"), ("walk all-idx3-ubyte:1 -o o.idx -c linear", 64, "two"),
      ("walk all-idx3-ubyte:1 all-idx3-ubyte:2 --tangents 2 -o o.idx -c linear", 64, "--tangents"),
      ("walk all-idx3-ubyte:1 --tangents 13 -o o.idx -c linear", 64, "12"),
      ("walk all-idx3-ubyte:1 all-idx3-ubyte:2 --steps 1 -o o.idx -c linear", 64, "--steps"),
      ("walk all-idx3-ubyte:1 all-idx3-ubyte:360 -o labels -c linear", 73, "labels: exists"), ("sample -c linear -n 0 -o o.idx", 64, "-n"),
    ] {
      let outcome = try place.run(arguments.split(separator: " ").map(String.init))
      #expect(outcome.code == code && outcome.err.contains(word), "\(arguments): \(outcome.code) \(outcome.err)")
      #expect(outcome.err.split(separator: "\n").count == 1 && !FileManager.default.fileExists(atPath: place.path("o.idx").path))
    }
  }
}
