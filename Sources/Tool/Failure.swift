import Codecs
import Container
import Glibc
import Signals

/// An error as the user sees it: an exit status of sysexits.h, and `FILE: what is wrong; what to do`.
package struct Failure: Error {
  package enum Status: Int32 {
    case mixed = 1
    case usage = 64
    case data = 65
    case noInput = 66
    case unavailable = 69
    case software = 70
    case cannotCreate = 73
    case io = 74
  }

  package let status: Int32
  /// Without the program's name; nil if all is said already.
  package let message: String?

  package init(_ status: Status, _ message: String?) {
    self.status = status.rawValue
    self.message = message
  }

  /// What an error means to the user; `file` is named where the error does not do it.
  package init(_ error: any Error, file: String) {
    switch error {
    case let error as Failure: self = error
    case let error as SignalError:
      self.init(Status(rawValue: error.exitCode) ?? .software, error.description)
    case let error as ContainerError: self.init(.data, "\(file): \(error); \(Failure.advice(error))")
    case CodecError.notACodec(let text), CodecError.codecMissing(let text), CodecError.cannotFill(let text): self.init(.unavailable, text)
    case CodecError.boundMissed(let text): self.init(.software, "\(file): \(text)")
    case let error as CodecError: self.init(.data, "\(file): \(error)")
    case let error as SystemError where error.code == ENOENT || error.code == EACCES || error.code == EISDIR || error.code == ENOTDIR:
      self.init(.noInput, "\(file): cannot be read: \(error); give the name of a file")
    case let error as SystemError: self.init(.io, "\(file): reading or writing failed: \(error); check the disk or the other end of the pipe")
    default: self.init(.software, "\(file): \(error); please report this")
    }
  }

  private static func advice(_ error: ContainerError) -> String {
    switch error {
    case .notAnAecFile: "give a file that aecodec encode made"
    case .truncated, .malformed: "get the file again, or take what is left with decode --keep-going"
    case .unsupported: "the file itself may be sound"
    case .limit: "if the file is to be trusted, raise the limit with --limit-values"
    }
  }
}

/// What the program is called, by which its messages begin.
package let programName = Paths.lastComponent(CommandLine.arguments.first ?? "aecodec")

/// Writes a line to standard output, at once.
/// - Throws: `Failure` where nobody reads it or there is no space.
package func say(_ line: String) throws {
  var rest = Array((line + "\n").utf8)[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
    if count < 0, errno == EINTR { continue }
    guard count >= 0 else {
      throw Failure(.io, "standard output: writing failed: \(String(cString: strerror(errno))); check the free space or the other end of the pipe")
    }
    rest = rest.dropFirst(count)
  }
}

/// Writes a line to standard error after the program's name.
package func complain(_ message: String) { writeError("\(programName): \(message)\n") }

/// Writes text to standard error in one call, as far as that takes it.
package func writeError(_ text: String) {
  let bytes = Array(text.utf8)
  _ = write(2, bytes, bytes.count)
}
