import ArgumentParser
import Codecs
import Glibc
import Signals
import Tool

/// `aecodec encode`
struct Encode: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode", abstract: "Compresses signals: WFDB records, CSV, sound, pictures and stacks of them, headerless samples.",
    usage: "aecodec encode INPUT... [-o OUTPUT.aec] [-c CODEC] [-q QUALITY]")

  @Argument(help: "Files or records (name with or without .hea); - is standard input.")
  var inputs: [String] = []

  @Flag(help: "All inputs are one stack: pictures that are all alike, and folders with such pictures.")
  var stack = false

  @OptionGroup var output: OutputOptions
  @OptionGroup var codec: CodecOptions
  @Flag(help: "Put the codec into the file: it can be decoded where the codec is not there.")
  var embedCodec = false

  @OptionGroup var target: TargetOptions
  @OptionGroup var source: SourceOptions

  @Option(name: [.customShort("e", allowingJoined: true), .long], help: "Effort, 1 (fastest) to 9 (smallest).")
  var effort = EncodeSettings().effort

  @OptionGroup var jobs: JobOptions

  @Option(help: "The entropy stage; auto takes the smaller one, chunk by chunk.")
  var entropy = EntropyChoice.auto

  @Option(
    help: ArgumentHelp(
      "Length of the independent chunks. (default: 300; of sound by the codec of speech 10, less for very many channels, about a million pixels of a picture; items of a stack and rows of a picture count as seconds)",
      valueName: "seconds"))
  var chunk: Double?

  @Option(
    help: ArgumentHelp(
      "For live signals: write packets of so many seconds, each as soon as it is complete. Costs bytes. (default: whole chunks)",
      valueName: "seconds"))
  var packet: Double?

  @Option(help: "By codecs of frames: no frame's error may exceed this multiple of the usual one (a quarter of the quantiser's step). (default: 2)")
  var frameErrorLimit: Double?

  func validate() throws {
    try output.validate(inputs: stack ? Array(inputs.prefix(1)) : inputs)
    if stack { try validateStack() }
    if !(1...9).contains(effort) { throw ValidationError("-e/--effort: \(effort) is not from 1 to 9") }
    if let chunk, !(chunk > 0 && chunk <= 1e9) { throw ValidationError("--chunk: \(chunk) is not a length in seconds") }
    if let packet, !(packet > 0 && packet <= 1e9) { throw ValidationError("--packet: \(packet) is not a length in seconds") }
    if let frameErrorLimit, !(frameErrorLimit >= 2) { throw ValidationError("--frame-error-limit: \(frameErrorLimit) is not at least 2") }
  }

  func run() throws {
    // A codec that is not there is a mistake before any file is looked at.
    if let name = codec.codec { _ = try CodecLookup.encoder(name) }
    let tasks = stack ? [stackTask] : try Inputs.tasks(inputs, output, wanted: source.recording, name: outputName)
    try Inputs.run(tasks, jobs: jobs.count) { try encode($0, $1) }
  }

  private func validateStack() throws {
    if inputs.contains("-") { throw ValidationError("--stack: pictures are not read from standard input; give files or folders") }
    if inputs.count > 1, output.output == nil { throw ValidationError("--stack: say with -o/--output what the stack of several inputs is called") }
    if output.recursive { throw ValidationError("--stack takes the pictures right in a folder: leave out -r/--recursive, or --stack") }
    if source.raw != nil { throw ValidationError("--stack is for pictures: leave out --raw") }
  }

  /// All inputs together, under the name of the first.
  private var stackTask: Task {
    var name = inputs[0]
    while name.hasSuffix("/"), name.count > 1 { name.removeLast() }
    return Task(input: name, output: output.output ?? output.outputDir.map { Inputs.join($0, Paths.lastComponent(name) + ".aec") })
  }

  private func open(_ task: Task) throws -> any SignalReader {
    stack ? try source.limited(SignalFile.openStack(inputs)) : try source.open(task.input, keepsFloats: target.lossless)
  }

  /// A record goes by its name, everything else by its file's; what was packed by gzip comes back unpacked.
  private func outputName(_ input: String) -> String {
    (Inputs.dropping(".hea", from: input) ?? (source.raw == nil ? Inputs.dropping(".gz", from: input) : nil) ?? input) + ".aec"
  }

  private func encode(_ task: Task, _ work: Work) throws {
    let start = now()
    let path = task.output ?? outputName(task.input)
    let name = task.input == "-" ? "standard input" : task.input
    if path == "-" {
      guard isatty(1) == 0 else {
        throw Failure(.usage, "-o -: standard output is a terminal, which cannot take an .aec file; give a file or a pipe")
      }
    } else {
      try Inputs.refuseFolder(path)
      let record = Inputs.dropping(".hea", from: task.input) ?? task.input
      for file in [task.input, record + ".hea", record + ".dat"] where Paths.isSame(path, file) {
        throw Failure(.cannotCreate, "\(path): the output is the input; choose another name")
      }
      try AtomicFile.check(path, overwrite: output.force)
    }
    var reader = try open(task)
    var settings = EncodeSettings()
    settings.quality = target.quality ?? settings.quality
    settings.bound = try target.bound(reader.info)
    let package = try CodecLookup.encoder(codec.codec, for: reader.info, bound: settings.bound)
    if frameErrorLimit != nil {
      guard settings.bound == .none else { throw Failure(.usage, "--frame-error-limit: says nothing to --lossless and --max-error; leave it out") }
      guard package.isOfFrames else {
        throw Failure(.usage, "--frame-error-limit: the codec \(package.name) is none of frames; leave it out, or choose another codec with -c")
      }
    }
    let progress = Progress(name, total: reader.info.length, isShown: work.showsProgress)
    defer { progress.end() }

    if reader.info.picture != nil, !package.isOfPictures, settings.bound == .none {
      complain("\(name): the codec \(package.name) is not for pictures; \(CodecLookup.standardName(for: reader.info)) is")
    }
    let band = settings.bound == .none ? package.highestFrequency(reader.info) : nil
    if let band, band < reader.info.rate / 2 {
      complain(
        "\(name): the codec \(package.name) was trained on speech, and keeps what lies below \(Wording.short(band / 1000)) kHz; --lossless keeps all")
    }
    settings.effort = effort
    settings.entropy = entropy
    settings.frameErrorLimit = frameErrorLimit ?? settings.frameErrorLimit
    if output.outputDir != nil { try Inputs.makeFolder(of: path) }
    let file = try path == "-" ? AtomicFile(descriptor: 1, name: "standard output") : AtomicFile(path: path)
    var found: Trial?
    if let searched = target.searched {
      (settings.quality, found) = try quality(reaching: searched, settings, &reader, task, package, work, progress)
    }
    let report: EncodeReport
    if let found {
      try file.write(found.bytes)
      report = found.report
    } else {
      report = try encoder(package, settings, work).encode(reader, sink: { try file.write($0) }, progress: progress.update)
    }
    for note in reader.notes { complain("\(name): \(note)") }
    try judge(report, name)
    try file.commit(overwrite: output.force)
    progress.end()
    try EncodeSummary(input: name, output: path, report: report, settings: settings, target: target.searched, band: band, seconds: now() - start)
      .tell(asJSON: output.json)
  }

  private func encoder(_ package: CodecPackage, _ settings: EncodeSettings, _ work: Work) -> FileEncoder {
    FileEncoder(codec: package, settings: settings, chunkSeconds: chunk, packetSeconds: packet, embedsCodec: embedCodec, jobs: work.jobs)
  }

  /// A file that was made in a search.
  private struct Trial {
    let quality: Double
    let bytes: [UInt8]
    let report: EncodeReport
  }

  /// The most bytes of a trial that are kept, to save the encoding of what the search ended with.
  private static let keptBytes = 1 << 25

  /// Searches the quality that reaches a figure, at higher efforts than the usual one by that first. Returns the file made with it, of all that `reader` gave, if the search ended
  /// there and it is small; otherwise `reader` is at the beginning again.
  private func quality(
    reaching wanted: EncodeTarget, _ settings: EncodeSettings, _ reader: inout any SignalReader, _ task: Task, _ package: CodecPackage,
    _ work: Work, _ progress: Progress
  ) throws -> (Double, Trial?) {
    let held = task.input == "-" ? try HeldSignal(reader) : nil
    let open = { try held?.reader() ?? self.open(task) }
    var last: Trial?
    func value(_ quality: Double, effort: Int) throws -> Double {
      var trial = settings
      (trial.quality, trial.effort) = (quality, effort)
      var bytes: [UInt8] = []
      var isKept = true
      reader = try open()
      let report = try encoder(package, trial, work).encode(
        reader,
        sink: { part in
          isKept = isKept && bytes.count + part.count <= Encode.keptBytes
          bytes = isKept ? bytes + part : []
        }, progress: progress.update)
      last = isKept && effort == settings.effort ? Trial(quality: quality, bytes: bytes, report: report) : nil
      return wanted.value(of: report)
    }
    func measured(_ quality: Double) throws -> Double { try value(quality, effort: settings.effort) }
    let usual = EncodeSettings().effort
    let quality =
      settings.effort <= usual
      ? try TargetSearch.quality(for: wanted, measure: measured)
      : try TargetSearch.quality(for: wanted, draft: { try value($0, effort: usual) }, measure: measured)
    if let last, last.quality == quality { return (quality, last) }
    reader = try open()
    return (quality, nil)
  }

  /// Holds what was reached against what was asked for.
  private func judge(_ report: EncodeReport, _ name: String) throws {
    guard let wanted = target.searched, case let value = wanted.value(of: report), !wanted.isReached(by: value) else { return }
    let text = "\(name): \(EncodeSummary.name(wanted)) \(Wording.short(wanted.wanted)) cannot be reached; the nearest is \(Wording.short(value))"
    if target.strict { throw Failure(.data, "\(text); nothing was written") }
    complain(text)
  }
}
