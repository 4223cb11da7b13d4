import Foundation
import TestSupport
import Testing

/// Codes as files, and signals from them.
@Suite struct CodeFiles {
  let place: Workplace

  init() throws {
    place = try Workplace()
    try place.write(Glyphs.part(of: Glyphs.file(), 30, from: 300), "few")
  }

  @Test func codesOfPicturesGoOutAndComeBack() throws {
    try place.trainPictures("linear", numbers: 12)
    let told = try place.need("codes", "few", "-c", "linear", "-o", "few.npy", "-j", "1").err
    #expect(told.contains("few.npy : 30 codes of 12 numbers from 1 file"), "\(told)")
    let codes = try place.codes("few.npy")
    #expect(codes.count == 30 && codes[0].count == 12 && Set(codes.map { $0[0] }).count > 20)
    #expect(try place.run("codes", "few", "-c", "linear", "-o", "few.npy").code == 73)

    // The same as text; two files on end.
    try place.need("codes", "few", "few", "-c", "linear", "-o", "few.csv")
    let lines = String(decoding: try place.bytes("few.csv"), as: UTF8.self).split(separator: "\n")
    #expect(lines.map { $0.split(separator: ",").compactMap { Float($0) } } == codes)
    try place.write(place.bytes("few"), "more/b-idx3-ubyte")
    try place.write(Glyphs.part(of: Glyphs.file(), 5), "more/a-idx3-ubyte")
    let summary = try place.need("codes", "more", "-c", "linear", "-o", "more.npy", "--json").objects.first
    #expect(summary?["rows"] as? Int == 35 && (summary?["files"] as? [[String: Any]])?.compactMap { $0["rows"] as? Int } == [5, 30])
    #expect(Array(try place.codes("more.npy").dropFirst(5)) == codes)

    // Those that a file holds decode to what the file decodes to.
    try place.need("encode", "few", "-c", "linear", "-q", "60", "-o", "few.aec")
    try place.need("codes", "few", "-c", "linear", "-q", "60", "-o", "held.npy")
    try place.need("codes", "few.aec", "-c", "linear", "-o", "stored.npy")
    #expect(try place.bytes("held.npy") == place.bytes("stored.npy") && place.bytes("held.npy") != place.bytes("few.npy"))
    try place.need("decode", "few.aec", "-c", "linear", "-o", "decoded")
    for name in ["held.npy", "held.csv"] {
      if name.hasSuffix("csv") { try place.need("codes", "few", "-c", "linear", "-q", "60", "-o", name) }
      try place.need("decode", "--from-codes", name, "-c", "linear", "-f", "-o", "made")
      #expect(try place.bytes("made") == place.bytes("decoded"))
    }
  }

  @Test func codesOfARecordingTakeItsLevelsFromIt() throws {
    try place.trainWindows("windows", numbers: 16)
    try place.need("encode", "ecg2", "-c", "windows", "-q", "70", "-o", "ecg2.aec")
    try place.need("decode", "ecg2.aec", "-c", "windows", "-o", "out/decoded")
    try place.need("codes", "ecg2", "-c", "windows", "-q", "70", "-o", "ecg2.npy")
    // Lead by lead: 30000 samples of 64.
    #expect(try place.codes("ecg2.npy").count == 2 * 469)
    try place.need("decode", "--from-codes", "ecg2.npy", "--like", "ecg2", "-c", "windows", "-o", "out/made")
    #expect(try place.bytes("out/made.dat") == place.bytes("out/decoded.dat"))
    let other = try place.run("decode", "--from-codes", "ecg2.npy", "--like", "ecg1", "-c", "windows", "-o", "out/no")
    #expect(other.code == 65 && other.err.contains("938 codes") && other.err.contains("675 blocks"), "\(other.err)")
    // Chunks may have another length: of 7 s, each of which fills up its last block.
    try place.need("encode", "ecg2", "-c", "windows", "-q", "70", "--chunk", "7", "-o", "short.aec")
    try place.need("decode", "short.aec", "-c", "windows", "-o", "out/short")
    try place.need("codes", "short.aec", "-c", "windows", "-o", "short.npy")
    try place.need("decode", "--from-codes", "short.npy", "--like", "ecg2", "--chunk", "7", "-c", "windows", "-o", "out/again")
    #expect(try place.bytes("out/again.dat") == place.bytes("out/short.dat") && place.bytes("out/again.dat") != place.bytes("out/decoded.dat"))
    let uncut = try place.run("decode", "--from-codes", "short.npy", "--like", "ecg2", "-c", "windows", "-o", "out/no")
    #expect(uncut.code == 65 && uncut.err.contains("--chunk"), "\(uncut.err)")
    // Without, numbers about 0.
    try place.need("decode", "--from-codes", "ecg2.npy", "-c", "windows", "-o", "made.csv")
    let numbers = String(decoding: try place.bytes("made.csv"), as: UTF8.self).split(separator: "\n").compactMap { Double($0) }
    #expect(numbers.count == 938 * 64)
    let mean = numbers.reduce(0, +) / Double(numbers.count)
    let deviation = (numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(numbers.count)).squareRoot()
    #expect(abs(mean) < 0.05 && abs(deviation - 1) < 0.1, "\(mean), \(deviation)")
  }

