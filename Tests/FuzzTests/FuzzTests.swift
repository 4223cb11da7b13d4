import Foundation
import Testing

/// A fixed number of damaged inputs for every way into the program; `make fuzz` runs many more.
@Suite struct DamagedInputs {
  @Test(arguments: [("container", 3000), ("payload", 5000), ("codec", 1000), ("description", 5000), ("wfdb", 3000), ("csv", 3000)])
  func areRefusedOrRead(entry: String, cases: Int) throws {
    let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    let beside = folder.appending(path: "Fuzz")
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let process = Process()
    process.executableURL = FileManager.default.isExecutableFile(atPath: beside.path) ? beside : root.appending(path: ".build/release/Fuzz")
    process.arguments = [entry, String(cases)]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    let last = FileManager.default.temporaryDirectory.appending(path: "aecodec-fuzz-\(entry)-1.last")
    let ended = process.terminationReason == .exit && process.terminationStatus == 0
    #expect(ended && text.contains("\(cases) cases"), "\(text)\nlast: \((try? String(contentsOf: last, encoding: .utf8)) ?? "")")
  }
}
