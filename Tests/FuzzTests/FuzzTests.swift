import Foundation
import TestSupport
import Testing

/// A fixed number of damaged inputs for every way into the program; `make fuzz` runs many more.
@Suite struct DamagedInputs {
  @Test(arguments: [
    ("container", 3000), ("payload", 5000), ("codec", 1000), ("description", 5000), ("wfdb", 3000), ("csv", 3000), ("idx", 3000), ("picture", 3000),
    ("sound", 3000), ("codes", 3000),
  ])
  func areRefusedOrRead(entry: String, cases: Int) throws {
    let outcome = try Outcome(built("Fuzz"), [entry, String(cases)], in: FileManager.default.temporaryDirectory)
    let text = String(decoding: outcome.out, as: UTF8.self)
    #expect(outcome.code == 0 && text.contains("\(cases) cases"), "status \(outcome.code): \(text)\n\(outcome.err)")
  }
}
