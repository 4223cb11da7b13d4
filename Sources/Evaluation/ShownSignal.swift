import Bytes
import Codecs
import Signals

/// A signal and what a coder made of it, to be laid over each other: the beginning of some leads and what surrounds the worst stretch, packed.
public struct ShownSignal: Sendable {
  /// Some samples of all shown leads: those of `leads`, one after another.
  public struct Part: Sendable {
    public let samples: Range<Int>
    /// For each shown lead a zlib stream of signed varints: the first sample, the difference of each next one from the one before, then each decoded
    /// sample minus the original one.
    public let packed: [[UInt8]]
  }

  /// The two seconds of one lead, 4096 samples at most, with the largest squared error in relation to the lead's spread;
  /// leads that are constant apart.
  public struct Worst: Sendable, Equatable {
    public let lead: Int
    public let samples: Range<Int>
    /// The root of the mean squared error there over the standard deviation of the whole lead.
    public let relativeError: Double
  }

  public let coder: String
  public let setting: Double
  /// The first ones, and the one with the worst stretch.
  public let leads: [Int]
  public let parts: [Part]
  /// Nil where no lead that moves was distorted.
  public let worst: Worst?

  /// R-peaks of the first lead within `parts`, original and decoded, in samples; nil if the signal is no electrocardiogram.
  public let peaks: (original: [Double], decoded: [Double])?

  /// How many leads are shown at most.
  public static let mostLeads = 3

  /// - Parameters:
  ///   - samples: leads × samples, of one length.
  ///   - values: how many samples of all shown leads together are kept at most, the surroundings of the worst stretch apart.
  /// - Throws: `CodecError.malformed` if another number of samples comes back; what the coder throws.
  public init(_ samples: [[Int32]], _ info: SignalInfo, _ coder: Coder, setting: Double, atMost values: Int) throws {
    let file = try coder.encode(samples, info, setting: setting, isAlone: false).value
    let decoded = try coder.decode(file, like: samples, info, isAlone: false).value
    guard decoded.map(\.count) == samples.map(\.count) else { throw CodecError.malformed("the signal came back with another length") }
    (self.coder, self.setting) = (coder.name, setting)
    let window = Int(max(1, min(2 * info.rate, 4096)))
    worst = ShownSignal.worst(samples, decoded, window: window)
    var leads = Array(samples.indices.prefix(ShownSignal.mostLeads))
    if let worst, !leads.contains(worst.lead) { leads[leads.count - 1] = worst.lead }
    let beginning = 0..<min(samples[0].count, max(1, values / leads.count))
    let around = worst.map { max(0, $0.samples.lowerBound - 2 * window)..<min(samples[0].count, $0.samples.upperBound + 2 * window) }
    parts = ShownSignal.merged(beginning, around).map { part in
      Part(samples: part, packed: leads.map { ShownSignal.packed(samples[$0][part], decoded[$0][part]) })
    }
    self.leads = leads
    let shown = parts.map { Double($0.samples.lowerBound)...Double($0.samples.upperBound) }
    let within = { (times: [Double]) in times.filter { time in shown.contains { $0.contains(time) } } }
    peaks = ReferencePeaks(samples, info).map { (within($0.times), within(PeakDetector(rate: info.rate).peaks(decoded[0]))) }
  }

  /// One range or two that do not touch.
  private static func merged(_ beginning: Range<Int>, _ other: Range<Int>?) -> [Range<Int>] {
    guard let other else { return [beginning] }
    return other.lowerBound <= beginning.upperBound ? [0..<max(beginning.upperBound, other.upperBound)] : [beginning, other]
  }

  private static func packed(_ original: ArraySlice<Int32>, _ decoded: ArraySlice<Int32>) -> [UInt8] {
    var writer = ByteWriter()
    var last: Int64 = 0
    for sample in original {
      writer.append(signedVarint: Int64(sample) - last)
      last = Int64(sample)
    }
    for (x, y) in zip(original, decoded) { writer.append(signedVarint: Int64(y) - Int64(x)) }
    return deflated(writer.bytes)
  }

  /// - Parameter window: samples of a stretch; shorter signals are one stretch.
  static func worst(_ samples: [[Int32]], _ decoded: [[Int32]], window: Int) -> Worst? {
    var found: Worst?
    for lead in samples.indices {
      let (x, y) = (samples[lead], decoded[lead])
      let length = min(window, x.count)
      let squares = zip(x, y).map { (Double($1) - Double($0)) * (Double($1) - Double($0)) }
      var (sum, largest, end) = (squares[..<length].reduce(0, +), 0.0, length)
      largest = sum
      for k in length..<x.count {
        sum += squares[k] - squares[k - length]
        if sum > largest { (largest, end) = (sum, k + 1) }
      }
      let spread = Fidelity(original: x, decoded: y).spread
      guard largest > 0, spread > 0 else { continue }
      let relative = (largest / Double(length) / (spread / Double(x.count))).squareRoot()
      if relative > found?.relativeError ?? 0 { found = Worst(lead: lead, samples: end - length..<end, relativeError: relative) }
    }
    return found
  }
}
