import ArgumentParser

/// Values with commas between them, each once.
struct ValueList<Value: ExpressibleByArgument & Equatable & Sendable>: ExpressibleByArgument, Sendable {
  let values: [Value]

  init(_ values: [Value]) { self.values = values }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    var values: [Value] = []
    for value in parts.compactMap({ Value(argument: String($0)) }) where !values.contains(value) { values.append(value) }
    guard parts.allSatisfy({ Value(argument: String($0)) != nil }), !values.isEmpty else { return nil }
    self.values = values
  }

  var defaultValueDescription: String { values.map { $0.defaultValueDescription }.joined(separator: ",") }
}
