import ArgumentParser
import Codecs
import Container
import Glibc
import Signals
import Tool

/// Which codec.
struct CodecOptions: ParsableArguments {
  @Option(name: [.short, .customLong("codec")], help: ArgumentHelp("The codec: a name or the path of its folder.", valueName: "name|path"))
  var codec: String?
}

/// How many threads.
struct JobOptions: ParsableArguments {
  @Option(name: [.customShort("j", allowingJoined: true), .long], help: "Threads; the output does not depend on them. (default: one a processor)")
  var jobs: Int?

  func validate() throws {
    if let jobs, !(1...1024).contains(jobs) { throw ValidationError("-j/--jobs: \(jobs) is not from 1 to 1024") }
  }

  var count: Int { jobs ?? max(1, min(1024, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}

/// Where results go.
struct OutputOptions: ParsableArguments {
  @Option(name: [.short, .long], help: "The output; - is standard output. (default: beside the input; of standard input, standard output)")
  var output: String?

  /// Where the result of these inputs goes: that of standard input alone to standard output, unless that is a terminal.
  func path(for inputs: [String]) -> String? { output ?? (inputs == ["-"] && isatty(1) == 0 ? "-" : nil) }

  @Option(help: "The folder for the outputs of several inputs.")
  var outputDir: String?

  @Flag(name: .shortAndLong, help: "Take folders and all below them; --output-dir mirrors the tree.")
  var recursive = false

  @Flag(name: [.short, .customLong("force")], help: "Overwrite existing files.")
  var force = false

  @Flag(help: "Print what was done as JSON, a line a file, on standard output.")
  var json = false

  func validate(inputs: [String]) throws {
    if inputs.isEmpty { throw ValidationError("no input: give a file, a record, or - for standard input") }
    if output != nil, outputDir != nil { throw ValidationError("-o/--output and --output-dir exclude each other: give one") }
    if output != nil, inputs.count > 1 { throw ValidationError("-o/--output is for one input: use --output-dir for several") }
    if output != nil, recursive { throw ValidationError("-o/--output is for one input: use --output-dir with -r/--recursive") }
    if inputs.contains("-"), path(for: inputs) == nil {
      throw ValidationError("standard input has no name: say with -o/--output where the result goes")
    }
    if path(for: inputs) == "-", json { throw ValidationError("-o - and --json both use standard output: give one") }
  }
}

/// How large a file may be.
struct LimitOptions: ParsableArguments {
  @Option(help: "The most samples times channels in one chunk of a file that is read.")
  var limitValues = ContainerLimits().valuesPerChunk

  func validate() throws {
    if !(1...1 << 31).contains(limitValues) { throw ValidationError("--limit-values: \(limitValues) is not from 1 to \(1 << 31)") }
  }

  var limits: ContainerLimits {
    var limits = ContainerLimits()
    limits.valuesPerChunk = limitValues
    return limits
  }
}

extension EntropyChoice: ExpressibleByArgument {}
extension RawEncoding: ExpressibleByArgument {}
extension OutputFormat: ExpressibleByArgument {}

/// What the input is, where it does not say so itself, and which part of it to take.
struct SourceOptions: ParsableArguments {
  @Option(help: "The input is headerless samples of this kind.")
  var raw: RawEncoding?

  @Option(help: "Samples per second of input that does not say it.")
  var rate: Double?

  @Option(help: "Channels of headerless input, interleaved.")
  var channels: Int?

  @Option(help: ArgumentHelp("Only these signals, by number from 0 or by name, with commas.", valueName: "0,2|II,V5"))
  var signals: String?

  @Option(
    name: [.customShort("t"), .long],
    help: ArgumentHelp(
      "Only up to this time: seconds, [HH:]MM:SS[.fff], or s and samples; items of a stack and rows of a picture count as seconds.", valueName: "time"
    ))
  var to: TimePoint?

  func validate() throws {
    if let rate, !(rate > 0 && rate <= 1e9) { throw ValidationError("--rate: \(rate) is not a sampling rate in Hz") }
    if let channels, channels < 1 { throw ValidationError("--channels: \(channels) is not at least 1") }
    if raw != nil, rate == nil { throw ValidationError("--raw needs --rate: headerless samples do not say how many there are in a second") }
    if channels != nil, raw == nil { throw ValidationError("--channels is for headerless input: give --raw too") }
  }

  /// The input that a file in a folder stands for: records by their headers, tables, sound, pictures, stacks of them; everything but our own files with --raw.
  /// Nil for others.
  func recording(_ path: String) -> String? {
    if path.hasSuffix(".aec") { return nil }
    if raw != nil { return path }
    if let record = Inputs.dropping(".hea", from: path) { return record }
    let isKnown = path.lowercased().hasSuffix(".csv") || SignalFile.isSound(path) || SignalFile.isStack(path) || SignalFile.isPicture(path)
    return isKnown ? path : nil
  }

  /// - Parameters:
  ///   - picturesAreItems: a picture is a stack of one.
  ///   - keepsMissing: whether tables may have missing values.
  ///   - keepsFloats: whether floating-point samples keep all their bits.
  func open(_ path: String, picturesAreItems: Bool = false, keepsMissing: Bool = false, keepsFloats: Bool = false) throws -> any SignalReader {
    let selection = signals?.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    var options = InputOptions(raw: raw, rate: rate, channels: channels ?? 1, selection: selection, picturesAreItems: picturesAreItems)
    (options.keepsMissing, options.keepsFloats) = (keepsMissing, keepsFloats)
    return try limited(SignalFile.open(path, options: options))
  }

  /// Up to the time that was given.
  func limited(_ reader: any SignalReader) throws -> any SignalReader {
    guard let to else { return reader }
    let samples = try to.sample(reader.info)
    guard samples > 0 || reader.info.picture == nil else { throw Failure(.usage, "-t/--to: no row of the picture is before this; give one or more") }
    return LimitedReader(reader, samples: samples)
  }
}
