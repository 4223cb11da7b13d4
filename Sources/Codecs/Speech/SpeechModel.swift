import Autoencoders
import Bytes
import Layers

/// The network of a codec of speech, read once and shared by all threads: nothing changes it.
final class SpeechModel: @unchecked Sendable {
  static let kind = "speech"

  let network: SpeechNetwork
  let stepper: SpeechStepper.Weights
  /// [before, behind] of each group, the numbers that would lead backwards zero.
  let within: [[Float]]

  /// - Throws: `LayerError` where a tensor is missing or has another shape, `BytesError` where numbers cannot be.
  init(_ weights: Safetensors) throws {
    network = try SpeechNetwork(weights.tensors)
    guard weights.tensors.count == network.namedParameters.count, weights.integers.isEmpty else {
      throw BytesError.malformed("there are tensors that this program does not know")
    }
    guard weights.tensors.values.allSatisfy({ $0.withValues { $0.allSatisfy { $0.magnitude < 1e6 } } }) else {
      throw BytesError.malformed("there are weights that are no numbers, or too large")
    }
    stepper = SpeechStepper.Weights(network.prior)
    within = network.prior.groups.map(\.within.value.values)
  }
}
