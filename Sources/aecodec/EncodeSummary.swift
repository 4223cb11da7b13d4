import Bytes
import Codecs
import Glibc
import Signals
import Tool

/// What is told after a file was encoded.
struct EncodeSummary {
  let input: String
  let output: String
  let report: EncodeReport
  let settings: EncodeSettings
  let target: EncodeTarget?
  /// What is kept of the frequencies of a sound, in Hz from 0 upwards; nil of other signals, and where nothing is left out.
  let band: Double?
  let seconds: Double

  func tell(asJSON: Bool) throws {
    if asJSON {
      try say(json.description)
    } else {
      writeError(line + "\n")
    }
  }

  static func name(_ target: EncodeTarget) -> String {
    switch target {
    case .prdn: "--prdn"
    case .psnr: "--psnr"
    case .bitrate: "--bitrate"
    case .size: "--target-size"
    }
  }

  /// Bytes of the samples in the source's files.
  private var inputBytes: Int {
    let bits = report.info.channels.indices.reduce(0) { $0 + (report.info.sound?.bits ?? report.info.storageBits($1)) }
    return (report.samples * bits + 7) / 8
  }

  private var kilobitsPerSecond: Double { EncodeTarget.bitrate(0).value(of: report) / 1000 }

  private var bitPerSample: Double {
    Double(8 * report.bytes) / Double(max(1, report.samples * report.info.channels.count))
  }

  /// The distortion as it is usually told: pictures by PSNR, waveforms by PRDN. What a codec of speech does to a waveform says nothing.
  private var distortion: String {
    if let band { return "sound up to \(Wording.short(band / 1000)) kHz" }
    return !report.info.isVisual ? "PRDN \(Wording.short(report.distortion.meanPRDN)) %" : "PSNR \(Wording.fixed(report.psnr, 2)) dB"
  }

  private var line: String {
    let percent = inputBytes == 0 ? "-" : "\(Wording.fixed(100 * Double(report.bytes) / Double(inputBytes), 1))%"
    let loss: String
    if report.distortion.maximumError == 0 {
      loss = "lossless"
    } else {
      loss = (settings.bound == .none ? "" : "error at most \(report.distortion.maximumError), ") + distortion
    }
    let isVisual = report.info.isVisual
    let aim: String
    switch target {
    case .psnr where !isVisual: aim = ", PSNR \(Wording.fixed(report.psnr, 2)) dB"
    case .prdn where isVisual: aim = ", PRDN \(Wording.short(report.distortion.meanPRDN)) %"
    case .bitrate where report.info.isSound: aim = ""
    case .bitrate:
      aim = ", \(Wording.short(target?.value(of: report) ?? 0)) bit/\(report.info.stack != nil ? "item" : report.info.picture != nil ? "row" : "s")"
    case .psnr, .prdn, .size, nil: aim = ""
    }
    let rate = report.info.isSound ? "\(Wording.short(kilobitsPerSecond)) kbit/s" : "\(Wording.short(bitPerSample)) bit/sample"
    return "\(input) : \(percent) (\(Wording.bytes(inputBytes)) => \(Wording.bytes(report.bytes)), \(rate), "
      + "\(loss)\(aim), \(Wording.speed(report.samples, report.info, seconds: seconds)))"
  }

  private var worstFrame: JSONValue {
    guard let frame = report.distortion.worstFrame else { return .null }
    return .object([
      ("start_sample", .integer(frame.start)), ("start_seconds", .number(Double(frame.start) / report.info.rate)), ("samples", .integer(frame.count)),
      ("lead", .integer(frame.channel)), ("rms_error", .number(frame.error)), ("relative_to_record", .number(frame.relativeToRecord)),
    ])
  }

  private var json: JSONValue {
    var members: [(String, JSONValue)] = [
      ("input", .text(input)), ("output", .text(output)), ("input_bytes", .integer(inputBytes)), ("bytes", .integer(report.bytes)),
      ("samples", .integer(report.samples)), ("channels", .integer(report.info.channels.count)), ("rate", .number(report.info.rate)),
      ("bit_per_sample", .number(bitPerSample)), ("kilobits_per_second", report.info.isSound ? .number(kilobitsPerSecond) : .null),
      ("band", band.map(JSONValue.number) ?? .null), ("quality", settings.bound == .none ? .number(settings.quality) : .null),
      ("prdn", .array(report.distortion.channels.map { .number($0.prdn) })), ("prdn_mean", .number(report.distortion.meanPRDN)),
      ("psnr", .number(report.psnr)),
      ("max_error", .integer(Int(report.distortion.maximumError))), ("worst_frame", worstFrame),
    ]
    if let target {
      let value = target.value(of: report)
      members.append(
        (
          "target",
          .object([
            ("name", .text(EncodeSummary.name(target))), ("wanted", .number(target.wanted)), ("value", .number(value)),
            ("reached", .flag(target.isReached(by: value))),
          ])
        ))
    }
    return .object(members + [("seconds", .number(seconds))])
  }
}
