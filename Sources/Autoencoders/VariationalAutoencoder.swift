import Layers
import Tensors

/// A variational autoencoder (Kingma and Welling 2014; Rezende, Mohamed and Wierstra 2014): codes have a standard normal prior, a block says how its code is
/// distributed, normal with a mean and a deviation for each number, and a code how the block's samples are.
///
/// The body's code is a layer of hidden numbers here: matrices lead from them to the posterior and from the code back to them. To a codec, the code of a block
/// is the posterior's mean, and the block of a code the mean of its samples' distribution. Each block is seen alone.
public struct VariationalAutoencoder: GenerativeAutoencoder {
  public let blockShape: [Int]
  public let codeShape: [Int]
  public let likelihood: Likelihood
  /// From block to hidden numbers, and from hidden numbers to features [features, samples].
  let body: any Autoencoder
  /// From hidden numbers to means, then logarithms of variances.
  let posterior: Dense
  let expand: Dense
  let activation: Activation

  /// Bounds of the logarithm of a posterior's variance.
  private static let variances: ClosedRange<Float> = -14...4

  init(body: any Autoencoder, latents: Int, likelihood: Likelihood, activation: Activation, random: inout RandomSource) {
    (blockShape, codeShape, self.body, self.likelihood, self.activation) = (body.blockShape, [latents], body, likelihood, activation)
    let hidden = body.codeSize
    posterior = Dense(inputs: hidden, outputs: 2 * latents, spread: .linear, random: &random)
    expand = Dense(inputs: latents, outputs: hidden, spread: activation.spread, random: &random)
    // Posteriors begin as wide as the prior.
    posterior.weight.value.withMutableValues { weight in
      for i in weight.indices where i % (2 * latents) >= latents { weight[i] = 0 }
    }
  }

  public func encode(_ x: Variable) -> Variable { posterior(of: x).mean }
  public func decode(_ codes: Variable) -> Variable { likelihood.mean(features(codes)).reshaped(codes.shape.dropLast() + [blockSize]) }

  /// How the codes of blocks x [sequences, blocks, block] are distributed: means and logarithms of variances, [sequences, blocks, code] each.
  public func posterior(of x: Variable) -> (mean: Variable, logVariance: Variable) {
    let both = posterior(activation(body.encode(x)))
    let (axis, size) = (both.shape.count - 1, codeSize)
    return (both.slice(0..<size, axis: axis), both.slice(size..<2 * size, axis: axis).clamped(VariationalAutoencoder.variances))
  }

  /// What `likelihood` knows of the samples of codes [sequences, blocks, code]: [sequences * blocks, features, samples].
  public func features(_ codes: Variable) -> Variable {
    let rows = codes.shape.dropLast().reduce(1, *)
    return body.decode(activation(expand(codes))).reshaped([rows, likelihood.features, blockSize])
  }

  /// The two parts of the negative evidence lower bound, in nats, means over the blocks: the code length of x given a code drawn from the posterior, and what
  /// the posterior tells of the code beyond the prior (Kullback-Leibler divergence). Their sum is what bits-back coding takes.
  /// - Parameters:
  ///   - x: [sequences, blocks, block]
  ///   - seen: what the encoder sees of them, which may be corrupted.
  public func evidence(_ x: Variable, seen: Variable, random: inout RandomSource) -> (samples: Variable, divergence: Variable) {
    let (mean, logVariance) = posterior(of: seen)
    let codes = mean + (logVariance * 0.5).exp() * Variable(random.normal(mean.shape))
    let samples = likelihood.loss(features(codes), x.reshaped([-1, blockSize]))
    return (samples, ((mean.squared() + logVariance.exp() - logVariance - 1) * 0.5).perBlock())
  }

  public func drawCodes(count: Int, random: inout RandomSource) -> Tensor { random.normal([1, count, codeSize]) }

  public func drawSamples(codes: Tensor, random: inout RandomSource) -> Tensor {
    likelihood.draw(features(Variable(codes)), random: &random).reshaped(codes.shape.dropLast() + [blockSize])
  }
}
