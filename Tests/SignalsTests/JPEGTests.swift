import Foundation
import Signals
import Testing

/// What JPEG files have beside their rows.
@Suite struct JPEGTests {
  private func vector(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: vectors.appendingPathComponent(name))) }

  /// Opens such bytes as a file and reads all of it.
  private func read(_ bytes: [UInt8]) throws -> (info: SignalInfo, samples: [[Int32]], notes: [String]) {
    let scratch = try Scratch()
    let reader = try SignalFile.open(try scratch.write("x.jpg", bytes))
    return (reader.info, try reader.readAll(), reader.notes)
  }

  /// Bits that leave codes over when they change, and nothing else that libjpeg would see.
  @Test(arguments: [("grey.jpg", 335, 0), ("grey.jpg", 383, 1), ("rgb.jpg", 1358, 6), ("rgb.jpg", 1420, 1)])
  func surplusDataIsDamage(name: String, place: Int, bit: Int) throws {
    var bytes = try vector(name)
    bytes[place] ^= 1 << UInt8(bit)
    let error = #expect(throws: SignalError.self) { _ = try read(bytes) }
    #expect(
      error?.exitCode == 65 && error?.description.contains("extraneous bytes") == true, "\(String(describing: error))")
  }

  @Test func zerosBehindTheLastRowAreNone() throws {
    let bytes = try vector("grey.jpg")
    let samples = try read(bytes).samples
    let (rows, end) = (Array(bytes.dropLast(2)), Array(bytes.suffix(2)))
    for count in [1, 9, 40_000] { #expect(try read(rows + [UInt8](repeating: 0, count: count) + end).samples == samples) }
    let others: [[UInt8]] = [Array(repeating: 0x7F, count: 20), Array(repeating: 0, count: 20) + [7]]
    for other in others { #expect(throws: SignalError.self) { _ = try read(rows + other + end) } }
    // An end that never comes, and zeros between the parts of the header.
    #expect(throws: SignalError.self) { _ = try read(rows + [0, 0, 0]) }
    #expect(throws: SignalError.self) { _ = try read(Array(bytes[..<20]) + [0, 0, 0] + Array(bytes[20...])) }
  }

  @Test func profilesThatAreLeftOutAreNamed() throws {
    // In 65 parts of as many bytes as one can have.
    let size = 65_519
    let head: [UInt8] = [0xFF, 0xE2, 0xFF, 0xFF] + Array("ICC_PROFILE\0".utf8)
    let parts = (1...65).flatMap { part -> [UInt8] in head + [UInt8(part), 65] + [UInt8](repeating: 1, count: size) }
    let bytes = try vector("grey.jpg")
    let large = try read(Array(bytes[..<2]) + parts + Array(bytes[2...]))
    #expect(large.notes == ["its colour profile of \(65 * size) bytes is left out; the most that is kept is 4 MiB"])
    #expect(try large.info.picture?.metadata.profile == [] && large.samples == read(bytes).samples)
    // A part with a number beyond that of the parts.
    var damaged = try vector("rgb.jpg")
    let place = try #require(Data(damaged).range(of: Data("ICC_PROFILE\0".utf8))?.upperBound)
    damaged[place] = 7
    let without = try read(damaged)
    #expect(without.notes == ["its colour profile is damaged, and left out"] && without.info.picture?.metadata.profile == [])
    #expect(try read(vector("rgb.jpg")).notes == [])
  }
}
