import Bytes
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
      let known = rates.map { Files.number($0) }.joined(separator: ", ")
      return "cannot take \(Files.number(info.rate)) samples a second, only \(known)"
    }
    if samples.count > tool.mostChannels { return "cannot take \(samples.count) channels, only \(tool.mostChannels)" }
    if case .integers(let widths) = tool.layout, Files.width(samples, widths) == nil {
      return "cannot take samples of more than \(widths.max() ?? 0) bits"
    }
    return nil
  }

  /// The bytes of the file that the tool makes, and what the run of its program took.
  /// - Throws: `ToolError`.
  func encode(_ samples: [[Int32]], _ info: SignalInfo, setting: Double) throws -> Timed<[UInt8]> {
    let files = Files(samples, info, tool.layout)
    return try run(tool.encode, files.values(samples, info, setting), on: files.bytes(samples))
  }

  /// The samples in such a file.
  /// - Parameter like: the signal that was encoded, for its shape.
  /// - Throws: `ToolError`.
  func decode(_ bytes: [UInt8], like samples: [[Int32]], _ info: SignalInfo) throws -> Timed<[[Int32]]> {
    let files = Files(samples, info, tool.layout)
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
    guard !result.isOverTime else { throw ToolError("\(command[0]) did not end within \(Files.number(timeout)) s") }
    guard result.status == 0 else {
      throw ToolError(
        result.status < 0 ? "\(command[0]) was ended by signal \(-result.status)\(last)" : "\(command[0]) failed with status \(result.status)\(last)")
    }
    guard let output = try folder.read("out") else { throw ToolError("\(command[0]) wrote no file\(last)") }
    return Timed(value: output, seconds: result.seconds, peakMemory: nil)
  }
}

/// The samples of a signal as the bytes that a tool takes and gives.
private struct Files {
  let layout: OutsideTool.Layout
  let channels: Int
  let count: Int
  /// What stands for zero in each channel.
  let zeros: [Int]
  /// Bits of a sample.
  let bits: Int

  init(_ samples: [[Int32]], _ info: SignalInfo, _ layout: OutsideTool.Layout) {
    (self.layout, channels, count, zeros) = (layout, samples.count, samples[0].count, info.channels.map(\.baseline))
    if case .integers(let widths) = layout { bits = Files.width(samples, widths) ?? 32 } else { bits = 32 }
  }

  /// The first of some widths that holds all samples.
  static func width(_ samples: [[Int32]], _ widths: [Int]) -> Int? {
    let (low, high) = samples.joined().reduce((Int32.max, Int32.min)) { (min($0.0, $1), max($0.1, $1)) }
    return widths.first { width in Int64(low) >= -(1 << (width - 1)) && Int64(high) < 1 << (width - 1) }
  }

  static func number(_ value: Double) -> String { value == value.rounded() && abs(value) < 1e9 ? String(Int(value)) : String(value) }

  /// Samples of a lead, filled up.
  private var padded: Int { (count + 15) / 16 * 16 }

  /// What stands for the placeholders.
  func values(_ samples: [[Int32]], _ info: SignalInfo, _ setting: Double) -> [String: String] {
    let spread = samples.reduce(0) { $0 + Fidelity(original: $1, decoded: $1).spread }
    let deviation = (spread / Double(channels * count)).squareRoot()
    return [
      "setting": Files.number(setting), "tolerance": String(max(1e-3, setting * deviation)), "rate": String(Int(max(1, info.rate.rounded()))),
      "kHz": Files.number(info.rate / 1000), "channels": String(channels), "mode": channels == 1 ? "m" : "j", "bits": String(bits),
      "rows": String(channels * padded / 4),
    ]
  }

  func bytes(_ samples: [[Int32]]) -> [UInt8] {
    var writer = ByteWriter()
    switch layout {
    case .floats:
      for (lead, zero) in zip(samples, zeros) {
        for k in 0..<padded { writer.append(littleEndian: Float(Int(lead[min(k, count - 1)]) - zero).bitPattern) }
      }
    case .integers:
      for k in 0..<count {
        for lead in samples {
          let value = UInt32(bitPattern: lead[k])
          for byte in 0..<bits / 8 { writer.append(UInt8(truncatingIfNeeded: value >> UInt32(8 * byte))) }
        }
      }
    }
    return writer.bytes
  }

  /// - Throws: `ToolError` if they are not as many.
  func samples(_ bytes: [UInt8]) throws -> [[Int32]] {
    let expected = layout == .floats ? channels * padded * 4 : channels * count * bits / 8
    guard bytes.count == expected else { throw ToolError("gave back \(bytes.count) bytes of samples in the place of \(expected)") }
    switch layout {
    case .floats:
      return (0..<channels).map { c in
        (0..<count).map { k -> Int32 in
          let place = 4 * (c * padded + k)
          let pattern = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
          let value = Double(Float(bitPattern: pattern)).rounded() + Double(zeros[c])
          return Int32(value.isNaN ? 0 : min(max(value, Double(Int32.min)), Double(Int32.max)))
        }
      }
    case .integers:
      let width = bits / 8
      return (0..<channels).map { c in
        (0..<count).map { k -> Int32 in
          let place = width * (k * channels + c)
          let value = (0..<width).reduce(UInt32(0)) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
          return Int32(bitPattern: value << UInt32(32 - bits)) >> Int32(32 - bits)
        }
      }
    }
  }
}
