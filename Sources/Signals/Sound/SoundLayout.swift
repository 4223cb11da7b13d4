/// A sound file: what came in, and what a decoder writes again.
public struct SoundLayout: Sendable, Equatable {
  /// The kind of the file. Lossy kinds are read only: what was decoded from them is written as WAV.
  public enum Container: UInt8, Sendable, CaseIterable {
    case wav, flac, aiff, rf64, w64, vorbis, opus, mp3

    /// Whether samples of this kind of file are computed by its decoder.
    public var isLossy: Bool { self == .vorbis || self == .opus || self == .mp3 }

    /// The kind of the file that is written for it.
    public var written: Container { isLossy ? .wav : self }

    /// Whether files of this kind are made of chunks as WAV files are.
    var holdsChunks: Bool { self == .wav || self == .rf64 }

    /// The kind that a file's name says; nil for other names.
    public init?(ofName path: String) {
      guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return nil }
      switch path[path.index(after: dot)...].lowercased() {
      case "wav", "wave", "bwf": self = .wav
      case "rf64": self = .rf64
      case "w64": self = .w64
      case "aif", "aiff", "aifc": self = .aiff
      case "flac": self = .flac
      case "ogg", "oga": self = .vorbis
      case "opus": self = .opus
      case "mp3": self = .mp3
      default: return nil
      }
    }

    /// The kind that a file's first 16 bytes say; nil for other files.
    init?(ofHead head: [UInt8]) {
      func begins(_ text: String) -> Bool { head.starts(with: text.utf8) }
      if begins("RIFF") {
        self = .wav
      } else if begins("RF64") || begins("BW64") {
        self = .rf64
      } else if begins("riff") {
        self = .w64
      } else if begins("FORM") {
        self = .aiff
      } else if begins("fLaC") {
        self = .flac
      } else if begins("OggS") {
        self = .vorbis
      } else if begins("ID3") || head.count > 1 && head[0] == 0xFF && head[1] & 0xE6 == 0xE2 && head[1] & 0x18 != 0x08 {
        // A frame of MPEG audio, layer 3.
        self = .mp3
      } else {
        return nil
      }
    }
  }

  /// What a sample is in the file.
  public enum SampleType: Sendable, Equatable {
    /// Signed integers of 8, 16, 24 or 32 bits.
    case integer(bits: Int)
    /// IEEE 754 numbers of 32 or 64 bits, full scale 1, and what they are as integers.
    case float(bits: Int, form: FloatForm)
  }

  public internal(set) var container: Container
  public internal(set) var type: SampleType
  /// The loudspeakers of the channels as WAVE_FORMAT_EXTENSIBLE has them, a bit for each; nil where the file does not say.
  public internal(set) var speakers: UInt32?
  /// Texts about the recording.
  public internal(set) var tags: [SoundTag: String]
  /// What else a WAV or RF64 file has, those before the samples first. Empty where that is no more than a list of `tags` as it is written here.
  public internal(set) var chunks: [WaveChunk]

  init(container: Container, type: SampleType, speakers: UInt32? = nil, tags: [SoundTag: String] = [:], chunks: [WaveChunk] = []) {
    (self.container, self.type, self.speakers, self.tags, self.chunks) = (container, type, speakers, tags, chunks)
  }

  init(container: Container, bits: Int) { self.init(container: container, type: .integer(bits: bits)) }

  /// Bits of a sample in the file: 8, 16, 24, 32 or 64.
  public var bits: Int {
    switch type {
    case .integer(let bits), .float(let bits, _): bits
    }
  }

  /// What floating-point samples are as integers; nil where they are integers in the file.
  public var floatForm: FloatForm? {
    if case .float(_, let form) = type { form } else { nil }
  }

  /// Bits of the integers that stand for full scale.
  var depth: Int { floatForm == nil ? bits : FloatForm.depth }

  /// Some channels of so many, with the loudspeakers that are left where their order is that of the bits.
  func selecting(_ indices: [Int], of count: Int) -> SoundLayout {
    guard let speakers, indices != Array(0..<count) else { return self }
    let bits = (0..<UInt32(32)).filter { speakers >> $0 & 1 != 0 }
    let isOrdered = bits.count == count && zip(indices, indices.dropFirst()).allSatisfy { $0 < $1 }
    var result = self
    result.speakers = isOrdered ? indices.reduce(0) { $0 | 1 << bits[$1] } : 0
    return result
  }

  /// The same sound in another kind of file; FLAC has integers only.
  func with(container: Container) -> SoundLayout {
    var result = self
    result.container = container
    if container == .flac, floatForm != nil { result.type = .integer(bits: FloatForm.depth) }
    return result
  }
}

/// What a text in a sound file says. The raw values stand in `.aec` files.
public enum SoundTag: UInt8, Sendable, CaseIterable, Comparable {
  case title, copyright, software, artist, comment, date, album, license, track, genre

  /// The most bytes of a text that is kept.
  static let mostBytes = 1 << 16

  /// The id in a RIFF file's list of texts (LIST INFO); nil where there is none.
  var riffID: String? {
    switch self {
    case .title: "INAM"
    case .copyright: "ICOP"
    case .software: "ISFT"
    case .artist: "IART"
    case .comment: "ICMT"
    case .date: "ICRD"
    case .album: "IPRD"
    case .license: nil
    case .track: "ITRK"
    case .genre: "IGNR"
    }
  }

  /// Nil for other ids.
  init?(riffID: String) {
    guard let tag = SoundTag.allCases.first(where: { $0.riffID == riffID }) else { return nil }
    self = tag
  }

  public static func < (a: SoundTag, b: SoundTag) -> Bool { a.rawValue < b.rawValue }

  /// A text out of a file, up to the first NUL: UTF-8, or else Latin 1 as old programs wrote it. Nil if nothing is left or it is too long.
  static func text(_ bytes: some Sequence<UInt8>) -> String? {
    let bytes = Array(bytes.prefix { $0 != 0 })
    guard !bytes.isEmpty, bytes.count <= mostBytes / 2 else { return nil }
    return String(validating: bytes, as: UTF8.self) ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
  }
}
