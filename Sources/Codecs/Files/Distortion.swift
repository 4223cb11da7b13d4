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

  /// - Parameters: the samples of one chunk, and what a decoder makes of them.
  init(original: [Int32], decoded: [Int32]) {
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
  }

  /// Adds a later part of the same channel (the pairwise update of Chan, Golub and LeVeque, 1979).
  mutating func append(_ later: ChannelDistortion) {
    guard later.count > 0 else { return }
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

  init(original: [[Int32]], decoded: [[Int32]]) {
    channels = zip(original, decoded).map { ChannelDistortion(original: $0, decoded: $1) }
  }

  mutating func append(_ later: Distortion) {
    for k in channels.indices { channels[k].append(later.channels[k]) }
  }

  /// The mean over the channels whose PRDN is finite, in percent.
  public var meanPRDN: Double {
    let finite = channels.map(\.prdn).filter(\.isFinite)
    return finite.isEmpty ? 0 : finite.reduce(0, +) / Double(finite.count)
  }

  public var maximumError: Int64 { channels.map(\.maximumError).max() ?? 0 }

  /// Mean over the channels of the mean squared error, each in units of the squared peak 2^bits − 1 of its converter.
  public func relativeError(bits: [Int]) -> Double {
    let errors = zip(channels, bits).map { channel, bits in
      let peak = Double(UInt64(1) << UInt64(max(1, min(bits, 32)))) - 1
      return channel.meanSquaredError / (peak * peak)
    }
    return errors.isEmpty ? 0 : errors.reduce(0, +) / Double(errors.count)
  }
}
