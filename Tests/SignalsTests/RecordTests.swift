import Foundation
import Signals
import Testing

/// Every WFDB record of the data beside the repository, there and back.
@Suite struct RecordTests {
  @Test(.enabled(if: !records.isEmpty, "no recordings beside the repository"))
  func everyRecordComesBack() throws {
    for path in records {
      let scratch = try Scratch()
      let reader = try SignalFile.open(path)
      let info = try SignalInfo(serialized: reader.info.serialized()[...])
      #expect(info == reader.info, "\(path)")
      let name = String(path.split(separator: "/").last!)
      try copy(reader, to: try SignalFile.create(scratch.path + "/" + name, info: info))
      for file in scratch.names where !file.hasSuffix(".hea") {
        let original = Array(try Data(contentsOf: URL(fileURLWithPath: (path as NSString).deletingLastPathComponent + "/" + file)))
        let written = try scratch.read(file)
        #expect(written == Array(original.prefix(written.count)), "\(path)")
      }
      #expect(try SignalFile.open(scratch.path + "/" + name).info == info, "\(path)")
    }
  }
}
