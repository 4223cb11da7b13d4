import Glibc

/// What the filters, programs from standard input to standard output, have in common.
package enum Filter {
  /// The program's version, and the format's readers with it.
  package static let version = "0.1.0"

  /// Runs a filter to its end, with the exit status of its result.
  /// - Parameters:
  ///   - help: what `--help` prints.
  ///   - options: those of the filter besides `-h/--help` and `--version`.
  package static func run(help: String, options: [FilterArguments.Option], _ body: (FilterArguments) throws -> Void) -> Never {
    Heap.settle()
    Interruption.install()
    do {
      let common: [FilterArguments.Option] = [.init("help", "h", takesValue: false), .init("version", takesValue: false)]
      let arguments = try FilterArguments(CommandLine.arguments.dropFirst(), options: options + common)
      if arguments.has("help") {
        try say(help)
      } else if arguments.has("version") {
        try say(version)
      } else {
        guard isatty(0) == 0, isatty(1) == 0 else {
          throw Failure(.usage, "standard input and output are bytes, not for a terminal; redirect them or use a pipe, see --help")
        }
        try body(arguments)
      }
    } catch {
      let failure = Failure(error, file: "standard input")
      if let message = failure.message { complain(message) }
      exit(failure.status)
    }
    exit(0)
  }

  /// The threads that `-j` asks for; one a processor if it is not there.
  package static func jobs(_ arguments: FilterArguments) throws -> Int {
    try arguments.number("jobs", 1...1024) ?? max(1, min(1024, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
  }
}
