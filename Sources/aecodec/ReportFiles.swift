import Codecs
import Evaluation
import Glibc
import Signals
import Tool

/// What a report says.
struct ReportContents {
  let codec: CodecPackage
  /// Our codec in its ways, and the peers.
  let own: [Coder]
  let peers: [any Peer]
  var files: [MeasuredFile] = []
  /// What the page shows of each file.
  var shown: [ShownSignal] = []
  /// Those that could not be measured, and why.
  var failed: [(file: String, reason: String)] = []

  var peerCoders: [Coder] { peers.map { .peer($0) } }
  var coders: [Coder] { own + peerCoders }

  /// Ours in their order, then the peers.
  var comparisons: [Comparison] { coders.map { Comparison($0, against: peerCoders, files) } }

  /// The text for the terminal.
  var table: String {
    let hours = files.reduce(0) { $0 + $1.seconds } / 3600
    var rows = [["coder"] + peers.map { "BD-rate/\($0.name)" } + ["over PRDN", "encoding", "decoding"]]
    for comparison in comparisons {
      let rates = comparison.bdRates
      let ranges = rates.filter { $0.peer != comparison.coder }.map { rate in
        rate.rate.map { "\(Wording.short($0.range.lowerBound)) to \(Wording.short($0.range.upperBound)) %" } ?? "none"
      }
      rows.append(
        [comparison.coder] + rates.map { $0.rate.map { "\($0.percent > 0 ? "+" : "")\(Wording.fixed($0.percent, 1)) %" } ?? "-" }
          + [ranges.isEmpty ? "-" : ranges.joined(separator: ", ")]
          + [comparison.encodeSpeed, comparison.decodeSpeed].map { "\(Wording.fixed($0, 0))x" })
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }.joined(separator: "  ")
    }
    return
      ([
        "\(Wording.count(files.count, "file")), \(Wording.fixed(hours, 2)) h; BD-rate of means over files, \(BDRate.method); speed against real time on one thread"
      ] + lines).joined(separator: "\n")
  }

  var page: ReportPage { ReportPage(report: json, shown: Array(zip(files, shown))) }

  var json: JSON {
    .object([
      ("command", .array(CommandLine.arguments.map { .text($0) })),
      ("versions", .object([("aecodec", .text(Filter.version))] + peers.map { ($0.name, .text($0.description)) })),
      ("codec", .object([("name", .text(codec.name)), ("id", .text(CodecLookup.hex(codec.id)))])),
      (
        "definitions",
        .object([
          ("bit_per_sample", .text("8 bytes of the file / (samples x leads)")), ("cr11", .text("11 / bit_per_sample")),
          ("prdn", .text("100 |x - y| / |x - mean(x)| in percent, mean over leads")),
          ("prd_with_offset", .text("100 |x - y| / |x| in percent over the samples as stored, the converter's offset included, mean over leads")),
          ("snr", .text("10 log10(|x - mean(x)|^2 / |x - y|^2) in dB, mean over leads")),
          ("psnr", .text("-10 log10(mean over leads of mean squared error / peak^2) in dB, peak 2^bits - 1 of the converter")),
          ("max_error", .text("largest |x - y| of all leads, in steps of the converter")),
          ("bd_rate", .text("100 (exp(mean difference) - 1) in percent, \(BDRate.method); files together: of means over files at each setting")),
          ("setting", .text("of the codec: quality; of the built-in peers: quantiser step / standard deviation of the lead")),
          ("seconds", .text("on one thread, by the clock on the wall")),
          ("peak_memory", .text("bytes that the process held at most, the original's samples included")),
        ])
      ), ("coders", .array(comparisons.map(ReportContents.json))), ("files", .array(files.map(json))),
      ("failed", .array(failed.map { .object([("file", .text($0.file)), ("reason", .text($0.reason))]) })),
    ])
  }

  private static func json(_ rate: BDRate?) -> JSON {
    rate.map { .object([("percent", .number($0.percent)), ("prdn_from", .number($0.range.lowerBound)), ("prdn_to", .number($0.range.upperBound))]) }
      ?? .null
  }

  private static func json(_ comparison: Comparison) -> JSON {
    .object([
      ("coder", .text(comparison.coder)), ("encode_times_real_time", .number(comparison.encodeSpeed)),
      ("decode_times_real_time", .number(comparison.decodeSpeed)), ("bd_rate", .object(comparison.bdRates.map { ($0.peer, json($0.rate)) })),
    ])
  }

  private func json(_ file: MeasuredFile) -> JSON {
    .object([
      ("file", .text(file.name)), ("leads", .integer(file.info.channels.count)), ("samples", .integer(file.samples)),
      ("rate", .number(file.info.rate)), ("seconds", .number(file.seconds)),
      (
        "bd_rate",
        .object(
          own.map { coder in
            let rates = peerCoders.map { peer in
              (peer.name, ReportContents.json(BDRate(of: file.curve(coder), against: file.curve(peer))))
            }
            return (coder.name, .object(rates))
          })
      ), ("points", .array(file.points.map { point in .object(ReportContents.figures(point, file)) })),
    ])
  }

  private static func figures(_ point: Measurement, _ file: MeasuredFile) -> [(String, JSON)] {
    let number = { (value: Double?) -> JSON in value.map { .number($0) } ?? .null }
    return [
      ("coder", .text(point.coder)), ("setting", .number(point.setting)), ("bytes", .integer(point.bytes)),
      ("bit_per_sample", .number(point.bitsPerSample)), ("cr11", .number(Rate.compressionRatio11(bitsPerSample: point.bitsPerSample))),
      ("prdn", number(point.prdn)), ("prd_with_offset", number(point.prdWithOffset)), ("snr", number(point.snr)), ("psnr", number(point.psnr)),
      ("max_error", .integer(Int(point.maximumError))), ("encode_seconds", .number(point.encodeSeconds)),
      ("decode_seconds", .number(point.decodeSeconds)), ("encode_times_real_time", .number(file.seconds / point.encodeSeconds)),
      ("decode_times_real_time", .number(file.seconds / point.decodeSeconds)), ("peak_memory", point.peakMemory.map { .integer($0) } ?? .null),
    ]
  }

  /// A line a point (RFC 4180); what a point does not have is empty.
  var csv: String {
    var lines: [String] = []
    for file in files {
      for point in file.points {
        let figures = ReportContents.figures(point, file)
        if lines.isEmpty { lines.append((["file", "leads", "samples", "rate"] + figures.map(\.0)).joined(separator: ",")) }
        let cells = figures.map { ReportContents.cell($0.1) }
        let about = [file.name, String(file.info.channels.count), String(file.samples), JSON.number(file.info.rate).description]
        lines.append((about.map(ReportContents.quoted) + cells).joined(separator: ","))
      }
    }
    return lines.map { $0 + "\r\n" }.joined()
  }

  private static func cell(_ value: JSON) -> String {
    switch value {
    case .text(let text): quoted(text)
    case .null: ""
    default: value.description == "null" ? "" : value.description
    }
  }

  private static func quoted(_ text: String) -> String {
    text.contains { ",\"\r\n".contains($0) } ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
  }
}

/// The files of a report on disk.
struct ReportFiles {
  let folder: String
  let overwrite: Bool

  var paths: [String] { ["report.json", "report.csv", "report.html"].map { Inputs.join(folder, $0) } }

  /// - Throws: `Failure`, `SignalError` if they cannot be written or are there already.
  func check() throws {
    if let kind = Paths.kind(folder), kind != S_IFDIR {
      throw Failure(.cannotCreate, "\(folder): this is a file, and a report is a folder; choose another name")
    }
    for path in paths { try AtomicFile.check(path, overwrite: overwrite) }
  }

  func makeFolder() throws { try Inputs.makeFolder(of: paths[0]) }

  func write(_ contents: ReportContents) throws {
    let files = try paths.map { try AtomicFile(path: $0) }
    for (file, text) in zip(files, [contents.json.description + "\n", contents.csv, contents.page.html]) { try file.write(Array(text.utf8)) }
    for file in files { try file.commit(overwrite: overwrite) }
  }
}
