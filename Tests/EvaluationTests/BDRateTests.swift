import Evaluation
import Foundation
import TestSupport
import Testing

/// A Python with the package bjontegaard, which `make test` installs; nil if there is none.
private let python: URL? = {
  let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
  let candidates = [root.appending(path: ".build/venv/bin/python3"), URL(filePath: "/usr/bin/python3")]
  return candidates.first { (try? Outcome($0, ["-c", "import bjontegaard"], in: root).code) == 0 }
}()

@Suite struct BDRates {
  /// python: f = scipy.interpolate.PchipInterpolator([0, 1, 2.5, 4, 7], [1, 3, 2.5, 2.5, 8]) (scipy 1.17.1)
  static let curve = MonotoneCubic([(x: 0, y: 1), (x: 1, y: 3), (x: 2.5, y: 2.5), (x: 4, y: 2.5), (x: 7, y: 8)])

  /// f(0.5), f(1.75), f(3), f(5), f(6.5)
  @Test(arguments: [(0.5, 2.3666666666666667), (1.75, 2.75), (3, 2.5), (5, 3.246913580246914), (6.5, 6.531635802469136)])
  func valuesAreThoseOfSciPy(position: Double, value: Double) {
    #expect(abs(BDRates.curve.value(at: position) - value) < 1e-12)
  }

  /// f.integrate(0.25, 6.5)
  @Test func theIntegralIsThatOfSciPy() {
    #expect(abs(BDRates.curve.integral(over: 0.25...6.5) - 19.608854166666664) < 1e-11)
  }

