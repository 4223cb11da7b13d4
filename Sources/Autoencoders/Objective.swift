import Bytes
import Tensors

/// What training makes small: the loss of what comes back, of an input that may be corrupted, penalties on the code, and the loss of hidden parts that are filled in.
///
/// ```json
/// {"distribution": "gaussian", "corruption": {"kind": "masking", "share": 0.4}, "penalties": [{"kind": "l1", "weight": 0.001}]}
/// ```
///
/// Of a variational autoencoder it is the negative evidence lower bound, whose distribution is the autoencoder's own "likelihood":
///
/// ```json
/// {"divergence": {"weight": 1, "warmUp": 2000}}
/// ```
public struct Objective: Equatable, Sendable {
  public let distribution: Distribution
  public let corruption: Corruption?
  public let penalties: [Penalty]
  /// Of a variational autoencoder only.
  public let divergence: Divergence?
  /// Of an autoencoder of patches only.
  public let hiding: Hiding?
  public let decomposition: PredictiveDecomposition?

  public init(
    distribution: Distribution = .gaussian, corruption: Corruption? = nil, penalties: [Penalty] = [], divergence: Divergence? = nil,
    hiding: Hiding? = nil, decomposition: PredictiveDecomposition? = nil
  ) {
    (self.distribution, self.corruption, self.penalties, self.divergence, self.hiding) = (distribution, corruption, penalties, divergence, hiding)
    self.decomposition = decomposition
  }

  /// How much the divergence of posteriors from the prior counts. With a weight of 1 the loss is what bits-back coding takes; with more (Higgins et al. 2017)
  /// codes tell less and their numbers are more independent. Growing from 0 over the first steps, it keeps numbers of the code from being given up before the
  /// decoder can use them (Bowman et al. 2016).
  public struct Divergence: Equatable, Sendable {
    public let weight: Float
    public let warmUp: Int

    public init(weight: Float = 1, warmUp: Int = 0) { (self.weight, self.warmUp) = (weight, warmUp) }

    /// The weight at a step of training.
    func weight(at step: Int) -> Float { step < warmUp ? weight * Float(step + 1) / Float(warmUp) : weight }

    init(_ reader: inout ConfigurationReader) throws {
      weight = try reader.number("weight", 0...1000) ?? 1
      warmUp = try reader.integer("warmUp", 0...100_000_000) ?? 0
    }

    var json: JSONValue { .object([("weight", .number(Double(weight))), ("warmUp", .integer(warmUp))]) }
  }

  /// Reads and checks one for an autoencoder.
  /// - Throws: `AutoencoderError.configuration`.
  package init(_ value: JSONValue, for configuration: AutoencoderConfiguration) throws {
    var reader = try ConfigurationReader(value)
    distribution = try reader.choice("distribution") ?? .gaussian
    corruption = try reader.object("corruption") { try Corruption(&$0) }
    penalties = try reader.objects("penalties", count: 0...8) { try Penalty(&$0) } ?? []
    hiding = try reader.object("hiding") { try Hiding(&$0) }
    decomposition = try reader.object("decomposition") { try PredictiveDecomposition(&$0) }
    let isVariational = configuration.likelihood != nil
    divergence = isVariational ? try reader.object("divergence") { try Divergence(&$0) } ?? Divergence() : nil
    try reader.finish()
    guard !isVariational || distribution == .gaussian else {
      throw reader.error("distribution", "must not be there: that of a variational autoencoder is its \"likelihood\"")
    }
    guard hiding == nil || configuration.patches != nil else {
      throw reader.error("hiding", "needs an autoencoder of patches, of the kind \"\(MaskedArchitecture.kind)\"")
    }
    guard decomposition == nil || hiding == nil && penalties.isEmpty && !isVariational else {
      throw reader.error(
        "decomposition", "searches codes by a loss of its own; remove \"penalties\" and \"hiding\", and take another kind than \"variational\"")
    }
    guard hiding?.alone != true || penalties.isEmpty else {
      throw reader.error("penalties", "are on the codes of all patches, which \"hiding\" with \"alone\" has none of; remove one")
    }
    guard distribution == .gaussian || configuration.output == .sigmoid else {
      throw reader.error("distribution", "\"bernoulli\" needs an autoencoder with the \"output\" \"sigmoid\"")
    }
  }

  /// As it would be read.
  package var json: JSONValue {
    .object(
      (divergence.map { [("divergence", $0.json)] } ?? [("distribution", .text(distribution.rawValue))])
        + (corruption.map { [("corruption", $0.json)] } ?? [])
        + [("penalties", .array(penalties.map(\.json)))] + (hiding.map { [("hiding", $0.json)] } ?? [])
        + (decomposition.map { [("decomposition", $0.json)] } ?? []))
  }

  /// The loss over x [sequences, blocks, size], a mean over the blocks.
  /// - Parameters:
  ///   - tape: what gradients are wanted on; nil for none.
  ///   - step: of training, as far as the loss changes in its course; nil for the loss of a trained autoencoder.
  public func loss(
    of autoencoder: any Autoencoder, _ x: Tensor, on tape: Tape?, step: Int? = nil, random: inout RandomSource
  ) -> Variable {
    func constant(_ tensor: Tensor) -> Variable { tape?.constant(tensor) ?? Variable(tensor) }
    let (input, x) = (constant(corruption.map { $0(x, random: &random) } ?? x), constant(x))
    if let divergence, let autoencoder = autoencoder as? VariationalAutoencoder {
      let evidence = autoencoder.evidence(x, seen: input, random: &random)
      let weight = step.map(divergence.weight(at:)) ?? divergence.weight
      let loss = evidence.samples + evidence.divergence * weight
      return penalties.isEmpty ? loss : loss + penalty(autoencoder.encode(input), of: input, by: autoencoder, random: &random)
    }
    if let decomposition { return decomposition.loss(of: autoencoder, input, x, distribution, on: tape) }
    let filling = fillingLoss(of: autoencoder, input, x, random: &random)
    if let filling, isForFillingAlone { return filling }
    let codes = autoencoder.encode(input)
    let loss = distribution.loss(autoencoder.decode(codes), x) + penalty(codes, of: input, by: autoencoder, random: &random)
    return filling.map { loss + $0 } ?? loss
  }

  /// All penalties on the codes of x.
  public func penalty(_ codes: Variable, of x: Variable, by autoencoder: any Autoencoder, random: inout RandomSource) -> Variable {
    penalties.reduce(Variable(Tensor(0))) { $0 + $1(codes, of: x, by: autoencoder, random: &random) }
  }

  /// Whether no codes of whole blocks are trained for.
  public var isForFillingAlone: Bool { hiding?.alone == true }

  /// The part of the loss that is for hidden patches of x [sequences, blocks, size], where the encoder is shown patches of `input`; nil where none are hidden.
  public func fillingLoss(of autoencoder: any Autoencoder, _ input: Variable, _ x: Variable, random: inout RandomSource) -> Variable? {
    guard let hiding else { return nil }
    guard let autoencoder = autoencoder as? any PatchFilling else { preconditionFailure("patches of an autoencoder without any are hidden") }
    return hiding.loss(of: autoencoder, input, x, distribution, random: &random)
  }
}
