import Codecs
import Evaluation
import Tool

/// What a report says.
struct ReportContents {
  let codecs: [CodecPackage]
  /// Files measured at once.
  let jobs: Int
  /// The PRDN in percent to which BD-rates are kept; nil for all that two curves have in common.
  let range: ClosedRange<Double>?
  /// Our codecs in their ways, and what it is compared with.
  var own: [Coder] = []
  var peers: [Coder] = []
  /// Peers that are not there, and why.
  var leftOut: [(peer: String, reason: String)] = []
  var files: [MeasuredFile] = []
  /// Those that could not be measured, and why.
  var failed: [(file: String, reason: String)] = []

  init(codecs: [CodecPackage], jobs: Int, range: ClosedRange<Double>?) { (self.codecs, self.jobs, self.range) = (codecs, jobs, range) }

  var coders: [Coder] { own + peers }
  /// Peers that have curves.
  var lossyPeers: [Coder] { peers.filter { !$0.isLossless } }

  /// Ours in their order, then the peers.
  var comparisons: [Comparison] { coders.map { Comparison($0, against: peers, over: range, files) } }

  /// The method and range of BD-rates.
  var method: String {
    BDRate.method + (range.map { ", PRDN \(Wording.short($0.lowerBound)) to \(Wording.short($0.upperBound)) %" } ?? ", whole common range")
  }

  /// How time was taken.
  var timing: String { jobs == 1 ? "on one thread" : "on one thread, \(jobs) files at once" }

  /// Points that an error took.
  var failedPoints: Int { files.reduce(0) { $0 + $1.failed.count { $0.setting != nil } } }

  /// The text for the terminal.
  var table: String {
    let hours = files.reduce(0) { $0 + $1.seconds } / 3600
    var rows = [["coder", "bit/sample", "PRDN"] + lossyPeers.map { "BD-rate/\($0.name)" } + ["over PRDN", "encoding", "decoding"]]
    for comparison in comparisons {
      let (rates, prdns) = (comparison.curve.map(\.rate), comparison.curve.map(\.prdn))
      let others = comparison.bdRates.filter { $0.peer != comparison.coder }.compactMap(\.rate)
      let cells = lossyPeers.indices.map { k in
        guard k < comparison.bdRates.count, let rate = comparison.bdRates[k].rate else { return "-" }
        return "\(rate.percent > 0 ? "+" : "")\(Wording.fixed(rate.percent, 1)) %"
      }
      var ranges: [String] = []
      for rate in others {
        let text = ReportContents.span([rate.range.lowerBound, rate.range.upperBound], " %")
        if !ranges.contains(text) { ranges.append(text) }
      }
      rows.append(
        [comparison.coder, ReportContents.span(rates), ReportContents.span(prdns, " %")] + cells + [
          ranges.isEmpty ? "-" : ranges.joined(separator: ", ")
        ]
          + [comparison.encodeSpeed, comparison.decodeSpeed].map { $0.map { "\(Wording.fixed($0, 0))x" } ?? "-" })
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }.joined(separator: "  ")
    }
    let head =
      "\(Wording.count(files.count, "file")), \(Wording.fixed(hours, 2)) h; means over files; BD-rate: \(method); speed against real time, \(timing)"
    return ([head] + lines + leftOut.map { "left out: \($0.peer): \($0.reason)" } + failureLines).joined(separator: "\n")
  }

  /// From the smallest to the largest.
  private static func span(_ values: [Double], _ unit: String = "") -> String {
    guard let low = values.min(), let high = values.max() else { return "-" }
    return (low == high ? Wording.short(low) : "\(Wording.short(low)) to \(Wording.short(high))") + unit
  }

  /// A line for each reason why a coder lacks points, with its settings and files.
  private var failureLines: [String] {
    var lines: [(text: String, files: [String])] = []
    for coder in coders {
      for file in files {
        let failed = file.failed.filter { $0.coder == coder.name }
        var reasons: [String] = []
        for point in failed where !reasons.contains(point.reason) { reasons.append(point.reason) }
        for reason in reasons {
          let settings = failed.filter { $0.reason == reason }.compactMap(\.setting)
          let which = settings.isEmpty || settings.count == coder.settings.count ? "" : " at \(settings.map(Wording.short).joined(separator: ", "))"
          let text = "not measured: \(coder.name)\(which): \(reason)"
          if let k = lines.firstIndex(where: { $0.text == text }) { lines[k].files.append(file.name) } else { lines.append((text, [file.name])) }
        }
      }
    }
    return lines.map { line in
      let more = line.files.count > 3 ? " and \(line.files.count - 3) more" : ""
      return "\(line.text) (\(line.files.prefix(3).joined(separator: ", "))\(more))"
    }
  }
}
