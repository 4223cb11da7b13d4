import Glibc
import Signals
import Tool

/// The files of a report on disk.
struct ReportFiles {
  let folder: String
  let overwrite: Bool

  var paths: [String] { ["report.json", "report.csv", "report.html"].map { Inputs.join(folder, $0) } }

  /// - Throws: `Failure`, `SignalError` if they cannot be written or are there already.
  func check() throws {
    if let kind = Paths.kind(folder), kind != S_IFDIR {
      throw Failure(.cannotCreate, "\(folder): this is a file, and a report is a folder; choose another name")
    }
    for path in paths { try AtomicFile.check(path, overwrite: overwrite) }
  }

  func makeFolder() throws { try Inputs.makeFolder(of: paths[0]) }

  func write(_ contents: ReportContents) throws {
    let files = try paths.map { try AtomicFile(path: $0) }
    for (file, text) in zip(files, [contents.json.description + "\n", contents.csv, ReportPage(contents).html]) { try file.write(Array(text.utf8)) }
    // A page never stands beside the figures of another report.
    try AtomicFile.commit(files, overwrite: overwrite)
  }
}
