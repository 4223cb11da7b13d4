import ArgumentParser
import Tool

/// The program: its verbs, one file each.
struct Aecodec: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "aecodec",
    abstract: "Compresses signals with codecs that learned their kind, and gives them back the same on every machine.",
    usage: "aecodec <verb> INPUT... [-o OUTPUT]",
    discussion: """
      aecodec encode DIR/100 -o 100.aec -q 50
      aecodec decode 100.aec -o out/100

      Exit status: 0, 1 some of several files failed, 64 usage, 65 bad data, 66 no input, 69 codec not available, 70 internal error, \
      73 cannot create, 74 input or output failed, 130 interrupted.
      """,
    version: Filter.version,
    subcommands: [
      Encode.self, Decode.self, Info.self, Verify.self, Train.self, Report.self, Codecs.self, CodesVerb.self, Denoise.self, Map.self, Sample.self,
      Search.self,
      WalkVerb.self,
    ])
}
