/// The arguments of a filter: options with or without a value, nothing else. `-q 50`, `--quality 50` and `--quality=50` are the same.
package struct FilterArguments {
  /// An option and how it is written.
  package struct Option {
    let short: Character?
    let long: String
    let takesValue: Bool

    package init(_ long: String, _ short: Character? = nil, takesValue: Bool = true) {
      (self.short, self.long, self.takesValue) = (short, long, takesValue)
    }
  }

  private var given: [String: String] = [:]

  /// - Parameter arguments: without the program's name.
  /// - Throws: `Failure` for what is no option, an option given twice, or one without its value.
  package init(_ arguments: some Sequence<String>, options: [Option]) throws {
    var rest = Array(arguments)[...]
    while let argument = rest.popFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard let option = options.first(where: { parts[0] == "--\($0.long)" || $0.short.map { parts[0] == "-\($0)" } ?? false }) else {
        throw Failure(.usage, "\(argument): no option of this program, which reads standard input and writes standard output; see --help")
      }
      guard given[option.long] == nil else { throw Failure(.usage, "--\(option.long) is there twice: give it once") }
      guard option.takesValue else {
        guard parts.count == 1 else { throw Failure(.usage, "--\(option.long) takes no value") }
        given[option.long] = ""
        continue
      }
      guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else { throw Failure(.usage, "--\(option.long) needs a value; see --help") }
      given[option.long] = value
    }
  }

  /// Whether an option is there.
  package func has(_ long: String) -> Bool { given[long] != nil }

  package func text(_ long: String) -> String? { given[long] }

  /// The value of an option as a number.
  /// - Throws: `Failure` if it is none or not within the range.
  package func number<Number: LosslessStringConvertible & Comparable>(_ long: String, _ range: ClosedRange<Number>) throws -> Number? {
    guard let text = given[long] else { return nil }
    guard let value = Number(text), range.contains(value) else {
      throw Failure(.usage, "--\(long): \(text) is no number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }
}
