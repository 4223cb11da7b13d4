import Bytes
import Codecs
import Evaluation
import Signals
import Tool

/// What programs read of a report.
extension ReportContents {
  /// The text of report.json.
  var json: JSONValue {
    let comparisons = comparisons
    let second = secondComparisons
    return .object([
      ("kind", .text(kind.rawValue)), ("distortion", ReportContents.json(measure)),
      ("second_distortion", secondMeasure.map(ReportContents.json) ?? .null), ("command", .array(CommandLine.arguments.map { .text($0) })),
      ("versions", .object([("aecodec", .text(Filter.version))] + peers.map { ($0.name, .text($0.description ?? "")) })),
      ("judges", .object(meter.judges.map { ($0.name, .text($0.description)) })),
      ("codecs", .array(codecs.map { .object([("name", .text($0.name)), ("id", .text(hexadecimal($0.id)))]) })),
      ("definitions", .object(definitions.map { ($0, .text($1)) })), ("jobs", .integer(jobs)),
      ("left_out", .array(leftOut.map { .object([("coder", .text($0.peer)), ("reason", .text($0.reason))]) })),
      ("coders", .array(coders.indices.map { json(coders[$0], comparisons[$0], second.isEmpty ? nil : second[$0]) })),
      ("files", .array(files.map(json))), ("failed", .array(failed.map { .object([("file", .text($0.file)), ("reason", .text($0.reason))]) })),
    ])
  }

  private var definitions: [(String, String)] {
    if kind == .pictures { return pictureDefinitions }
    if kind == .sounds { return soundDefinitions }
    return [
      ("bit_per_sample", "8 bytes of the file / (samples x leads)"), ("cr11", "11 / bit_per_sample"),
      ("prdn", "100 |x - y| / |x - mean(x)| in percent, mean over leads"),
      ("prd_with_offset", "100 |x - y| / |x| in percent over the samples as stored, the converter's offset included, mean over leads"),
      ("snr", "10 log10(|x - mean(x)|^2 / |x - y|^2) in dB, mean over leads"),
      ("psnr", "-10 log10(mean over leads of mean squared error / peak^2) in dB, peak 2^bits - 1 of the converter, white of a stack"),
      ("item_error", "of a stack: squared error of an item, its samples from 0 to 1, mean over items"),
      ("max_error", "largest |x - y| of all leads, in steps of the converter"),
      (
        "measured_samples",
        "of each lead: all, but for coders that make a file of each picture, which get some pictures of a large stack, evenly spread"
      ),
    ] + commonDefinitions + [
      (
        "r_peaks",
        "of the first lead, where it is in volts at 100 to 1000 Hz: Pan and Tompkins (1985) on original and decoded samples; sensitivity and ppv in percent, "
          + "a peak found again within \(Wording.fixed(1000 * PeakAgreement.window, 0)) ms (ANSI/AAMI EC57); jitter_ms: standard deviation, mean_abs_ms: mean "
          + "size of decoded - original time"
      )
    ]
  }

  /// Those of all kinds.
  var commonDefinitions: [(String, String)] {
    [
      (
        "bd_rate",
        "100 (exp(mean difference) - 1) in percent, \(method); files together: of means over files at each setting, over the files where both "
          + "coders have all points"
      ), ("setting", "what it is stands with the coder; 0 where nothing is lost"),
      ("seconds", "by the clock on the wall, \(timing); outside tools: of their program alone, with as many threads as it takes"),
      (
        "peak_memory",
        "bytes that the process held at most, the original's samples included, where one file was measured at a time; none of outside tools"
      ),
    ]
  }

  private static func json(_ measure: DistortionMeasure) -> JSONValue {
    .object([("key", .text(measure.figure.key)), ("name", .text(measure.name)), ("unit", .text(measure.figure.unit))])
  }

