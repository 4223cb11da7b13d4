import Layers
import Tensors

/// Greedy layer-wise pre-training of a dense autoencoder (Bengio et al. 2007): each layer of the encoder learns, with its mirror in the decoder, to give
/// back what the layers below make of the samples; then the next one. Deep saturating networks train well from there; rectifiers hardly need it.
public struct LayerwisePretraining: Sendable {
  /// Steps for each layer.
  public let steps: Int
  /// Samples in a step.
  public let batch: Int
  public let learningRate: Float
  /// Of what a layer is given.
  public let corruption: Corruption?
  /// How much the Jacobian of a layer counts.
  public let contraction: Float

  public init(steps: Int, batch: Int = 128, learningRate: Float = 1e-3, corruption: Corruption? = nil, contraction: Float = 0) {
    precondition(steps > 0 && batch > 0 && contraction >= 0, "pre-training needs steps and samples")
    (self.steps, self.batch, self.learningRate, self.corruption, self.contraction) = (steps, batch, learningRate, corruption, contraction)
  }

  /// Trains layer after layer on `samples` [count, size].
  /// - Returns: of each layer, the squared error of its last step, per sample.
  /// - Throws: `AutoencoderError.samples` if there are none, or the error does not stay finite; the weights are then those of the last finite step.
  @discardableResult
  public func train(_ autoencoder: DenseAutoencoder, on samples: Tensor, random: inout RandomSource) throws -> [Float] {
    precondition(
      samples.shape.count == 2 && samples.shape[1] == autoencoder.blockSize, "samples \(samples.shape) for \(autoencoder.blockSize) numbers")
    let count = samples.shape[0]
    guard count > 0 else { throw AutoencoderError.samples("there are no samples to train on") }
    return try autoencoder.encoder.indices.map { layer in
      let adam = Adam(autoencoder.parameters(ofLayer: layer))
      let schedule = Schedule(peak: learningRate, warmUp: min(steps / 10, 100), total: steps)
      var error: Float = 0
      for step in 0..<steps {
        let chosen = Variable(samples).rows((0..<min(batch, count)).map { _ in random.integer(below: count) })
        let below = (0..<layer).reduce(chosen) { autoencoder.encode($0, layer: $1) }.value
        let tape = Tape()
        let input = tape.constant(corruption.map { $0(below, random: &random) } ?? below)
        let code = autoencoder.encode(input, layer: layer)
        let mistake = (autoencoder.decode(code, layer: layer) - tape.constant(below)).squared().perBlock()
        let loss = contraction > 0 ? mistake + contraction * norm(autoencoder, layer, input, &random) : mistake
        guard loss.value.scalar.isFinite else {
          throw AutoencoderError.samples("the error of layer \(layer) grew without bound in pre-training; take a lower learning rate")
        }
        error = mistake.value.scalar
        loss.backward()
        adam.clipGradients(norm: 10 * Float(autoencoder.blockSize).squareRoot())
        adam.step(learningRate: schedule.rate(at: step))
      }
      return error
    }
  }

  /// Of the layer's Jacobian: exact where it is one of logistic units.
  private func norm(_ autoencoder: DenseAutoencoder, _ layer: Int, _ x: Variable, _ random: inout RandomSource) -> Variable {
    if autoencoder.activation == .sigmoid, layer < autoencoder.encoder.count - 1 { return Contraction.exact(autoencoder.encoder[layer], at: x) }
    return Contraction.estimate(of: { autoencoder.encode($0, layer: layer) }, at: x, random: &random)
  }
}

extension DenseAutoencoder {
  /// Of a layer of the encoder and its mirror in the decoder.
  func parameters(ofLayer index: Int) -> [NamedParameter] {
    let mirrored = encoder.count - 1 - index
    let back = decoder.isEmpty ? [NamedParameter(name: "decoderBias", parameter: decoderBiases[mirrored])] : decoder[mirrored].namedParameters
    return encoder[index].namedParameters + back
  }
}
