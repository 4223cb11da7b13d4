/// A codec that other people made, run as its users run it: a line of a table (`OutsideTools.swift`), and all that is known of it.
public struct OutsideTool: Sendable {
  /// How samples are handed over and taken back.
  public enum Layout: Sendable, Equatable {
    /// Without any header: integers, little-endian, interleaved, of the first of these widths that holds all samples; as stored, with the converter's
    /// offset. They are signed, but for the 8 bits of pictures' samples.
    case integers([Int])
    /// Without any header: 32-bit floats, little-endian, the converter's zero taken off, lead after lead, each filled up to a multiple of 16 with its
    /// last sample.
    case floats
    /// Grey or RGB pictures, as files of Netpbm.
    case pictures
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
  public let encode: ToolCommands
  public let decode: ToolCommands
  /// What it is asked for its version with.
  public let version: ToolCommands

  init(
    _ name: String, package: String, _ layout: Layout, settings: [Double] = exact, meaning: String? = nil, rates: [Double]? = nil,
    mostChannels: Int = .max, encode: String, decode: String, version: String
  ) {
    (self.name, self.package, self.layout, self.settings, self.meaning) = (name, package, layout, settings, meaning)
    (self.rates, self.mostChannels) = (rates, mostChannels)
    (self.encode, self.decode, self.version) = (ToolCommands(encode), ToolCommands(decode), ToolCommands(version))
  }

  public var isLossless: Bool { meaning == nil }
  /// The ways in which it is measured: pictures are given to it in each of them.
  /// - Parameter isWhole: whether signals are pictures; a stack otherwise.
  public func arrangements(isWhole: Bool) -> [PictureArrangement?] { layout == .pictures ? PictureArrangement.all(isWhole: isWhole) : [nil] }

  /// What has to be installed, each with the Debian package that has it.
  var programs: [(name: String, package: String)] {
    var names: [String] = []
    for command in version.all + encode.all + decode.all where !names.contains(command.words[0]) { names.append(command.words[0]) }
    return names.map { ($0, OutsideTool.helpers[$0] ?? package) }
  }

  /// Programs that tools need beside their own, and the packages that have them.
  private static let helpers = ["pnmtopng": "netpbm", "pngtopnm": "netpbm"]

  /// A tool that loses nothing has one point.
  static let exact = [0.0]
}

/// Commands as a shell would take them: words with spaces between them, ` && ` between commands, ` > FILE` for standard output; no quotes.
///
/// Words that begin with `{in}`, `{between}` and `{out}` are files: what is given, what passes from one command to the next, and what is wanted. Other
/// placeholders are `{setting}`, `{tolerance}` (setting × standard deviation of the samples), `{rate}` in Hz, `{kHz}`, `{channels}`, `{mode}` (`m` for
/// one channel, `j` for two), `{bits}` of a sample, `{rows}` of four samples; for pictures `{chroma}` (`400` for grey, `444` for RGB) and `{levels}` (as
/// often as the shorter side can be halved, and one: 6 at most).
public struct ToolCommands: Sendable, CustomStringConvertible {
  struct Command: Sendable {
    /// The program and its arguments.
    let words: [String]
    /// The file for its standard output; nil if that belongs to what it says.
    let output: String?
  }

  public let description: String
  let all: [Command]

  init(_ text: String) {
    description = text
    all = text.split(separator: " && ").map { command in
      let words = command.split(separator: " ").map(String.init)
      if words.count > 2, words[words.count - 2] == ">" { return Command(words: words.dropLast(2), output: words.last) }
      return Command(words: words, output: nil)
    }
    precondition(all.allSatisfy { !$0.words.isEmpty }, "a program in each command")
  }

  /// The file of which a placeholder is the beginning, as it is named in the folder where the commands run.
  func file(_ placeholder: String) -> String {
    let words = all.flatMap { $0.words + [$0.output].compactMap(\.self) }
    let word = words.first { $0.hasPrefix("{\(placeholder)}") } ?? placeholder
    return ToolCommands.fileName(word)
  }

  /// `{in}.ppm` is the file in.ppm.
  static func isFile(_ word: String) -> Bool { ["{in}", "{between}", "{out}"].contains { word.hasPrefix($0) } }

  static func fileName(_ word: String) -> String { word.filter { $0 != "{" && $0 != "}" } }
}
