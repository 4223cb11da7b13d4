import ArgumentParser
import Bytes
import Codecs
import Codes
import Tensors
import Tool

/// `aecodec codes`
struct CodesVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "codes", abstract: "Writes the codes that an autoencoder makes of pictures, beats or windows.",
    usage: "aecodec codes INPUT... -o CODES.npy -c CODEC [-q QUALITY]",
    discussion: """
      A row a block of the codec (docs/AUTOENCODERS.md): file by file, of each lead by lead, in each block by block. The last block of a lead, and of every \
      chunk of 5 minutes, is filled up with its last sample. Codes with positions have their channels first. Of an .aec file the codes are those that it holds.
      """)

  @Argument(help: "Signals, .aec files made by the codec, and folders of them.")
  var inputs: [String] = []

  @Option(
    name: [.short, .long], help: "The file of codes: .npy for NumPy's format (float32), .csv for numbers with commas; - is standard output (npy).")
  var output: String

  @Flag(name: [.short, .customLong("force")], help: "Overwrite an existing file.")
  var force = false

  @Flag(help: "Print what was done as JSON on standard output.")
  var json = false

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "The codes that a file of this quality holds, 0 to 100, dequantised. (default: as the autoencoder makes them)", valueName: "quality"))
  var quality: Double?

  @OptionGroup var codec: CodecOptions
  @OptionGroup var source: SourceOptions
  @OptionGroup var jobs: JobOptions
  @OptionGroup var limits: LimitOptions

  func validate() throws {
    if inputs.isEmpty { throw ValidationError("no input: give signals, .aec files or folders") }
    if inputs.contains("-") { throw ValidationError("-: codes are made of files; give the name of one") }
    if let quality, !(0...100).contains(quality) { throw ValidationError("-q/--quality: \(quality) is not from 0 to 100") }
    if output == "-", json { throw ValidationError("-o - and --json both use standard output: give one") }
  }

  func run() throws {
    Threads.jobs = jobs.count
    let package = try ItemInputs.codec(codec)
    let reader = ItemInputs(reader: ItemReader(codec: package, quality: quality), source: source, limits: limits.limits)
    let files = try reader.files(inputs)
    if quality != nil, let held = files.first(where: { $0.hasSuffix(".aec") }) {
      throw Failure(.usage, "-q/--quality: \(held) has the quality that it was made with; leave out the option or the file")
    }
    for file in files where Paths.isSame(file, output) { throw Failure(.cannotCreate, "\(output): the output is an input; choose another name") }
    try Inputs.checkOutput(output, overwrite: force)
    var values: [Float] = []
    var (counts, width) = ([Int](), 0)
    for file in files {
      let items = try reader.items(file)
      width = items.codes.shape[1]
      values += items.codes.values
      try Items.check(numbers: values.count, name: file)
      counts.append(items.count)
    }
    let rows = counts.reduce(0, +)
    try CodeFile.write(Tensor(values, shape: [rows, width]), to: output, overwrite: force)
    if json {
      let told = zip(files, counts).map { JSONValue.object([("input", .text($0)), ("rows", .integer($1))]) }
      try say(
        JSONValue.object([("output", .text(output)), ("rows", .integer(rows)), ("columns", .integer(width)), ("files", .array(told))]).description)
    } else {
      writeError("\(output) : \(Wording.count(rows, "code")) of \(Wording.count(width, "number")) from \(Wording.count(files.count, "file"))\n")
    }
  }
}
