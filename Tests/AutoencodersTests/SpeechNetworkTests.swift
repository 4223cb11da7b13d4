import Autoencoders
import Foundation
import Layers
import Tensors
import Testing

@Suite struct SpeechNetworkTests {
  private static func signal(_ frames: Int) -> Variable {
    var random = RandomSource(seed: 2)
    return Variable(random.uniform([2, frames * SpeechShape.frame], in: -0.5..<0.5))
  }

  /// Largest difference from the second to the last frame but one.
  private static func difference(_ a: Variable, _ b: Variable) -> Float {
    let count = a.shape[1]
    return (a - b).slice(SpeechShape.frame..<count - SpeechShape.frame, axis: 1).value.values.map(\.magnitude).max() ?? 0
  }

  @Test func coefficientsAndSpectraLeadBack() {
    let x = Self.signal(7)
    #expect(Self.difference(SpeechTransforms.signal(coefficients: SpeechTransforms.coefficients(x)), x) < 1e-5)
    let (real, imaginary) = SpeechTransforms.spectra(x)
    #expect(real.shape == [2, 14, 257])
    #expect(Self.difference(SpeechTransforms.signal(real: real, imaginary: imaginary), x) < 1e-5)
    // Orthonormal: the power is that of the signal, but for the last frame, half of which is missing.
    let ratio = SpeechTransforms.coefficients(x).squared().sum().value.scalar / x.squared().sum().value.scalar
    #expect(abs(ratio - 1) < 0.12)
  }

  /// What the decoder leaves out of frames that are silent above some coefficient is nothing.
  @Test func coefficientsThatAreZeroCanBeLeftOut() {
    let all = Self.signal(5).reshaped([2, 5, SpeechShape.frame])
    let some = all.slice(0..<48, axis: 2)
    let filled = concatenate([some, Variable(Tensor(zeros: [2, 5, SpeechShape.frame - 48]))], axis: 2)
    #expect(SpeechTransforms.signal(coefficients: some).value == SpeechTransforms.signal(coefficients: filled).value)
    func codes(_ last: Int) -> SpeechNetwork.Codes {
      var coefficients = [Int32](repeating: 0, count: 3 * SpeechShape.frame)
      coefficients[SpeechShape.frame + 7] = 2
      if last >= 0 { coefficients[2 * SpeechShape.frame + last] = -1 }
      return SpeechNetwork.Codes(pitches: [72, 72, 72], latents: Array(repeating: 1, count: 96), coefficients: coefficients)
    }
    #expect(codes(-1).width == 8 && codes(100).width == 101 && codes(319).width == 320)
  }

  @Test(arguments: [0, 30, 100, 143]) func pulsesHaveTheirPitchAndPower(pitch: Int) {
    let x = SpeechSource.pulses(Array(repeating: pitch, count: 60))
    let power = x.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(x.count)
    let hertz = 60 * pow(2, Double(pitch) / 48)
    #expect(abs(SpeechSource.frequencies[pitch] - hertz) < 1e-9)
    // Harmonics of amplitude sqrt(2 f / rate), each of half its square.
    let expected = (7900 / hertz).rounded(.down) * hertz / 16_000
    #expect(abs(power - expected) < 0.02 * expected)
    // Peaks stand a period apart.
    let peaks = (1..<x.count - 1).filter { x[$0] > 0.6 * (x.max() ?? 0) && x[$0] >= x[$0 - 1] && x[$0] > x[$0 + 1] }
    #expect(abs(Double(peaks[peaks.count - 1] - peaks[0]) / Double(peaks.count - 1) - 16_000 / hertz) < 1)
  }

  @Test func noiseIsWhiteAndTheSameEachTime() {
    let x = SpeechSource.noise(100_000, stream: 3)
    #expect(x == SpeechSource.noise(100_000, stream: 3) && x != SpeechSource.noise(100_000, stream: 4))
    let count = Double(x.count)
    #expect(abs(x.reduce(0.0) { $0 + Double($1) } / count) < 0.01)
    #expect(abs(x.reduce(0.0) { $0 + Double($1 * $1) } / count - 1) < 0.02)
    #expect(abs(zip(x, x.dropFirst()).reduce(0.0) { $0 + Double($1.0 * $1.1) } / count) < 0.01)
  }

  @Test func qualitiesBetweenLevelsAreMixed() {
    let weights = SpeechShape.weights([0, 2.25, 7, -1, 9]).values
    func row(_ i: Int) -> [Float] { Array(weights[i * 8..<(i + 1) * 8]) }
    #expect(row(0) == [1, 0, 0, 0, 0, 0, 0, 0] && row(1) == [0, 0, 0.75, 0.25, 0, 0, 0, 0] && row(2) == [0, 0, 0, 0, 0, 0, 0, 1])
    #expect(row(3) == row(0) && row(4) == row(2))
  }

  /// Every weight matters to what training makes small, and a step against the gradient makes it smaller.
  @Test func gradientsReachAllWeights() {
    var random = RandomSource(seed: 6)
    let network = SpeechNetwork(random: &random)
    let frames = 6
    let x = (0..<frames * SpeechShape.frame).map { Float(0.2 * sin(Double($0) * 0.05)) + 0.05 * random.normal() }
    let batch = SpeechNetwork.Batch(
      signals: [x], pitches: [[40, 41, 41, 42, 42, 42]], periodicity: [Array(repeating: 0.8, count: frames)], qualities: [2.5])
    func loss(_ tape: Tape) -> Variable {
      var own = RandomSource(seed: 7)
      let result = network.trained(batch, isRounded: false, on: tape, &own)
      return (result.decoded - result.original).squared().mean() * 100 + result.bits.mean() * 0.01
    }
    let first = loss(Tape())
    first.backward()
    let without = network.namedParameters.filter { entry in
      (entry.parameter.gradient?.values.allSatisfy { $0 == 0 } ?? true)
    }.map(\.name)
    // The first group's symbol has none before it in its group.
    #expect(without == ["prior.groups.0.within"])
    let adam = Adam(network.namedParameters)
    for _ in 0..<3 {
      adam.step(learningRate: 1e-4)
      loss(Tape()).backward()
    }
    #expect(loss(Tape()).value.scalar < first.value.scalar)
  }
}
