import ArgumentParser
import Bytes
import Codecs
import Signals
import Tensors
import Tool

/// `aecodec fill`
struct Fill: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fill",
    abstract: "Fills in what is missing in signals, by a codec that learned to (of the kind masked); the rest stays bit for bit.",
    usage: "aecodec fill INPUT -c CODEC -o OUTPUT [--lost FROM-TO ...] [--mask FILE]")

  @Argument(
    help:
      "Files or records, as for encode; samples that their format marks as missing are lost, and so are cells of a table that are empty or say NaN, NA, N/A, null or none."
  )
  var inputs: [String] = []

  @OptionGroup var output: OutputOptions

  @Option(name: [.short, .customLong("codec")], help: ArgumentHelp("The codec: a name or the path of its folder.", valueName: "name|path"))
  var codec: String

  @Option(
    help: ArgumentHelp(
      "Lost in every channel: two times, as for decode; of a stack samples of each item, such as s392-s784.", valueName: "from-to"))
  var lost: [LostInterval] = []

  @Option(
    help: ArgumentHelp("Lost are the samples that are not 0 here: as large as the input, or one item for all those of a stack.", valueName: "file"))
  var mask: String?

  @OptionGroup var source: SourceOptions
  @OptionGroup var jobs: JobOptions

  func validate() throws {
    try output.validate(inputs: inputs)
    if output.output == nil, output.outputDir == nil { throw ValidationError("say with -o/--output or --output-dir where the result goes") }
    if inputs.contains("-") { throw ValidationError("standard input says nothing of its length: give a file") }
  }

  func run() throws {
    let package = try CodecLookup.encoder(codec)
    // Files come one after the other, so that each can have all threads.
    Threads.jobs = jobs.count
    let tasks = try Inputs.tasks(inputs, output, wanted: source.recording) { $0 }
    try Inputs.run(tasks, jobs: 1) { task, _ in try fill(task, package) }
  }

  private func fill(_ task: Task, _ package: CodecPackage) throws {
    let start = now()
    let reader = try source.open(task.input, keepsMissing: true)
    let info = reader.info
    let intervals = try lost.map { try $0.samples(info) }
    let lost = try LostSamples(intervals: intervals, mask: try mask.map { try source.open($0) }, info: info)
    let filler = try FileFiller(package, info: info, lost: lost)
    let target = Target(task: task, options: output, format: nil, info: info)
    let writer = try target.writer(info)
    defer { writer.abort() }
    let progress = Progress(task.input, total: info.length, isShown: true)
    defer { progress.end() }
    var done = 0
    let report = try filler.fill(reader) { part in
      try writer.write(part)
      done += part[0].count
      progress.update(done)
    }
    try writer.finish()
    progress.end()
    try tell(task, target, report, seconds: now() - start)
  }

  private func tell(_ task: Task, _ target: Target, _ report: FillReport, seconds: Double) throws {
    if report.left > 0 {
      complain("\(task.input): \(Wording.count(report.left, "lost sample")) left as before: too little is known around for the blocks of the codec")
    }
    if output.json {
      try say(
        JSONValue.object([
          ("input", .text(task.input)), ("output", .text(target.path)), ("samples", .integer(report.samples)), ("lost", .integer(report.lost)),
          ("filled", .integer(report.lost - report.left)), ("seconds", .number(seconds)),
        ]).description)
    } else {
      writeError("\(task.input) : \(report.lost - report.left) of \(Wording.count(report.samples, "sample")) filled in => \(target.path)\n")
    }
  }
}

/// An interval as the user gives it: two times with a - between them.
struct LostInterval: ExpressibleByArgument {
  let from: TimePoint
  let to: TimePoint

  init?(argument: String) {
    let parts = argument.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let from = TimePoint(argument: String(parts[0])), let to = TimePoint(argument: String(parts[1])) else { return nil }
    (self.from, self.to) = (from, to)
  }

  /// The samples that are meant: of each item, where the signal is a stack.
  /// - Throws: `Failure` if there are none.
  func samples(_ info: SignalInfo) throws -> Range<Int> {
    let (first, end): (Int, Int)
    if info.stack != nil {
      guard case .samples(let from) = from, case .samples(let to) = to else {
        throw Failure(.usage, "--lost: give samples of each item of a stack, such as s392-s784")
      }
      (first, end) = (from, min(to, info.unitSamples))
    } else {
      (first, end) = (try from.sample(info), min(try to.sample(info), info.length ?? Int.max))
    }
    guard first < end else { throw Failure(.usage, "--lost: nothing of the signal lies from sample \(first) to \(end); choose other times") }
    return first..<end
  }
}
