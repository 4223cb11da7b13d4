import Codecs
import Evaluation
import Tool

/// What a report says.
struct ReportContents {
  let kind: ReportKind
  let codecs: [CodecPackage]
  /// Files measured at once.
  let jobs: Int
  /// The distortion to which BD-rates are kept; nil for all that two curves have in common.
  let range: ClosedRange<Double>?
  /// Our codecs in their ways, and what it is compared with.
  var own: [Coder] = []
  var peers: [Coder] = []
  /// What measures sound.
  var meter = SoundMeter()
  /// Peers and judges of sound that are not there, and why.
  var leftOut: [(peer: String, reason: String)] = []
  var files: [MeasuredFile] = []
  /// Those that could not be measured, and why.
  var failed: [(file: String, reason: String)] = []

  init(_ kind: ReportKind, codecs: [CodecPackage], jobs: Int, range: ClosedRange<Double>?) {
    (self.kind, self.codecs, self.jobs, self.range) = (kind, codecs, jobs, range)
  }

  var coders: [Coder] { own + peers }
  /// Peers that have curves.
  var lossyPeers: [Coder] { peers.filter { !$0.isLossless } }

  private func has(_ measure: DistortionMeasure) -> Bool { files.contains { $0.points.contains { $0.point(measure) != nil } } }

  /// The distortion of curves: of sounds PESQ, where that can be measured.
  var measure: DistortionMeasure {
    switch kind {
    case .signals: .prdn
    case .pictures: .psnr
    case .sounds: has(.pesq) ? .pesq : .logMel
    }
  }

  /// Another one by which coders are compared; nil where there is none: of small pictures, of sounds without PESQ.
  var secondMeasure: DistortionMeasure? {
    switch kind {
    case .signals: nil
    case .pictures: has(.msSSIM) ? .msSSIM : nil
    case .sounds: has(.pesq) ? .logMel : nil
    }
  }

  /// Ours in their order, then the peers.
  var comparisons: [Comparison] { coders.map { Comparison($0, against: peers, by: measure, over: range, files) } }

  /// The same by the second measure, over all that two curves have in common.
  var secondComparisons: [Comparison] {
    secondMeasure.map { measure in coders.map { Comparison($0, against: peers, by: measure, files) } } ?? []
  }

  /// The method and range of BD-rates.
  var method: String {
    let unit = measure.figure.unit.isEmpty ? "" : " \(measure.figure.unit)"
    return BDRate.method(measure)
      + (range.map { ", \(measure.name) \(Wording.short($0.lowerBound)) to \(Wording.short($0.upperBound))\(unit)" } ?? ", whole common range")
  }

  /// How time was taken.
  var timing: String { jobs == 1 ? "on one thread" : "on one thread, \(jobs) files at once" }

  /// Points that an error took.
  var failedPoints: Int { files.reduce(0) { $0 + $1.failed.count { $0.setting != nil } } }

  /// The text for the terminal.
  var table: String {
    let comparisons = comparisons
    let columns = columns
    let second = secondMeasure == .msSSIM ? "MS-SSIM" : secondMeasure?.name ?? ""
    let rates = [("BD-rate", measure, comparisons), ("BD-rate by \(second)", secondMeasure ?? measure, secondComparisons)]
    var rows = [["coder"] + columns.map(\.name) + ["encoding", "decoding"]]
    for (coder, comparison) in zip(coders, comparisons) {
      let figures = columns.map { ReportContents.span($0.values(coder), $0.unit) }
      rows.append([coder.name] + figures + [comparison.encodeSpeed, comparison.decodeSpeed].map { $0.map(speed) ?? "-" })
    }
    return
      ([head] + ReportContents.aligned(rows) + rateLines(rates) + losslessLines
      + partLines + leftOut.map { "left out: \($0.peer): \($0.reason)" } + failureLines).joined(separator: "\n")
  }

