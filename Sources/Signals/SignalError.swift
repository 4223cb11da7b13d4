#if canImport(Glibc)
  import Glibc
#endif

/// What went wrong with a signal's files, by what the caller can do about it. Each text reads `FILE: what is wrong; what to do`.
public enum SignalError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A file is not there or may not be read.
  case missing(String)
  /// A file contradicts its format or itself.
  case malformed(String)
  /// A file is in order but of a kind that is not read or written here.
  case unsupported(String)
  /// A file asks for more than `SignalLimits` allows.
  case limit(String)
  /// A channel was asked for that the signal does not have.
  case noSuchChannel(String)
  /// An output file cannot be made.
  case cannotCreate(String)
  /// Reading or writing failed in the middle.
  case io(String)

  /// The sentence for the user.
  public var description: String {
    switch self {
    case .missing(let text), .malformed(let text), .unsupported(let text), .limit(let text), .noSuchChannel(let text), .cannotCreate(let text),
      .io(let text):
      text
    }
  }

  /// The exit status that a command ends with: those of sysexits.h.
  public var exitCode: Int32 {
    switch self {
    case .noSuchChannel: 64
    case .malformed, .unsupported, .limit: 65
    case .missing: 66
    case .cannotCreate: 73
    case .io: 74
    }
  }
}

/// How much a file may ask for before it is refused.
public struct SignalLimits: Sendable, Equatable {
  /// The most channels.
  public var channels = 1024
  /// The most bytes of a WFDB header, or of a line of CSV.
  public var headerBytes = 1 << 22
  /// The most bytes held in memory of a CSV stream that cannot be read twice.
  public var heldBytes = 1 << 28

  public init() {}
}

/// The system's words for an error number.
func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }
