import Codecs
import Evaluation
import Foundation
import Signals
import Testing

/// The shipped codec on `samples/`, held to what `docs/results` has of the latest release. Where a change for the worse is meant, or for the better,
/// `make results` records the figures anew.
@Suite struct KeptResults {
  struct Table: Decodable {
    struct Point: Decodable {
      let file: String
      let coder: String
      let setting: Double
      let bytes: Int
      let bitPerSample: Double
      let prdn: Double
    }
    let points: [Point]
  }

  static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL

  /// Of the release with the highest version.
  static func latest() throws -> Table {
    let folder = root.appending(path: "docs/results")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }
    let newest = try #require(names.max { $0.compare($1, options: .numeric) == .orderedAscending }, "no results in \(folder.path): make results")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try #require(try decoder.decode([String: Table].self, from: Data(contentsOf: folder.appending(path: newest)))["samples"])
  }

  private func measured(_ points: [Table.Point], _ coder: Coder) throws -> [Evaluation.Measurement] {
    try points.map { point in
      let reader = try SignalFile.open(samples.appending(path: point.file).path)
      return try Evaluation.Measurement(try reader.readAll(), reader.info, coder, setting: point.setting)
    }
  }

  /// Means over files, setting by setting.
  private func curve(_ points: [(setting: Double, rate: Double, prdn: Double)]) throws -> [RatePoint] {
    try Set(points.map(\.setting)).map { setting in
      let own = points.filter { $0.setting == setting }
      return RatePoint(rate: try #require(finiteMean(own.map(\.rate))), distortion: try #require(finiteMean(own.map(\.prdn))))
    }
  }

  @Test(arguments: [EntropyChoice.zstd, .prior])
  func rateAndDistortionAreNoWorse(entropy: EntropyChoice) throws {
    let package = try CodecPackage.load(path: KeptResults.root.appending(path: "codecs/ecg").path)
    let coder = Coder.codec(package, entropy, effort: EncodeSettings().effort, qualities: [])
    let kept = try KeptResults.latest().points.filter { $0.coder == coder.name }
    #expect(kept.count >= 12, "points of \(coder.name)")
    let now = try curve(zip(kept, measured(kept, coder)).map { ($0.setting, $1.bitsPerSample, try #require($1.prdn)) })
    let before = try curve(kept.map { ($0.setting, $0.bitPerSample, $0.prdn) })
    let rate = try #require(BDRate(of: now, against: before))
    #expect(rate.percent < 1, "BD-rate \(rate.percent) % against the release; if that has to be, record anew: make results")
    if rate.percent < -1 { print("\(coder.name): \(-rate.percent) % better than the release: record anew with make results") }
  }

  @Test func losslessFilesAreNoLarger() throws {
    let package = try CodecPackage.load(path: KeptResults.root.appending(path: "codecs/ecg").path)
    let coder = Coder.exactCodec(package, effort: EncodeSettings().effort)
    let kept = try KeptResults.latest().points.filter { $0.coder == coder.name }
    #expect(kept.count >= 3, "points of \(coder.name)")
    let now = try measured(kept, coder)
    #expect(now.allSatisfy { $0.maximumError == 0 })
    let (bytes, before) = (now.reduce(0) { $0 + $1.bytes }, kept.reduce(0) { $0 + $1.bytes })
    #expect(100 * bytes < 101 * before, "\(bytes) bytes, \(before) in the release; if that has to be, record anew: make results")
    if 100 * bytes < 99 * before { print("\(coder.name): \(before - bytes) bytes less than the release: record anew with make results") }
  }
}
