import ArgumentParser
import Bytes
import Codecs
import Codes
import Signals
import Tensors
import Tool

/// `aecodec denoise`
struct Denoise: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "denoise", abstract: "Passes recordings or pictures through a codec that was trained to undo noise.",
    usage: "aecodec denoise INPUT... -o OUTPUT -c CODEC",
    discussion: """
      The output has the input's format, header and length. Nothing is quantised; blocks of a recording overlap and are averaged. The codec is one whose recipe \
      has a "corruption" of its input (docs/AUTOENCODERS.md); another one gives back what it can code, noise and all.
      """)

  @Argument(help: "Files or records (name with or without .hea).")
  var inputs: [String] = []

  @OptionGroup var output: OutputOptions
  @OptionGroup var codec: CodecOptions
  @OptionGroup var source: SourceOptions
  @OptionGroup var jobs: JobOptions

  func validate() throws {
    try output.validate(inputs: inputs)
    if output.output == nil, output.outputDir == nil {
      throw ValidationError("a denoised file would have the name of its input: say with -o/--output or --output-dir where it goes")
    }
  }

  func run() throws {
    Threads.jobs = jobs.count
    let package = try ItemInputs.codec(codec)
    let tasks = try Inputs.tasks(inputs, output, wanted: source.recording) {
      Inputs.dropping(".hea", from: $0) ?? Inputs.dropping(".gz", from: $0) ?? $0
    }
    try Inputs.run(tasks, jobs: jobs.count) { try denoise($0, package, $1) }
  }

  private func denoise(_ task: Task, _ package: CodecPackage, _ work: Work) throws {
    let start = now()
    let name = task.input == "-" ? "standard input" : task.input
    let reader = try source.open(task.input)
    let target = Target(task: task, options: output, format: nil, info: reader.info)
    let denoiser = try Denoiser(codec: package, info: reader.info)
    let writer = try target.writer(reader.info)
    defer { writer.abort() }
    let progress = Progress(name, total: reader.info.length, isShown: work.showsProgress)
    defer { progress.end() }
    var samples = 0
    try denoiser.run(reader, progress: progress.update) {
      try writer.write($0)
      samples += $0[0].count
    }
    try writer.finish()
    progress.end()
    let seconds = now() - start
    if output.json {
      try say(
        JSONValue.object([
          ("input", .text(name)), ("output", .text(target.path)), ("samples", .integer(samples)), ("channels", .integer(reader.info.channels.count)),
          ("seconds", .number(seconds)),
        ]).description)
    } else {
      let speed = Wording.speed(samples, reader.info, seconds: seconds)
      writeError("\(name) => \(target.path) (\(Wording.length(samples, reader.info)), \(speed))\n")
    }
  }
}
