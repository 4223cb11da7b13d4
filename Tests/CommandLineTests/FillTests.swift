import Foundation
import TestSupport
import Testing

/// What is missing in recordings and pictures, filled in by codecs as a user makes them.
@Suite struct Filling {
  let place: Workplace

  init() throws { place = try Workplace() }

  private func train(_ name: String, _ members: String) throws {
    let recipe = #"""
      {"steps": 3, "batch": 4, "rate": 0, "chunkSeconds": 20, "priorQualities": [50], "validationQualities": [50], "validation": 0.5, \#(members)}
      """#
    try place.write(Data(recipe.utf8), "\(name).json")
    try place.need("train", "--config", "\(name).json", "--data", "data-\(name)", "-o", name, "-j", "2")
  }

  private func heart(_ name: String = "heart", hides: Bool = true) throws {
    for record in ["ecg1", "ecg2"] {
      for ending in ["hea", "dat"] { try place.write(place.bytes("\(record).\(ending)"), "data-\(name)/\(record).\(ending)") }
    }
    let kind = #"{"kind": "masked", "block": [1, 256], "patch": [16], "code": 4, "width": 16, "heads": 2, "layers": 1}"#
    try train(name, #""autoencoder": \#(kind)\#(hides ? #", "objective": {"hiding": {"share": 0.5, "run": 3}}"# : "")"#)
  }

  /// Samples of a record in format 212 with one signal.
  private func samples(_ record: String) throws -> [Int] {
    let bytes = [UInt8](try place.bytes("\(record).dat")).map { Int($0) }
    var samples: [Int] = []
    for i in stride(from: 0, to: bytes.count - 2, by: 3) {
      let (low, high): (Int, Int) = (bytes[i] | (bytes[i + 1] & 15) << 8, bytes[i + 2] | (bytes[i + 1] >> 4) << 8)
      samples.append(low >= 2048 ? low - 4096 : low)
      samples.append(high >= 2048 ? high - 4096 : high)
    }
    return samples
  }

  @Test func recordingsKeepWhatIsThere() throws {
    try heart()
    let original = try samples("ecg1")
    try place.need("fill", "ecg1", "-c", "heart", "-o", "out/filled", "--lost", "5-5.25", "--lost", "s7200-s7290")
    let onItself = try place.run("fill", "ecg1", "-c", "heart", "-o", "ecg1", "-f", "--lost", "5-5.25")
    #expect(onItself.code == 73 && onItself.err.contains("the output is the input"), "\(onItself.err)")
    #expect(try samples("ecg1") == original)
    let filled = try samples("out/filled")
    let changed = original.indices.filter { original[$0] != filled[$0] }
    #expect(filled.count == original.count && changed.allSatisfy { 1800..<1890 ~= $0 || 7200..<7290 ~= $0 } && changed.count > 120)
    // The header is the same but for the record's name and the sums over its samples.
    let headers = try ["ecg1.hea", "out/filled.hea"].map { String(decoding: try place.bytes($0), as: UTF8.self).split(separator: "\n").dropFirst(2) }
    #expect(headers[0] == headers[1])

    // What is lost does not count; that the format says so is enough.
    var bytes = [UInt8](try place.bytes("ecg1.dat"))
    for pair in 900..<945 { bytes.replaceSubrange(3 * pair..<3 * pair + 3, with: [0x00, 0x88, 0x00]) }
    try place.write(Data(bytes), "gap.dat")
    let header = String(decoding: try place.bytes("ecg1.hea"), as: UTF8.self)
    try place.write(Data(header.replacingOccurrences(of: "ecg1", with: "gap").utf8), "gap.hea")
    #expect(try samples("gap")[1799...1890].count { $0 == -2048 } == 90)
    let told = try place.need("fill", "gap", "-c", "heart", "-o", "whole", "--lost", "s7200-s7290", "-j", "1", "--json").objects
    #expect(told.first?["lost"] as? Int == 180 && told.first?["filled"] as? Int == 180, "\(told)")
    #expect(try place.bytes("whole.dat") == place.bytes("out/filled.dat"), "the same holes in the same signal")

    // More holes than pass at a time, of one sample each.
    let many = original.indices.map { $0 % 40 == 20 ? "1" : "0" }.joined(separator: "\n")
    try place.write(Data("# sampling rate: 360\n\(many)\n".utf8), "many.csv")
    let counted = try place.need("fill", "ecg1", "-c", "heart", "-o", "many", "--mask", "many.csv", "--json").objects
    #expect(counted.first?["lost"] as? Int == 1080 && counted.first?["filled"] as? Int == 1080, "\(counted)")
    let mended = try samples("many")
    #expect(original.indices.allSatisfy { $0 % 40 == 20 || mended[$0] == original[$0] } && mended != original)

    // A hole as long as a block tells nothing.
    let long = try place.run("fill", "ecg1", "-c", "heart", "-o", "long", "--lost", "s1000-s1256", "--lost", "s4000-s4100")
    #expect(long.code == 0 && long.err.contains("256 lost samples") && long.err.contains("100 of"), "\(long.err)")
    #expect(try samples("long")[1000..<1256] == original[1000..<1256])
  }

  /// Empty cells of a table are what is lost; every other verb asks for them to be filled in.
  @Test func missingCellsOfATableAreFilledIn() throws {
    try heart()
    let lost = [1000..<1090, 3000..<3001, 5000..<5400]
    let numbers = try samples("ecg1")[..<7200].map(String.init)
    var cells = numbers
    for (range, word) in zip(lost, ["NaN", "", "NA"]) { for k in range { cells[k] = word } }
    func table(_ cells: [String]) -> Data { Data(("# sampling rate: 360\nMLII,one\n" + cells.map { "\($0),1" }.joined(separator: "\n") + "\n").utf8) }
    try place.write(table(cells), "data-table/gap.csv")
    let filled = try place.need("fill", "data-table/gap.csv", "-c", "heart", "-o", "filled.csv")
    #expect(filled.err.contains("91 of") && filled.err.contains("400 lost samples left as before"), "\(filled.err)")
    let lines = String(decoding: try place.bytes("filled.csv"), as: UTF8.self).split(separator: "\n").dropFirst(2).map { String($0.dropLast(2)) }
    try #require(lines.count == 7200)
    for k in lines.indices {
      if lost[2].contains(k) {
        #expect(lines[k] == "NaN", "too long: missing, in the first one's words")
      } else if lost[0].contains(k) || lost[1].contains(k) {
        #expect(Int(lines[k]).map { (-2000...2000).contains($0) } == true)
      } else if lines[k] != numbers[k] {
        Issue.record("sample \(k) changed")
      }
    }
    for verb in [["encode", "-c", "heart", "-o", "no.aec"], ["denoise", "-c", "heart", "-o", "no.csv"], ["report", "-c", "heart", "-o", "no"]] {
      let outcome = try place.run([verb[0], "data-table/gap.csv"] + verb.dropFirst())
      #expect(outcome.code == 65 && outcome.err.contains("gap.csv: line 1003, column 1: \"NaN\" is a missing value; fill in"), "\(outcome.err)")
    }
    try place.write(Data(#"{"steps": 0, "autoencoder": {"kind": "linear", "block": [1, 64], "code": 8}}"#.utf8), "linear.json")
    for record in ["ecg1", "ecg2"] {
      for ending in ["hea", "dat"] { try place.write(place.bytes("\(record).\(ending)"), "data-table/\(record).\(ending)") }
    }
    let trained = try place.need("train", "--config", "linear.json", "--data", "data-table", "-o", "trained").err
    #expect(trained.contains("gap.csv: line 1003, column 1") && trained.contains("not used"), "\(trained)")
    #expect(try place.contents().keys.allSatisfy { !$0.hasPrefix("no") })
  }

  @Test func picturesKeepWhatIsSeen() throws {
    let name = "glyphs-images-idx3-ubyte"
    let file = try Data(contentsOf: root.appending(path: "samples/\(name)"))
    func part(_ range: Range<Int>) -> Data {
      file[..<6] + Data([0, UInt8(range.count)]) + file[8..<16] + file[16 + 784 * range.lowerBound..<16 + 784 * range.upperBound]
    }
    try place.write(part(0..<60), "data-glyphs/a-idx3-ubyte")
    try place.write(part(60..<120), "data-glyphs/b-idx3-ubyte")
    try place.write(part(200..<220), "few")
    let kind = #"{"kind": "masked", "block": [1, 28, 28], "patch": [7, 7], "code": 8, "width": 16, "heads": 2, "layers": 1, "output": "sigmoid"}"#
    try train("glyphs", #""autoencoder": \#(kind), "scaling": "range", "objective": {"hiding": {"alone": true}}"#)

    try place.need("fill", "few", "-c", "glyphs", "-o", "lower", "--lost", "s392-s784")
    let (original, lower) = (try place.bytes("few"), try place.bytes("lower"))
    #expect(lower.count == original.count && lower.prefix(16) == original.prefix(16))
    let same = (0..<20).allSatisfy { (k: Int) -> Bool in
      let upper = 16 + 784 * k..<16 + 784 * k + 392
      return lower[upper] == original[upper]
    }
    #expect(same && lower != original)
    // The same by a mask for all items, and by one with an item for each.
    let mask = Data(repeating: 0, count: 392) + Data(repeating: 1, count: 392)
    var each = file[..<6] + Data([0, 20]) + file[8..<16]
    for _ in 0..<20 { each += mask }
    try place.write(each, "each")
    var one = file[..<6] + Data([0, 1]) + file[8..<16]
    one += mask
    try place.write(one, "one")
    for given in ["one", "each"] {
      try place.need("fill", "few", "-c", "glyphs", "-o", "by-\(given)", "--mask", given)
      #expect(try place.bytes("by-\(given)") == lower, "\(given)")
    }
    try place.write(part(200..<203), "three")
    for (arguments, code, word) in [
      (["--lost", "1-2"], 64, "samples of each item"), (["--lost", "s800-s900"], 64, "--lost"), (["--mask", "three"], 65, "mask"),
      (["--mask", "nosuch"], 66, "nosuch"),
    ] as [([String], Int32, String)] {
      let outcome = try place.run(["fill", "few", "-c", "glyphs", "-o", "no"] + arguments)
      #expect(outcome.code == code && outcome.err.contains(word), "\(arguments): \(outcome.err)")
    }
    let other = try place.run("fill", "ecg1", "-c", "glyphs", "-o", "no", "--lost", "1-1.1")
    #expect(other.code == 0, "a codec of pictures of a recording: \(other.err)")
  }

  @Test func whatCannotFillIsToldSo() throws {
    try heart("plain", hides: false)
    for (arguments, code, word) in [
      ("ecg1 -c plain -o no --lost 1-2", 69, "hiding"), ("ecg1 -c CODEC -o no --lost 1-2", 69, "\"masked\""),
      ("ecg1 -c plain --lost 1-2", 64, "--output"), ("ecg1 -c plain -o no --lost 2", 64, "--lost"), ("ecg1 -o no --lost 1-2", 64, "codec"),
    ] as [(String, Int32, String)] {
      let outcome = try place.run(["fill"] + arguments.split(separator: " ").map { $0 == "CODEC" ? place.codec : String($0) })
      #expect(outcome.code == code && outcome.err.contains(word), "\(arguments): \(outcome.err)")
    }
    let left = try place.contents().keys.filter { $0.hasPrefix("no") }
    #expect(left.isEmpty)
  }
}
