import Signals
import Testing

@Suite struct CSVTests {
  private func table(_ text: String, rate: Double? = 100) throws -> (info: SignalInfo, samples: [[Int32]], written: String) {
    let scratch = try Scratch()
    let path = try scratch.write("t.csv", text)
    let reader = try SignalFile.open(path, options: InputOptions(rate: rate))
    let info = try SignalInfo(serialized: reader.info.serialized()[...])
    #expect(info == reader.info)
    let samples = try reader.readAll()
    try copy(try SignalFile.open(path, options: InputOptions(rate: rate)), to: try SignalFile.create(scratch.path + "/u.csv", info: info))
    return (info, samples, try scratch.text("u.csv"))
  }

  @Test func integersStayIntegers() throws {
    let (info, samples, written) = try table("1,2\n-3,4\n2147483647,-2147483648")
    #expect(samples == [[1, -3, Int32.max], [2, 4, Int32.min]] && info.length == 3 && info.rate == 100)
    #expect(written == "1,2\n-3,4\n2147483647,-2147483648\n")
  }

  @Test func decimalsComeBackAsNumbers() throws {
    let (info, samples, written) = try table("0.5;-0.001\n12;0\n-0.25;7e-3\n")
    #expect(samples == [[50, 1200, -25], [-1, 0, 7]])
    #expect(info.channels.map(\.gain) == [100, 1000])
    #expect(written == "0.50;-0.001\n12.00;0.000\n-0.25;0.007\n")
  }

  @Test func trailingZerosGiveWayWhereTheyDoNotFit() throws {
    let (_, samples, written) = try table("123456.700000\n-2.500000\n")
    #expect(samples == [[1_234_567, -25]])
    #expect(written == "123456.7\n-2.5\n")
  }

  @Test func namesCommentsAndBlankLines() throws {
    let (info, samples, written) = try table("# made by hand\n#sampling rate: 250 Hz\n\n I , \"a,b\"\r\n1,2\r\n\r\n3,4\r\n", rate: nil)
    #expect(info.rate == 250 && info.channels.map(\.name) == ["I", "a,b"])
    #expect(samples == [[1, 3], [2, 4]])
    #expect(written.hasPrefix("# made by hand\n#sampling rate: 250 Hz\n") && written.hasSuffix("\n1,2\n3,4\n"))
  }

  @Test func tabsAndSpacesSeparate() throws {
    #expect(try table("1\t2\n3\t4\n").samples == [[1, 3], [2, 4]])
    #expect(try table("  1   2\n 3 4  \n").samples == [[1, 3], [2, 4]])
  }

  @Test func longTablesReadInPieces() throws {
    let rows = (0..<60_000).map { "\($0),\(-$0 * 7)" }.joined(separator: "\n")
    let (_, samples, written) = try table(rows)
    #expect(samples[0] == (0..<60_000).map { Int32($0) } && samples[1] == (0..<60_000).map { Int32(-$0 * 7) })
    #expect(written == rows + "\n")
  }

  @Test(arguments: [
    ("", "no numbers"), ("# only\n", "no numbers"), ("a,b\n", "no numbers"), ("1.0\nNaN\nthree\n", "line 2"), ("1\n2,3\n", "line 2"),
    ("1,2\n3\n", "line 2"), ("1,2\n3,\n", "line 2"), ("a,b\n1,2\nx,3\n", "line 3"), ("nan\n1\n", "line 1"), ("1\ninf\n", "line 2"),
    ("1,2\n3,NaN\n", "line 2, column 2: \"NaN\" is a missing value; fill in"), ("a;b\n1;2\n;4\n", "line 3, column 1: an empty cell"),
    ("1,2\n3,n/a\n", "\"n/a\" is a missing value"), ("1,2\n3,-\n", "line 2, column 2: \"-\" is no number"),
    ("1\n0x10\n", "line 2"), ("1,5;2\n", "line 1"), ("0.1234567891\n", "line 1"), ("3000000000\n", "32 bits"), ("1\n1e999\n", "line 2"),
    ("1\n99999999999999999999\n", "line 2"), ("1\n1.0000000001\n", "line 2"), ("1e30\n2\n", "32 bits"), ("-\n", "no numbers"),
  ])
  func whatIsNoTableIsRefused(text: String, tells: String) throws {
    let scratch = try Scratch()
    let path = try scratch.write("t.csv", text)
    let error = #expect(throws: SignalError.self) { _ = try SignalFile.open(path, options: InputOptions(rate: 1)) }
    #expect(error?.exitCode == 65 && error!.description.contains(tells), "\(String(describing: error))")
  }

  /// Missing values stand as the lowest number, and come back in the first one's words.
  @Test(arguments: ["", "NaN", "nan", "NA", "n/a", "NULL", "None"]) func missingValuesAreKeptOnDemand(word: String) throws {
    let scratch = try Scratch()
    let path = try scratch.write("t.csv", "a,b,c\n\(word),0.50,\(word)\n-2,\(word),NA\n3,1.25,\n")
    var options = InputOptions(rate: 10)
    options.keepsMissing = true
    let info = try SignalFile.open(path, options: options).info
    let samples = try SignalFile.open(path, options: options).readAll()
    #expect(samples == [[.min, -2, 3], [50, .min, 125], [.min, .min, .min]])
    #expect((0..<3).map { info.missingValue($0) } == [.min, .min, .min] && info.knownRange(0).lowerBound == .min + 1)
    try copy(try SignalFile.open(path, options: options), to: try SignalFile.create(scratch.path + "/u.csv", info: info))
    #expect(try scratch.text("u.csv") == "a,b,c\n\(word),0.50,\(word)\n-2,\(word),\(word)\n3,1.25,\(word)\n")
  }

  @Test func tablesWithoutMissingValuesAreReadAsEver() throws {
    let scratch = try Scratch()
    var options = InputOptions(rate: 10)
    options.keepsMissing = true
    let reader = try SignalFile.open(try scratch.write("t.csv", "-2147483648,1\n5,2\n"), options: options)
    #expect(try reader.readAll() == [[.min, 5], [1, 2]] && reader.info.missingValue(0) == nil)
    // The lowest number is no sample where it stands for a missing one.
    let both = try scratch.write("both.csv", "-2147483648,1\n5,NaN\n")
    let error = #expect(throws: SignalError.self) { try SignalFile.open(both, options: options) }
    #expect(error?.description.contains("column 1: with 0 decimal places the numbers need more than 32 bits") == true)
  }

  @Test func theRateMustBeKnown() throws {
    let scratch = try Scratch()
    let path = try scratch.write("t.csv", "1\n2\n")
    let error = #expect(throws: SignalError.self) { _ = try SignalFile.open(path) }
    #expect(error?.description.contains("--rate") == true)
  }
}