  @Test func pointsAreMetAndTwoPointsAreALine() {
    for (x, y) in [(0.0, 1.0), (1, 3), (2.5, 2.5), (4, 2.5), (7, 8)] { #expect(abs(BDRates.curve.value(at: x) - y) < 1e-12) }
    let line = MonotoneCubic([(x: 1, y: 2), (x: 3, y: 8)])
    #expect(line.value(at: 1.5) == 3.5 && line.integral(over: 1...3) == 10 && line.domain == 1...3)
  }

  static let peer = [(0.9, 3.1), (0.6, 4.7), (0.42, 7.2), (0.3, 10.5), (0.21, 15.8)].map { RatePoint(rate: $0, distortion: $1) }
  static let ours = [(0.55, 2.6), (0.31, 4.4), (0.2, 6.9), (0.13, 11.2), (0.09, 18.0)].map { RatePoint(rate: $0, distortion: $1) }

  /// python, with rates ra, rb and PRDNs pa, pb of `peer` and `ours` (bjontegaard 1.3.0 from PyPI; decibels are linear in ln(PRDN)):
  /// bjontegaard.bd_rate(ra, [-20 * log10(p / 100) for p in pa], rb, [-20 * log10(p / 100) for p in pb], method="pchip")
  @Test func theRateIsThatOfTheBjontegaardPackage() throws {
    let rate = try #require(BDRate(of: BDRates.ours.shuffled(), against: BDRates.peer))
    #expect(abs(rate.percent - -52.94351869955172) < 1e-9)
    #expect(abs(rate.range.lowerBound - 3.1) < 1e-12 && abs(rate.range.upperBound - 15.8) < 1e-12)
  }

  /// 40 pairs of curves of 4 to 9 points that fall, some of them hardly, over ranges that meet in part; all below 99 %.
  @Test(.enabled(if: python != nil, "needs a Python with bjontegaard: make test installs it"))
  func curvesOfAllKindsGiveWhatThePackageGives() throws {
    var state: UInt64 = 5
    func random() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / Double(1 << 53)
    }
    func curve() -> [RatePoint] {
      var (rate, prdn) = (3 * random() + 1, 1 + 2 * random())
      return (0..<4 + Int(6 * random())).map { _ in
        prdn *= 1.05 + 0.4 * random()
        rate *= 0.4 + 0.59 * random()
        return RatePoint(rate: rate, distortion: prdn)
      }
    }
    let pairs = (0..<40).map { _ in (curve(), curve()) }
    let ours = pairs.map { BDRate(of: $0, against: $1)?.percent }
    #expect(ours.count { $0 != nil } > 30)
    let script = """
      import bjontegaard, json, math, sys, warnings
      warnings.simplefilter("ignore")
      def rate(own, peer):
          db = lambda curve: [-20 * math.log10(p / 100) for _, p in curve]
          return bjontegaard.bd_rate([r for r, _ in peer], db(peer), [r for r, _ in own], db(own), method="pchip",
                                     require_matching_points=False, min_overlap=0)
      print(json.dumps([rate(own, peer) if rated else None for own, peer, rated in json.load(sys.stdin)]))
      """
    let input = zip(pairs, ours).map { pair, rate -> [Any] in
      [pair.0.map { [$0.rate, $0.distortion] }, pair.1.map { [$0.rate, $0.distortion] }, rate != nil]
    }
    let outcome = try Outcome(
      try #require(python), ["-c", script], in: FileManager.default.temporaryDirectory, stdin: JSONSerialization.data(withJSONObject: input))
    let theirs = try #require(try JSONSerialization.jsonObject(with: outcome.out) as? [Any], "\(outcome.err)")
    for (k, rate) in ours.enumerated() {
      guard let rate else { continue }
      let other = try #require(theirs[k] as? Double)
      #expect(abs(rate - other) < 1e-6 * (1 + abs(other)), "pair \(k): \(rate), the package has \(other)")
    }
  }

  /// A mean that is kept to a part of the range is that of the same curves cut there: on straight lines, as below.
  @Test func theRangeCanBeKeptShorter() throws {
    let peer = [RatePoint(rate: 4, distortion: 2), RatePoint(rate: 1, distortion: 8)]
    let ours = [RatePoint(rate: 2, distortion: 2), RatePoint(rate: 1, distortion: 8)]
    // From PRDN 4 to 8 the peer goes from 2 to 1, ours from √2 to 1: ln(√2) / 2 less on average.
    let rate = try #require(BDRate(of: ours, against: peer, over: 4...16))
    #expect(abs(rate.percent - 100 * (pow(2, -0.25) - 1)) < 1e-9)
    #expect(abs(rate.range.lowerBound - 4) < 1e-12 && abs(rate.range.upperBound - 8) < 1e-12)
    #expect(BDRate(of: ours, against: peer, over: 9...16) == nil)
  }

  /// Worked by hand: between two points each curve is a line of ln(rate) over ln(PRDN). From PRDN 2 to 8 the peer goes from 4 to 1 bit/sample, ours from
  /// 2 to 1: ln 2 less at the one end, none at the other, on average ln(2) / 2 less: 100 (1 / √2 − 1) = -29.29 %.
  @Test func aWorkedExample() throws {
    let peer = [RatePoint(rate: 4, distortion: 2), RatePoint(rate: 1, distortion: 8)]
    let ours = [RatePoint(rate: 2, distortion: 2), RatePoint(rate: 1, distortion: 8)]
    let rate = try #require(BDRate(of: ours, against: peer))
    #expect(abs(rate.percent - -29.28932188134524) < 1e-9)
    let back = try #require(BDRate(of: peer, against: ours))
    #expect(abs(back.percent - 41.42135623730951) < 1e-9)
    #expect(try #require(BDRate(of: peer, against: peer)).percent == 0)
  }

  @Test func curvesWithNothingInCommonHaveNone() {
    let fine = [RatePoint(rate: 4, distortion: 1), RatePoint(rate: 3, distortion: 2)]
    let coarse = [RatePoint(rate: 2, distortion: 3), RatePoint(rate: 1, distortion: 8)]
    #expect(BDRate(of: fine, against: coarse) == nil)
    #expect(BDRate(of: fine, against: [RatePoint(rate: 2, distortion: 1.5)]) == nil)
    #expect(
      BDRate(of: fine, against: [RatePoint(rate: 4, distortion: 0), RatePoint(rate: 1, distortion: 1.5)]) == nil,
      "points without error have no logarithm")
    #expect(BDRate(of: [], against: fine) == nil)
  }

  /// Curves are lines over decibels as they are.
  @Test func decibelsAreTheirOwnScale() throws {
    let peer = [RatePoint(rate: 1, distortion: 26), RatePoint(rate: 2, distortion: 30), RatePoint(rate: 8, distortion: 38)]
    let half = peer.map { RatePoint(rate: $0.rate / 2, distortion: $0.distortion) }
    let rate = try #require(BDRate(of: half, against: peer, by: .psnr, over: 27...36))
    #expect(abs(rate.percent + 50) < 1e-9 && rate.range == 27...36)
    let part = try #require(BDRate(of: Array(half.dropFirst()), against: peer, by: .msSSIM, over: 27...40))
    #expect(part.range == 30...38)
    // ln(rate) of these is a line over decibels: 2 ln 2 apart at 20 dB, together at 40 dB, in the mean ln 2.
    let slow = [RatePoint(rate: 4, distortion: 20), RatePoint(rate: 4, distortion: 40)]
    let steep = [RatePoint(rate: 1, distortion: 20), RatePoint(rate: 4, distortion: 40)]
    #expect(abs((try #require(BDRate(of: slow, against: steep, by: .psnr))).percent - 100) < 1e-9)
    #expect(BDRate(of: half, against: [RatePoint(rate: 1, distortion: .infinity), RatePoint(rate: 1, distortion: 30)], by: .psnr) == nil)
  }
}
