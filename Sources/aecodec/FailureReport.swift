import ArgumentParser
import Codecs
import Container
import Signals
import Tool

extension Failure {
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
