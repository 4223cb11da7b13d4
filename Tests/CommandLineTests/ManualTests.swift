import Foundation
import TestSupport
import Testing

private let interpreter = ["/usr/bin/python3", "/usr/local/bin/python3"].first { FileManager.default.isExecutableFile(atPath: $0) }

/// What is installed beside the programs.
@Suite struct Manuals {
  let place: Workplace

  init() throws { place = try Workplace() }

  @Test(.enabled(if: interpreter != nil, "needs Python")) func everyOptionHasItsPlaceInAPage() throws {
    let script = root.appending(path: "docs/manual.py").path
    let folder = built("aecodec").deletingLastPathComponent().path
    let outcome = try Outcome(URL(filePath: try #require(interpreter)), [script, folder, "man"], in: place.folder)
    try #require(outcome.code == 0, "\(outcome.err)")
    for verb in [
      "encode", "decode", "info", "verify", "train", "report", "codecs", "codes", "denoise", "fill", "map", "sample", "search", "walk",
    ] {
      let page = try String(decoding: place.bytes("man/aecodec-\(verb).1"), as: UTF8.self).replacing("\\-", with: "-")
      let help = String(decoding: try place.need(verb, "--help").out, as: UTF8.self)
      let names = help.matches(of: /--[a-z]+(-[a-z]+)*/).map { String($0.output.0) }
      #expect(names.count >= 2)
      for name in Set(names) where name != "--help" && name != "--version" { #expect(page.contains(name), "\(verb) \(name)") }
    }
    for (name, word) in [("aecodec", "encode"), ("aeenc", "--embed-codec"), ("aedec", "--limit-values")] {
      #expect(try String(decoding: place.bytes("man/\(name).1"), as: UTF8.self).replacing("\\-", with: "-").contains(word))
    }
  }

  @Test(arguments: ["bash", "zsh", "fish"]) func shellsCompleteTheOptions(shell: String) throws {
    let script = String(decoding: try place.need("--generate-completion-script", shell).out, as: UTF8.self)
    for word in ["encode", "verify", "keep-going", "embed-codec"] { #expect(script.contains(word), "\(word)") }
  }
}
