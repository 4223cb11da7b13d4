import ArgumentParser
import Bytes
import Codecs
import Container
import Glibc
import Signals
import Tool

/// `aecodec decode`
struct Decode: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode", abstract: "Gives signals back, in their own format or another.",
    usage: "aecodec decode INPUT.aec... [-o OUTPUT] [--format FORMAT] [--from TIME] [--to TIME]",
    discussion: """
      aecodec decode --from-codes CODES.npy -c CODEC -o OUTPUT [--like FILE] makes signals of codes, a row a block, as aecodec codes writes them. For codecs \
      of pictures ("scaling": "range") that is a stack. The mean and the deviation of a recording's leads are not in its codes: with --like they, its rate, \
      leads, length and format are those of FILE; without, the output is a column of numbers of mean 0 and deviation 1, block after block.
      """)

  @Argument(help: "Files made by encode; - is standard input.")
  var inputs: [String] = []

  @OptionGroup var output: OutputOptions

  @Option(
    help: ArgumentHelp(
      "The format of the output. (default: that of the source; of pictures and sound, what the name of the output says)",
      valueName: "wfdb|raw|csv|wav|flac|aiff|rf64|w64|idx|png|pnm|pam|tiff"))
  var format: OutputFormat?

  @Option(
    help: ArgumentHelp(
      "From this time on: seconds, [HH:]MM:SS[.fff], or s and samples; items of a stack and rows of a picture count as seconds.", valueName: "time"))
  var from: TimePoint?

  @Option(name: [.customShort("t"), .long], help: ArgumentHelp("Up to this time.", valueName: "time"))
  var to: TimePoint?

  @Flag(help: "Decode what is left of a damaged file, holding the last sample over gaps; exit 65 if there were any.")
  var keepGoing = false

  @Option(help: ArgumentHelp("Decode a file of codes instead: NumPy's format, or .csv.", valueName: "codes"))
  var fromCodes: String?

  @Option(help: ArgumentHelp("For codes of a recording: the signal that they are of.", valueName: "file"))
  var like: String?

  @Option(
    help: ArgumentHelp("With --like, the length of the chunks that the codes are of, as for encode. (default: that of encode)", valueName: "seconds"))
  var chunk: Double?

  @OptionGroup var codec: CodecOptions
  @OptionGroup var jobs: JobOptions
  @OptionGroup var limits: LimitOptions

  func validate() throws {
    guard fromCodes != nil else {
      if like != nil || chunk != nil { throw ValidationError("\(like != nil ? "--like" : "--chunk") is for codes: give --from-codes too") }
      return try output.validate(inputs: inputs)
    }
    try validateCodes()
  }

  func run() throws {
    if let fromCodes { return try decodeCodes(fromCodes) }
    let wanted = { (path: String) in path.hasSuffix(".aec") ? path : nil }
    try Inputs.run(try Inputs.tasks(inputs, output, wanted: wanted) { Inputs.dropping(".aec", from: $0) ?? $0 }, jobs: jobs.count) {
      try decode($0, $1)
    }
  }

  private func decode(_ task: Task, _ work: Work) throws {
    let start = now()
    let name = task.input == "-" ? "standard input" : task.input
    let target: Target
    var lost: [LostChunk] = []
    var problems: [String] = []
    let samples: Int
    let info: SignalInfo
    let bytes: Int

    if !keepGoing, from == nil, to == nil {
      let source = try SequentialFile(task.input)
      var decoder = try StreamDecoder(source, limits: limits.limits, findCodec: find)
      info = decoder.info
      target = Target(task: task, options: output, format: format, info: info)
      let writer = try target.writer(withLength(info, of: task.input))
      defer { writer.abort() }
      let progress = Progress(name, total: nil, isShown: work.showsProgress)
      defer { progress.end() }
      samples = try decoder.decode(jobs: work.jobs, progress: progress.update) { try writer.write($0) }
      try writer.finish()
      bytes = source.counter.value
    } else {
      let file = try Archive(task.input)
      let index = try keepGoing ? ContainerIndex(scanning: file, limits: limits.limits) : ContainerIndex(file, limits: limits.limits)
      let decoder = try IndexedDecoder(index, limits: limits.limits, findCodec: find)
      info = decoder.info
      target = Target(task: task, options: output, format: format, info: info)
      let range = try range(info, known: index.knownSamples)
      let writer = try target.writer(info.part(range))
      defer { writer.abort() }
      let progress = Progress(name, total: range.count, isShown: work.showsProgress)
      defer { progress.end() }
      lost = try decoder.decode(range, jobs: work.jobs, fillsGaps: keepGoing, progress: progress.update) { try writer.write($0) }
      try writer.finish()
      (samples, bytes, problems) = (range.count, file.count, keepGoing ? index.problems : [])
    }
    try tell(name, target, info, samples: samples, bytes: bytes, lost: lost, seconds: now() - start)
    try judge(name, info, lost, problems)
  }

  private func find(_ reference: CodecReference) throws -> CodecPackage { try CodecLookup.find(reference, given: codec.codec) }

  /// A signal with the length that the end of the file tells, so that the header of a sound file is right from the start. Whether it is true is found
  /// in decoding.
  private func withLength(_ info: SignalInfo, of path: String) -> SignalInfo {
    guard !info.isVisual, Paths.kind(path) == S_IFREG, let file = try? Archive(path), let index = try? ContainerIndex(file, limits: limits.limits)
    else { return info }
    var result = info
    result.length = index.totalSamples
    return result
  }

  /// The samples that --from and --to mean.
  private func range(_ info: SignalInfo, known: Int) throws -> Range<Int> {
    // Of a damaged stack the last item may be there in part.
    let known = keepGoing ? known - known % info.unitSamples : known
    let start = try from?.sample(info) ?? 0
    let end = min(try to?.sample(info) ?? known, known)
    guard start < end || start == 0 && end == 0 && from == nil && to == nil else {
      throw Failure(.usage, "--from and --to: nothing of the signal's \(known) samples lies from \(start) to \(end); choose other times")
    }
    return start..<end
  }

  private func judge(_ name: String, _ info: SignalInfo, _ lost: [LostChunk], _ problems: [String]) throws {
    guard !lost.isEmpty || !problems.isEmpty else { return }
    for chunk in lost {
      let (first, end) = (chunk.samples.lowerBound, chunk.samples.upperBound)
      let times = [first, end].map { Wording.time(Double($0) / info.rate) }
      let place =
        info.isVisual
        ? "\(info.stack == nil ? "rows" : "items") \(first / info.unitSamples) to \((end - 1) / info.unitSamples)"
        : "samples \(first) to \(end - 1), \(times[0]) to \(times[1])"
      complain("\(name): chunk \(chunk.index) (\(place)) was filled: \(chunk.reason)")
    }
    for problem in problems { complain("\(name): \(problem)") }
    throw Failure(.data, "\(name): the file is damaged; \(Wording.count(lost.count, "chunk")) could not be decoded, the rest was")
  }

  private func tell(
    _ name: String, _ target: Target, _ info: SignalInfo, samples: Int, bytes: Int, lost: [LostChunk], seconds: Double
  ) throws {
    let channels = info.channels.count
    if output.json {
      try say(
        JSONValue.object([
          ("input", .text(name)), ("output", .text(target.path)), ("bytes", .integer(bytes)), ("samples", .integer(samples)),
          ("channels", .integer(channels)), ("rate", .number(info.rate)),
          (
            "lost",
            .array(
              lost.map {
                .object([("chunk", .integer($0.index)), ("first_sample", .integer($0.samples.lowerBound)), ("samples", .integer($0.samples.count))])
              })
          ),
          ("seconds", .number(seconds)),
        ]).description)
    } else {
      let speed = Wording.speed(samples, info, seconds: seconds)
      let signals = !info.isVisual ? "\(Wording.count(channels, "signal")) of " : ""
      writeError("\(name) : \(Wording.bytes(bytes)) => \(target.path) (\(signals)\(Wording.length(samples, info)), \(speed))\n")
    }
  }
}

