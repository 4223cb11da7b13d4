/// A stretch of one channel and its squared error.
struct DistortedStretch: Sendable, Equatable {
  /// The first sample.
  var start = 0
  var count = 0
  /// Sum of squares of decoded less original.
  var error = 0.0
}

/// The stretch of a record that came out worst.
public struct WorstFrame: Sendable, Equatable {
  public let channel: Int
  /// The first sample.
  public let start: Int
  /// Samples: a frame, or a shorter chunk.
  public let count: Int
  /// Root of the mean squared error, in steps of the converter.
  public let error: Double
  /// That as a multiple of the channel's over the whole record.
  public let relativeToRecord: Double
}

/// How far decoded samples are from the originals, for one channel: exact counts, and sums in a fixed order.
public struct ChannelDistortion: Sendable, Equatable {
  public private(set) var count = 0
  private var mean = 0.0
  /// Sum of squares of the samples less their mean.
  private var spread = 0.0
  /// Sum of squares of decoded less original.
  private var error = 0.0
  /// The largest absolute difference, in steps of the converter.
  public private(set) var maximumError: Int64 = 0
  /// The stretch with the largest error, the first of several.
  private(set) var worst = DistortedStretch()

  /// - Parameters:
  ///   - original: the samples of one chunk.
  ///   - decoded: what a decoder makes of them.
  ///   - frame: samples of the stretches among which the worst is sought: one behind the other from the beginning, and the last samples.
  init(original: [Int32], decoded: [Int32], frame: Int) {
    precondition(original.count == decoded.count, "as many decoded samples as original ones")
    guard !original.isEmpty else { return }
    count = original.count
    var total: Int64 = 0
    for sample in original { total += Int64(sample) }
    mean = Double(total) / Double(count)
    for k in original.indices {
      let fromMean = Double(original[k]) - mean
      spread += fromMean * fromMean
      let difference = Int64(decoded[k]) - Int64(original[k])
      maximumError = max(maximumError, abs(difference))
      error += Double(difference) * Double(difference)
    }
    for start in Swift.stride(from: 0, to: count, by: frame) {
      var stretch = DistortedStretch(start: max(0, min(start, count - frame)), count: min(frame, count))
      for k in stretch.start..<stretch.start + stretch.count {
        let difference = Double(Int64(decoded[k]) - Int64(original[k]))
        stretch.error += difference * difference
      }
      worst = ChannelDistortion.worse(worst, stretch)
    }
  }

  /// The one with the larger mean error; the first if they are equal.
  private static func worse(_ first: DistortedStretch, _ second: DistortedStretch) -> DistortedStretch {
    second.error * Double(first.count) > first.error * Double(second.count) || first.count == 0 ? second : first
  }

  /// Adds a later part of the same channel (the pairwise update of Chan, Golub and LeVeque, 1979).
  mutating func append(_ later: ChannelDistortion) {
    guard later.count > 0 else { return }
    var stretch = later.worst
    stretch.start += count
    worst = ChannelDistortion.worse(worst, stretch)
    let total = Double(count + later.count)
    let step = later.mean - mean
    spread += later.spread + step * step * Double(count) * Double(later.count) / total
    mean += step * Double(later.count) / total
    error += later.error
    count += later.count
    maximumError = max(maximumError, later.maximumError)
  }

  /// 100 ‖x − y‖ / ‖x − mean(x)‖ in percent; 0 without error, infinite if only a constant was distorted.
  public var prdn: Double { error == 0 ? 0 : 100 * (error / spread).squareRoot() }

  /// Mean of the squared differences.
  public var meanSquaredError: Double { count == 0 ? 0 : error / Double(count) }
}

/// The distortion of all channels.
public struct Distortion: Sendable, Equatable {
  public private(set) var channels: [ChannelDistortion]
  /// The first so many channels count in means.
  private let judged: Int

  /// - Parameters:
  ///   - frame: samples of the stretches among which the worst is sought.
  ///   - judged: how many channels, the first ones, count in means.
  init(original: [[Int32]], decoded: [[Int32]], frame: Int, judged: Int) {
    channels = zip(original, decoded).map { ChannelDistortion(original: $0, decoded: $1, frame: frame) }
    self.judged = judged
  }

  /// The stretch of a frame's length whose error is the largest multiple of its channel's over the whole record; nil if nothing was distorted.
  public var worstFrame: WorstFrame? {
    var worst: WorstFrame?
    for (channel, distortion) in channels.enumerated() where distortion.worst.error > 0 {
      let stretch = distortion.worst
      let error = (stretch.error / Double(stretch.count)).squareRoot()
      let relative = error / distortion.meanSquaredError.squareRoot()
      guard relative > worst?.relativeToRecord ?? 0 else { continue }
      worst = WorstFrame(channel: channel, start: stretch.start, count: stretch.count, error: error, relativeToRecord: relative)
    }
    return worst
  }

  mutating func append(_ later: Distortion) {
    for k in channels.indices { channels[k].append(later.channels[k]) }
  }

  /// The mean over the channels that count and whose PRDN is finite, in percent.
  public var meanPRDN: Double {
    let finite = channels.prefix(judged).map(\.prdn).filter(\.isFinite)
    return finite.isEmpty ? 0 : finite.reduce(0, +) / Double(finite.count)
  }

  public var maximumError: Int64 { channels.map(\.maximumError).max() ?? 0 }

  /// Mean over the channels that count of the mean squared error, each in units of its squared peak.
  /// - Parameter peaks: of each channel (`SignalInfo.peak`).
  public func relativeError(peaks: [Double]) -> Double {
    let errors = zip(channels.prefix(judged), peaks).map { channel, peak in channel.meanSquaredError / (peak * peak) }
    return errors.isEmpty ? 0 : errors.reduce(0, +) / Double(errors.count)
  }
}
