import ArgumentParser
import Bytes
import Codecs
import Codes
import Signals
import Tensors
import Tool

/// `aecodec decode --from-codes`
extension Decode {
  func validateCodes() throws {
    if !inputs.isEmpty { throw ValidationError("--from-codes takes the place of inputs: leave out \(inputs[0])") }
    if let chunk, !(chunk > 0 && chunk <= 1e9) { throw ValidationError("--chunk: \(chunk) is not a length in seconds") }
    if chunk != nil, like == nil { throw ValidationError("--chunk is of the signal that the codes are of: name it with --like") }
    if output.output == nil { throw ValidationError("--from-codes: say with -o/--output where the signal goes") }
    for (name, isGiven) in [
      ("--from", from != nil), ("-t/--to", to != nil), ("--keep-going", keepGoing), ("--output-dir", output.outputDir != nil),
      ("-r/--recursive", output.recursive),
    ] where isGiven { throw ValidationError("\(name) is for .aec files: leave it out with --from-codes") }
    if output.output == "-", output.json { throw ValidationError("-o - and --json both use standard output: give one") }
  }

  func decodeCodes(_ path: String) throws {
    Threads.jobs = jobs.count
    let start = now()
    let package = try ItemInputs.codec(codec)
    let codes = try CodeFile.read(path)
    let reader = try like.map { try SignalFile.open($0, options: InputOptions(picturesAreItems: true)) }
    let known =
      try reader?.info
      ?? DecodedCodes.stack(package, items: codes.shape[0], advice: "name the signal that the codes are of with --like")
    let target = Target(task: Task(input: path, output: nil), options: output, format: format, info: known)
    let blocks = try BlockCodes(package, info: known)
    try DecodedCodes.check(codes, blocks, package, name: path)
    if reader == nil { try ItemInputs.refuseSequential(blocks, package, "--from-codes", advice: "name the signal they are of with --like") }
    if let reader {
      let writer = try target.writer(known)
      defer { writer.abort() }
      var samples = 0
      try DecodedCodes.samples(codes, blocks, like: reader, chunkSeconds: chunk, name: path) {
        try writer.write($0)
        samples += $0[0].count
      }
      try writer.finish()
      try tellCodes(path, target.path, codes, Wording.length(samples, known), samples: samples, seconds: now() - start)
    } else if blocks.scaling == .range {
      let writer = try target.writer(known)
      defer { writer.abort() }
      let count = codes.shape[0] * blocks.blockSize
      let numbers = DecodedCodes.numbers(codes, blocks).reshaped([1, codes.shape[0], blocks.blockSize])
      try writer.write(blocks.samples(numbers, .none, sampleCount: count))
      try writer.finish()
      try tellCodes(path, target.path, codes, Wording.length(count, known), samples: count, seconds: now() - start)
    } else {
      guard format == nil || format == .csv else {
        throw Failure(.usage, "--format: without --like the numbers have no scale, and are written as csv; name the signal they are of with --like")
      }
      try Inputs.checkOutput(target.path, overwrite: output.force)
      let numbers = DecodedCodes.numbers(codes, blocks)
      try CodeFile.write(column: numbers, to: target.path, overwrite: output.force)
      try tellCodes(path, target.path, codes, Wording.count(numbers.count, "number"), samples: numbers.count, seconds: now() - start)
    }
  }

  private func tellCodes(_ path: String, _ to: String, _ codes: Tensor, _ length: String, samples: Int, seconds: Double) throws {
    guard output.json else { return writeError("\(path) : \(Wording.count(codes.shape[0], "code")) => \(to) (\(length))\n") }
    try say(
      JSONValue.object([
        ("input", .text(path)), ("output", .text(to)), ("codes", .integer(codes.shape[0])), ("samples", .integer(samples)),
        ("seconds", .number(seconds)),
      ]).description)
  }
}
