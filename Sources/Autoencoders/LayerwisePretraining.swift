import Bytes
import Layers
import Tensors

/// Greedy layer-wise pre-training of a dense autoencoder (Bengio et al. 2007): each layer of the encoder learns, with its mirror in the decoder, to give
/// back what the layers below make of the samples; then the next one. Deep saturating networks train well from there; rectifiers hardly need it.
///
/// ```json
/// {"steps": 2000, "learningRate": 0.001, "corruption": {"kind": "masking", "share": 0.3}, "contraction": 0.1}
/// ```
public struct LayerwisePretraining: Equatable, Sendable {
  /// Steps for each layer.
  public let steps: Int
  public let learningRate: Float
  /// Of what a layer is given (Vincent et al. 2010).
  public let corruption: Corruption?
  /// How much the Jacobian of a layer counts (Rifai et al. 2011).
  public let contraction: Float
  /// What the weights follow.
  public let rule: Rule

  public enum Rule: String, ConfigurationChoice {
    /// The gradient of the squared error, by back-propagation through the layer and its mirror.
    case gradient
    /// `Recirculation`, which needs none.
    case recirculation
  }

  public init(steps: Int, learningRate: Float = 1e-3, corruption: Corruption? = nil, contraction: Float = 0, rule: Rule = .gradient) {
    precondition(steps > 0 && contraction >= 0 && (rule == .gradient || contraction == 0), "pre-training needs steps, and contraction gradients")
    (self.steps, self.learningRate, self.corruption, self.contraction, self.rule) = (steps, learningRate, corruption, contraction, rule)
  }

  /// Reads and checks one for an autoencoder.
  /// - Throws: `AutoencoderError.configuration`.
  package init(_ value: JSONValue, for configuration: AutoencoderConfiguration) throws {
    guard configuration.pretrainedLayers > 0 else {
      throw AutoencoderError.configuration("layer by layer is for autoencoders of the kind \"\(DenseArchitecture.kind)\"; remove it")
    }
    var reader = try ConfigurationReader(value)
    steps = try reader.need(try reader.integer("steps", 1...10_000_000), "steps", "of each layer")
    learningRate = try reader.number("learningRate", 1e-7...1) ?? 1e-3
    corruption = try reader.object("corruption") { try Corruption(&$0) }
    contraction = try reader.number("contraction", 0...1e6) ?? 0
    rule = try reader.choice("rule") ?? .gradient
    try reader.finish()
    guard rule == .gradient || contraction == 0 else {
      throw reader.error("contraction", "must be 0 for the rule \"\(rule.rawValue)\", which has no gradients")
    }
  }

  /// As it would be read.
  package var json: JSONValue {
    .object(
      [("steps", .integer(steps)), ("learningRate", .number(Double(learningRate)))] + (corruption.map { [("corruption", $0.json)] } ?? [])
        + [("contraction", .number(Double(contraction))), ("rule", .text(rule.rawValue))])
  }

  /// What layer `index` makes small on `samples` [..., size], on `tape`: the squared error of what it is given, and what its Jacobian counts. The layers below
  /// take no part in it.
  public func loss(of autoencoder: DenseAutoencoder, layer index: Int, _ samples: Tensor, on tape: Tape, random: inout RandomSource) -> Variable {
    let below = (0..<index).reduce(Variable(samples)) { autoencoder.encode($0, layer: $1) }.value
    let given = corruption.map { $0(below, random: &random) } ?? below
    if rule == .recirculation { return Recirculation.loss(of: autoencoder, layer: index, given, target: below, on: tape) }
    let input = tape.constant(given)
    let decoded = autoencoder.decode(autoencoder.encode(input, layer: index), layer: index)
    let error = (decoded - tape.constant(below)).squared().perBlock()
    return contraction > 0 ? error + contraction * norm(autoencoder, index, input, &random) : error
  }

  /// Of the layer's Jacobian: exact where it is linear, as the last one, or one of logistic units.
  private func norm(_ autoencoder: DenseAutoencoder, _ layer: Int, _ x: Variable, _ random: inout RandomSource) -> Variable {
    if layer == autoencoder.encoder.count - 1 { return Contraction.exact(linear: autoencoder.encoder[layer], at: x) }
    if autoencoder.activation == .sigmoid { return Contraction.exact(autoencoder.encoder[layer], at: x) }
    return Contraction.estimate(of: { autoencoder.encode($0, layer: layer) }, at: x, random: &random)
  }
}
