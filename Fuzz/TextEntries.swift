import Foundation
import Signals

/// What numbers and words of text formats are replaced with.
let textWords = [
  "0", "-1", "1", "2", "16", "80", "212", "310", "508", "1000", "65536", "2147483647", "-2147483648", "4294967296", "9223372036854775807",
  "-9223372036854775808", "99999999999999999999", "1e308", "1e-308", "1e999", "nan", "inf", "0x10", "1.5", "-0", "0.000000000000000001",
  "123456789012345678", "12345678901234567.8", "1e9", "1e-9", "1e99", "1e-99", "", "~", "x", "#", "\"", "\r\n", "\n\n", "é", "16x1+24", "16x4",
  "16:3", "16+1",
  "212+65537", "200(0)/mV", "200(1024", "/mV", "ecg.dat", "../x", "12 11 1024 0 0 0",
]

/// Reads a signal as far as a case may, in pieces of several sizes, and its description once more.
func readSome(_ reader: any SignalReader) throws {
  let info = reader.info
  var values = 0
  var piece = 1
  while values < 1 << 18 {
    let samples = try reader.read(piece)
    guard let count = samples.first?.count else { break }
    precondition(samples.count == info.channels.count && samples.allSatisfy { $0.count == count }, "channels of one length")
    for (c, channel) in samples.enumerated() {
      let range = info.sampleRange(c)
      precondition(channel.allSatisfy(range.contains), "samples within what the format stores")
    }
    values += max(1, count) * samples.count
    piece = piece * 3 % 5000 + 1
  }
  let again = try? SignalInfo(serialized: info.serialized()[...])
  precondition(again?.channels == info.channels, "a description that was read is written and read again")
}

/// WFDB headers with their signal files.
struct WFDBEntry: Entry {
  static let name = "wfdb"
  private let headers: [[UInt8]]
  private let data: [[UInt8]]
  private let folder: URL

  init(_ corpus: Corpus, samples: URL, folder: URL) throws {
    self.folder = folder
    let names = ["ecg1", "ecg2", "ecg12"]
    headers = try names.map { name in
      // A length that the shortened data have.
      let text = try String(contentsOf: samples.appending(path: "\(name).hea"), encoding: .utf8)
      var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      var fields = lines[0].split(separator: " ").map(String.init)
      if fields.count > 3 { fields[3] = "40" }
      lines[0] = fields.joined(separator: " ")
      return Array(lines.joined(separator: "\n").replacing("\(name).dat", with: "x.dat").utf8)
    }
    data = try names.map { Array(try Data(contentsOf: samples.appending(path: "\($0).dat")).prefix(1200)) }
  }

  func run(_ dice: inout Dice) throws -> Bool {
    var mutator = Mutator()
    mutator.words = textWords
    let k = dice.below(headers.count)
    let header = dice.one(in: 10) ? headers[k] : mutator.mutate(headers[k], with: headers[dice.below(headers.count)], &dice)
    let samples = dice.one(in: 3) ? Mutator().mutate(data[k], with: [], &dice) : data[k]
    try write(header, folder.appending(path: "x.hea"))
    try write(samples, folder.appending(path: "x.dat"))
    try readSome(try SignalFile.open(folder.appending(path: "x").path))
    return true
  }
}

/// Tables of numbers.
struct CSVEntry: Entry {
  static let name = "csv"
  private let tables: [[UInt8]]
  private let folder: URL

  init(_ corpus: Corpus, samples: URL, folder: URL) throws {
    self.folder = folder
    let sample = try Data(contentsOf: samples.appending(path: "ecg.csv"))
    let small = [
      "time;a;b\n0;1,5;2\n1;2.25;-3\n", "# sampling rate: 360\n\"a,b\",c\n1,2\n-3,4.125\n", "1\n2\n3\n", "1e3\t5\n-2e-3\t7\r\n", " 1  2 3\n 4  5 6\n",
      "a,b\n1,NaN\n,2.5\nn/a,-1\n",
    ]
    tables = [Array(sample.prefix(700))] + small.map { Array($0.utf8) }
  }

  func run(_ dice: inout Dice) throws -> Bool {
    var mutator = Mutator()
    mutator.words = textWords
    let table = mutator.mutate(tables[dice.below(tables.count)], with: tables[dice.below(tables.count)], &dice)
    try write(table, folder.appending(path: "x.csv"))
    var options = InputOptions(rate: dice.one(in: 4) ? nil : 250.0)
    options.keepsMissing = dice.one(in: 2)
    try readSome(try SignalFile.open(folder.appending(path: "x.csv").path, options: options))
    return true
  }
}

/// Writes a small file in place.
func write(_ bytes: [UInt8], _ url: URL) throws {
  let descriptor = open(url.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
  defer { close(descriptor) }
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
    guard count > 0 else { throw CocoaError(.fileWriteUnknown) }
    rest = rest.dropFirst(count)
  }
}
