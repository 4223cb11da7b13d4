import Codecs
import Foundation
import Testing

/// Targets as a user gives them.
@Suite struct TargetsByUsers {
  @Test func sizesMayBeThousandsAndMillions() throws {
    let place = try Workplace()
    for size in ["900", "0.9k", "0.0009M"] {
      let told = try place.need("encode", "ecg2", "-t", "20", "-e", "1", "--target-size", size, "--json", "-o", "\(size).aec", "-c", place.codec)
      let target = try #require(told.objects.first?["target"] as? [String: Any])
      #expect(target["name"] as? String == "--target-size" && target["wanted"] as? Double == 900)
      #expect(try place.bytes("\(size).aec") == place.bytes("900.aec"))
    }
  }
}

@Suite struct TargetSearches {
  /// Sizes that jump a little, as those of real files do.
  static func size(_ quality: Double) -> Double {
    (500 * exp(quality / 12) + 40 * (quality * 7).rounded(.down).truncatingRemainder(dividingBy: 3)).rounded()
  }

  static func prdn(_ quality: Double) -> Double { 40 * exp(-quality / 20) + 0.3 }

  @Test(arguments: [700, 1000, 6000, 60000, 1_000_000])
  func sizesAreReachedFromBelow(wanted: Int) {
    var count = 0
    let quality = TargetSearch.quality(for: .size(wanted)) {
      count += 1
      return TargetSearches.size($0)
    }
    let reached = TargetSearches.size(quality)
    #expect(reached <= Double(wanted) && reached >= 0.98 * Double(wanted), "\(reached)")
    #expect(count <= 16)
  }

  @Test(arguments: [0.6, 2, 5, 9, 30])
  func distortionsAreReached(wanted: Double) {
    var count = 0
    let quality = TargetSearch.quality(for: .prdn(wanted)) {
      count += 1
      return TargetSearches.prdn($0)
    }
    #expect(abs(TargetSearches.prdn(quality) / wanted - 1) < 0.007)
    #expect(count <= 10)
  }

  /// What takes long is done hardly ever, and what it reaches counts.
  @Test(arguments: [0.93, 1, 1.2], [700, 6000, 60000]) func draftsSaveTime(factor: Double, wanted: Int) {
    var (drafts, count) = (0, 0)
    // The real thing is ahead of its draft, by a share that changes a little.
    func real(_ quality: Double) -> Double { (TargetSearches.size(quality) * factor * (1 + quality / 4000)).rounded() }
    let quality = TargetSearch.quality(for: .size(wanted)) {
      drafts += 1
      return TargetSearches.size($0)
    } measure: {
      count += 1
      return real($0)
    }
    #expect(real(quality) <= Double(wanted) && real(quality) >= 0.98 * Double(wanted), "\(real(quality))")
    #expect(count <= 3 && drafts <= 20, "\(count) after \(drafts) drafts")
  }

  @Test(arguments: [0.6, 2, 9]) func distortionsAreReachedByDrafts(wanted: Double) {
    var count = 0
    let quality = TargetSearch.quality(for: .prdn(wanted), draft: TargetSearches.prdn) {
      count += 1
      return 0.97 * TargetSearches.prdn($0) - 0.01
    }
    #expect(abs((0.97 * TargetSearches.prdn(quality) - 0.01) / wanted - 1) < 0.007)
    #expect(count <= 3)
  }

  @Test func draftsThatMisleadDoNoHarm() {
    // Drafts say the same whatever the quality.
    let quality = TargetSearch.quality(for: .size(6000), draft: { _ in 6000 }, measure: TargetSearches.size)
    #expect(TargetSearches.size(quality) <= 6000)
    #expect(TargetSearch.quality(for: .size(100), draft: TargetSearches.size, measure: { TargetSearches.size($0) + 10 }) == 0)
    #expect(TargetSearch.quality(for: .size(100_000_000), draft: TargetSearches.size, measure: { TargetSearches.size($0) + 10 }) == 100)
  }

  @Test func theNearestIsTakenWhereTheTargetIsOutOfReach() {
    #expect(TargetSearch.quality(for: .prdn(100), measure: TargetSearches.prdn) == 0)
    #expect(TargetSearch.quality(for: .prdn(0.1), measure: TargetSearches.prdn) == 100)
    #expect(TargetSearch.quality(for: .size(100), measure: TargetSearches.size) == 0)
    #expect(TargetSearch.quality(for: .size(100_000_000), measure: TargetSearches.size) == 100)
  }

  @Test func theSameValueEverywhereEndsTheSearch() {
    var count = 0
    _ = TargetSearch.quality(for: .size(1000)) { _ in
      count += 1
      return 2000
    }
    #expect(count <= 4)
  }

  @Test func whatCountsAsReached() {
    // "At most": what the best quality takes is enough.
    #expect(EncodeTarget.size(1000).isReached(by: 1000) && EncodeTarget.size(1000).isReached(by: 10) && !EncodeTarget.size(1000).isReached(by: 1001))
    #expect(EncodeTarget.bitrate(300).isReached(by: 289) && !EncodeTarget.bitrate(300).isReached(by: 300.1))
    #expect(EncodeTarget.prdn(9).isReached(by: 9.1) && !EncodeTarget.prdn(9).isReached(by: 9.3) && !EncodeTarget.prdn(9).isReached(by: 8.7))
  }
}
