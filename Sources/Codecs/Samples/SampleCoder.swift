import Bytes
import Entropy
import Prediction

/// What can be wrong with bytes given to `SampleCoder.decode`.
public enum SampleCoderError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The bytes are not what `encode` wrote for that many channels and samples; the text says in what way.
  case damaged(String)

  public var description: String {
    switch self {
    case .damaged(let what): "sample data: \(what); it is damaged, get another copy of it"
    }
  }

  /// What `body` reads from a payload, whose end or values in the wrong place are damage.
  static func naming<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch BytesError.truncated {
      throw SampleCoderError.damaged("it ends too early")
    } catch BytesError.malformed(let what) {
      throw SampleCoderError.damaged(what)
    }
  }
}

/// Lossless and near-lossless coding of multichannel samples: a cascade of adaptive predictors and context-mixed coding of what they leave.
///
/// Every sample comes back within its channel's bound; with bound 0, exactly. Never more than 15 bytes a channel and 1 byte beyond plain packed bits.
///
/// Stream: a byte (0: packed bits; 1 to 9: the effort), per channel its parameters as varints, then packed bits or one rANS stream.
public enum SampleCoder {
  /// Codes channels of equal length.
  /// - Parameters:
  ///   - samples: channel-major.
  ///   - bound: largest error allowed, per channel; 0 for lossless.
  ///   - effort: 1 (fast) to 9 (small); the decoder takes as long as the encoder.
  public static func encode(_ samples: [[Int32]], bound: [Int32], effort: Int = 5) -> [UInt8] {
    precondition(samples.allSatisfy { $0.count == samples[0].count }, "channels of different lengths")
    precondition(bound.count == samples.count && bound.allSatisfy { $0 >= 0 }, "one bound per channel, none of them negative")
    precondition((1...9).contains(effort), "efforts are 1 to 9")
    let count = samples.first?.count ?? 0
    guard count > 0 else { return [UInt8(effort)] }
    var writer = ByteWriter()
    writer.append(UInt8(effort))
    let plans = zip(samples, bound).map { ChannelPlan($0, bound: $1) }
    for plan in plans { plan.write(to: &writer) }
    var encoder = RansEncoder()
    if plans.contains(where: { $0.low < $0.high }) {
      // Only a decoder's pass can end early.
      _ = try! SamplePass.all(plans, samples, count: count, effort: effort, &encoder) { _ in true }
      writer.append(contentsOf: encoder.finish())
    }
    let stored = StoredSampleBits.encode(samples, bound: bound)
    return mayHold(count, of: plans, in: writer.bytes.count) && writer.bytes.count <= stored.count ? writer.bytes : stored
  }

  /// Whether so many bytes may hold so many samples of channels that are not constant. A decoder works for each of them, so bytes that promise more than
  /// a model could ever press into them are refused: otherwise a few bytes would keep it busy for minutes.
  private static func mayHold(_ count: Int, of plans: [ChannelPlan], in bytes: Int) -> Bool {
    count <= ((1 << 16) + (min(bytes, 1 << 32) << 14)) / max(1, plans.count { $0.low < $0.high })
  }

  /// Decodes what `encode` wrote.
  /// - Parameters:
  ///   - channels, sampleCount: as they were encoded. The caller limits their product: memory of 12 bytes a sample and time go with it.
  /// Throws `SampleCoderError.damaged`. Damage may go unnoticed and give other samples: the container's hash decides.
  public static func decode(_ bytes: some Collection<UInt8>, channels: Int, sampleCount: Int) throws -> [[Int32]] {
    precondition(channels >= 0 && sampleCount >= 0, "a negative shape")
    var reader = ByteReader(Array(bytes))
    return try SampleCoderError.naming {
      let mode = try reader.byte()
      guard mode <= 9 else { throw SampleCoderError.damaged("an unknown coding \(mode)") }
      guard channels <= reader.remaining || sampleCount == 0 else { throw BytesError.truncated }
      guard sampleCount > 0 else { return [[Int32]](repeating: [], count: channels) }
      if mode == 0 { return try StoredSampleBits.decode(&reader, channels: channels, count: sampleCount) }
      let plans = try (0..<channels).map { _ in try ChannelPlan(&reader, count: sampleCount) }
      guard plans.contains(where: { $0.low < $0.high }) else { return plans.map { [Int32](repeating: $0.low, count: sampleCount) } }
      guard mayHold(sampleCount, of: plans, in: bytes.count) else { throw SampleCoderError.damaged("more samples than its bytes can hold") }
      var decoder = RansDecoder(try reader.take(reader.remaining))
      let samples = try SamplePass.all(plans, [], count: sampleCount, effort: Int(mode), &decoder) { !$0.isExhausted }
      guard decoder.isComplete else { throw SampleCoderError.damaged("the coded samples do not end where they should") }
      return samples
    }
  }

  /// The predictors' sizes by effort.
  static func shape(effort: Int) -> SamplePredictorShape {
    switch effort {
    case 1: SamplePredictorShape(own: [4, 8], others: [4, 4], every: 32, taps: [], matching: 0)
    case 2: SamplePredictorShape(own: [8, 16], others: [4, 8], every: 32, taps: [], matching: 0)
    case 3: SamplePredictorShape(own: [12, 16], others: [8, 12], every: 16, taps: [16], matching: 0)
    case 4: SamplePredictorShape(own: [16, 24], others: [8, 16], every: 16, taps: [32, 16], matching: 0)
    case 5: SamplePredictorShape(own: [16, 32], others: [8, 16], every: 8, taps: [256, 32, 16], matching: 32, ranking: 2)
    case 6: SamplePredictorShape(own: [16, 32], others: [12, 24], every: 4, taps: [256, 32, 16], matching: 16, ranking: 2)
    case 7: SamplePredictorShape(own: [16, 32], others: [16, 32], every: 2, taps: [256, 32, 16], matching: 16, ranking: 1)
    case 8: SamplePredictorShape(own: [24, 48], others: [16, 32], every: 2, taps: [512, 32, 16], matching: 8, ranking: 1)
    default: SamplePredictorShape(own: [24, 64], others: [24, 48], every: 1, taps: [1024, 256, 32, 16], matching: 1)
    }
  }
}
