/// The kinds of files that are written.
public enum OutputFormat: String, Sendable, CaseIterable {
  case wfdb, raw, csv, wav, flac, aiff, rf64, w64, idx, png, pnm, pam, tiff

  /// The kind of pictures that a format is; nil for others.
  var picture: PictureLayout.FileKind? {
    switch self {
    case .png: .png
    case .pnm: .pnm
    case .pam: .pam
    case .tiff: .tiff
    case .wfdb, .raw, .csv, .wav, .flac, .aiff, .rf64, .w64, .idx: nil
    }
  }

  /// The kind of sound files that a format is; nil for others.
  var sound: SoundLayout.Container? {
    switch self {
    case .wav: .wav
    case .flac: .flac
    case .aiff: .aiff
    case .rf64: .rf64
    case .w64: .w64
    default: nil
    }
  }

  /// The format that the name of an output asks for, where a signal of this kind can be written so; nil for names that ask for none.
  public init?(ofName path: String, info: SignalInfo) {
    if info.stack != nil, IDXHeader.isPictureName(path) {
      self = .idx
    } else if info.picture != nil, let kind = PictureFile.kind(ofName: path),
      let format = OutputFormat.allCases.first(where: { $0.picture == kind })
    {
      self = format
    } else if case .sound(let layout) = info.format, let container = SoundLayout.Container(ofName: path), container != layout.container.written,
      let format = OutputFormat.allCases.first(where: { $0.sound == container })
    {
      self = format
    } else {
      return nil
    }
  }
}

extension SignalInfo {
  /// The layout in which a signal is written to another kind of file; its own where the kind is the same.
  func converted(to format: OutputFormat) -> SampleFormat {
    let ranges = channels.indices.map(sampleRange)
    let (low, high) = (ranges.map(\.lowerBound).min() ?? 0, ranges.map(\.upperBound).max() ?? 0)
    let bits = [8, 16, 24].first { Packing.signedRange($0).contains(low) && Packing.signedRange($0).contains(high) } ?? 32
    switch (format, self.format) {
    case (.wfdb, .wfdb), (.raw, .raw), (.csv, .csv): return self.format
    case (.wav, .sound(let layout)), (.flac, .sound(let layout)), (.aiff, .sound(let layout)), (.rf64, .sound(let layout)),
      (.w64, .sound(let layout)):
      return .sound(layout.with(container: format.sound ?? layout.container))
    case (.wfdb, _):
      let kind: WFDBFormat = bits <= 16 ? .f16 : bits == 24 ? .f24 : .f32
      let file = WFDBFile(suffix: ".dat", formatText: String(kind.rawValue), format: kind, offset: 0, prefix: [])
      let rateText = rate == rate.rounded() && rate < 1e9 ? String(Int(rate)) : String(rate)
      return .wfdb(
        WFDBLayout(rateText: rateText, baseTime: "", baseDate: "", files: [file], fileOfChannel: Array(repeating: 0, count: channels.count)))
    case (.idx, _): return self.format
    case (.png, _), (.pnm, _), (.pam, _), (.tiff, _):
      guard let picture, let kind = format.picture else { preconditionFailure("refused before") }
      return .picture(PictureFile.converted(picture, to: kind))
    case (.raw, .stack), (.raw, .picture): return .raw(bits <= 8 || high < 256 ? .u8 : .u16le)
    case (.raw, _): return .raw(bits <= 16 ? .s16le : bits == 24 ? .s24le : .s32le)
    case (.csv, _):
      let named = channels.contains { !$0.name.isEmpty }
      return .csv(CSVLayout(separator: UInt8(ascii: ","), namesLine: named, decimals: Array(repeating: 0, count: channels.count)))
    case (.wav, _), (.flac, _), (.aiff, _), (.rf64, _), (.w64, _):
      return .sound(SoundLayout(container: format.sound ?? .wav, bits: max(16, bits)))
    }
  }

  /// With what a WFDB header must state of each channel and other formats do not.
  var describedForWFDB: SignalInfo {
    if case .wfdb = format { return self }
    var result = self
    for c in result.channels.indices where result.channels[c].statedNumbers == 0 {
      if result.channels[c].gainText.isEmpty { result.channels[c].gainText = "1" }
      result.channels[c].unitsText = "NU"
      (result.channels[c].resolutionText, result.channels[c].zeroText, result.channels[c].blockSizeText) = ("0", "0", "0")
      result.channels[c].statedNumbers = 5
    }
    return result
  }

  func with(_ format: SampleFormat) -> SignalInfo {
    var result = self
    result.format = format
    return result
  }
}