/// Where a decoded signal goes.
struct Target {
  let path: String
  private let input: String
  private let force: Bool
  private let format: OutputFormat?
  private let makesFolders: Bool

  init(task: Task, options: OutputOptions, format: OutputFormat?, info: SignalInfo) {
    input = task.input
    force = options.force
    self.format = format ?? options.output.flatMap { OutputFormat(ofName: $0, info: info) }
    makesFolders = options.outputDir != nil || options.output != nil
    if let path = options.output {
      self.path = path
    } else {
      // Beside the input or in the other folder: without .aec, and with the ending that another format is known by.
      let stem = task.output ?? Inputs.dropping(".aec", from: task.input) ?? task.input + ".decoded"
      let ending = Target.ending(format, info)
      path = stem.hasSuffix(ending) || OutputFormat(ofName: stem, info: info).map { $0 == format } == true ? stem : stem + ending
    }
  }

  /// What the names of files in another format than the source's end with; pictures from JPEG files are written as PNG, lossy sound as WAV.
  private static func ending(_ format: OutputFormat?, _ info: SignalInfo) -> String {
    switch format {
    case nil: info.picture?.kind == .jpeg ? ".png" : info.sound?.container.isLossy == true ? ".wav" : ""
    case .wfdb: ""
    case .png where info.stack != nil: ""
    case .pnm: info.picture?.components == 1 ? ".pgm" : ".ppm"
    case .some(let format): ".\(format.rawValue)"
    }
  }

  /// Opens the output.
  /// - Throws: `Failure` if that is the input, `SignalError`.
  func writer(_ info: SignalInfo) throws -> any SignalWriter {
    // Records are named without an ending too.
    let record = Inputs.dropping(".hea", from: input) ?? input
    for file in [input, record + ".hea", record + ".dat"]
    where path != "-" && input != "-" && ["", ".hea", ".dat"].contains(where: { Paths.isSame(path + $0, file) }) {
      throw Failure(.cannotCreate, "\(path): the output is the input; choose another name")
    }
    // A stack of pictures becomes a folder.
    let isFolder = info.stack != nil && (format == .png || format == nil && info.stack?.folder != nil)
    if path != "-", !isFolder { try Inputs.refuseFolder(path) }
    if makesFolders { try Inputs.makeFolder(of: path) }
    let writer = try SignalFile.create(path, info: info, format: format, overwrite: force)
    for note in info.notes(writtenAs: format) { complain("\(path == "-" ? "standard output" : path): \(note)") }
    return writer
  }
}
