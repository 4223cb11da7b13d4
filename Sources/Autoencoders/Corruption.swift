import Bytes
import Tensors

/// What is done to the input of an autoencoder that must give back the whole one: denoising (Vincent et al. 2010). It learns what its signals have in
/// common instead of copying; masking where samples get lost, Gaussian noise where they are noisy.
public enum Corruption: Equatable, Sendable {
  /// Independent normal noise of that standard deviation is added.
  case gaussian(deviation: Float)
  /// That share of the numbers becomes zero.
  case masking(share: Float)
  /// That share becomes `low` or `high`, as often the one as the other.
  case saltAndPepper(share: Float, low: Float, high: Float)
  /// That share becomes zero, and the others grow so that the mean stays (Srivastava et al. 2014).
  case dropout(share: Float)

  /// A corrupted copy of `x`.
  public func callAsFunction(_ x: Tensor, random: inout RandomSource) -> Tensor {
    var result = x
    result.withMutableValues { values in
      for i in values.indices {
        switch self {
        case .gaussian(let deviation): values[i] += deviation * random.normal()
        case .masking(let share): if random.uniform() < share { values[i] = 0 }
        case .saltAndPepper(let share, let low, let high):
          let draw = random.uniform()
          if draw < share { values[i] = draw < share / 2 ? low : high }
        case .dropout(let share): values[i] = random.uniform() < share ? 0 : values[i] / (1 - share)
        }
      }
    }
    return result
  }

  private enum Kind: String, ConfigurationChoice { case gaussian, masking, saltAndPepper, dropout }

  /// {"kind": "gaussian", "deviation"}, {"kind": "masking", "share"}, {"kind": "saltAndPepper", "share", "low", "high"} or {"kind": "dropout", "share"}
  init(_ reader: inout ConfigurationReader) throws {
    let kind: Kind = try reader.need(try reader.choice("kind"), "kind", "\(ConfigurationReader.list(Kind.allCases.map(\.rawValue)))")
    func share(_ reader: inout ConfigurationReader) throws -> Float {
      try reader.need(try reader.number("share", 0...0.99), "share", "of the numbers, 0 to 0.99")
    }
    switch kind {
    case .gaussian:
      self = .gaussian(deviation: try reader.need(try reader.number("deviation", 0...1e6), "deviation", "the noise's standard deviation"))
    case .masking: self = .masking(share: try share(&reader))
    case .saltAndPepper:
      let share = try share(&reader)
      let (low, high) = (try reader.number("low", -1e6...1e6) ?? 0, try reader.number("high", -1e6...1e6) ?? 1)
      self = .saltAndPepper(share: share, low: low, high: high)
    case .dropout: self = .dropout(share: try share(&reader))
    }
  }

  var json: JSONValue {
    switch self {
    case .gaussian(let deviation): .object([("kind", .text("gaussian")), ("deviation", .number(Double(deviation)))])
    case .masking(let share): .object([("kind", .text("masking")), ("share", .number(Double(share)))])
    case .saltAndPepper(let share, let low, let high):
      .object([
        ("kind", .text("saltAndPepper")), ("share", .number(Double(share))), ("low", .number(Double(low))), ("high", .number(Double(high))),
      ])
    case .dropout(let share): .object([("kind", .text("dropout")), ("share", .number(Double(share)))])
    }
  }
}
