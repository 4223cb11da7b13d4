import ArgumentParser
import Signals
import Tool

/// A place in a signal as the user gives it: `HH:MM:SS[.fff]`, `MM:SS`, seconds, or `s` and a number of samples. In a stack an item takes the place of
/// a second, in a picture a row.
enum TimePoint: ExpressibleByArgument, Equatable {
  case seconds(Double)
  case samples(Int)

  init?(argument: String) {
    if argument.hasPrefix("s") {
      guard let count = Int(argument.dropFirst()), count >= 0, count <= 1 << 48 else { return nil }
      self = .samples(count)
      return
    }
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    guard (1...3).contains(parts.count) else { return nil }
    var total = 0.0
    for (k, part) in parts.enumerated() {
      let isLast = k == parts.count - 1
      guard !part.isEmpty, part.utf8.allSatisfy({ 0x30...0x39 ~= $0 || isLast && $0 == 0x2E }), let value = Double(part) else { return nil }
      if k > 0, value >= 60 { return nil }
      total = total * 60 + value
    }
    guard total <= 1e12 else { return nil }
    self = .seconds(total)
  }

  /// The nearest sample.
  /// - Throws: `Failure` for a place inside an item of a stack or a row of a picture.
  func sample(_ info: SignalInfo) throws -> Int {
    let sample =
      switch self {
      case .samples(let count): count
      case .seconds(let seconds): Int(min((seconds * info.rate).rounded(), Double(1 << 48)))
      }
    guard sample % info.unitSamples == 0 else {
      let unit = info.picture == nil ? "an item" : "a row"
      throw Failure(.usage, "--from and --to: sample \(sample) is inside \(unit) of \(info.unitSamples) samples; give the number of \(unit)")
    }
    return sample
  }
}

/// The beginning of another reader's signal.
final class LimitedReader: SignalReader {
  private let base: any SignalReader
  private var rest: Int
  let info: SignalInfo
  var notes: [String] { notes(onPartOf: base) }

  init(_ base: any SignalReader, samples: Int) {
    self.base = base
    rest = samples
    info = base.info.length.map { base.info.part(0..<min($0, samples)) } ?? base.info
  }

  func read(_ maxSamples: Int) throws -> [[Int32]] {
    guard rest > 0 else { return [] }
    let samples = try base.read(min(maxSamples, rest))
    rest -= samples.first?.count ?? 0
    return samples
  }
}
