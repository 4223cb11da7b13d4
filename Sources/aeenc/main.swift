import Codecs
import Signals
import Tool

/// The bound for every channel: `3` or `3lsb`. Headerless samples have no other unit.
func bound(_ text: String) throws -> Int32 {
  let number = text.hasSuffix("lsb") ? String(text.dropLast(3)) : text
  guard let value = Int32(number), value >= 0 else {
    throw Failure(.usage, "--max-error: \(text) is no number of converter steps; give it as 3 or 3lsb")
  }
  return value
}

// From headerless samples on standard input to .aec on standard output.
Filter.run(
  help: """
    aeenc --raw ENCODING --rate HZ [--channels N] [-c CODEC] [-q QUALITY | --lossless | --max-error STEPS] < INPUT > OUTPUT.aec

    Encodes headerless samples, chunk by chunk: each is written as soon as it is complete. aecodec encode does the same and more.

          --raw ENCODING      \(RawEncoding.allCases.map(\.rawValue).joined(separator: ", "))
          --rate HZ           samples per second
          --channels N        channels, interleaved (default: 1)
      -c, --codec NAME|PATH   the codec (default: ecg)
          --embed-codec       put the codec into the output: it can be decoded where the codec is not there
      -q, --quality 0..100    from smallest to best (default: 50)
          --lossless          give back every sample exactly
          --max-error STEPS   no sample changes by more than so many steps of the converter
      -e, --effort 1..9       from fastest to smallest (default: \(EncodeSettings().effort))
          --chunk SECONDS     length of the independent chunks (default: 300)
          --packet SECONDS    write packets of so many seconds, each as soon as it is complete (default: whole chunks)
      -j, --jobs N            threads; the output does not depend on them (default: one a processor)
      -h, --help              this text
          --version           the version
    """,
  options: [
    .init("raw"), .init("rate"), .init("channels"), .init("codec", "c"), .init("embed-codec", takesValue: false), .init("quality", "q"),
    .init("lossless", takesValue: false),
    .init("max-error"), .init("effort", "e"), .init("chunk"), .init("packet"), .init("jobs", "j"),
  ]
) { arguments in
  guard let name = arguments.text("raw"), let encoding = RawEncoding(rawValue: name) else {
    throw Failure(.usage, "--raw: give the samples' encoding, one of \(RawEncoding.allCases.map(\.rawValue).joined(separator: ", "))")
  }
  guard let rate = try arguments.number("rate", 1e-6...1e9) else { throw Failure(.usage, "--rate: give the samples per second") }
  let aims = ["quality", "lossless", "max-error"].filter(arguments.has)
  guard aims.count <= 1 else { throw Failure(.usage, "\(aims.map { "--" + $0 }.joined(separator: " and ")) exclude each other: give one") }

  let source = InputOptions(raw: encoding, rate: rate, channels: try arguments.number("channels", 1...1024) ?? 1)
  let reader = try SignalFile.open("-", options: source)
  var settings = EncodeSettings()
  settings.quality = try arguments.number("quality", 0...100) ?? settings.quality
  settings.effort = try arguments.number("effort", 1...9) ?? settings.effort
  if arguments.has("lossless") { settings.bound = .lossless }
  if let text = arguments.text("max-error") { settings.bound = .maximum(Array(repeating: try bound(text), count: source.channels)) }

  let chunk = try arguments.number("chunk", 1e-6...1e9)
  let packet = try arguments.number("packet", 1e-6...1e9)
  let codec = try CodecLookup.encoder(arguments.text("codec"), for: reader.info, bound: settings.bound)
  let output = AtomicFile(descriptor: 1, name: "standard output")
  let encoder = FileEncoder(
    codec: codec, settings: settings, chunkSeconds: chunk, packetSeconds: packet, embedsCodec: arguments.has("embed-codec"),
    jobs: try Filter.jobs(arguments))
  _ = try encoder.encode(reader, sink: { try output.write($0) })
  try output.commit(overwrite: false)
}
