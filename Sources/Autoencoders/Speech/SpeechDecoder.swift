import Layers
import Tensors

/// From latents and coefficients to a signal: the network says how pulses, noise and the coded waveform are to be put together in each bin of each
/// spectrum, and projections onto the spectra that signals can have (Griffin and Lim 1984) make them one.
public struct SpeechDecoder: Layer {
  /// [levels, 256]
  let levels: Parameter
  let input: Dense
  let blocks: [SpeechBlock]
  let forward: GRU
  let backward: GRU
  /// From a frame to what is added to the magnitudes of its coefficients.
  let corrections: Dense
  /// From a frame to its spectra.
  let spread: Dense
  /// From what sources a spectrum has.
  let sources: Dense
  let fineBlocks: [SpeechBlock]
  /// To the logarithms of the amplitudes of pulses and of noise, and what the coded waveform counts.
  let output: Dense
  /// [levels, bins]: logarithms of what magnitudes are multiplied by in the end, so that no part of the spectrum is too loud or too soft on average.
  let equaliser: Parameter

  /// Projections between spectra and signal before the last one.
  static let projections = 1

  init(random: inout RandomSource) {
    let (width, fine, bins) = (SpeechShape.width, SpeechShape.fineWidth, SpeechShape.bins)
    levels = Parameter(random.normal([SpeechShape.levels, width], scale: 0.3))
    input = Dense(inputs: SpeechShape.latents + 2 * SpeechShape.frame, outputs: width, random: &random)
    blocks = (0..<2).map { _ in SpeechBlock(width: width, random: &random) }
    forward = GRU(inputs: width, size: width / 2, random: &random)
    backward = GRU(inputs: width, size: width / 2, random: &random)
    corrections = Dense(inputs: width, outputs: SpeechShape.frame, random: &random)
    corrections.weight.value = random.normal(corrections.weight.value.shape, scale: 0.01)
    spread = Dense(inputs: width, outputs: SpeechShape.spectraPerFrame * fine, random: &random)
    sources = Dense(inputs: 2 * bins, outputs: fine, random: &random)
    fineBlocks = (0..<2).map { _ in SpeechBlock(width: fine, random: &random) }
    equaliser = Parameter(Tensor(zeros: [SpeechShape.levels, bins]))
    output = Dense(inputs: fine, outputs: 3 * bins, random: &random)
    // Begins with hardly any pulses and noise, and the coded waveform as it is.
    output.bias?.value = Tensor(Array(repeating: -4.5, count: 2 * bins) + Array(repeating: 0, count: bins))
  }

  /// - Parameters:
  ///   - latent: [items, frames, 32], in the units of the network.
  ///   - codes: coefficients as they were coded, [items, frames, 1 ... 320]; those above count as zero.
  ///   - steps: of theirs, in the same shape.
  ///   - pitch: what the network knows of the pitch, [items, frames, 256].
  ///   - pulses, noise: the sources, [items, frames * 320].
  ///   - weights: of the levels, [items, levels].
  /// - Returns: [items, frames * 320]
  func callAsFunction(
    latent: Variable, codes: Variable, steps: Variable, pitch: Variable, pulses: Variable, noise: Variable, weights: Variable
  ) -> Variable {
    let (items, frames) = (latent.shape[0], latent.shape[1])
    var h = first(latent, codes) + weights.mixed(levels) + pitch
    for block in blocks { h = block(h) }
    h = h + concatenate([forward(h), reversed(backward(reversed(h)))], axis: 2)
    let present = 0..<codes.shape[2]
    let corrected = linear(
      h, weight: h.use(corrections.weight).slice(present, axis: 1), bias: corrections.bias.map { h.use($0).slice(present, axis: 0) })
    let waveform = SpeechTransforms.signal(coefficients: magnitudes(codes, corrected) * steps * codes.signs)

    let (pulses, noise, coded) = (SpeechTransforms.spectra(pulses), SpeechTransforms.spectra(noise), SpeechTransforms.spectra(waveform))
    let seen = concatenate([SpeechDecoder.loudness(pulses, 1e-2), SpeechDecoder.loudness(coded, 1e-5)], axis: 2)
    var fine = spread(h).reshaped([items, frames * SpeechShape.spectraPerFrame, SpeechShape.fineWidth]) + sources(seen)
    for block in fineBlocks { fine = block(fine) }
    let outputs = output(fine)
    func part(_ k: Int) -> Variable { outputs.slice(k * SpeechShape.bins..<(k + 1) * SpeechShape.bins, axis: 2) }
    let (pulse, hiss, share) = (part(0).clamped(-14...4).exp(), part(1).clamped(-14...4).exp(), part(2).sigmoid() * 2)

    var (real, imaginary) = (pulse * pulses.real + share * coded.real, pulse * pulses.imaginary + share * coded.imaginary)
    let power = real.squared() + imaginary.squared() + hiss.squared() * SpeechTransforms.noisePower + 1e-10
    let magnitude = power.squareRoot() * weights.mixed(equaliser).exp()
    (real, imaginary) = (real + hiss * noise.real, imaginary + hiss * noise.imaginary)
    func signal() -> Variable {
      let scale = magnitude / (real.squared() + imaginary.squared() + power * 1e-3).squareRoot()
      return SpeechTransforms.signal(real: real * scale, imaginary: imaginary * scale)
    }
    for _ in 0..<SpeechDecoder.projections { (real, imaginary) = SpeechTransforms.spectra(signal()) }
    return signal()
  }

  /// The first layer, over the coefficients that there are.
  private func first(_ latent: Variable, _ codes: Variable) -> Variable {
    let (width, squashed, bounded) = (codes.shape[2], SpeechShape.latents, SpeechShape.latents + SpeechShape.frame)
    let weight = latent.use(input.weight)
    let rows = concatenate([weight.slice(0..<squashed + width, axis: 0), weight.slice(bounded..<bounded + width, axis: 0)], axis: 0)
    return linear(concatenate([latent, codes.squashed(), codes.tanh()], axis: 2), weight: rows, bias: input.bias.map(latent.use))
  }

  /// What coded numbers stand for in steps, before their signs: within their cells the network says where.
  private func magnitudes(_ codes: Variable, _ corrections: Variable) -> Variable {
    ((codes.abs() + corrections.tanh() * 0.6).clamped(atLeast: 0.05).log() * (1 / SpeechShape.companding)).exp()
  }

  private static func loudness(_ spectra: (real: Variable, imaginary: Variable), _ floor: Float) -> Variable {
    (spectra.real.squared() + spectra.imaginary.squared() + floor).log() * 0.25
  }

  private func reversed(_ x: Variable) -> Variable { x.permuted([1, 0, 2]).rows((0..<x.shape[1]).reversed()).permuted([1, 0, 2]) }
}
