import Layers
import Tensors

/// A variational autoencoder (Kingma and Welling 2014; Rezende, Mohamed and Wierstra 2014): codes have a standard normal prior, a block says how its code is
/// distributed, normal with a mean and a deviation for each number, and a code how the block's samples are.
///
/// The body's code is a layer of hidden numbers here: matrices lead from them to the posterior and from the code back to them. To a codec, the code of a block
/// is the posterior's mean, and the block of a code the mean of its samples' distribution; where that depends on the samples before, of what is likely for them.
/// Each block is seen alone.
public struct VariationalAutoencoder: GenerativeAutoencoder {
  public let blockShape: [Int]
  public let codeShape: [Int]
  public let likelihood: Likelihood
  /// From block to hidden numbers, and from hidden numbers to features [features, samples].
  let body: any Autoencoder
  /// From hidden numbers to means, then logarithms of variances.
  let posterior: Dense
  let expand: Dense
  /// Between the body's features and the likelihood's, where samples depend on those before them in their block.
  let context: SampleNetwork?
  let activation: Activation

  /// Bounds of the logarithm of a posterior's variance.
  private static let variances: ClosedRange<Float> = -14...4

  init(
    body: any Autoencoder, latents: Int, likelihood: Likelihood, context: SampleContext?, activation: Activation, random: inout RandomSource
  ) {
    (blockShape, codeShape, self.body, self.likelihood, self.activation) = (body.blockShape, [latents], body, likelihood, activation)
    let hidden = body.codeSize
    posterior = Dense(inputs: hidden, outputs: 2 * latents, spread: .linear, random: &random)
    expand = Dense(inputs: latents, outputs: hidden, spread: activation.spread, random: &random)
    let block = body.blockShape
    self.context = context.map { SampleNetwork($0, block: block, outputs: likelihood.features, random: &random) }
    // Posteriors begin as wide as the prior.
    posterior.weight.value.withMutableValues { weight in
      for i in weight.indices where i % (2 * latents) >= latents { weight[i] = 0 }
    }
  }

  public func encode(_ x: Variable) -> Variable { posterior(of: x).mean }
  public func decode(_ codes: Variable) -> Variable {
    let made = decoded(codes)
    return (context.map { meanField(made, $0) } ?? likelihood.mean(made)).reshaped(codes.shape.dropLast() + [blockSize])
  }

  /// How the codes of blocks x [sequences, blocks, block] are distributed: means and logarithms of variances, [sequences, blocks, code] each.
  public func posterior(of x: Variable) -> (mean: Variable, logVariance: Variable) {
    let both = posterior(activation(body.encode(x)))
    let (axis, size) = (both.shape.count - 1, codeSize)
    return (both.slice(0..<size, axis: axis), both.slice(size..<2 * size, axis: axis).clamped(VariationalAutoencoder.variances))
  }

  /// What the body makes of codes [sequences, blocks, code]: [sequences * blocks, features, samples].
  private func decoded(_ codes: Variable) -> Variable {
    let rows = codes.shape.dropLast().reduce(1, *)
    return body.decode(activation(expand(codes))).reshaped([rows, -1, blockSize])
  }

  /// The two parts of the negative evidence lower bound, in nats, means over the blocks: the code length of x given a code drawn from the posterior, and what
  /// the posterior tells of the code beyond the prior (Kullback-Leibler divergence). Their sum is what bits-back coding takes.
  /// - Parameters:
  ///   - x: [sequences, blocks, block]
  ///   - seen: what the encoder sees of them, which may be corrupted.
  public func evidence(_ x: Variable, seen: Variable, random: inout RandomSource) -> (samples: Variable, divergence: Variable) {
    let (mean, logVariance) = posterior(of: seen)
    let codes = VariationalAutoencoder.draw(mean, logVariance, &random)
    let flat = x.reshaped([-1, blockSize])
    let made = decoded(codes)
    let samples = likelihood.loss(context.map { $0(made, values: flat.value) } ?? made, flat)
    return (samples, ((mean.squared() + logVariance.exp() - logVariance - 1) * 0.5).perBlock())
  }

  /// Codes drawn from the posteriors of blocks x [sequences, blocks, block]: [sequences, blocks, code].
  public func drawCodes(of x: Variable, random: inout RandomSource) -> Variable {
    let (mean, logVariance) = posterior(of: x)
    return VariationalAutoencoder.draw(mean, logVariance, &random)
  }

