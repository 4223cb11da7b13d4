/// The eight bytes that begin every `.aec` file. The first has the high bit set, then come the name, a line end of each kind and the end-of-file
/// mark of old systems: a transfer as text, in whichever direction, changes at least one of them.
public let containerSignature: [UInt8] = [0x89, 0x41, 0x45, 0x43, 0x0D, 0x0A, 0x1A, 0x0A]

/// The version of the format that this code writes, and the only one it reads.
public let containerVersion: UInt8 = 1

/// The kinds of chunk. An upper-case letter is critical (a reader that does not know it must refuse the file), a lower-case one ancillary.
enum ChunkType {
  static let header = UInt8(ascii: "H")
  static let data = UInt8(ascii: "D")
  static let end = UInt8(ascii: "E")
  /// The codec itself; ancillary, for those who have it need it not.
  static let codec = UInt8(ascii: "c")

  static func isCritical(_ type: UInt8) -> Bool { type & 0x20 == 0 }

  static func isLetter(_ type: UInt8) -> Bool {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(type & ~0x20)
  }
}

/// What is wrong with an `.aec` file.
public enum ContainerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The bytes do not begin like an `.aec` file.
  case notAnAecFile(String)
  /// The bytes end where more were promised; the text says where.
  case truncated(String)
  /// The bytes contradict the format or their checksums; the text says how.
  case malformed(String)
  /// The file uses a part of the format that this program does not know.
  case unsupported(String)
  /// The file is larger in some way than this reader was told to accept.
  case limit(String)

  public var description: String {
    switch self {
    case .notAnAecFile(let what), .truncated(let what), .malformed(let what), .unsupported(let what), .limit(let what): what
    }
  }
}

/// How large the parts of a file may be before a reader refuses it. Nothing is allocated for a part before it was held against these.
public struct ContainerLimits: Equatable, Sendable {
  /// Bytes of the payload of the header chunk.
  public var headerBytes = 16 << 20
  /// Bytes of the payload of any other chunk.
  public var chunkBytes = 1 << 28
  /// Bytes of a codec in the file, and of what its payload holds when it is unpacked.
  public var codecBytes = 16 << 20
  /// Samples of one channel in a data chunk.
  public var samplesPerChunk = 1 << 26
  /// Channels of a signal (for the reader of the header's metadata).
  public var channels = 4096
  /// Samples times channels in a data chunk (for the one who decodes it).
  public var valuesPerChunk = 1 << 26
  /// Samples of one channel in the whole file.
  public var totalSamples = 1 << 48

  public init() {}
}

/// Which codec wrote a file: its name and the first eight bytes of its identity.
public struct CodecReference: Equatable, Sendable {
  /// At most 255 bytes of UTF-8.
  public let name: String
  /// The first eight bytes of the SHA-256 over the codec's config and weights.
  public let id: [UInt8]

  public init(name: String, id: [UInt8]) {
    precondition(id.count == 8 && (1...255).contains(name.utf8.count), "a codec has a name of 1 to 255 bytes, and 8 bytes of identity")
    self.name = name
    self.id = id
  }
}
