/// A codec that other people made, run as its users run it: a line of a table, and all that is known of it.
///
/// A command is words in which `{in}` and `{out}` stand for files; where there is no `{out}`, the program writes to standard output. Others are `{setting}`,
/// `{tolerance}` (setting × standard deviation of the samples), `{rate}` in Hz, `{kHz}`, `{channels}`, `{mode}` (`m` for one channel, `j` for two), `{bits}`
/// of a sample, and `{rows}` of four samples. The first word is the program.
public struct OutsideTool: Sendable {
  /// How samples are handed over and taken back, without any header.
  public enum Layout: Sendable, Equatable {
    /// Signed integers, little-endian, interleaved, of the first of these widths that holds all samples; as stored, with the converter's offset.
    case integers([Int])
    /// 32-bit floats, little-endian, the converter's zero taken off, lead after lead, each filled up to a multiple of 16 with its last sample.
    case floats
  }

  /// What users call it.
  public let name: String
  /// The Debian package that has it.
  public let package: String
  public let layout: Layout
  /// From the best quality to the worst.
  public let settings: [Double]
  /// What a setting is; nil for a tool that loses nothing.
  public let meaning: String?
  /// The sampling rates in Hz that it takes; nil for any.
  public let rates: [Double]?
  public let mostChannels: Int
  public let encode: [String]
  public let decode: [String]
  /// What it is asked for its version with.
  public let version: [String]

  public var isLossless: Bool { meaning == nil }
  /// What has to be installed.
  var programs: [String] { encode[0] == decode[0] ? [encode[0]] : [encode[0], decode[0]] }

  /// A tool that loses nothing has one point.
  static let exact = [0.0]

  /// All that are known.
  public static let all = [
    OutsideTool(
      // Blocks are 4 x 4: rows of four put 16 samples that follow each other into one, which takes half the bytes of a single long row.
      name: "zfp", package: "zfp", layout: .floats, settings: [0.25, 0.5, 1, 2, 4, 8, 16], meaning: "tolerance / standard deviation", rates: nil,
      mostChannels: .max, encode: ["zfp", "-q", "-h", "-f", "-2", "4", "{rows}", "-a", "{tolerance}", "-i", "{in}", "-z", "{out}"],
      decode: ["zfp", "-q", "-h", "-z", "{in}", "-o", "{out}"], version: []),
    OutsideTool(
      name: "opus", package: "opus-tools", layout: .integers([16]), settings: [128, 96, 64, 48, 32, 24, 16, 12, 8, 6], meaning: "kbit/s",
      rates: [8000, 12000, 16000, 24000, 44100, 48000], mostChannels: 2,
      encode: [
        "opusenc", "--quiet", "--raw", "--raw-bits", "16", "--raw-rate", "{rate}", "--raw-chan", "{channels}", "--bitrate", "{setting}", "{in}",
        "{out}",
      ], decode: ["opusdec", "--quiet", "--rate", "{rate}", "{in}", "{out}"], version: ["--version"]),
    OutsideTool(
      name: "lame", package: "lame", layout: .integers([16]), settings: [0, 2, 4, 6, 8, 9], meaning: "-V, quality of variable bit rate",
      rates: [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000], mostChannels: 2,
      encode: ["lame", "--quiet", "-r", "-s", "{kHz}", "--resample", "{kHz}", "-m", "{mode}", "-V", "{setting}", "{in}", "{out}"],
      decode: ["lame", "--quiet", "--decode", "-t", "{in}", "{out}"], version: ["--version"]),
    OutsideTool(
      name: "flac", package: "flac", layout: .integers([16, 24]), settings: exact, meaning: nil, rates: nil, mostChannels: 8,
      encode: [
        "flac", "-8", "--silent", "--no-padding", "--force-raw-format", "--endian=little", "--sign=signed", "--channels={channels}", "--bps={bits}",
        "--sample-rate={rate}", "-o", "{out}", "{in}",
      ], decode: ["flac", "-d", "--silent", "--force-raw-format", "--endian=little", "--sign=signed", "-o", "{out}", "{in}"], version: ["--version"]),
    OutsideTool(
      name: "xz", package: "xz-utils", layout: .integers([16, 32]), settings: exact, meaning: nil, rates: nil, mostChannels: .max,
      encode: ["xz", "-9e", "-c", "{in}"], decode: ["xz", "-d", "-c", "{in}"], version: ["--version"]),
    OutsideTool(
      name: "bzip2", package: "bzip2", layout: .integers([16, 32]), settings: exact, meaning: nil, rates: nil, mostChannels: .max,
      encode: ["bzip2", "-9", "-c", "{in}"], decode: ["bzip2", "-d", "-c", "{in}"], version: ["--help"]),
  ]
}
