import Glibc
import Signals

/// A figure that an encoded file is to reach.
public enum EncodeTarget: Equatable, Sendable {
  /// Mean PRDN over the channels, in percent; of a picture over its colours.
  case prdn(Double)
  /// `EncodeReport.psnr` in dB.
  case psnr(Double)
  /// At most so many bits of the file a second of signal.
  case bitrate(Double)
  /// At most so many bytes of the file.
  case size(Int)

  /// The same figure of a finished file.
  public func value(of report: EncodeReport) -> Double {
    switch self {
    case .prdn: report.distortion.meanPRDN
    case .psnr: report.psnr
    case .bitrate: Double(8 * report.bytes) * report.info.rate / Double(max(1, report.samples))
    case .size: Double(report.bytes)
    }
  }

  /// The figure asked for.
  public var wanted: Double {
    switch self {
    case .prdn(let value), .psnr(let value), .bitrate(let value): value
    case .size(let bytes): Double(bytes)
    }
  }

  /// The value must not be above the one wanted.
  var isCeiling: Bool {
    switch self {
    case .prdn, .psnr: false
    case .bitrate, .size: true
    }
  }

  /// A scale on which the figure grows about evenly with quality.
  fileprivate func scaled(_ value: Double) -> Double {
    switch self {
    case .prdn: -log(max(value, 1e-9))
    case .psnr: value * (log(10) / 20)
    case .bitrate, .size: log(max(value, 1e-9))
    }
  }

  /// Whether a value is as good as the one wanted: within 2 %, or anywhere below a ceiling, as where the best quality takes less.
  public func isReached(by value: Double) -> Bool { isCeiling ? value <= wanted : abs(scaled(value) - scaled(wanted)) <= 0.02 }

  /// Whether a search may end so far from the goal, on the scale; after some trials it is content with less.
  fileprivate func isClose(_ distance: Double, trials: Int) -> Bool {
    let slack = trials < 6 ? 1.0 : 3
    return isCeiling ? distance <= 0 && distance >= -0.005 * slack : abs(distance) <= 0.002 * slack
  }
}

/// Finds the quality at which a signal reaches a figure, by encoding it several times.
public enum TargetSearch {
  /// False position (the Illinois variant: Dowell and Jarratt, 1971) on the scale of the target, within 0...100 of quality.
  /// - Parameter measure: encodes the whole signal at a quality, and returns the target's value of it.
  /// - Returns: the quality whose figure is closest to what is wanted; for a ceiling the closest that is not above it, or 0 if all are.
  public static func quality(for target: EncodeTarget, measure: (Double) throws -> Double) rethrows -> Double {
    try quality(for: target, ahead: 0, measure: measure)
  }

  /// The same where encoding takes long: by drafts, and by some measurements that tell how far ahead of its draft the real thing is.
  /// - Parameters:
  ///   - draft: encodes the whole signal at a quality in less time, with about the same result.
  ///   - measure: encodes it as it will be.
  public static func quality(for target: EncodeTarget, draft: (Double) throws -> Double, measure: (Double) throws -> Double) rethrows -> Double {
    let goal = target.scaled(target.wanted)
    var (drafts, measured, best, ahead) = ([Double: Double](), Set<Double>(), Nearest(isCeiling: target.isCeiling), 0.0)
    func drafted(_ quality: Double) throws -> Double {
      let value = try drafts[quality] ?? draft(quality)
      drafts[quality] = value
      return value
    }
    for trial in 0..<4 {
      let quality = try quality(for: target, ahead: ahead, measure: drafted)
      guard measured.insert(quality).inserted else { break }
      let value = try measure(quality)
      let distance = target.scaled(value) - goal
      best.take(quality, distance)
      // Nor is there more at the ends; the second half of the trials is content with less.
      if quality >= 100 && distance < 0 || quality <= 0 && distance > 0 || target.isClose(distance, trials: 3 * trial) {
        return best.quality ?? quality
      }
      // Below a ceiling that was passed, by a little more than it was.
      ahead = try target.scaled(value) - target.scaled(drafted(quality)) + (target.isCeiling && distance > 0 ? 0.001 : 0)
    }
    return try best.quality ?? quality(for: target, measure: measure)
  }

  /// - Parameter ahead: of what is measured, on the scale of the target.
  private static func quality(for target: EncodeTarget, ahead: Double, measure: (Double) throws -> Double) rethrows -> Double {
    let goal = target.scaled(target.wanted)
    // What is below the goal (smaller files, more error) and what is above it; the weights are those of the Illinois variant.
    var (low, high): ((quality: Double, distance: Double)?, (quality: Double, distance: Double)?)
    var best = Nearest(isCeiling: target.isCeiling)
    var quality = 50.0
    for trial in 0..<16 {
      let distance = try target.scaled(measure(quality)) + ahead - goal
      best.take(quality, distance)
      if target.isClose(distance, trials: trial) { break }
      if distance < 0 {
        if low != nil, let kept = high { high = (kept.quality, kept.distance / 2) }
        low = (quality, distance)
      } else {
        if high != nil, let kept = low { low = (kept.quality, kept.distance / 2) }
        high = (quality, distance)
      }
      switch (low, high) {
      case (let low?, nil):
        if low.quality >= 100 { return best.quality ?? 100 }
        quality = low.quality >= 75 ? 100 : low.quality + 25
      case (nil, let high?):
        if high.quality <= 0 { return best.quality ?? 0 }
        quality = high.quality <= 25 ? 0 : high.quality - 25
      case (let low?, let high?):
        guard high.quality - low.quality > 0.005 else { return best.quality ?? low.quality }
        // A little below the goal where it must not be passed.
        let aim = target.isCeiling ? -0.002 : 0
        let part = (aim - low.distance) / max(high.distance - low.distance, 1e-12)
        quality = low.quality + (high.quality - low.quality) * min(0.95, max(0.05, part))
      case (nil, nil): return quality
      }
    }
    return best.quality ?? 0
  }
}

/// The quality whose figure came nearest to the goal, and not above it if that is a ceiling.
private struct Nearest {
  let isCeiling: Bool
  private(set) var quality: Double?
  private var distance = Double.infinity

  init(isCeiling: Bool) { self.isCeiling = isCeiling }

  mutating func take(_ quality: Double, _ distance: Double) {
    if !isCeiling || distance <= 0, abs(distance) < abs(self.distance) { (self.quality, self.distance) = (quality, distance) }
  }
}

/// A signal in memory, to be read more than once.
public struct HeldSignal: Sendable {
  /// The most samples times channels that are held.
  public static let limit = 1 << 27

  private let info: SignalInfo
  private let samples: [[Int32]]

  /// Reads all of a signal.
  /// - Throws: `CodecError.limit` if it is too long; what the reader throws.
  public init(_ reader: any SignalReader) throws {
    var samples = reader.info.channels.map { _ in [Int32]() }
    while case let part = try reader.read(1 << 16), let count = part.first?.count, count > 0 {
      guard (samples[0].count + count) * samples.count <= HeldSignal.limit else {
        throw CodecError.limit("the signal is too long to be held in memory, as reaching a figure takes on a pipe: write it to a file first")
      }
      for c in samples.indices { samples[c] += part[c] }
    }
    info = reader.info
    self.samples = samples
  }

  /// A reader from the beginning.
  public func reader() -> any SignalReader { HeldReader(samples, info) }
}
