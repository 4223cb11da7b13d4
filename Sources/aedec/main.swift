import Codecs
import Container
import Signals
import Tool

// From .aec on standard input to headerless samples on standard output.
Filter.run(
  help: """
    aedec [-c CODEC] [-j JOBS] < INPUT.aec > OUTPUT

    Decodes what aeenc or aecodec encode made, chunk by chunk, and writes the samples interleaved and without a header: in the source's encoding
    if that had no header either, as u8 if they are a stack of pictures, otherwise as s16le, s24le or s32le, the first of them that holds what the
    source's format can store.

      -c, --codec NAME|PATH   the codec, where it cannot be found by the file's word
      -j, --jobs N            threads (default: one a processor)
          --limit-values N    the most samples times channels in one chunk
      -h, --help              this text
          --version           the version
    """,
  options: [.init("codec", "c"), .init("jobs", "j"), .init("limit-values")]
) { arguments in
  var limits = ContainerLimits()
  limits.valuesPerChunk = try arguments.number("limit-values", 1...1 << 31) ?? limits.valuesPerChunk
  let jobs = try Filter.jobs(arguments)
  var decoder = try StreamDecoder(DescriptorSource(descriptor: 0), limits: limits) {
    try CodecLookup.find($0, given: arguments.text("codec"))
  }
  let writer = try SignalFile.create("-", info: decoder.info, format: .raw)
  _ = try decoder.decode(jobs: jobs) { try writer.write($0) }
  try writer.finish()
}
