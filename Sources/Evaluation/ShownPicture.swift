import Codecs
import Signals

/// The middle of a picture, and what coders made of it, as PNG.
public struct ShownPicture: Sendable {
  /// What a coder made of it at a setting.
  public struct Version: Sendable {
    public let coder: String
    public let setting: Double
    public let png: [UInt8]
  }

  /// The part of the picture.
  public let rows: Range<Int>
  public let columns: Range<Int>
  public let original: [UInt8]
  public let versions: [Version]

  /// The most rows and columns of the part.
  public static let longestSide = 512

  /// Nil for what is no picture.
  ///
  /// Of the first coder each quality is shown; of others that lose something, the settings whose files come nearest to those in size.
  /// - Parameters:
  ///   - samples: leads × samples, of one length.
  ///   - file: the same signal, measured.
  /// - Throws: `SignalError` if there is no memory.
  public init?(_ samples: [[Int32]], _ info: SignalInfo, _ file: MeasuredFile, _ coders: [Coder], qualities: [Double]) throws {
    guard let layout = info.picture, let first = coders.first else { return nil }
    let height = samples[0].count / layout.width
    rows = ShownPicture.middle(height)
    columns = ShownPicture.middle(layout.width)
    original = try ShownPicture.png(samples, layout, rows, columns)
    var versions: [Version] = []
    for (coder, setting) in ShownChoice.settings(of: coders, first: first, file, qualities) {
      // What fails here has failed among the points and is told there.
      guard let files = try? coder.encode(samples, info, setting: setting, isAlone: false).value,
        let decoded = try? coder.decode(files, like: samples, info, isAlone: false).value, decoded.map(\.count) == samples.map(\.count)
      else { continue }
      versions.append(Version(coder: coder.name, setting: setting, png: try ShownPicture.png(decoded, layout, rows, columns)))
    }
    self.versions = versions
  }

  private static func middle(_ count: Int) -> Range<Int> {
    let length = min(count, longestSide)
    return (count - length) / 2..<(count + length) / 2
  }

  /// 8 bits a sample, without alpha.
  private static func png(_ samples: [[Int32]], _ layout: PictureLayout, _ rows: Range<Int>, _ columns: Range<Int>) throws -> [UInt8] {
    let (colours, maximum) = (layout.components < 3 ? 1 : 3, Int32(layout.maximum))
    var pixels: [UInt8] = []
    pixels.reserveCapacity(rows.count * columns.count * colours)
    for row in rows {
      for k in row * layout.width + columns.lowerBound..<row * layout.width + columns.upperBound {
        for colour in 0..<colours { pixels.append(UInt8(clamping: (samples[colour][k] * 255 + maximum / 2) / maximum)) }
      }
    }
    // Any size of at most 512 x 512 is within the limits.
    return try PictureLayout(kind: .png, width: columns.count, height: rows.count, components: colours, maximum: 255)!.png(pixels)
  }
}
