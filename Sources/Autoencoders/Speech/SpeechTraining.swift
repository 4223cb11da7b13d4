import Layers
import Tensors

extension SpeechNetwork {
  /// Signals to be trained on, all of the same length.
  public struct Batch {
    /// [items][frames * 320] at 16 kHz, full scale 1.
    public var signals: [[Float]]
    /// [items][frames], 0 ..< 144.
    public var pitches: [[Int]]
    /// [items][frames], about 0 ... 1.
    public var periodicity: [[Float]]
    /// Of each item, 0 ... levels - 1.
    public var qualities: [Float]

    /// At least one item, of at least one frame.
    public init(signals: [[Float]], pitches: [[Int]], periodicity: [[Float]], qualities: [Float]) {
      (self.signals, self.pitches, self.periodicity, self.qualities) = (signals, pitches, periodicity, qualities)
    }
  }

  /// Encodes and decodes a batch, so that gradients go through.
  /// - Parameters:
  ///   - isRounded: latents are rounded, gradients passing straight through (Bengio et al. 2013), as always for coefficients; otherwise noise of a
  ///     step's width is added to latents (Ballé et al. 2017), which is easier to begin with.
  ///   - tape: what gradients go back over.
  ///   - random: of that noise, and of the noise that signals are made of.
  /// - Returns: the original signals, the decoded ones [items, frames * 320], and the bits of each frame [items, frames].
  public func trained(_ batch: Batch, isRounded: Bool, on tape: Tape, _ random: inout RandomSource) -> (
    original: Variable, decoded: Variable, bits: Variable
  ) {
    let (items, frames) = (batch.signals.count, batch.pitches[0].count)
    let samples = frames * SpeechShape.frame
    func constant(_ values: [[Float]], _ width: Int) -> Variable { tape.constant(Tensor(values.flatMap { $0 }, shape: [items, width])) }
    let x = constant(batch.signals, samples)
    let weights = tape.constant(SpeechShape.weights(batch.qualities))
    let known = known(batch.pitches.flatMap { $0 }, items: items, on: x)
    let found = encoder(x, pitch: known, periodicity: constant(batch.periodicity, frames), weights: weights, quantiser)
    let latents = isRounded ? found.latent.roundedStraightThrough() : found.latent.addingUniformNoise(from: &random)
    let latent = latents / quantiser.scales(weights)
    let steps = quantiser.stepSizes(weights, latent: latent)
    let coefficients = SpeechEncoder.rounded(SpeechEncoder.companded(found.coefficients, inSteps: steps.reciprocal()) * found.gains)

    let moves = batch.pitches.map { pitches in zip(pitches, [SpeechNetwork.firstPitch] + pitches).map { Float($0 - $1) } }
    let symbols = concatenate([constant(moves, frames).reshaped([items, frames, 1]), latents, coefficients], axis: 2)
    let pitch = constant(batch.pitches.map { $0.map(SpeechShape.scaled) }, frames).reshaped([items, frames, 1])
    let bits = prior.bits(symbols, pitch: pitch, weights: weights)
    let stream = random.next()
    let decoded = decoder(
      latent: latent, codes: coefficients, steps: steps, pitch: known, pulses: constant(batch.pitches.map(SpeechSource.pulses), samples),
      noise: constant((0..<items).map { SpeechSource.noise(samples, stream: stream &+ UInt64($0)) }, samples), weights: weights)
    return (x, decoded, bits)
  }
}
