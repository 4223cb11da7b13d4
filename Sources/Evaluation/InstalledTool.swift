import Glibc
import Signals

/// An outside tool that is there, with its version.
public struct InstalledTool: Sendable {
  public let tool: OutsideTool
  /// How pictures become files, for a tool that takes them.
  public let arrangement: PictureArrangement?
  /// The first line with a version in what the program says of itself.
  public let version: String
  /// Paths of the tool's programs, by name.
  private let programs: [String: String]
  /// Seconds after which a command is ended.
  private let timeout: Double

  /// Looks for the tool's programs and asks for the version.
  /// - Parameters:
  ///   - arrangement: for a tool that takes pictures, and for no other.
  ///   - path: folders with colons between them, as in `PATH`, which is taken if nothing is said.
  ///   - timeout: seconds after which a command is ended.
  /// - Throws: `ToolError` that names the Debian package, if one is missing.
  public init(_ tool: OutsideTool, _ arrangement: PictureArrangement? = nil, path: String? = nil, timeout: Double = 600) throws {
    precondition((arrangement != nil) == (tool.layout == .pictures), "an arrangement where the tool takes pictures")
    var programs: [String: String] = [:]
    for (name, package) in tool.programs {
      guard let found = ChildProcess.program(name, path: path) else {
        throw ToolError("\(name) is not installed; it is in Debian's package \(package)")
      }
      programs[name] = found
    }
    (self.tool, self.arrangement, self.programs, self.timeout) = (tool, arrangement, programs, timeout)
    let words = tool.version.all[0].words
    let said = try ChildProcess.run(programs[words[0]] ?? "", Array(words.dropFirst()), output: nil, timeout: min(timeout, 10))
    version = said.text.split(separator: "\n").first { $0.contains(/[0-9]\.[0-9]/) }.map(String.init) ?? "version not told"
  }

  /// The tool's, and the way that it gets pictures.
  public var name: String {
    switch arrangement {
    case nil, .whole: tool.name
    case .files: "\(tool.name) files"
    case .tiles: "\(tool.name) tiles"
    }
  }

  /// Ends all runs of tools and removes their files; for the thread that handles an interruption, which then ends the process.
  public static func abandonAll() {
    ChildProcess.endAll()
    TemporaryFolder.removeAll()
  }

  /// What it is, in a line, with version and commands.
  public var description: String {
    let way =
      switch arrangement {
      case nil, .whole: ""
      case .files: "; a file for each picture, of \(PictureSheets.mostFiles) pictures evenly spread where a stack has more"
      case .tiles: "; all pictures side by side in files of at most \(PictureSheets.longestSide) x \(PictureSheets.longestSide)"
      }
    return "\(version); \(tool.encode); \(tool.decode)\(way)"
  }

  /// Why it cannot take a signal at any setting; nil if it can.
  func obstacle(_ samples: [[Int32]], _ info: SignalInfo) -> String? {
    if let rates = tool.rates, !rates.contains(info.rate) {
      let known = rates.map { ToolSamples.number($0) }.joined(separator: ", ")
      return "cannot take \(ToolSamples.number(info.rate)) samples a second, only \(known)"
    }
    if samples.count > tool.mostChannels { return "cannot take \(samples.count) channels, only \(tool.mostChannels)" }
    if let arrangement {
      guard let sheets = PictureSheets(info, arrangement) else { return "takes \(PictureSheets.described(arrangement)) only" }
      if !sheets.areWhole(samples) { return "cannot take a part of a picture" }
    }
    if case .integers(let widths) = tool.layout, ToolSamples.width(samples, info, widths) == nil {
      return "cannot take samples of more than \(widths.max() ?? 0) bits"
    }
    return nil
  }

  /// The samples that it is measured on: all, or those of some pictures.
  func part(of samples: [[Int32]], _ info: SignalInfo) -> [[Int32]] {
    guard let arrangement, let sheets = PictureSheets(info, arrangement) else { return samples }
    return sheets.part(of: samples)
  }

