import Foundation
import Signals
import TestSupport
import Testing

/// Small pictures with colours, as files of a folder and as an IDX file, through codecs of blocks.
@Suite struct Colours {
  let place: Workplace
  /// Rows, columns and colours.
  private static let (rows, columns) = (8, 12)
  private static let photographs = root.appending(path: "../shared/data/images/photos/train").standardizedFileURL

  init() throws { place = try Workplace() }

  /// Small pictures, pixel by pixel: a disc of a colour on another.
  private static func pictures(_ count: Int) -> [[Int32]] {
    (0..<count).map { k in
      (0..<rows * columns).flatMap { i -> [Int32] in
        let (x, y) = (i % columns - 3 - k % 7, i / columns - 2 - k / 3 % 5)
        let isInside = x * x + y * y < 6 + k % 4
        return (0..<3).map { c in Int32(isInside ? 200 - 40 * c + k % 11 : 30 + 60 * c + (i * 3 + k) % 5) }
      }
    }
  }

  private func write(_ pictures: [[Int32]], rows: Int = rows, columns: Int = columns, to folder: String) throws {
    let layout = try #require(PictureLayout(kind: .png, width: columns, height: rows, components: 3, maximum: 255))
    try FileManager.default.createDirectory(at: place.path(folder), withIntermediateDirectories: true)
    for (k, pixels) in pictures.enumerated() {
      let writer = try SignalFile.create(place.path("\(folder)/\(k).png").path, info: SignalInfo(picture: layout))
      try writer.write((0..<3).map { c in stride(from: c, to: pixels.count, by: 3).map { pixels[$0] } })
      try writer.finish()
    }
  }

  private func idx(_ pictures: [[Int32]], rows: Int = rows, columns: Int = columns) -> Data {
    let sizes = [pictures.count, rows, columns, 3].flatMap { [UInt8]([0, 0, UInt8($0 >> 8), UInt8($0 & 0xFF)]) }
    return Data([0, 0, 8, 4] + sizes + pictures.joined().map { UInt8($0) })
  }

  /// Everything of a folder of pictures, in the order of their numbers.
  private func samples(_ folder: String) throws -> [Int32] { try SignalFile.open(place.path(folder).path).readAll()[0] }

