import Codecs
import Evaluation
import Signals
import Tool

/// What a report is about; all that differs by it.
enum ReportKind: String {
  /// Signals over time, and stacks of pictures.
  case signals
  /// Each file is a picture.
  case pictures
  /// Each file is sound.
  case sounds

  /// What files are.
  /// - Parameter names: at least one.
  /// - Throws: `Failure` where some are pictures and some are not: no curve goes through both.
  init(of names: [String], _ source: SourceOptions) throws {
    let other = names.first { ReportKind.isPicture($0, source) != ReportKind.isPicture(names[0], source) }
    if let other {
      let (picture, signal) = ReportKind.isPicture(other, source) ? (other, names[0]) : (names[0], other)
      throw Failure(.usage, "\(picture) is a picture and \(signal) is not: they are measured in other ways; make a report of each kind")
    }
    if ReportKind.isPicture(names[0], source) {
      self = .pictures
    } else {
      // What cannot be read is of any kind.
      let kinds = source.raw != nil ? [] : names.compactMap { name in (try? source.open(name)).map { SoundMeter.takes($0.info) } }
      self = !kinds.isEmpty && kinds.allSatisfy(\.self) ? .sounds : .signals
    }
  }

  /// Names tell, as a rule; what cannot be read is told of when it is measured.
  private static func isPicture(_ name: String, _ source: SourceOptions) -> Bool {
    if source.raw != nil { return false }
    if source.recording(name) != nil { return SignalFile.isPicture(name) }
    return (try? source.open(name))?.info.picture != nil
  }

  /// Over which distortion BD-rates go if nothing is said; nil for all that two curves have in common.
  var range: ClosedRange<Double>? { self == .pictures ? 27...36 : nil }

  /// What is compared with if nothing is said.
  var peers: [String] {
    switch self {
    case .signals: Peers.all.map(\.name)
    case .pictures: OutsideTool.all.filter { $0.layout == .pictures && !$0.isLossless }.map(\.name)
    case .sounds: ["opus", "vorbis", "lame", "flac"]
    }
  }

  /// The qualities of ours if nothing is said: those of pictures reach below `range`.
  var qualities: [Double] { (self == .pictures ? [5] : []) + [15, 30, 45, 60, 75, 90] }

  /// The entropy stages of ours if nothing is said: for pictures and sounds what a user gets.
  var entropies: [EntropyChoice] { self == .signals ? [.zstd, .prior] : [.auto] }
}
