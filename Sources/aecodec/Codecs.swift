import ArgumentParser
import Bytes
import Codecs
import Tool

/// `aecodec codecs`
struct Codecs: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "codecs", abstract: "Lists the codecs that can be named with -c.", usage: "aecodec codecs [--json]")

  @Flag(help: "Print JSON, a line a codec.")
  var json = false

  func run() throws {
    let found = CodecLookup.all().compactMap { path in (try? CodecPackage.load(path: path)).map { (path, $0) } }
    for (path, codec) in found {
      let id = hexadecimal(codec.id)
      try say(
        json
          ? JSONValue.object([("name", .text(codec.name)), ("id", .text(id)), ("path", .text(path))]).description
          : "\(codec.name)\t\(id.prefix(16))\t\(path)")
    }
    if found.isEmpty {
      throw Failure(.unavailable, "no codec found; looked in \(CodecLookup.folders.joined(separator: ", ")); name more folders in AECODEC_CODECS")
    }
  }
}
