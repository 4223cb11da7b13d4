/// One picture: rows from the top, in each its pixels from the left, in each its components.
public struct PictureLayout: Sendable, Equatable {
  /// The kinds of files that pictures come from.
  public enum FileKind: UInt8, Sendable, CaseIterable { case png, pnm, pam, tiff, jpeg }

  /// What a picture says of itself beside its pixels.
  public struct Metadata: Sendable, Equatable {
    /// The ICC profile's bytes; empty if there is none.
    public var profile: [UInt8] = []
    /// How the picture is to be turned to be looked at, as in EXIF (1 to 8); 1 is as it is.
    public var orientation: UInt8 = 1
    /// 100,000 times the exponent by which light became samples, as in PNG; nil if not stated.
    public var gamma: UInt32?
    /// The rendering intent (0 to 3) of a picture that is in the sRGB colour space; nil if not stated.
    public var intent: UInt8?
    /// 100,000 times x and y of white, red, green and blue, as in PNG's `cHRM`; nil if not stated.
    public var chromaticities: [UInt32]?
    /// The colour space as code points of ITU-T H.273, as in PNG's `cICP`: primaries, transfer function, matrix, range; nil if not stated.
    public var codePoints: [UInt8]?

    public init() {}
  }

  /// The most samples of a picture, all its components together.
  public static let mostSamples = 1 << 30
  /// The most pixels of a row: those of a chunk of one row.
  public static let mostColumns = 1 << 24
  /// The most bytes of an ICC profile.
  static let mostProfileBytes = 1 << 22

  public let kind: FileKind
  public let width: Int
  public let height: Int
  /// 1: grey, 2: grey and alpha, 3: red, green and blue, 4: these and alpha.
  public let components: Int
  /// The sample that stands for white, 1 to 65535; the lowest sample is 0.
  public let maximum: Int
  public let metadata: Metadata

  /// Nil for sizes that are not positive or beyond the limits above, for other components, or another maximum.
  public init?(kind: FileKind, width: Int, height: Int, components: Int, maximum: Int, metadata: Metadata = Metadata()) {
    guard width >= 1, width <= PictureLayout.mostColumns, (1...4).contains(components), (1...65535).contains(maximum), height >= 1,
      height <= PictureLayout.mostSamples / (width * components), metadata.profile.count <= PictureLayout.mostProfileBytes,
      (1...8).contains(metadata.orientation), metadata.intent ?? 0 <= 3, (1...UInt32(Int32.max)).contains(metadata.gamma ?? 1),
      metadata.chromaticities.map({ $0.count == 8 && $0.allSatisfy { $0 <= UInt32(Int32.max) } }) ?? true, metadata.codePoints?.count ?? 4 == 4
    else { return nil }
    (self.kind, self.width, self.height, self.components, self.maximum) = (kind, width, height, components, maximum)
    self.metadata = metadata
  }

  /// Pixels.
  public var pixels: Int { width * height }

  /// Bits of a sample in a file: 8 or 16. PNG has fewer for some pictures (`PNGSink`).
  public var depth: Int { maximum < 256 ? 8 : 16 }

  /// Bits that a sample needs.
  var bits: Int { Int.bitWidth - maximum.leadingZeroBitCount }

  /// The same with other rows or components, of another kind; both must be legal.
  func with(kind: FileKind? = nil, height: Int? = nil, components: Int? = nil) -> PictureLayout {
    let components = components ?? self.components
    var metadata = metadata
    // A profile is for grey or for colours.
    if (components > 2) != (self.components > 2) { metadata.profile = [] }
    return PictureLayout(
      kind: kind ?? self.kind, width: width, height: height ?? self.height, components: components, maximum: maximum, metadata: metadata)!
  }

  /// Words: `768x512 pixels, RGB of 8 bits`.
  public var described: String { "\(width)x\(height) pixels, \(colours) of \(maximum + 1 == 1 << bits ? "\(bits) bits" : "0 to \(maximum)")" }

  /// Words for the components.
  public var colours: String { ["grey", "grey and alpha", "RGB", "RGB and alpha"][components - 1] }
}

extension SignalInfo {
  /// A picture with a channel for each component. The rate is the number of pixels of a row: a row takes the place of a second.
  public init(picture layout: PictureLayout) {
    self.init(
      rate: Double(layout.width), channels: Array(repeating: Channel(), count: layout.components), format: .picture(layout), length: layout.pixels,
      comments: [])
  }

  /// How a picture lies; nil for other signals.
  public var picture: PictureLayout? {
    if case .picture(let layout) = format { layout } else { nil }
  }

  /// How sound lies; nil for other signals.
  public var sound: SoundLayout? {
    if case .sound(let layout) = format { layout } else { nil }
  }

  /// Whether there is something to look at: a picture, or a stack of them.
  public var isVisual: Bool { picture != nil || stack != nil }

  /// The signal of some of the samples only, whole units of `unitSamples`.
  public func part(_ range: Range<Int>) -> SignalInfo {
    var result = self
    result.length = range.count
    switch format {
    case .picture(let layout):
      // A file may hold less or more than it says; the writer tells.
      result.format = .picture(layout.with(height: max(1, min(layout.height, range.count / layout.width))))
    case .stack(let layout):
      let items = range.lowerBound / layout.itemSamples..<range.upperBound / layout.itemSamples
      result.format = .stack(layout.part(items))
    case .sound:
      if range != 0..<(length ?? range.upperBound) { result.leaveOutChunks() }
    case .raw, .wfdb, .csv: break
    }
    return result
  }
}