  @Test func damagedCodesAreRefused() throws {
    try place.trainPictures("linear", numbers: 12)
    try place.need("codes", "few", "-c", "linear", "-o", "good.npy")
    let good = try place.bytes("good.npy")
    func changed(_ from: String, _ to: String) throws -> Data {
      let range = try #require(good.range(of: Data(from.utf8)))
      return good[..<range.lowerBound] + Data(to.utf8) + good[range.upperBound...]
    }
    let start = 10 + Int(good[8])
    let cases: [(name: String, bytes: Data, word: String)] = [
      ("cut.npy", good.dropLast(), "30 x 12"), ("short.npy", good.prefix(9), "cut short"), ("torn.npy", good.prefix(40), "ends inside its header"),
      ("more.npy", good + Data([0]), "30 x 12"), ("version.npy", good[..<6] + Data([2]) + good[7...], "version 2.0"),
      ("huge.npy", try changed("(30, 12), }", "(999999999999,999999999999)}").prefix(200), "999999999999 x 999999999999"),
      ("many.npy", try changed("(30, 12), }", "(99999, 12)}"), "99999 x 12"), ("none.npy", try changed("(30, 12)", "(00, 12)"), "0 x 12"),
      ("double.npy", try changed("<f4", "<f8"), "astype"), ("fortran.npy", try changed("False", "True "), "Fortran"),
      ("cube.npy", try changed("(30, 12), }", "(5, 6, 12)}"), "3 dimensions"), ("text.npy", Data("dear codes".utf8), "NumPy"),
      ("word.npy", try changed("'descr'", "'decsr'"), "header"), ("nothing.npy", Data(), "NumPy"),
      ("nan.npy", good[..<(start + 48)] + Data([0, 0, 0xC0, 0x7F]) + good[(start + 52)...], "row 1, column 0"),
      ("wide.csv", Data("1,2,3\n4,5,6\n".utf8), "3 numbers a row"), ("ragged.csv", Data("1,2\n3\n".utf8), "line 2"),
      ("nan.csv", Data("1,nan\n".utf8), "not finite"), ("word.csv", Data("1,two\n".utf8), "\"two\""), ("empty.csv", Data("\n".utf8), "empty"),
    ]
    for (name, bytes, word) in cases {
      try place.write(bytes, name)
      let outcome = try place.run("decode", "--from-codes", name, "-c", "linear", "-o", "made")
      #expect(
        outcome.code == 65 && outcome.err.hasPrefix("aecodec: \(name): ") && outcome.err.contains(word), "\(name): \(outcome.code) \(outcome.err)")
      #expect(!FileManager.default.fileExists(atPath: place.path("made").path))
    }
  }

  @Test func whatHasNoCodesIsRefused() throws {
    try place.trainPictures("linear", numbers: 12)
    try place.trainPictures("other", numbers: 3)
    try FileManager.default.createDirectory(at: place.path("empty"), withIntermediateDirectories: true)
    try place.need("encode", "few", "-c", "linear", "-o", "few.aec")
    try place.write(Data("dear codec\n".utf8), "text.aec")
    for (arguments, code, word) in [
      ("codes few -o o.npy -c \(place.codec)", Int32(69), "frames"), ("codes few -o o.npy", 64, "--codec"), ("codes -o o.npy -c linear", 64, "input"),
      ("codes nosuch -o o.npy -c linear", 66, "nosuch"), ("codes empty -o o.npy -c linear", 66, "empty"),
      ("codes few.aec -o o.npy -c other", 69, "linear"),
      ("codes text.aec -o o.npy -c linear", 65, "text.aec"), ("codes few.aec -q 50 -o o.npy -c linear", 64, "few.aec"),
      ("codes few -q 101 -o o.npy -c linear", 64, "--quality"), ("codes few -o few -f -c linear", 73, "few"),
      ("codes text.aec -o ecg.csv -c linear", 73, "ecg.csv: exists already"),
      ("codes few -o no/such.npy -c linear", 73, "no/such"), ("decode few.aec --from-codes x.npy -o o -c linear", 64, "few.aec"),
      ("decode --from-codes nosuch.npy -o o -c linear", 66, "nosuch.npy"), ("decode --from-codes x.npy -c linear", 64, "--output"),
      ("decode few.aec --like few -o o", 64, "--from-codes"), ("decode few.aec --chunk 7 -o o", 64, "--chunk"),
      ("decode --from-codes x.npy --chunk 7 -o o -c linear", 64, "--like"),
      ("decode --from-codes x.npy --like few --chunk 0 -o o -c linear", 64, "--chunk"),
      ("decode --from-codes x.npy -o o -c linear --keep-going", 64, "--keep-going"),
    ] {
      let outcome = try place.run(arguments.split(separator: " ").map(String.init))
      #expect(outcome.code == code && outcome.err.contains(word), "\(arguments): \(outcome.code) \(outcome.err)")
      #expect(outcome.err.split(separator: "\n").count == 1 && !FileManager.default.fileExists(atPath: place.path("o.npy").path))
    }
  }
}
