import Bytes
import Tensors

/// What training makes small: the loss of what comes back, of an input that may be corrupted, penalties on the code, and the loss of hidden parts that are filled in.
///
/// ```json
/// {"distribution": "gaussian", "corruption": {"kind": "masking", "share": 0.4}, "penalties": [{"kind": "l1", "weight": 0.001}]}
/// ```
public struct Objective: Equatable, Sendable {
  public let distribution: Distribution
  public let corruption: Corruption?
  public let penalties: [Penalty]
  public let hiding: Hiding?
  public let decomposition: PredictiveDecomposition?

  public init(
    distribution: Distribution = .gaussian, corruption: Corruption? = nil, penalties: [Penalty] = [], hiding: Hiding? = nil,
    decomposition: PredictiveDecomposition? = nil
  ) {
    (self.distribution, self.corruption, self.penalties, self.hiding) = (distribution, corruption, penalties, hiding)
    self.decomposition = decomposition
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
    try reader.finish()
    guard hiding == nil || configuration.patches != nil else {
      throw reader.error("hiding", "needs an autoencoder of patches, of the kind \"\(MaskedArchitecture.kind)\"")
    }
    guard decomposition == nil || hiding == nil && penalties.isEmpty else {
      throw reader.error("decomposition", "searches codes by a loss of its own; remove \"penalties\" and \"hiding\"")
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
      [("distribution", .text(distribution.rawValue))] + (corruption.map { [("corruption", $0.json)] } ?? [])
        + [("penalties", .array(penalties.map(\.json)))] + (hiding.map { [("hiding", $0.json)] } ?? [])
        + (decomposition.map { [("decomposition", $0.json)] } ?? []))
  }

  /// The loss over x [sequences, blocks, size], on `tape`, or beside any where that is nil: a mean over blocks of sums over their numbers.
  public func loss(
    of autoencoder: any Autoencoder, _ x: Tensor, on tape: Tape?, random: inout RandomSource
  ) -> Variable {
    func constant(_ tensor: Tensor) -> Variable { tape?.constant(tensor) ?? Variable(tensor) }
    let (input, x) = (constant(corruption.map { $0(x, random: &random) } ?? x), constant(x))
    if let decomposition { return decomposition.loss(of: autoencoder, input, x, distribution, on: tape) }
    let filling = fillingLoss(of: autoencoder, input, x, random: &random)
    if let filling, isForFillingAlone { return filling }
    let codes = autoencoder.encode(input)
    var loss = distribution.loss(autoencoder.decode(codes), x)
    for penalty in penalties { loss = loss + penalty(codes, of: input, by: autoencoder, random: &random) }
    return filling.map { loss + $0 } ?? loss
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
