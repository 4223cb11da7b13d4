import Signals

/// Which samples of a signal are lost.
public struct LostSamples {
  /// In every channel; of each item of a stack, in samples of an item.
  public let intervals: [Range<Int>]
  /// As large as the signal, or as one item of a stack for all items alike: samples that are not 0 are lost. Nil for none.
  private let mask: (any SignalReader)?
  private let info: SignalInfo
  /// The mask's only item.
  private var pattern: [Int32]?

  /// - Throws: `SignalError`.
  public init(intervals: [Range<Int>] = [], mask: (any SignalReader)? = nil, info: SignalInfo) throws {
    (self.intervals, self.mask, self.info) = (intervals, mask, info)
    guard let mask else { return }
    let unit = info.unitSamples
    guard mask.info.channels.count == info.channels.count, mask.info.unitSamples == unit, let length = mask.info.length,
      length == info.length || info.stack != nil && length == unit
    else {
      throw SignalError.malformed("the mask is not as large as the signal; give one with as many channels and samples, or one item of a stack's size")
    }
    if length == unit, info.stack != nil, length != info.length { pattern = try mask.read(unit)[0] }
  }

  /// Of the samples from `first` on, the next ones, whether they are lost: by channel.
  /// - Throws: `SignalError`.
  func find(_ samples: [[Int32]], from first: Int) throws -> [[Bool]] {
    let count = samples[0].count
    let masked = pattern == nil ? try mask?.read(count) : nil
    if let masked, masked.count != samples.count || masked[0].count != count {
      throw SignalError.malformed("the mask ends before the signal does; give one with as many samples")
    }
    let unit = info.unitSamples
    var lost = samples.indices.map { channel in
      let missing = info.missingValue(channel)
      return (0..<count).map { i in
        if let missing, samples[channel][i] == missing { return true }
        if let pattern { return pattern[(first + i) % unit] != 0 }
        return masked.map { $0[channel][i] != 0 } ?? false
      }
    }
    for interval in intervals {
      if info.stack != nil {
        for i in 0..<count where interval.contains((first + i) % unit) { lost[0][i] = true }
      } else {
        let here = interval.clamped(to: first..<first + count)
        for channel in lost.indices {
          for i in here { lost[channel][i - first] = true }
        }
      }
    }
    return lost
  }
}

/// What was filled in, in samples of all channels.
public struct FillReport: Equatable, Sendable {
  public fileprivate(set) var samples = 0
  public fileprivate(set) var lost = 0
  /// Lost and left as they were: too little is there around them.
  public fileprivate(set) var left = 0
}

/// Passes a signal on with its lost samples filled in, piece by piece with constant memory.
public struct FileFiller {
  private let filler: BlockFiller
  private let lost: LostSamples
  /// How much is filled in at once, and is scaled by what is known in it: as the chunks of encoders.
  private static let pieceSeconds = 300.0
  private static let mostPiece = 1 << 22

  public init(_ package: CodecPackage, info: SignalInfo, lost: LostSamples) throws {
    filler = try BlockFiller(package, info: info)
    self.lost = lost
  }

  /// - Throws: `SignalError`, and what `sink` throws.
  public func fill(_ reader: any SignalReader, sink: ([[Int32]]) throws -> Void) throws -> FillReport {
    let info = reader.info
    // A piece is seen with a block more on both sides; items of a stack stand for themselves.
    let margin = info.stack == nil ? filler.blockLength : 0
    let most = max(1, FileFiller.mostPiece / info.unitSamples / info.channels.count) * info.unitSamples
    let piece = min(most, max(margin, Int(min(FileFiller.pieceSeconds * info.rate, 1e9))))
    var (samples, isLost) = ([[Int32]](repeating: [], count: info.channels.count), [[Bool]](repeating: [], count: info.channels.count))
    // Of the samples held: where in the signal they begin, and how many of them were passed on.
    var (first, done, isAtEnd) = (0, 0, false)
    var report = FillReport()
    while true {
      while !isAtEnd, samples[0].count < done + piece + margin {
        let next = try reader.read(done + piece + margin - samples[0].count)
        guard let count = next.first?.count, count > 0 else {
          isAtEnd = true
          break
        }
        let found = try lost.find(next, from: first + samples[0].count)
        for channel in next.indices {
          samples[channel] += next[channel]
          isLost[channel] += found[channel]
        }
      }
      let end = min(samples[0].count, done + piece)
      guard end > done else { return report }
      let parts = samples.indices.map { channel in
        guard isLost[channel][done..<end].contains(true) else { return Array(samples[channel][done..<end]) }
        let (filled, left) = filler.fill(samples[channel], lost: isLost[channel], channel: channel, allowed: info.knownRange(channel))
        for i in done..<end where isLost[channel][i] {
          report.lost += 1
          if left[i] { report.left += 1 }
        }
        return Array(filled[done..<end])
      }
      report.samples += (end - done) * parts.count
      try sink(parts)
      let spent = max(0, end - margin)
      for channel in samples.indices {
        samples[channel].removeFirst(spent)
        isLost[channel].removeFirst(spent)
      }
      (first, done) = (first + spent, end - spent)
    }
  }
}
