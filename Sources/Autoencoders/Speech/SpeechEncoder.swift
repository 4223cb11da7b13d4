import Layers
import Tensors

/// What quantises the latent (32 numbers) and the coefficients (320) of a frame, in encoder and decoder.
public struct SpeechQuantiser: Layer {
  /// [levels, 32]: logarithms of what the latent is multiplied by before it is rounded.
  let latentScales: Parameter
  /// [levels, 320]: logarithms of the coefficients' steps.
  let steps: Parameter
  /// From the decoded latent to what is added to the steps' logarithms, eight coefficients at a time: finer where it matters.
  let shape: Dense

  /// Of what the latent adds to the logarithm of a step, and of the logarithm itself.
  private static let (shapeLimit, stepLimit): (Float, Float) = (2, 20)

  init(random: inout RandomSource) {
    latentScales = Parameter(
      Tensor(shape: [SpeechShape.levels, SpeechShape.latents]) { out in
        for i in out.indices { out[i] = 0.2 + 1.5 * Float(i / SpeechShape.latents) / Float(SpeechShape.levels - 1) }
      })
    steps = Parameter(
      Tensor(shape: [SpeechShape.levels, SpeechShape.frame]) { out in
        for i in out.indices {
          let (level, k) = (Float(i / SpeechShape.frame), Float(i % SpeechShape.frame))
          // Coarser at low qualities, and coarsest there above 1.2 kHz; about right for speech at the usual loudness.
          out[i] = -3 + 1.2 - 0.4 * level + max(0, (k - 48) / 272) * max(0, 3.5 - level) * 0.8
        }
      })
    shape = Dense(inputs: SpeechShape.latents, outputs: SpeechShape.frame / 8, random: &random)
    shape.weight.value = random.normal(shape.weight.value.shape, scale: 0.01)
  }

  /// By how much the latent is multiplied, [items, 1, 32].
  func scales(_ levels: Variable) -> Variable { levels.mixed(latentScales).exp() }

  /// The steps of the coefficients [items, frames, 320] by the decoded latent [items, frames, 32].
  func stepSizes(_ levels: Variable, latent: Variable) -> Variable {
    let moved = levels.mixed(steps) + shape(latent).clamped(-SpeechQuantiser.shapeLimit...SpeechQuantiser.shapeLimit).repeatedEach(8)
    // Weights may come from anywhere.
    return moved.clamped(-SpeechQuantiser.stepLimit...SpeechQuantiser.stepLimit).exp()
  }
}

/// From a signal [items, frames * 320] to latents [items, frames, 32] and coefficients [items, frames, 320], before they are rounded.
public struct SpeechEncoder: Layer {
  /// [levels, 256]
  let levels: Parameter
  let input: Dense
  let blocks: [SpeechBlock]
  let latent: Dense
  /// Logarithms of what companded coefficients are multiplied by before they are rounded, four at a time: what is not worth its bits is made smaller.
  let gains: Dense

  /// What is added to magnitudes before they are rounded down: a dead zone.
  static let rounding: Float = 0.4

  init(random: inout RandomSource) {
    let width = SpeechShape.width
    levels = Parameter(random.normal([SpeechShape.levels, width], scale: 0.3))
    input = Dense(inputs: SpeechShape.spectraPerFrame * SpeechShape.bins + 1 + SpeechShape.frame, outputs: width, random: &random)
    blocks = (0..<3).map { _ in SpeechBlock(width: width, random: &random) }
    latent = Dense(inputs: width, outputs: SpeechShape.latents, random: &random)
    gains = Dense(inputs: width, outputs: SpeechShape.frame / 4, random: &random)
    gains.weight.value = random.normal(gains.weight.value.shape, scale: 0.01)
  }

  /// - Parameters:
  ///   - x: [items, frames * 320]
  ///   - pitch: what the network knows of the pitch, [items, frames, 256].
  ///   - periodicity: how periodic each frame is, [items, frames].
  ///   - weights: of the levels, [items, levels].
  /// - Returns: the latent before it is rounded [items, frames, 32], the coefficients [items, frames, 320], and what their companded magnitudes are
  ///   multiplied by, in the same shape.
  func callAsFunction(
    _ x: Variable, pitch: Variable, periodicity: Variable, weights: Variable, _ quantiser: SpeechQuantiser
  ) -> (latent: Variable, coefficients: Variable, gains: Variable) {
    let (items, frames) = (pitch.shape[0], pitch.shape[1])
    let (real, imaginary) = SpeechTransforms.spectra(x)
    let power = ((real.squared() + imaginary.squared() + 1e-5).log() * 0.25).reshaped([items, frames, SpeechShape.spectraPerFrame * SpeechShape.bins])
    let coefficients = SpeechTransforms.coefficients(x)
    let companded = SpeechEncoder.companded(coefficients, inSteps: (-weights.mixed(quantiser.steps)).exp())
    let seen = concatenate([power, periodicity.reshaped([items, frames, 1]), companded.squashed()], axis: 2)
    var h = input(seen) + weights.mixed(levels) + pitch
    for block in blocks { h = block(h) }
    return (latent(h) * quantiser.scales(weights), coefficients, gains(h).clamped(-3...1).exp().repeatedEach(4))
  }

  /// sign(c) (|c| / step)^0.65
  /// - Parameter inverse: 1 / step
  static func companded(_ c: Variable, inSteps inverse: Variable) -> Variable {
    (((c.abs() + 1e-7) * inverse).log() * SpeechShape.companding).exp() * c.signs
  }

  /// Coefficients as they are coded, whole numbers; gradients pass straight through.
  static func rounded(_ companded: Variable) -> Variable {
    (companded.abs() - (0.5 - rounding)).clamped(atLeast: 0).roundedStraightThrough() * companded.signs
  }
}
