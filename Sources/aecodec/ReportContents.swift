import Codecs
import Evaluation
import Tool

/// What a report says.
struct ReportContents {
  let codec: CodecPackage
  /// Our codec in its ways, and the peers.
  let own: [Coder]
  let peers: [any Peer]
  var files: [MeasuredFile] = []
  /// Those that could not be measured, and why.
  var failed: [(file: String, reason: String)] = []

  var peerCoders: [Coder] { peers.map { .peer($0) } }
  var coders: [Coder] { own + peerCoders }

  /// Ours in their order, then the peers.
  var comparisons: [Comparison] { coders.map { Comparison($0, against: peerCoders, files) } }

  /// Points that an error took.
  var failedPoints: Int { files.reduce(0) { $0 + $1.failed.count { $0.setting != nil } } }

  /// A line for each coder that lacks points of a file, and why.
  private var failureLines: [String] {
    files.flatMap { file in
      coders.flatMap { coder -> [String] in
        let failed = file.failed.filter { $0.coder == coder.name }
        var reasons: [String] = []
        for point in failed where !reasons.contains(point.reason) { reasons.append(point.reason) }
        return reasons.map { reason in
          let settings = failed.filter { $0.reason == reason }.compactMap(\.setting)
          let which =
            settings.isEmpty
            ? "" : settings.count == coder.settings.count ? ", all settings" : ", \(settings.map(Wording.short).joined(separator: " "))"
          return "not measured: \(file.name), \(coder.name)\(which): \(reason)"
        }
      }
    }
  }

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
          + [comparison.encodeSpeed, comparison.decodeSpeed].map { $0.map { "\(Wording.fixed($0, 0))x" } ?? "-" })
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
      ] + lines + failureLines).joined(separator: "\n")
  }
}