  static func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }

  static func integer(_ value: Int?) -> JSONValue { value.map { .integer($0) } ?? .null }

  /// - Parameter key: the distortion of its range.
  private static func json(_ rate: BDRate?, _ key: String) -> JSONValue {
    rate.map {
      .object([("percent", .number($0.percent)), ("\(key)_from", .number($0.range.lowerBound)), ("\(key)_to", .number($0.range.upperBound))])
    } ?? .null
  }

  /// - Parameter second: the comparison by the second measure; nil where there is none.
  private func json(_ coder: Coder, _ comparison: Comparison, _ second: Comparison?) -> JSONValue {
    let key = measure.figure.key
    let points = comparison.curve.map { JSONValue.object([(rateKey, .number($0.rate)), (key, .number($0.distortion))]) }
    let more = second.map { [("bd_rate_\(secondName)", $0.bdRates, secondMeasure?.figure.key ?? "")] } ?? []
    let rates = [("bd_rate", comparison.bdRates, key)] + more
    return .object(
      [
        ("coder", .text(comparison.coder)), ("setting", coder.meaning.map { .text($0) } ?? .null), ("lossless", .flag(coder.isLossless)),
        ("points", .array(points)), ("encode_\(speedKey)", ReportContents.number(comparison.encodeSpeed)),
        ("decode_\(speedKey)", ReportContents.number(comparison.decodeSpeed)),
      ] + rates.map { name, list, key in (name, .object(list.map { ($0.peer, ReportContents.json($0.rate, key)) })) }
        + [("bd_rate_files", .object(comparison.bdRates.map { ($0.peer, .integer($0.files)) }))])
  }

  private var rateKey: String { kind == .pictures ? "bit_per_pixel" : kind == .sounds ? "kbit_per_second" : "bit_per_sample" }
  private var secondName: String { secondMeasure == .msSSIM ? "ms_ssim" : secondMeasure?.figure.key ?? "" }
  private var speedKey: String { kind == .pictures ? "megapixels_per_second" : "times_real_time" }

  private static func json(_ point: FailedPoint) -> JSONValue {
    .object([("coder", .text(point.coder)), ("setting", number(point.setting)), ("reason", .text(point.reason))])
  }

  private func json(_ file: MeasuredFile) -> JSONValue {
    let rates = own.filter { !$0.isLossless }.map { coder in
      (
        coder.name,
        JSONValue.object(
          lossyPeers.map { peer in
            let rate = BDRate(of: file.curve(coder, by: measure), against: file.curve(peer, by: measure), by: measure, over: range)
            return (peer.name, ReportContents.json(rate, measure.figure.key))
          })
      )
    }
    let points = file.points.map { point in
      if kind == .pictures { return JSONValue.object(ReportContents.pictureFigures(point)) }
      if kind == .sounds {
        return JSONValue.object(ReportContents.soundFigures(point) + [("third_octaves", .object(ReportContents.levels(point)))])
      }
      let peaks = point.peaks.map { JSONValue.object(ReportContents.figures($0)) } ?? .null
      return JSONValue.object(ReportContents.figures(point) + [("r_peaks", peaks)])
    }
    let length: [(String, JSONValue)] = kind == .pictures ? [] : [("seconds", .number(file.seconds))]
    return .object(
      about(file) + length + [("bd_rate", .object(rates)), ("points", .array(points)), ("failed", .array(file.failed.map(ReportContents.json)))])
  }

  /// What a file is.
  private func about(_ file: MeasuredFile) -> [(String, JSONValue)] {
    if let picture = file.info.picture { return ReportContents.figures(file, picture) }
    return [
      ("file", .text(file.name)), ("leads", .integer(file.info.channels.count)), ("samples", .integer(file.samples)),
      ("rate", .number(file.info.rate)),
    ]
  }

  private static func figures(_ point: Measurement) -> [(String, JSONValue)] {
    [
      ("coder", .text(point.coder)), ("setting", .number(point.setting)), ("bytes", .integer(point.bytes)),
      ("bit_per_sample", .number(point.bitsPerSample)), ("cr11", .number(Rate.compressionRatio11(bitsPerSample: point.bitsPerSample))),
      ("prdn", number(point.prdn)), ("prd_with_offset", number(point.prdWithOffset)), ("snr", number(point.snr)), ("psnr", number(point.psnr)),
      ("item_error", number(point.itemError)),
      ("max_error", .integer(Int(point.maximumError))), ("measured_samples", .integer(point.samples)),
      ("encode_seconds", .number(point.encodeSeconds)),
      ("decode_seconds", .number(point.decodeSeconds)), ("encode_times_real_time", .number(point.signalSeconds / point.encodeSeconds)),
      ("decode_times_real_time", .number(point.signalSeconds / point.decodeSeconds)), ("peak_memory", integer(point.peakMemory)),
    ]
  }

  private static func figures(_ peaks: PeakAgreement?) -> [(String, JSONValue)] {
    [
      ("original", integer(peaks?.original)), ("decoded", integer(peaks?.decoded)), ("sensitivity", number(peaks?.sensitivity)),
      ("ppv", number(peaks?.positivePredictiveValue)), ("jitter_ms", number(peaks?.jitter)), ("mean_abs_ms", number(peaks?.meanAbsoluteShift)),
    ]
  }

  /// The text of report.csv (RFC 4180): a line for each point and each failure. What a line does not have is empty.
  var csv: String {
    var table: [[(String, JSONValue)]] = []
    for file in files {
      let about = about(file)
      for point in file.points {
        let figures =
          switch kind {
          case .pictures: ReportContents.pictureFigures(point)
          case .sounds: ReportContents.soundFigures(point) + ReportContents.levels(point).map { ("third_octave_" + $0.0, $0.1) }
          case .signals: ReportContents.figures(point) + ReportContents.figures(point.peaks).map { ("r_peaks_" + $0.0, $0.1) }
          }
        table.append(about + figures)
      }
      for point in file.failed {
        table.append(about + [("coder", .text(point.coder)), ("setting", ReportContents.number(point.setting)), ("failed", .text(point.reason))])
      }
    }
    for (file, reason) in failed { table.append([("file", .text(file)), ("failed", .text(reason))]) }
    // Lines of points come with all columns but the last.
    var columns = table.max { $0.count < $1.count }?.map(\.0).filter { $0 != "failed" } ?? []
    columns.append("failed")
    let lines = table.map { line in
      columns.map { column in line.first { $0.0 == column }.map { ReportContents.cell($0.1) } ?? "" }.joined(separator: ",")
    }
    return ([columns.joined(separator: ",")] + lines).map { $0 + "\r\n" }.joined()
  }

  private static func cell(_ value: JSONValue) -> String {
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
