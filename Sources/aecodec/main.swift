import ArgumentParser
import Glibc
import Tool

// A reader that went away is an error of a write, not a signal.
signal(SIGPIPE, SIG_IGN)
Interruption.install()

do {
  var command = try Aecodec.parseAsRoot()
  try command.run()
} catch {
  exit(Failure.report(error))
}