  private var head: String {
    let means = "means over files; BD-rate: \(method)"
    if kind == .pictures {
      let pixels = files.reduce(0) { $0 + $1.samples }
      let size = Wording.short(Double(pixels) / 1e6)
      return "\(Wording.count(files.count, "picture")), \(size) megapixels; \(means); speed in megapixels a second, \(timing)"
    }
    let hours = files.reduce(0) { $0 + $1.seconds } / 3600
    return "\(Wording.count(files.count, "file")), \(Wording.fixed(hours, 2)) h; \(means); speed against real time, \(timing)"
  }

  /// The figures of a line.
  private var columns: [(name: String, unit: String, values: (Coder) -> [Double])] {
    func means(_ name: String, _ unit: String = "", _ figure: @escaping (Measurement) -> Double?) -> (String, String, (Coder) -> [Double]) {
      (name, unit, { Comparison.means($0, files, figure) })
    }
    switch kind {
    case .pictures: return [means("bit/pixel") { $0.bitsPerPixel }, means("PSNR", " dB") { $0.psnr }, means("MS-SSIM") { $0.msSSIM }]
    case .signals:
      // Stacks of pictures are told by PSNR.
      return [means("bit/sample") { $0.bitsPerSample }, means("PRDN", " %") { $0.prdn }]
        + (files.contains { $0.info.stack != nil } ? [means("PSNR", " dB") { $0.psnr }] : [])
    case .sounds:
      let scores = meter.judges.map { judge in means(judge.title) { $0.sound?.scores[judge.name] } }
      return [means("kbit/s") { $0.kilobitsPerSecond }] + scores + [means("STOI") { $0.sound?.stoi }, means("log mel", " dB") { $0.sound?.logMel }]
        + [("worst third", " dB", worstLevels)]
    }
  }

  private func speed(_ value: Double) -> String { kind == .pictures ? Wording.short(value) : "\(Wording.fixed(value, 0))x" }

  /// What coders that lose nothing need, beside the first of ours: over the files that all of them took. Coders that were measured on a part do not count.
  private var losslessLines: [String] {
    let exact = coders.filter { coder in
      let taken = files.filter { $0.point(coder, 0) != nil }
      return coder.isLossless && !taken.isEmpty && taken.allSatisfy { $0.point(coder, 0)?.samples == $0.samples }
    }
    let common = files.filter { file in exact.allSatisfy { file.point($0, 0) != nil } }
    guard exact.count > 1, !common.isEmpty else { return [] }
    let sizes = exact.map { coder in common.reduce(0) { $0 + ($1.point(coder, 0)?.bytes ?? 0) } }
    let rows = zip(exact, sizes).map { coder, size in
      let percent = 100 * (Double(size) / Double(max(1, sizes[0])) - 1)
      return [
        "nothing lost/\(coder.name)", "\(size) bytes", coder.name == exact[0].name ? "" : "\(percent > 0 ? "+" : "")\(Wording.fixed(percent, 1)) %",
      ]
    }
    return ReportContents.aligned(rows)
  }

  /// A line for each measure and each peer with a curve: what rate each of ours has beside it, and over which distortion.
  private func rateLines(_ measures: [(title: String, measure: DistortionMeasure, comparisons: [Comparison])]) -> [String] {
    let names = own.filter { !$0.isLossless }.map(\.name)
    guard !lossyPeers.isEmpty, !names.isEmpty else { return [] }
    let lines = measures.flatMap { title, measure, comparisons in
      comparisons.isEmpty ? [] : lossyPeers.map { rateLine(title, measure, comparisons, $0.name) }
    }
    return ReportContents.aligned([[""] + names] + lines)
  }

  private func rateLine(_ title: String, _ measure: DistortionMeasure, _ comparisons: [Comparison], _ peer: String) -> [String] {
    let lossy = zip(own, comparisons).filter { !$0.0.isLossless }.map(\.1)
    return ["\(title)/\(peer)"]
      + lossy.map { comparison in
        guard let rate = comparison.bdRates.first(where: { $0.peer == peer })?.rate else { return "-" }
        let range = ReportContents.span([rate.range.lowerBound, rate.range.upperBound])
        let unit = measure.figure.unit.isEmpty ? "" : " \(measure.figure.unit)"
        return "\(rate.percent > 0 ? "+" : "")\(Wording.fixed(rate.percent, 1)) % over \(range)\(unit)"
      }
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
