import Bytes
import Entropy
import Prediction

/// Lossless and near-lossless coding of sound, fast: adaptive linear prediction and adaptive mixtures of distributions, one symbol a sample.
///
/// Every sample comes back within its channel's bound; with bound 0, exactly.
///
/// Stream: a byte (the level, 1 to 3), per channel its parameters as varints, then one rANS stream.
public enum SoundCoder {
  /// The level that an effort of 1 to 9 stands for; a decoder takes as long as the encoder.
  public static func level(effort: Int) -> Int { effort < 4 ? 1 : effort < 8 ? 2 : 3 }

  /// The predictors' sizes by level.
  static func shape(level: Int) -> SoundPredictorShape {
    switch level {
    case 1: SoundPredictorShape(own: 16, other: 8, forget: 0.998, every: 64, filters: [(32, 0.005), (16, 0.008)])
    case 2: SoundPredictorShape(own: 24, other: 8, forget: 0.998, every: 64, filters: [(256, 0.004), (32, 0.005), (16, 0.008)])
    default: SoundPredictorShape(own: 32, other: 16, forget: 0.998, every: 16, filters: [(1024, 0.004), (256, 0.004), (32, 0.005), (16, 0.008)])
    }
  }

  /// Codes channels of equal length, at least one sample.
  /// - Parameters:
  ///   - samples: channel-major.
  ///   - bound: largest error allowed, per channel; 0 for lossless.
  /// - Returns: nil where a decoder would refuse what it takes for more samples than the bytes can hold.
  public static func encode(_ samples: [[Int32]], bound: [Int32], level: Int) -> [UInt8]? {
    let count = samples[0].count
    precondition(count > 0 && samples.allSatisfy { $0.count == count }, "channels of one length")
    precondition(bound.count == samples.count && bound.allSatisfy { $0 >= 0 }, "one bound per channel, none of them negative")
    var writer = ByteWriter()
    writer.append(UInt8(level))
    let plans = SoundPlan.plans(samples, bound: bound)
    for plan in plans { plan.write(to: &writer) }
    if plans.contains(where: \.varies) {
      var encoder = RansEncoder()
      // Only a decoder's pass can end early.
      _ = try! SoundPass.all(plans, samples, count: count, level: level, &encoder) { _ in true }
      writer.append(contentsOf: encoder.finish())
    }
    return mayHold(count, of: plans, in: writer.bytes.count) ? writer.bytes : nil
  }

  /// Whether so many bytes may hold so many samples of channels that are not constant: none takes less than 1/200 bit.
  private static func mayHold(_ count: Int, of plans: [SoundPlan], in bytes: Int) -> Bool {
    count <= ((1 << 16) + (min(bytes, 1 << 32) << 11)) / max(1, plans.count { $0.varies })
  }

  /// Decodes what `encode` wrote.
  /// - Parameters:
  ///   - channels, sampleCount: as they were encoded. The caller limits their product: memory of 4 bytes a sample and time go with it.
  /// Throws `SampleCoderError.damaged`. Damage may go unnoticed and give other samples: the container's hash decides.
  public static func decode(_ bytes: some Collection<UInt8>, channels: Int, sampleCount: Int) throws -> [[Int32]] {
    var reader = ByteReader(Array(bytes))
    return try SampleCoderError.naming {
      let level = try Int(reader.byte())
      guard (1...3).contains(level) else { throw SampleCoderError.damaged("an unknown coding \(level)") }
      guard channels <= reader.remaining || sampleCount == 0 else { throw BytesError.truncated }
      let plans = try (0..<channels).map { try SoundPlan(&reader, channel: $0, channels: channels, count: sampleCount) }
      for plan in plans {
        if let reference = plan.reference, !plans[reference].varies { throw BytesError.malformed("a reference that does not vary") }
      }
      guard mayHold(sampleCount, of: plans, in: bytes.count) else { throw SampleCoderError.damaged("more samples than its bytes can hold") }
      guard plans.contains(where: \.varies) else {
        guard reader.remaining == 0 else { throw SampleCoderError.damaged("there are bytes behind its end") }
        return plans.map { [Int32](repeating: $0.restored($0.channel.low), count: sampleCount) }
      }
      var decoder = RansDecoder(try reader.take(reader.remaining))
      let samples = try SoundPass.all(plans, [], count: sampleCount, level: level, &decoder) { !$0.isExhausted }
      guard decoder.isComplete else { throw SampleCoderError.damaged("it does not end where its samples end") }
      return samples
    }
  }
}
