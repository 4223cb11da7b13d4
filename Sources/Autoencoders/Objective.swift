import Bytes
import Tensors

/// What training makes small: the loss of what comes back, of an input that may be corrupted, and penalties on the code.
///
/// ```json
/// {"distribution": "gaussian", "corruption": {"kind": "masking", "share": 0.4}, "penalties": [{"kind": "l1", "weight": 0.001}]}
/// ```
public struct Objective: Equatable, Sendable {
  public let distribution: Distribution
  public let corruption: Corruption?
  public let penalties: [Penalty]

  public init(distribution: Distribution = .gaussian, corruption: Corruption? = nil, penalties: [Penalty] = []) {
    (self.distribution, self.corruption, self.penalties) = (distribution, corruption, penalties)
  }

  /// Reads and checks one for an autoencoder.
  /// - Throws: `AutoencoderError.configuration`.
  package init(_ value: JSONValue, for configuration: AutoencoderConfiguration) throws {
    var reader = try ConfigurationReader(value)
    distribution = try reader.choice("distribution") ?? .gaussian
    corruption = try reader.object("corruption") { try Corruption(&$0) }
    penalties = try reader.objects("penalties", count: 0...8) { try Penalty(&$0) } ?? []
    try reader.finish()
    guard distribution == .gaussian || configuration.output == .sigmoid else {
      throw reader.error("distribution", "\"bernoulli\" needs an autoencoder with the \"output\" \"sigmoid\"")
    }
  }

  /// As it would be read.
  package var json: JSONValue {
    .object(
      [("distribution", .text(distribution.rawValue))] + (corruption.map { [("corruption", $0.json)] } ?? [])
        + [("penalties", .array(penalties.map(\.json)))])
  }

  /// The loss over x [sequences, blocks, size], on `tape`.
  public func loss(of autoencoder: any Autoencoder, _ x: Tensor, on tape: Tape, random: inout RandomSource) -> Variable {
    let input = tape.constant(corruption.map { $0(x, random: &random) } ?? x)
    let codes = autoencoder.encode(input)
    var loss = distribution.loss(autoencoder.decode(codes), tape.constant(x))
    for penalty in penalties { loss = loss + penalty(codes, of: input, by: autoencoder, random: &random) }
    return loss
  }
}
