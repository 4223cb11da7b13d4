import ArgumentParser
import Bytes
import Codecs
import Container
import Signals
import Tool

/// `aecodec info`
struct Info: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Says what is in a file.", usage: "aecodec info INPUT.aec... [--json]")

  @Argument(help: "Files made by encode; - is standard input.")
  var inputs: [String] = []

  @Flag(help: "Print JSON, a line a file.")
  var json = false

  @OptionGroup var limits: LimitOptions

  func validate() throws {
    if inputs.isEmpty { throw ValidationError("no input: give a file, or - for standard input") }
  }

  func run() throws {
    try Inputs.run(inputs.map { Task(input: $0, output: nil) }, jobs: 1) { task, _ in
      let file = try Archive(task.input)
      let index = try ContainerIndex(file, limits: limits.limits)
      let info = try SignalDescription.read(index.header, limits: limits.limits)
      try say(json ? description(task.input, file, index, info).description : text(task.input, file, index, info))
      guard !index.isRebuilt else {
        throw Failure(.data, "\(task.input): the file is damaged (\(index.problems.joined(separator: "; "))); see aecodec verify")
      }
    }
  }

  private func text(_ path: String, _ file: Archive, _ index: ContainerIndex<Archive>, _ info: SignalInfo) -> String {
    let samples = index.knownSamples
    let rate = "at \(JSONValue.number(info.rate)) Hz (\(Wording.time(Double(samples) / info.rate)))"
    let length = Wording.length(samples, info)
    var lines = [
      "\(path): \(Wording.bytes(file.count)), "
        + (!info.isVisual ? "\(Wording.count(info.channels.count, "signal")) of \(length) \(rate)" : length),
      "source: \(SignalDescription.kind(info))",
      "codec: \(index.header.codec.map { "\($0.name), id \(hexadecimal($0.id))" } ?? "none needed")"
        + (index.codecBytes > 0 ? ", in the file (\(Wording.bytes(index.codecBytes)))" : ""),
      "chunks: \(index.entries.count)" + (index.header.chunkLength > 0 ? " of \(Wording.length(index.header.chunkLength, info))" : ""),
    ]
    for (c, channel) in info.channels.enumerated() where !info.isVisual {
      lines.append(
        "signal \(c): \(channel.name.isEmpty ? "-" : channel.name), \(JSONValue.number(channel.gain)) steps/\(channel.units), baseline \(channel.baseline)"
      )
    }
    if let metadata = info.picture?.metadata ?? info.stack?.folder?.picture.metadata {
      if !metadata.profile.isEmpty { lines.append("colour profile: ICC, \(Wording.bytes(metadata.profile.count))") }
      if metadata.intent != nil { lines.append("colour space: sRGB") }
      if metadata.orientation != 1 { lines.append("orientation: \(metadata.orientation), as in EXIF") }
    }
    if let speakers = info.sound?.speakers { lines.append("loudspeakers: 0x\(String(speakers, radix: 16)), as in WAV files") }
    for (tag, text) in (info.sound?.tags ?? [:]).sorted(by: { $0.key < $1.key }) { lines.append("\(tag): \(Info.line(text))") }
    if let chunks = info.sound?.chunks, !chunks.isEmpty {
      lines.append("kept with the samples: " + chunks.map { "\($0.title) (\(Wording.bytes($0.bytes.count)))" }.joined(separator: ", "))
    }
    return lines.joined(separator: "\n")
  }

  /// A text of a file as one line without control characters.
  private static func line(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || 0x7F...0x9F ~= $0.value ? " " : $0 }))
  }

  private static func description(_ sound: SoundLayout) -> JSONValue {
    let tags = sound.tags.sorted { $0.key < $1.key }.map { ("\($0.key)", JSONValue.text($0.value)) }
    let chunks = sound.chunks.map { chunk in
      JSONValue.object([("name", .text(chunk.name)), ("bytes", .integer(chunk.bytes.count)), ("behind_samples", .flag(chunk.isBehind))])
    }
    let speakers: JSONValue = sound.speakers.map { .integer(Int($0)) } ?? .null
    return .object([
      ("container", .text("\(sound.container)")), ("bits", .integer(sound.bits)), ("float", .flag(sound.floatForm != nil)), ("speakers", speakers),
      ("tags", .object(tags)), ("chunks", .array(chunks)),
    ])
  }

  private func description(_ path: String, _ file: Archive, _ index: ContainerIndex<Archive>, _ info: SignalInfo) -> JSONValue {
    let chunks = index.entries.enumerated().map { k, entry -> JSONValue in
      guard let entry else { return .null }
      return .object([
        ("index", .integer(k)), ("offset", .integer(entry.offset)), ("bytes", .integer(entry.bytes)),
        ("first_sample", .integer(k * index.header.chunkLength)), ("samples", .integer(entry.sampleCount)),
      ])
    }
    let channels = info.channels.indices.map { c -> JSONValue in
      let channel = info.channels[c]
      return .object([
        ("name", .text(channel.name)), ("gain", .number(channel.gain)), ("baseline", .integer(channel.baseline)), ("units", .text(channel.units)),
        ("bits", .integer(info.bitDepth(c))),
      ])
    }
    let stack: JSONValue =
      info.stack.map {
        .object([("items", .integer(index.knownSamples / $0.itemSamples)), ("extents", .array($0.extents.map { .integer($0) }))])
      } ?? .null
    let picture: JSONValue =
      info.picture.map {
        .object([
          ("width", .integer($0.width)), ("height", .integer($0.height)), ("components", .integer($0.components)), ("maximum", .integer($0.maximum)),
          ("profile_bytes", .integer($0.metadata.profile.count)), ("orientation", .integer(Int($0.metadata.orientation))),
        ])
      } ?? .null
    let sound = info.sound.map(Info.description) ?? .null
    return .object([
      ("file", .text(path)), ("file_bytes", .integer(file.count)), ("format_version", .integer(Int(containerVersion))),
      ("source", .text(SignalDescription.kind(info))), ("rate", .number(info.rate)),
      ("samples", index.totalSamples.map { .integer($0) } ?? .null), ("seconds", .number(Double(index.knownSamples) / info.rate)),
      ("codec", index.header.codec.map { .object([("name", .text($0.name)), ("id", .text(hexadecimal($0.id)))]) } ?? .null),
      ("embedded_codec_bytes", .integer(index.codecBytes)),
      ("stack", stack), ("picture", picture), ("sound", sound), ("chunk_length", .integer(index.header.chunkLength)), ("channels", .array(channels)),
      ("comments", .array(info.comments.map { .text($0) })),
      ("data_chunks", .array(chunks)), ("damaged", .flag(index.isRebuilt)),
    ])
  }
}

extension SignalDescription {
  /// The kind of the source's files.
  static func kind(_ info: SignalInfo) -> String {
    switch info.format {
    case .raw(let encoding): "raw \(encoding.rawValue)"
    case .csv: "csv"
    case .picture(let layout): "\(layout.kind)"
    case .stack(let layout) where layout.folder != nil: "folder of pictures, \(layout.folder?.picture.colours ?? "")"
    case .stack(let layout): "idx of \(Wording.count(1 + layout.extents.count, "dimension"))"
    case .sound(let layout): "\(layout.container) of \(layout.bits) bits\(layout.floatForm == nil ? "" : ", floating point")"
    case .wfdb(let layout): "wfdb, format \(Set(layout.files.map { String($0.format.rawValue) }).sorted().joined(separator: ", "))"
    }
  }
}
