import Glibc
import Signals

/// An outside tool that is there, with its version.
public struct InstalledTool: Sendable {
  public let tool: OutsideTool
  /// The first line that the program says of itself.
  public let version: String
  /// Paths of the tool's programs, by name.
  private let programs: [String: String]
  /// Seconds after which a run is ended.
  private let timeout: Double

  /// Looks for the tool's programs and asks for the version.
  /// - Parameters:
  ///   - path: folders with colons between them, as in `PATH`, which is taken if nothing is said.
  ///   - timeout: seconds after which a run of the tool is ended.
  /// - Throws: `ToolError` that names the Debian package, if one is missing.
  public init(_ tool: OutsideTool, path: String? = nil, timeout: Double = 600) throws {
    let folders = (path ?? ChildProcess.variable("PATH") ?? "/usr/bin:/bin").split(separator: ":")
    var programs: [String: String] = [:]
    for name in tool.programs {
      guard let found = folders.map({ folder -> String in "\(folder)/\(name)" }).first(where: { access($0, X_OK) == 0 }) else {
        throw ToolError("\(name) is not installed; it is in Debian's package \(tool.package)")
      }
      programs[name] = found
    }
    (self.tool, self.programs, self.timeout) = (tool, programs, timeout)
    let said = try ChildProcess.run(programs[tool.encode[0]] ?? "", tool.version, output: nil, timeout: min(timeout, 10))
    version = said.text.split(separator: "\n").first { $0.contains(where: \.isNumber) }.map(String.init) ?? "version not told"
  }

  /// Ends all runs of tools and removes their files; for the thread that handles an interruption, which then ends the process.
  public static func abandonAll() {
    ChildProcess.endAll()
    TemporaryFolder.removeAll()
  }

  /// What it is, in a line, with version and commands.
  public var description: String {
    "\(version); \(tool.encode.joined(separator: " ")); \(tool.decode.joined(separator: " "))"
  }

  /// Why it cannot take a signal at any setting; nil if it can.
  func obstacle(_ samples: [[Int32]], _ info: SignalInfo) -> String? {
    if let rates = tool.rates, !rates.contains(info.rate) {
      let known = rates.map { ToolSamples.number($0) }.joined(separator: ", ")
      return "cannot take \(ToolSamples.number(info.rate)) samples a second, only \(known)"
    }
    if samples.count > tool.mostChannels { return "cannot take \(samples.count) channels, only \(tool.mostChannels)" }
    if case .integers(let widths) = tool.layout, ToolSamples.width(samples, widths) == nil {
      return "cannot take samples of more than \(widths.max() ?? 0) bits"
    }
    return nil
  }

  /// The bytes of the file that the tool makes, and what the run of its program took.
  /// - Throws: `ToolError`.
  func encode(_ samples: [[Int32]], _ info: SignalInfo, setting: Double) throws -> Timed<[UInt8]> {
    let files = ToolSamples(samples, info, tool.layout)
    return try run(tool.encode, files.values(samples, info, setting), on: files.bytes(samples))
  }

  /// The samples in such a file.
  /// - Parameter like: the signal that was encoded, for its shape.
  /// - Throws: `ToolError`.
  func decode(_ bytes: [UInt8], like samples: [[Int32]], _ info: SignalInfo) throws -> Timed<[[Int32]]> {
    let files = ToolSamples(samples, info, tool.layout)
    let result = try run(tool.decode, files.values(samples, info, 0), on: bytes)
    return Timed(value: try files.samples(result.value), seconds: result.seconds, peakMemory: nil)
  }

  /// Runs a command on a file.
  private func run(_ command: [String], _ values: [String: String], on input: [UInt8]) throws -> Timed<[UInt8]> {
    let folder = try TemporaryFolder()
    try folder.write(input, "in")
    let all = values.merging(["in": folder.path("in"), "out": folder.path("out")]) { $1 }
    let words = command.map { word in all.reduce(word) { $0.replacing("{\($1.key)}", with: $1.value) } }
    let isNamed = command.contains("{out}")
    let result = try ChildProcess.run(
      programs[command[0]] ?? "", Array(words.dropFirst()), output: isNamed ? nil : folder.path("out"), timeout: timeout)
    let last = result.text.split(separator: "\n").last.map { ": \($0)" } ?? ""
    guard !result.isOverTime else { throw ToolError("\(command[0]) did not end within \(ToolSamples.number(timeout)) s") }
    guard result.status == 0 else {
      throw ToolError(
        result.status < 0 ? "\(command[0]) was ended by signal \(-result.status)\(last)" : "\(command[0]) failed with status \(result.status)\(last)")
    }
    guard let output = try folder.read("out") else { throw ToolError("\(command[0]) wrote no file\(last)") }
    return Timed(value: output, seconds: result.seconds, peakMemory: nil)
  }
}
