import ArgumentParser
import Autoencoders
import Bytes
import Codecs
import Codes
import Signals
import Tensors
import Tool

/// `aecodec sample`
struct Sample: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample", abstract: "Draws new items from a variational codec.",
    usage: "aecodec sample -c CODEC -n COUNT -o OUTPUT [--seed SEED] [--codes CODES.npy]",
    discussion: """
      Codes are drawn from the prior that a variational codec was trained with, and samples from what it says of them; with --mean their means, which are smoother. \
      The same seed gives the same items on every machine. Codecs of pictures give a stack (IDX); those of recordings a column of numbers of mean 0 and deviation \
      1, block after block.
      """)

  @Option(name: .short, help: ArgumentHelp("How many.", valueName: "count"))
  var n = 64

  @Option(help: "Of all random choices.")
  var seed: UInt64 = 1

  @Flag(help: "The means of what samples are drawn from.")
  var mean = false

  @Option(name: [.short, .long], help: "The output.")
  var output: String

  @Option(help: ArgumentHelp("Write their codes too: .npy or .csv.", valueName: "file"))
  var codes: String?

  @Flag(name: [.short, .customLong("force")], help: "Overwrite existing files.")
  var force = false

  @OptionGroup var codec: CodecOptions
  @OptionGroup var jobs: JobOptions

  func validate() throws {
    if !(1...1_000_000).contains(n) { throw ValidationError("-n: \(n) is not from 1 to 1000000") }
    if output == "-" { throw ValidationError("-o -: give the name of a file") }
    if let codes, Paths.wouldBeSame(codes, output) { throw ValidationError("-o/--output and --codes name the same file: give two") }
  }

  func run() throws {
    Threads.jobs = jobs.count
    for path in [output, codes].compactMap({ $0 }) { try Inputs.checkOutput(path, overwrite: force) }
    let package = try ItemInputs.codec(codec)
    let info = try DecodedCodes.stack(package, items: n)
    let blocks = try BlockCodes(package, info: info)
    guard let network = blocks.network as? any GenerativeAutoencoder else {
      throw Failure(
        .unavailable, "codec \(package.name) does not know how its codes are distributed: new items are drawn from one of kind \"variational\"")
    }
    guard DecodedCodes.fits(n, blocks) else {
      throw Failure(.usage, "-n: \(n) items of \(blocks.blockSize) numbers are too many to be drawn together; draw some at a time, with other seeds")
    }
    let drawn = DecodedCodes.drawn(network, blocks, count: n, seed: seed, means: mean)
    try DecodedOutput.write(numbers: drawn.numbers, blocks, info, to: output, force: force)
    if let codes { try CodeFile.write(drawn.codes, to: codes, overwrite: force) }
    writeError("\(package.name) => \(output) (\(Wording.count(n, "item")), seed \(seed))\n")
  }
}
