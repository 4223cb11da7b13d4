/// Integer samples without a header.
public enum RawEncoding: String, Sendable, Equatable, CaseIterable {
  case s8, u8, s16le, s16be, u16le, s24le, s24be, s32le

  var packing: Packing {
    switch self {
    case .s8: .s8
    case .u8: .u8
    case .s16le: .s16le
    case .s16be: .s16be
    case .u16le: .u16le
    case .s24le: .s24le
    case .s24be: .s24be
    case .s32le: .s32le
    }
  }
}

/// The format numbers of WFDB signal files that are read and written, as in signal(5) of the WFDB Applications Guide.
public enum WFDBFormat: Int, Sendable, Equatable, CaseIterable {
  case f16 = 16
  case f24 = 24
  case f32 = 32
  case f61 = 61
  case f80 = 80
  case f160 = 160
  case f212 = 212
  case f310 = 310
  case f311 = 311
  case f508 = 508
  case f516 = 516
  case f524 = 524

  /// nil for the formats compressed by FLAC.
  var packing: Packing? {
    switch self {
    case .f16: .s16le
    case .f24: .s24le
    case .f32: .s32le
    case .f61: .s16be
    case .f80: .offset8
    case .f160: .offset16
    case .f212: .pairs12
    case .f310: .triples310
    case .f311: .triples311
    case .f508, .f516, .f524: nil
    }
  }

  /// Bits of a sample.
  public var bits: Int { packing?.bits ?? rawValue - 500 }
}

/// One signal file of a WFDB record.
public struct WFDBFile: Sendable, Equatable {
  /// What follows the record's name in the file's name, such as `.dat`.
  var suffix: String
  /// Format, samples per frame, skew and offset as written, such as `212` or `16x1+24`.
  var formatText: String
  public internal(set) var format: WFDBFormat
  /// Bytes before the first sample.
  public internal(set) var offset: Int
  /// Those bytes; empty where they are the MATLAB level 4 matrix header that the file's shape gives.
  var prefix: [UInt8]
}

/// What a WFDB header says beside its channels.
public struct WFDBLayout: Sendable, Equatable {
  /// Sampling rate, counter frequency and base counter value as written, such as `360/100(0)`; empty if not stated.
  public internal(set) var rateText: String
  /// Time of day of the first sample, as written.
  public internal(set) var baseTime: String
  /// Date of the first sample, as written.
  public internal(set) var baseDate: String
  /// The signal files.
  public internal(set) var files: [WFDBFile]
  /// For each channel its file's index.
  public internal(set) var fileOfChannel: [Int]

  /// `rate/counter(base)` in its parts.
  static func split(_ text: String) -> (rate: Substring, counter: String, base: String) {
    let open = text.firstIndex(of: "(")
    let head = text[..<(open ?? text.endIndex)]
    let base = open.map { text[text.index(after: $0)...].prefix { $0 != ")" } } ?? ""
    let slash = head.firstIndex(of: "/")
    return (head[..<(slash ?? head.endIndex)], slash.map { String(head[head.index(after: $0)...]) } ?? "", String(base))
  }
}

/// How a table of numbers is written.
public struct CSVLayout: Sendable, Equatable {
  /// Between columns: comma, semicolon, tab or space.
  public internal(set) var separator: UInt8
  /// Whether the first line gives the columns' names.
  public internal(set) var namesLine: Bool
  /// Decimal places of each column; the gain is ten to that power.
  public internal(set) var decimals: [Int]
  /// What stands for a missing value, where the table that was read has some and they are kept.
  public internal(set) var missing: String?

  static let separators = Array(",; \t".utf8)

  /// The gain of a column with so many decimal places, 0 to 9: none for integers.
  static func gain(_ decimals: Int) -> Int { decimals == 0 ? 0 : (0..<decimals).reduce(1) { product, _ in product * 10 } }
}

/// What the source file stored, and what a decoder writes again.
public enum SampleFormat: Sendable, Equatable {
  case raw(RawEncoding)
  case wfdb(WFDBLayout)
  case csv(CSVLayout)
  case sound(SoundLayout)
  case stack(StackLayout)
  case picture(PictureLayout)

  /// Whether it is sound of floating-point samples.
  var isFloat: Bool {
    if case .sound(let layout) = self { layout.floatForm != nil } else { false }
  }
}
