/// What is known of one channel (a lead): its name and how its integers relate to a physical quantity.
///
/// Numbers are kept as the text in which the header gives them, so that they come back as they were; the properties without `Text` are their values.
public struct Channel: Sendable, Equatable {
  /// Name or description, such as `MLII`; empty if there is none.
  public internal(set) var name: String
  /// Gain in converter units per physical unit; empty if not stated.
  public internal(set) var gainText: String
  /// The sample value of physical zero; empty if not stated (then it is `zero`).
  public internal(set) var baselineText: String
  /// Physical unit; empty if not stated (then it is millivolts in WFDB).
  public internal(set) var unitsText: String
  /// The numbers after the gain in a WFDB header: converter bits, converter zero, initial value, checksum, block size; the first so many of them
  /// are in the header.
  var statedNumbers: Int
  var resolutionText: String
  var zeroText: String
  var blockSizeText: String

  /// A channel as read from a WFDB header; texts are checked by the parser.
  init(
    name: String, gainText: String, baselineText: String, unitsText: String, statedNumbers: Int, resolutionText: String, zeroText: String,
    blockSizeText: String
  ) {
    self.name = name
    self.gainText = gainText
    self.baselineText = baselineText
    self.unitsText = unitsText
    self.statedNumbers = statedNumbers
    self.resolutionText = resolutionText
    self.zeroText = zeroText
    self.blockSizeText = blockSizeText
  }

  /// A channel of which only the name and, for decimal numbers in text files, a power of ten as gain is known.
  public init(name: String = "", gain: Int = 0) {
    self.init(
      name: name, gainText: gain == 0 ? "" : String(gain), baselineText: "", unitsText: "", statedNumbers: 0, resolutionText: "", zeroText: "",
      blockSizeText: "")
  }

  /// Converter units per physical unit; 200 if not stated, as WFDB says.
  public var gain: Double {
    let value = Double(gainText) ?? 0
    return value == 0 ? 200 : value
  }

  /// Whether a gain is stated, so that differences can be given in physical units.
  public var isCalibrated: Bool { (Double(gainText) ?? 0) != 0 }

  /// The sample value that stands for physical zero.
  public var baseline: Int { Int(baselineText) ?? zero }

  /// Physical unit; `mV` if not stated.
  public var units: String { unitsText.isEmpty ? "mV" : unitsText }

  /// Resolution of the converter in bits; 0 if not stated.
  public var resolution: Int { Int(resolutionText) ?? 0 }

  /// The converter's output for the middle of its range.
  public var zero: Int { Int(zeroText) ?? 0 }
}
