import ArgumentParser
import Bytes
import Codecs
import Codes
import Signals
import Tensors
import Tool

/// `aecodec walk`
struct WalkVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "walk", abstract: "Goes through the space of codes, from one item to another or across what a codec has learned.",
    usage: "aecodec walk FILE:INDEX FILE:INDEX -o OUTPUT -c CODEC [--steps N], or aecodec walk FILE:INDEX --tangents N -o OUTPUT -c CODEC",
    discussion: """
      Items are blocks, counted from 0: lead by lead, in each from the first. With two, the output is what codes on the straight line between theirs decode to; \
      with --tangents, walks through the one item along the directions of its code that change what is decoded most, the strongest first. Codecs of pictures \
      give a stack (IDX); those of recordings a column of numbers of mean 0 and deviation 1, block after block.
      """)

  @Argument(help: "One item or two, each FILE:INDEX; the file may be an .aec file made by the codec.")
  var items: [String] = []

  @Option(name: [.short, .long], help: "The output.")
  var output: String

  @Flag(name: [.short, .customLong("force")], help: "Overwrite an existing file.")
  var force = false

  @Flag(help: "Print what was done as JSON on standard output.")
  var json = false

  @Option(help: "Items of a walk, both ends among them.")
  var steps = 16

  @Option(help: ArgumentHelp("Walk along so many tangents of one item instead.", valueName: "count"))
  var tangents: Int?

  @OptionGroup var codec: CodecOptions
  @OptionGroup var source: SourceOptions
  @OptionGroup var jobs: JobOptions
  @OptionGroup var limits: LimitOptions

  func validate() throws {
    let wanted = tangents == nil ? 2 : 1
    guard items.count == wanted else {
      throw ValidationError("\(items.count) items: give \(wanted == 2 ? "two, from where to where, or one with --tangents" : "one with --tangents")")
    }
    if !(2...10_000).contains(steps) { throw ValidationError("--steps: \(steps) is not from 2 to 10000") }
    if let tangents, tangents < 1 { throw ValidationError("--tangents: \(tangents) is not at least 1") }
    if output == "-" { throw ValidationError("-o -: give the name of a file") }
  }

  func run() throws {
    Threads.jobs = jobs.count
    try Inputs.checkOutput(output, overwrite: force)
    let package = try ItemInputs.codec(codec)
    let info = try DecodedCodes.stack(package, items: steps)
    let blocks = try BlockCodes(package, info: info)
    try ItemInputs.refuseSequential(blocks, package, "walk", advice: "take a codec whose blocks stand alone")
    // A Jacobian takes two blocks for each number of a code.
    guard DecodedCodes.fits(max(steps * min(tangents ?? 1, blocks.codeSize), tangents == nil ? 0 : 2 * blocks.codeSize), blocks) else {
      throw Failure(
        .usage, "--steps: what is decoded on the way, blocks of \(blocks.blockSize) numbers, is too much at a time; take fewer steps or tangents")
    }
    let reader = ItemInputs(reader: ItemReader(codec: package), source: source, limits: limits.limits)
    let ends = try items.map { try code($0, reader) }
    let codes: Tensor
    var gains: [Double] = []
    if let tangents {
      guard blocks.codeSize <= Walk.mostColumns else {
        throw Failure(
          .data, "--tangents: a code of \(package.name) has \(blocks.codeSize) numbers, and tangents are found of \(Walk.mostColumns) at most")
      }
      guard tangents <= blocks.codeSize else {
        throw Failure(.usage, "--tangents: a code of \(package.name) has \(blocks.codeSize) numbers, and so many tangents at most, not \(tangents)")
      }
      (codes, gains) = Walk.tangents(ends[0], blocks, count: tangents, steps: steps)
    } else {
      codes = Walk.between(ends[0], ends[1], steps: steps)
    }
    try DecodedOutput.write(numbers: DecodedCodes.numbers(codes, blocks), blocks, info, to: output, force: force)
    let count = codes.shape[0]
    if json {
      try say(
        JSONValue.object([("output", .text(output)), ("items", .integer(count)), ("gains", .array(gains.map { .number($0) }))]).description)
    } else {
      let told = gains.isEmpty ? "" : ", what is decoded moves \(gains.map(Wording.short).joined(separator: ", ")) times as far as the code"
      writeError("\(items.joined(separator: " to ")) => \(output) (\(Wording.count(count, "item"))\(told))\n")
    }
  }

  private func code(_ text: String, _ reader: ItemInputs) throws -> [Float] {
    let name = ItemName(text)
    let items = try reader.items(name.file)
    let (index, width) = (try name.single(items), items.codes.shape[1])
    return Array(items.codes.values[index * width..<(index + 1) * width])
  }
}

/// Decoded codes that belong to no signal, as a file.
enum DecodedOutput {
  /// A stack for codecs of pictures; a column of numbers for those of recordings, whose levels nobody knows.
  /// - Parameter numbers: [items, numbers of a block]
  static func write(numbers: Tensor, _ blocks: BlockCodes, _ info: SignalInfo, to path: String, force: Bool) throws {
    guard blocks.scaling == .range else { return try CodeFile.write(column: numbers, to: path, overwrite: force) }
    let writer = try SignalFile.create(path, info: info, overwrite: force)
    defer { writer.abort() }
    let shaped = numbers.reshaped([1, numbers.shape[0], blocks.blockSize])
    try writer.write(blocks.samples(shaped, .none, sampleCount: numbers.count))
    try writer.finish()
  }
}
