/// Samples in memory, read from front to back.
public final class HeldReader: SignalReader {
  public let info: SignalInfo
  private let samples: [[Int32]]
  private var position = 0

  /// - Parameter samples: channels × samples, of one length.
  public init(_ samples: [[Int32]], _ info: SignalInfo) {
    precondition(samples.count == info.channels.count && samples.allSatisfy { $0.count == samples[0].count }, "channels of one length")
    (self.samples, self.info) = (samples, info)
  }

  public func read(_ maxSamples: Int) -> [[Int32]] {
    let end = min(samples[0].count, position + maxSamples)
    defer { position = end }
    return position == end ? [] : samples.map { Array($0[position..<end]) }
  }
}
