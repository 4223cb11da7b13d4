import Tensors

/// What training of a speech codec makes small: several distances that follow hearing, weighed against one another. Each alone can be cheated where it does not
/// listen; together they leave little room.
///
/// ```swift
/// let loss = PerceptualLoss()
/// let distances = loss(tape.constant(original), decoded)      // [batch, samples] at 16 kHz
/// loss.weighted(distances).mean().backward()
/// ```
public struct PerceptualLoss {
  /// Distances of each item, [batch].
  public struct Distances {
    public let pesq: Variable
    public let mel: Variable
    public let magnitudes: Variable
    public let envelopes: Variable
    public let level: Variable
  }

  /// How much each distance counts.
  public struct Weights: Equatable, Sendable {
    public var (pesq, mel, magnitudes): (Float, Float, Float) = (1, 0.5, 0.5)
    public var (envelopes, level): (Float, Float) = (5, 0.08)
    public init() {}
  }

  /// Samples of the shortest signal that all distances can be told of.
  public static let shortest = max(PESQDistance.shortest, SpectralDistance.shortest, EnvelopeDistance.shortest)

  public let weights: Weights
  private let pesq = PESQDistance()
  private let spectra = SpectralDistance()
  private let envelopes = EnvelopeDistance()

  public init(weights: Weights = Weights()) { self.weights = weights }

  /// x and y [batch, samples] at 16 kHz, original and decoded.
  public func callAsFunction(_ x: Variable, _ y: Variable) -> Distances {
    let spectral = spectra(x, y)
    return Distances(
      pesq: pesq(x, y), mel: spectral.mel, magnitudes: spectral.magnitudes, envelopes: envelopes(x, y), level: spectral.level)
  }

  /// Their weighted sum, [batch].
  public func weighted(_ distances: Distances) -> Variable {
    distances.pesq * weights.pesq + distances.mel * weights.mel + distances.magnitudes * weights.magnitudes + distances.envelopes * weights.envelopes
      + distances.level * weights.level
  }
}
