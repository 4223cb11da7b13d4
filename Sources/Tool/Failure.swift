import ArgumentParser
import Codecs
import Container
import Glibc
import Signals

/// An error as the user sees it: an exit status of sysexits.h, and `FILE: what is wrong; what to do`.
struct Failure: Error {
  enum Status: Int32 {
    case mixed = 1
    case usage = 64
    case data = 65
    case noInput = 66
    case unavailable = 69
    case software = 70
    case cannotCreate = 73
    case io = 74
  }

  let status: Int32
  /// Without the program's name; nil if all is said already.
  let message: String?

  init(_ status: Status, _ message: String?) {
    self.status = status.rawValue
    self.message = message
  }

  /// What an error means to the user; `file` is named where the error does not do it.
  init(_ error: any Error, file: String) {
    switch error {
    case let error as Failure: self = error
    case let error as SignalError:
      self.init(Status(rawValue: error.exitCode) ?? .software, error.description)
    case let error as ContainerError: self.init(.data, "\(file): \(error); \(Failure.advice(error))")
    case CodecError.notACodec(let text), CodecError.codecMissing(let text): self.init(.unavailable, text)
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

  /// Tells the user, and returns the exit status. Help and version, which the parser hands over as errors too, go to standard output.
  static func report(_ error: any Error) -> Int32 {
    if !(error is Failure), !isOurs(error) {
      let code = Aecodec.exitCode(for: error).rawValue
      if code == 0 {
        do { try say(Aecodec.fullMessage(for: error)) } catch { return report(error) }
        return 0
      }
      if Aecodec.exitCode(for: error) == .validationFailure {
        let verb = CommandLine.arguments.dropFirst().first.flatMap { verb in
          Aecodec.configuration.subcommands.first { ($0.configuration.commandName ?? "") == verb }
        }
        complain("\(oneLine(Aecodec.message(for: error))); see aecodec \(verb.map { "\($0.configuration.commandName ?? "") " } ?? "")--help")
        return code
      }
    }
    let failure = Failure(error, file: "aecodec")
    if let message = failure.message { complain(message) }
    return failure.status
  }

  private static func isOurs(_ error: any Error) -> Bool {
    error is SignalError || error is ContainerError || error is CodecError || error is SystemError
  }

  private static func oneLine(_ text: String) -> String {
    text.split(separator: "\n").first.map { $0.hasSuffix(".") ? String($0.dropLast()) : String($0) } ?? "wrong usage"
  }
}

/// Writes a line to standard output, at once.
/// - Throws: `Failure` where nobody reads it or there is no space.
func say(_ line: String) throws {
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
func complain(_ message: String) { writeError("aecodec: \(message)\n") }

/// Writes text to standard error in one call, as far as that takes it.
func writeError(_ text: String) {
  let bytes = Array(text.utf8)
  _ = write(2, bytes, bytes.count)
}
