import Codecs
import Evaluation
import Signals

/// What a page shows of files besides figures.
struct ShownParts: Sendable {
  /// Of all files.
  private let count: Int
  /// The files of which pictures are shown, or sounds are heard.
  private let heard: Set<String>
  /// Of signals, and of pictures.
  private let quality: Double
  private let qualities: [Double]

  /// Pictures that a page shows, and sounds that it plays, at most: each takes some megabytes.
  static let mostPictures = 3
  /// Qualities at which they are shown at most.
  private static let mostQualities = 3

  /// - Parameters:
  ///   - qualities: all that are measured, in their order.
  ///   - chosen: the only one to be shown; nil for some of them.
  init(names: [String], qualities: [Double], chosen: Double?) {
    count = names.count
    self.heard = Set(ShownParts.spread(names, ShownParts.mostPictures))
    quality = chosen ?? qualities[qualities.count / 2]
    // The best of many are not told from the original by looking.
    let visible = Array(qualities.prefix(max(ShownParts.mostQualities, 2 * qualities.count / 3)))
    self.qualities = chosen.map { [$0] } ?? ShownParts.spread(visible, ShownParts.mostQualities)
  }

  /// So many at most, from the middle of equal parts.
  private static func spread<Item>(_ items: [Item], _ most: Int) -> [Item] {
    let count = min(items.count, most)
    return (0..<count).map { items[(2 * $0 + 1) * items.count / (2 * count)] }
  }

  /// Adds what is shown of a file to it.
  /// - Parameter kind: of the report.
  /// - Throws: `SignalError` if there is no memory for a picture.
  func add(_ samples: [[Int32]], _ info: SignalInfo, _ coders: [Coder], _ kind: ReportKind, to file: inout MeasuredFile) throws {
    switch kind {
    case .signals:
      // What fails here has failed among the points and is told there.
      file.shown = try? ShownSignal(samples, info, coders[0], setting: quality, atMost: ReportPage.mostValues / count)
    case .pictures:
      if heard.contains(file.name) { file.picture = try ShownPicture(samples, info, file, coders, qualities: qualities) }
    case .sounds:
      guard heard.contains(file.name) else { return }
      file.sound = ShownSound(samples, info, file, coders, qualities: qualities, atMost: ReportPage.mostSoundBytes / heard.count)
    }
  }
}
