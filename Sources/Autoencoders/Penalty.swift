import Bytes
import Layers
import Tensors

/// What a code costs beside the error of what is decoded from it; a mean over blocks of a sum over the code's numbers.
public enum Penalty: Equatable, Sendable {
  /// The sum of absolute values: most numbers of a code become zero, which an entropy stage has for next to nothing.
  case l1(weight: Float)
  /// The sum of squares: keeps codes small against a quantiser's step.
  case l2(weight: Float)
  /// The divergence of each number's mean activity, sigmoid(code), from a target rate (Ng 2011): every number is used, and seldom.
  case activity(rate: Float, weight: Float)
  /// The squared norm of the encoder's Jacobian (Rifai et al. 2011): codes hardly move where the signal moves off its manifold.
  case contraction(weight: Float)

  /// - Parameters:
  ///   - codes: what `autoencoder` made of `x`.
  ///   - random: for the estimate of the Jacobian.
  public func callAsFunction(_ codes: Variable, of x: Variable, by autoencoder: any Autoencoder, random: inout RandomSource) -> Variable {
    switch self {
    case .l1(let weight): weight * codes.abs().perBlock()
    case .l2(let weight): weight * codes.squared().perBlock()
    case .activity(let rate, let weight): weight * codes.sigmoid().divergence(fromRate: rate)
    case .contraction(let weight): weight * Contraction.norm(of: autoencoder, at: x, random: &random)
    }
  }

  private enum Kind: String, ConfigurationChoice { case l1, l2, activity, contraction }

  /// {"kind", "weight"}, and "rate" for "activity"
  init(_ reader: inout ConfigurationReader) throws {
    let kind: Kind = try reader.need(try reader.choice("kind"), "kind", "\(ConfigurationReader.list(Kind.allCases.map(\.rawValue)))")
    let weight = try reader.need(try reader.number("weight", 0...1e6), "weight", "how much it counts, 0 to 1000000")
    switch kind {
    case .l1: self = .l1(weight: weight)
    case .l2: self = .l2(weight: weight)
    case .activity:
      self = .activity(rate: try reader.need(try reader.number("rate", 0.001...0.999), "rate", "the target, 0.001 to 0.999"), weight: weight)
    case .contraction: self = .contraction(weight: weight)
    }
  }

  var json: JSONValue {
    func object(_ kind: Kind, _ weight: Float) -> [(String, JSONValue)] { [("kind", .text(kind.rawValue)), ("weight", .number(Double(weight)))] }
    return switch self {
    case .l1(let weight): .object(object(.l1, weight))
    case .l2(let weight): .object(object(.l2, weight))
    case .activity(let rate, let weight): .object(object(.activity, weight) + [("rate", .number(Double(rate)))])
    case .contraction(let weight): .object(object(.contraction, weight))
    }
  }
}

extension Variable {
  /// The Kullback-Leibler divergence of each unit's mean activity from `rate`, as of a coin that falls so often, summed over the units. Activities in
  /// 0...1, units along the last dimension.
  public func divergence(fromRate rate: Float) -> Variable {
    let active = mean(alongAxes: Array(shape.indices.dropLast())).clamped(1e-6...1 - 1e-6)
    func log(_ x: Float) -> Float { Variable(Tensor(x)).log().value.scalar }
    let own = rate * log(rate) + (1 - rate) * log(1 - rate)
    return (own - rate * active.log() - (1 - rate) * (1 - active).log()).sum()
  }
}

/// The squared Frobenius norm of an encoder's Jacobian; the mean over blocks.
public enum Contraction {
  /// Exactly for encoders of one linear layer, an estimate for others.
  public static func norm(of autoencoder: any Autoencoder, at x: Variable, random: inout RandomSource) -> Variable {
    if let layer = autoencoder.linearEncoder { return exact(linear: layer, at: x) }
    return estimate(of: autoencoder.encode, at: x, random: &random)
  }

  /// Exactly, for one linear layer: the sum of its weights' squares, wherever x is.
  public static func exact(linear layer: Dense, at x: Variable) -> Variable { x.use(layer.weight).squared().sum() }

  /// Exactly, for one layer with the logistic function: the sum over units of (h (1 - h))² times their weights' squares. x [..., inputs].
  public static func exact(_ layer: Dense, at x: Variable) -> Variable {
    let h = layer(x).sigmoid()
    let slopes = (h * (1 - h)).squared()
    return (slopes * x.use(layer.weight).squared().sum(alongAxes: [0])).perBlock()
  }

  /// Hutchinson's (1990) estimate for any encoder of blocks x [..., size]: the expectation of |J u|² over directions u with independent components +1 or
  /// -1. The derivative along u is a difference, so that gradients of the estimate go through the encoder as usual.
  public static func estimate(of encode: (Variable) -> Variable, at x: Variable, random: inout RandomSource) -> Variable {
    let step: Float = 0x1p-7
    let direction = Variable(Tensor(shape: x.shape) { for i in $0.indices { $0[i] = random.next() & 1 == 0 ? step : -step } })
    return ((encode(x + direction) - encode(x - direction)) * (0.5 / step)).squared().perBlock()
  }
}