  private static let kinds: [(name: String, json: String, isExact: Bool)] = [
    ("linear", #"{"kind": "linear", "block": [3, 8, 12], "code": 20}"#, false),
    ("dense", #"{"kind": "dense", "block": [3, 8, 12], "layers": [20]}"#, false),
    (
      "conv", #"{"kind": "conv", "block": [3, 8, 12], "layers": [{"channels": 8, "kernel": 4, "stride": 4}], "code": 20, "start": "dct"}"#, false
    ),
    ("frames", #"{"kind": "recurrent", "form": "frames", "block": [3, 8, 12], "units": 8, "code": 20}"#, false),
    ("sequence", #"{"kind": "recurrent", "form": "sequence", "block": [3, 8, 12], "layers": [20]}"#, false),
    ("masked", #"{"kind": "masked", "block": [3, 8, 12], "patch": [4, 4], "code": 4, "width": 8, "layers": 1, "decoderLayers": 1}"#, false),
    (
      "variational",
      #"{"kind": "variational", "block": [3, 8, 12], "body": {"kind": "dense", "layers": [16]}, "latents": 4, "likelihood": "logistic", "context": {"features": 3}}"#,
      true
    ),
  ]

  @Test(arguments: kinds)
  func everyKindTakesThem(kind: (name: String, json: String, isExact: Bool)) throws {
    let all = Colours.pictures(60)
    try write(all, to: "data")
    try place.train("codec", kind.json, scaling: "range", steps: kind.isExact ? 60 : 3, data: "data")
    try write(Array(all[..<12]), to: "in")
    try place.write(idx(Array(all[..<12])), "x.idx")
    // Both ways of giving them make the same payload, and decode to the same pixels.
    var sizes: [Int] = []
    for (input, output) in [("in", "in.aec"), ("x.idx", "x.aec")] {
      let isMade = try place.run(
        ["encode", "-c", "codec", "-q", "60", "--entropy", "prior", "-o", output, input] + (input == "in" ? ["--stack"] : []))
      #expect(isMade.code == 0, "\(isMade.err)")
      let chunks = try #require(place.need("info", output, "--json").objects.first?["data_chunks"] as? [[String: Any]])
      sizes.append(chunks.reduce(0) { $0 + ($1["bytes"] as? Int ?? 0) })
      try place.need("decode", output, "-c", "codec", "-o", output == "in.aec" ? "out" : "out.idx")
    }
    #expect(sizes[0] == sizes[1])
    let decoded = try samples("out")
    #expect(try place.bytes("out.idx").dropFirst(20) == Data(decoded.map { UInt8($0) }))
    // An autoencoder of colours one behind the other: what is decoded is near only if they come back to their places.
    let error = zip(decoded, all.joined()).reduce(0) { $0 + pow(Double($1.0 - $1.1), 2) } / Double(decoded.count)
    if ["linear", "conv", "frames"].contains(kind.name) { #expect(error < 500, "\(error)") }
    // Exactly.
    try place.need("encode", "--stack", "in", "-c", "codec", "--lossless", "-o", "exact.aec")
    try place.need("decode", "exact.aec", "-c", "codec", "-o", "exact")
    #expect(try samples("exact") == Array(all[..<12].joined()))
    if kind.isExact {
      // What a decoder draws takes fewest bits by bits-back; the same as files of a folder.
      try place.need("sample", "-c", "codec", "-n", "60", "--seed", "3", "-o", "drawn.idx")
      try place.need("encode", "drawn.idx", "-c", "codec", "--lossless", "-o", "drawn.aec")
      #expect(try payloadMethod("drawn.aec") == 10)
      try place.need("decode", "drawn.aec", "-c", "codec", "-o", "same.idx")
      #expect(try place.bytes("same.idx") == place.bytes("drawn.idx"))
      try place.need("decode", "drawn.aec", "-c", "codec", "--format", "png", "-o", "drawn")
      try place.need("encode", "--stack", "drawn", "-c", "codec", "--lossless", "-o", "again.aec")
      #expect(try payloadMethod("again.aec") == 10)
      try place.need("decode", "again.aec", "-c", "codec", "-o", "again")
      #expect(try Data(samples("again").map { UInt8($0) }) == place.bytes("drawn.idx").dropFirst(20))
    }
    // A part, from the middle.
    try place.need("decode", "in.aec", "-c", "codec", "--from", "5", "--to", "7", "-o", "part")
    #expect(try samples("part") == Array(decoded[5 * 288..<7 * 288]))
  }

  /// The first byte of the first data chunk's payload.
  private func payloadMethod(_ file: String) throws -> UInt8 {
    let chunks = try #require(place.need("info", file, "--json").objects.first?["data_chunks"] as? [[String: Any]])
    let (offset, bytes) = (try #require(chunks[0]["offset"] as? Int), [UInt8](try place.bytes(file)))
    // Type, length, tag, sample count, hash.
    var position = offset + 1
    for _ in 0..<3 {
      while bytes[position] >= 0x80 { position += 1 }
      position += 1
    }
    return bytes[position + 8]
  }

  @Test func codesOfPicturesAreUsed() throws {
    let all = Colours.pictures(40)
    try write(all, to: "in")
    try place.write(idx(all), "x.idx")
    try place.train("codec", Colours.kinds[0].json, scaling: "range", data: "in")
    // A folder, an IDX file, and a file of either have the same codes, in the order of the pictures' numbers.
    for input in ["in", "x.idx"] { try place.need("codes", input, "-c", "codec", "-o", "\(input).npy") }
    let codes = try place.codes("in.npy")
    #expect(try codes == place.codes("x.idx.npy") && codes.count == 40 && codes[0].count == 20)
    try place.need("codes", "in/7.png", "-c", "codec", "-o", "one.npy")
    #expect(try place.codes("one.npy") == [codes[7]])
    // Back to pictures, with the names and the form of the source or as a stack.
    try place.need("decode", "--from-codes", "in.npy", "-c", "codec", "--like", "in", "-o", "back")
    try place.need("decode", "--from-codes", "in.npy", "-c", "codec", "-o", "back.idx")
    let back = try samples("back")
    #expect(try place.bytes("back.idx") == idx((0..<40).map { Array(back[288 * $0..<288 * ($0 + 1)]) }))
    let error = zip(back, all.joined()).reduce(0) { $0 + pow(Double($1.0 - $1.1), 2) } / Double(back.count)
    // Colours in the wrong places would be some thousands.
    #expect(error < 1000, "\(error)")
    // Neighbours have the names of their files, and a picture is not its own neighbour.
    let found = try #require(place.need("search", "in/7.png", "in", "-c", "codec", "-k", "3", "--json").objects.first)
    let names = try #require(found["neighbours"] as? [[String: Any]]).compactMap { $0["item"] as? String }
    #expect(names.count == 3 && names.allSatisfy { $0.hasPrefix("in/") && $0.hasSuffix(".png") } && !names.contains("in/7.png"))
    try place.need("walk", "in/0.png", "in/20.png", "-c", "codec", "--steps", "3", "-o", "walk.idx")
    let walk = try place.bytes("walk.idx")
    #expect(walk.prefix(20) == idx(Array(all[..<3])).prefix(20) && walk[20..<20 + 288] == Data(back[..<288].map { UInt8($0) }))
    try place.need("map", "in", "-c", "codec", "--method", "pca", "-o", "map.html")
    #expect(try place.bytes("map.html").count > 1000)
  }

  /// A codec that loses nothing gives back what it was given, the colours at their places.
  @Test func denoisedColoursStayWhereTheyAre() throws {
    let all = (0..<120).map { k -> [Int32] in
      (0..<48).map { i -> Int32 in
        let mixed: Int = k * 37 + i * 101 + k * i * 7
        return Int32(mixed % 251)
      }
    }
    try write(all, rows: 4, columns: 4, to: "data")
    try place.train("codec", #"{"kind": "linear", "block": [3, 4, 4], "code": 48}"#, scaling: "range", data: "data")
    try place.write(idx(Array(all[..<12]), rows: 4, columns: 4), "x.idx")
    try place.need("denoise", "x.idx", "-c", "codec", "-o", "y.idx")
    let (x, y) = (try place.bytes("x.idx"), try place.bytes("y.idx"))
    #expect(x.count == y.count && zip(x, y).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
  }

  @Test func foldersThatAreNoStacksAreNamed() throws {
    try write(Colours.pictures(20), to: "data/a")
    try place.write(Data(#"{"autoencoder": \#(Colours.kinds[0].json), "scaling": "range", "steps": 0}"#.utf8), "recipe.json")
    func refusal(_ data: String) throws -> Outcome { try place.run("train", "--config", "recipe.json", "--data", data, "-o", "codec") }
    try FileManager.default.createDirectory(at: place.path("empty"), withIntermediateDirectories: true)
    let empty = try refusal("empty")
    #expect(empty.code == 66 && empty.err.contains("no recording there"), "\(empty.err)")
    // Pictures of another size than the others, and others than the codec's.
    try write(Colours.pictures(1).map { Array($0[..<(7 * 12 * 3)]) }, rows: 7, to: "data/b")
    try FileManager.default.copyItem(at: place.path("data/b/0.png"), to: place.path("data/a/5x.png"))
    let mixed = try refusal("data")
    #expect(mixed.code == 66 && mixed.err.contains("data/a/5x.png: has 12x7 pixels"), "\(mixed.err)")
    try FileManager.default.removeItem(at: place.path("data/a"))
    try write(Array(Colours.pictures(20).map { Array($0[..<(7 * 12 * 3)]) }), rows: 7, to: "data/a")
    let other = try refusal("data/a")
    #expect(other.code == 66 && other.err.contains(#""block" has 288 numbers, and the items of this stack 252 samples"#), "\(other.err)")
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: photographs.path), "needs ../shared/data/images/photos/train"))
  func photographsAreLearned() throws {
    // The middle of some photographs, 24 x 24 pixels every 200.
    var crops: [[Int32]] = []
    let names = try FileManager.default.contentsOfDirectory(atPath: Colours.photographs.path).filter { $0.hasSuffix(".jpg") }.sorted().prefix(4)
    for name in names {
      let reader = try SignalFile.open(Colours.photographs.appending(path: name).path)
      let picture = try #require(reader.info.picture)
      try reader.skip(picture.width * 200)
      let band = try reader.read(picture.width * 24)
      for x in stride(from: 0, to: picture.width - 24, by: 60).prefix(10) {
        crops.append((0..<24 * 24).flatMap { i in band.map { $0[i / 24 * picture.width + x + i % 24] } })
      }
    }
    try #require(crops.count >= 20)
    try write(crops, rows: 24, columns: 24, to: "data")
    let json = #"{"kind": "conv", "block": [3, 24, 24], "layers": [{"channels": 24, "kernel": 4, "stride": 4}], "code": 24, "start": "dct"}"#
    try place.train("codec", json, scaling: "range", steps: 3, data: "data")
    let summary = try place.need("encode", "--stack", "data", "-c", "codec", "--psnr", "30", "--json", "-o", "x.aec").objects
    let reached = try #require((summary.first?["target"] as? [String: Any])?["reached"] as? Bool)
    #expect(reached)
    try place.need("decode", "x.aec", "-c", "codec", "-o", "back")
    let (back, pixels) = (try samples("back"), Array(crops.joined()))
    let error = zip(back, pixels).reduce(0) { $0 + pow(Double($1.0 - $1.1), 2) } / Double(pixels.count)
    #expect(abs(10 * log10(255 * 255 / error) - 30) < 0.3)
  }
}