  /// The bytes of the files that the tool makes, and what the runs of its programs took.
  /// - Throws: `ToolError`.
  func encode(_ samples: [[Int32]], _ info: SignalInfo, setting: Double) throws -> Timed<[[UInt8]]> {
    guard let arrangement, let sheets = PictureSheets(info, arrangement) else {
      let files = ToolSamples(samples, info, tool.layout)
      let result = try run(tool.encode, files.values(samples, info, setting), on: files.bytes(samples))
      return Timed(value: [result.value], seconds: result.seconds, peakMemory: nil)
    }
    return try each(sheets.sheets(of: samples)) { try run(tool.encode, InstalledTool.values($0, setting), on: $0.netpbm) }
  }

  /// The samples in such files.
  /// - Parameter like: the signal that was encoded, for its shape.
  /// - Throws: `ToolError`.
  func decode(_ files: [[UInt8]], like samples: [[Int32]], _ info: SignalInfo) throws -> Timed<[[Int32]]> {
    guard let arrangement, let sheets = PictureSheets(info, arrangement) else {
      let layout = ToolSamples(samples, info, tool.layout)
      let result = try run(tool.decode, layout.values(samples, info, 0), on: files[0])
      return Timed(value: try layout.samples(result.value), seconds: result.seconds, peakMemory: nil)
    }
    let pictures = try each(files) { file in
      try run(tool.decode, [:], on: file) { folder, name in
        do { return try Picture(file: folder.path(name)) } catch let error as SignalError {
          throw ToolError("gave back no picture: \(error.description.replacing("\(folder.path)/", with: ""))")
        }
      }
    }
    return Timed(value: try sheets.samples(pictures.value, count: samples[0].count), seconds: pictures.seconds, peakMemory: nil)
  }

  /// All results, and what they took together.
  private func each<Item, Result>(_ items: [Item], _ body: (Item) throws -> Timed<Result>) rethrows -> Timed<[Result]> {
    var (results, seconds) = ([Result](), 0.0)
    for item in items {
      let result = try body(item)
      results.append(result.value)
      seconds += result.seconds
    }
    return Timed(value: results, seconds: seconds, peakMemory: nil)
  }

  /// What stands for the placeholders of a picture.
  private static func values(_ picture: Picture, _ setting: Double) -> [String: String] {
    var (levels, side) = (1, min(picture.rows, picture.columns))
    while side > 1, levels < 6 { (levels, side) = (levels + 1, side / 2) }
    return ["setting": ToolSamples.number(setting), "chroma": picture.colours == 1 ? "400" : "444", "levels": String(levels)]
  }

  /// Runs commands on a file.
  /// - Parameter take: what is taken of the file that they make, told by its name in a folder that goes afterwards; its bytes if nothing is said.
  private func run<Output>(
    _ commands: ToolCommands, _ values: [String: String], on input: [UInt8],
    take: (TemporaryFolder, String) throws -> Output = { try $0.read($1) }
  ) throws -> Timed<Output> {
    let folder = try TemporaryFolder()
    try folder.write(input, commands.file("in"))
    var (seconds, said) = (0.0, "")
    for command in commands.all {
      let name = command.words[0]
      let arguments = command.words.dropFirst().map { word in
        if ToolCommands.isFile(word) { return folder.path(ToolCommands.fileName(word)) }
        return values.reduce(word) { $0.replacing("{\($1.key)}", with: $1.value) }
      }
      let result = try ChildProcess.run(
        programs[name] ?? "", arguments, output: command.output.map { folder.path(ToolCommands.fileName($0)) }, timeout: timeout)
      seconds += result.seconds
      let last = result.text.split(separator: "\n").last.map { ": \($0)" } ?? ""
      guard !result.isOverTime else { throw ToolError("\(name) did not end within \(ToolSamples.number(timeout)) s") }
      guard result.status == 0 else {
        throw ToolError(
          result.status < 0 ? "\(name) was ended by signal \(-result.status)\(last)" : "\(name) failed with status \(result.status)\(last)")
      }
      said = "\(name) wrote no file\(last)"
    }
    let output = commands.file("out")
    guard folder.has(output) else { throw ToolError(said) }
    return Timed(value: try take(folder, output), seconds: seconds, peakMemory: nil)
  }
}