  private static func draw(_ mean: Variable, _ logVariance: Variable, _ random: inout RandomSource) -> Variable {
    mean + (logVariance * 0.5).exp() * Variable(random.normal(mean.shape))
  }

  public func drawCodes(count: Int, random: inout RandomSource) -> Tensor { random.normal([1, count, codeSize]) }

  public func drawSamples(codes: Tensor, random: inout RandomSource) -> Tensor {
    let (made, shape) = (decoded(Variable(codes)), Array(codes.shape.dropLast()) + [blockSize])
    guard let context else { return likelihood.draw(made, random: &random).reshaped(shape) }
    let begun = context.begin(made)
    var values = [Float](repeating: 0, count: made.shape[0] * blockSize)
    for sample in 0..<blockSize {
      let drawn = likelihood.draw(context(begun, sample: sample, values: values), random: &random).values
      for (row, value) in drawn.enumerated() { values[row * blockSize + sample] = value }
    }
    return Tensor(values, shape: shape)
  }

  /// Means of samples one after the other, those before them taken as what is likely: [blocks, samples].
  private func meanField(_ made: Variable, _ context: SampleNetwork) -> Variable {
    let begun = context.begin(made)
    var (likely, means) = ([Variable](), [Variable]())
    for sample in 0..<blockSize {
      let features = context(begun, sample: sample, columns: likely)
      likely.append(likelihood.likely(features))
      means.append(likelihood.mean(features))
    }
    return concatenate(means, axis: 1)
  }
}

/// What coding samples takes: the likelihood's parameters of each.
extension VariationalAutoencoder {
  /// `Likelihood.parameters` of all samples of codes [1, blocks, code], given the samples [blocks, samples]: [blocks, parameters, samples]. The bits are those
  /// that `visit` gives one after the other.
  /// - Parameter atOnce: blocks that pass the networks together, which changes nothing but the memory that it takes.
  public func parameters(_ codes: Variable, samples: Tensor, atOnce: Int = .max) -> Tensor {
    inParts(codes.shape[1], atOnce) { part in
      let made = decoded(codes.slice(part, axis: 1))
      let own = Variable(samples).slice(part, axis: 0).value
      return Variable(likelihood.parameters(context.map { $0(made, values: own) } ?? made))
    }.value
  }

  /// What `body` makes of parts of so many blocks, as of all together.
  private func inParts(_ blocks: Int, _ atOnce: Int, _ body: (Range<Int>) -> Variable) -> Variable {
    guard blocks > atOnce else { return body(0..<blocks) }
    return concatenate(stride(from: 0, to: blocks, by: atOnce).map { body($0..<min(blocks, $0 + atOnce)) }, axis: 0)
  }

  /// The parameters of one sample of every block.
  public struct SampleParameters {
    let base: UnsafePointer<Float>
    let lane: Int
    /// From one parameter of a sample to its next.
    public let step: Int

    /// Those of block `index`.
    @inline(__always)
    public func of(_ index: Int) -> UnsafePointer<Float> { base + index * lane }
  }

  /// Goes over the samples of the blocks of codes [1, blocks, code] in their order.
  /// - Parameters:
  ///   - atOnce: as for `parameters`.
  ///   - take: is told the sample's number and how it is distributed in each block, and gives its values in all blocks.
  public func visit(_ codes: Variable, atOnce: Int = .max, _ take: (_ sample: Int, _ parameters: SampleParameters) -> [Float]) {
    let (blocks, samples) = (codes.shape[1], blockSize)
    guard let context else {
      parameters(codes, samples: Tensor(zeros: [blocks, 0]), atOnce: atOnce).withValues { values in
        guard let base = values.baseAddress else { return }
        for sample in 0..<samples { _ = take(sample, SampleParameters(base: base + sample, lane: values.count / blocks, step: samples)) }
      }
      return
    }
    let begun = inParts(blocks, atOnce) { context.begin(decoded(codes.slice($0, axis: 1))) }
    var seen = [Float](repeating: 0, count: blocks * samples)
    for sample in 0..<samples {
      let taken = likelihood.parameters(context(begun, sample: sample, values: seen)).withValues { values in
        values.baseAddress.map { take(sample, SampleParameters(base: $0, lane: values.count / blocks, step: 1)) } ?? []
      }
      for (row, value) in taken.enumerated() { seen[row * samples + sample] = value }
    }
  }
}
