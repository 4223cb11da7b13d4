/// Reads a signal piece by piece, with constant memory.
public protocol SignalReader: AnyObject {
  /// What is known of the signal; `length` is nil only for streams.
  var info: SignalInfo { get }
  /// What of all that was read so far is not kept, as `SignalInfo.notes`.
  var notes: [String] { get }

  /// The next samples: one array for each channel, all of the same length: `maxSamples`, or fewer at the end of the signal. After the end: `[]`.
  /// Throws `SignalError`.
  func read(_ maxSamples: Int) throws -> [[Int32]]

  /// Passes over so many samples of each channel, or all that are left. Throws `SignalError`.
  func skip(_ samples: Int) throws
}

/// Writes a signal piece by piece. What was written takes its name only in `finish`.
public protocol SignalWriter: AnyObject {
  /// Appends samples: one array for each channel, all of the same length. Throws `SignalError`.
  func write(_ samples: [[Int32]]) throws

  /// Completes the files and gives them their names. Throws `SignalError`; nothing stays behind then.
  func finish() throws

  /// Removes everything written; does nothing after `finish`.
  func abort()
}

extension SignalReader {
  public var notes: [String] { info.notes }

  /// The notes of a reader of a part of another one's signal: what that says, and what the part leaves out.
  package func notes(onPartOf base: any SignalReader) -> [String] { base.notes + info.notes.dropFirst(base.info.notes.count) }

  public func skip(_ samples: Int) throws {
    var rest = samples
    while rest > 0, let count = try read(min(rest, 1 << 16)).first?.count, count > 0 { rest -= count }
  }

  /// All samples from here on, for signals known to be small.
  public func readAll() throws -> [[Int32]] {
    var result = try read(1 << 16)
    while !result.isEmpty {
      let next = try read(1 << 20)
      if next.isEmpty { break }
      for c in result.indices { result[c] += next[c] }
    }
    return result
  }
}

/// Some channels of another reader's signal.
final class SelectingReader: SignalReader {
  private let base: any SignalReader
  private let indices: [Int]
  let info: SignalInfo
  var notes: [String] { notes(onPartOf: base) }

  init(_ base: any SignalReader, indices: [Int]) {
    self.base = base
    self.indices = indices
    info = base.info.selecting(indices)
  }

  func read(_ maxSamples: Int) throws -> [[Int32]] {
    let samples = try base.read(maxSamples)
    return samples.isEmpty ? [] : indices.map { samples[$0] }
  }
}

/// Checks what a writer is given: the same count in every channel, and values that the format can hold.
struct SampleCheck {
  let ranges: [ClosedRange<Int32>]
  let file: String

  /// Returns the number of samples in each channel. Throws `SignalError.malformed` for a sample that cannot be stored.
  func count(_ samples: [[Int32]]) throws -> Int {
    precondition(samples.count == ranges.count && samples.allSatisfy { $0.count == samples[0].count }, "channels of different lengths")
    for (c, range) in ranges.enumerated() where range != Int32.min...Int32.max {
      var (low, high) = (Int32.max, Int32.min)
      samples[c].withUnsafeBufferPointer { for s in $0 { (low, high) = (min(low, s), max(high, s)) } }
      guard samples[c].isEmpty || low >= range.lowerBound && high <= range.upperBound else {
        let value = low < range.lowerBound ? low : high
        throw SignalError.malformed("\(file): sample \(value) of signal \(c) does not fit the format; decode to another format")
      }
    }
    return samples[0].count
  }
}
