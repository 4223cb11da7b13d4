import ArgumentParser
import Bytes
import Codecs
import Container
import Tool

/// `aecodec verify`
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Decodes files without writing anything, and names what is damaged.", usage: "aecodec verify INPUT.aec...")

  @Argument(help: "Files made by encode; - is standard input.")
  var inputs: [String] = []

  @Flag(help: "Print JSON, a line a file.")
  var json = false

  @OptionGroup var codec: CodecOptions
  @OptionGroup var jobs: JobOptions
  @OptionGroup var limits: LimitOptions

  func validate() throws {
    if inputs.isEmpty { throw ValidationError("no input: give a file, or - for standard input") }
  }

  func run() throws {
    try Inputs.run(inputs.map { Task(input: $0, output: nil) }, jobs: jobs.count) { try verify($0.input, $1) }
  }

  private func find(_ reference: CodecReference) throws -> CodecPackage { try CodecLookup.find(reference, given: codec.codec) }

  /// From front to back first: a file that passes is sound in every respect. Only of one that does not are the chunks looked for one by one.
  private func verify(_ path: String, _ work: Work) throws {
    let name = path == "-" ? "standard input" : path
    let file = try Archive(path)
    do {
      var decoder = try StreamDecoder(SequentialBytes(file), limits: limits.limits, findCodec: find)
      let samples = try decoder.decode(jobs: work.jobs) { _ in }
      try tell(name, damaged: [], problems: [], "\(name): sound, \(Wording.length(samples, decoder.info))")
    } catch let error as ContainerError {
      try nameDamage(name, file, work, error)
    }
  }

  private func nameDamage(_ name: String, _ file: Archive, _ work: Work, _ error: ContainerError) throws -> Never {
    let first = Failure(error, file: name)
    guard let index = try? ContainerIndex(scanning: file, limits: limits.limits) else { throw first }
    let decoder = try IndexedDecoder(index, limits: limits.limits, findCodec: find)
    let lost = try decoder.decode(0..<index.knownSamples, jobs: work.jobs, fillsGaps: true) { _ in }
    let text = lost.map { "chunk \($0.index) (samples \($0.samples.lowerBound) to \($0.samples.upperBound - 1)): \($0.reason)" }
    try tell(name, damaged: lost.map(\.index), problems: index.problems + [error.description], nil)
    for line in text + index.problems where !json { complain("\(name): \(line)") }
    throw Failure(
      .data,
      lost.isEmpty
        ? first.message
        : "\(name): damaged: chunk \(lost.map { String($0.index) }.joined(separator: ", chunk ")); \(Wording.count(index.entries.count - lost.count, "chunk")) can be decoded with decode --keep-going"
    )
  }

  private func tell(_ name: String, damaged: [Int], problems: [String], _ text: String?) throws {
    if json {
      try say(
        JSONValue.object([
          ("file", .text(name)), ("sound", .flag(text != nil)), ("damaged_chunks", .array(damaged.map { .integer($0) })),
          ("problems", .array(problems.map { .text($0) })),
        ]).description)
    } else if let text {
      try say(text)
    }
  }
}
