import Codecs
import Signals

/// One file through all coders at all their settings.
public struct MeasuredFile: Sendable {
  public let name: String
  public let info: SignalInfo
  /// In each lead.
  public let samples: Int
  /// Coder by coder, in the order of their settings.
  public let points: [Measurement]

  /// - Parameters:
  ///   - samples: leads × samples, of one length, at least one sample.
  ///   - progress: is called after each point.
  /// - Throws: what `Measurement` throws.
  public init(name: String, _ info: SignalInfo, _ samples: [[Int32]], _ coders: [Coder], progress: () -> Void) throws {
    precondition(samples.first.map { !$0.isEmpty } ?? false, "something to measure")
    (self.name, self.info, self.samples) = (name, info, samples[0].count)
    points = try coders.flatMap { coder in
      try coder.settings.map { setting in
        defer { progress() }
        return try Measurement(samples, info, coder, setting: setting)
      }
    }
  }

  public var seconds: Double { Double(samples) / info.rate }

  /// The curve of a coder for this file.
  public func curve(_ coder: Coder) -> [RatePoint] { Comparison.curve(coder, [self]) }
}

/// What a coder does with all files.
public struct Comparison: Sendable {
  public let coder: String
  /// Over all points: how many times faster than the signal.
  public let encodeSpeed: Double
  public let decodeSpeed: Double
  /// Against each peer, in their order; nil where the curves have no PRDN in common.
  public let bdRates: [(peer: String, rate: BDRate?)]

  public init(_ coder: Coder, against peers: [Coder], _ files: [MeasuredFile]) {
    self.coder = coder.name
    var (signal, encode, decode) = (0.0, 0.0, 0.0)
    for file in files {
      for point in file.points where point.coder == coder.name {
        signal += file.seconds
        encode += point.encodeSeconds
        decode += point.decodeSeconds
      }
    }
    encodeSpeed = signal / max(encode, 1e-9)
    decodeSpeed = signal / max(decode, 1e-9)
    let curve = Comparison.curve(coder, files)
    bdRates = peers.map { (peer: $0.name, rate: BDRate(of: curve, against: Comparison.curve($0, files))) }
  }

  /// Means over the files, setting by setting; files without a PRDN (only constants were distorted) do not count.
  public static func curve(_ coder: Coder, _ files: [MeasuredFile]) -> [RatePoint] {
    coder.settings.compactMap { setting in
      let own = files.compactMap { $0.points.first { $0.coder == coder.name && $0.setting == setting } }.filter { $0.prdn != nil }
      guard let prdn = finiteMean(own.compactMap(\.prdn)), let rate = finiteMean(own.map(\.bitsPerSample)) else { return nil }
      return RatePoint(rate: rate, prdn: prdn)
    }
  }
}
