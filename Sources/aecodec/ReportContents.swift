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
    let comparisons = comparisons
    // Pictures are told by it.
    let hasPSNR = files.contains { $0.info.stack != nil }
    var rows = [["coder", "bit/sample", "PRDN"] + (hasPSNR ? ["PSNR"] : []) + ["encoding", "decoding"]]
    for comparison in comparisons {
      let figures = [ReportContents.span(comparison.curve.map(\.rate)), ReportContents.span(comparison.curve.map(\.prdn), " %")]
      let speeds = [comparison.encodeSpeed, comparison.decodeSpeed].map { $0.map { "\(Wording.fixed($0, 0))x" } ?? "-" }
      rows.append([comparison.coder] + figures + (hasPSNR ? [ReportContents.span(comparison.psnr, " dB")] : []) + speeds)
    }
    let head =
      "\(Wording.count(files.count, "file")), \(Wording.fixed(hours, 2)) h; means over files; BD-rate: \(method); speed against real time, \(timing)"
    return
      ([head] + ReportContents.aligned(rows) + rateLines(comparisons) + partLines + leftOut.map { "left out: \($0.peer): \($0.reason)" }
      + failureLines).joined(separator: "\n")
  }

  /// A line for each peer with a curve: what rate each of ours has beside it, and over which PRDN.
  private func rateLines(_ comparisons: [Comparison]) -> [String] {
    let lossy = zip(own, comparisons).filter { !$0.0.isLossless }.map(\.1)
    guard !lossyPeers.isEmpty, !lossy.isEmpty else { return [] }
    let lines = lossyPeers.map { peer in
      ["BD-rate/\(peer.name)"]
        + lossy.map { comparison in
          guard let rate = comparison.bdRates.first(where: { $0.peer == peer.name })?.rate else { return "-" }
          let range = ReportContents.span([rate.range.lowerBound, rate.range.upperBound])
          return "\(rate.percent > 0 ? "+" : "")\(Wording.fixed(rate.percent, 1)) % over \(range) %"
        }
    }
    return ReportContents.aligned([[""] + lossy.map(\.coder)] + lines)
  }

  /// Cells in columns: the first to the left, others to the right.
  private static func aligned(_ rows: [[String]]) -> [String] {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }.joined(separator: "  ")
    }
  }

  /// From the smallest to the largest.
  private static func span(_ values: [Double], _ unit: String = "") -> String {
    guard let low = values.min(), let high = values.max() else { return "-" }
    return (low == high ? Wording.short(low) : "\(Wording.short(low)) to \(Wording.short(high))") + unit
  }

  /// A line for each file of which some coders were measured on a part.
  private var partLines: [String] {
    files.compactMap { file in
      let partial = file.points.filter { $0.samples < file.samples }
      guard let samples = partial.first?.samples, let layout = file.info.stack else { return nil }
      var names: [String] = []
      for point in partial where !names.contains(point.coder) { names.append(point.coder) }
      return
        "\(names.joined(separator: ", ")): measured on \(samples / layout.itemSamples) of \(layout.described(file.samples / layout.itemSamples)), "
        + "evenly spread (\(file.name))"
    }
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
