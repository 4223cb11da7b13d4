import Tensors
import Testing
import Training

/// Noise that comes and goes, and the same with less treble and with noise of its own: [batch, samples]. A linear congruential generator makes it, so that other programs
/// can.
private func signals(_ batch: Int, _ count: Int) -> (original: Tensor, decoded: Tensor) {
  var state: UInt32 = 1
  func next() -> Float {
    state = state &* 1_664_525 &+ 1_013_904_223
    return Float(Int32(bitPattern: state)) / 2_147_483_648
  }
  var (original, decoded): ([Float], [Float]) = ([], [])
  for item in 0..<batch {
    var (low, echo): (Float, Float) = (0, 0)
    for i in 0..<count {
      let (noise, other) = (next(), next())
      let envelope = Float(i / 800 * 7 % 11) / 11 * (i / 4000 % 3 == 2 ? 0.002 : 1)
      low = 0.9 * low + 0.1 * noise * envelope
      let sample = low + 0.1 * noise * envelope * Float(item + 1)
      echo = 0.5 * echo + 0.5 * sample
      original.append(sample)
      decoded.append(echo + 0.02 * Float(i / 1600 % 3) * other)
    }
  }
  return (Tensor(original, shape: [batch, count]), Tensor(decoded, shape: [batch, count]))
}

/// One of the distances.
private struct Distance: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let take: @Sendable (PerceptualLoss.Distances) -> Variable
  /// Of two items of 23040 samples, by a program in Python with PyTorch (`torch.stft`, its mirrored margins).
  let values: [Float]

  static let all = [
    Distance(testDescription: "PESQ", take: \.pesq, values: [3.382802, 3.0808752]),
    Distance(testDescription: "mel", take: \.mel, values: [1.0579678, 1.0463693]),
    Distance(testDescription: "magnitudes", take: \.magnitudes, values: [1.3748995, 1.4336042]),
    Distance(testDescription: "envelopes", take: \.envelopes, values: [0.03475529, 0.01571691]),
    Distance(testDescription: "level", take: \.level, values: [6.8115392, 10.7420320]),
  ]
}

@Suite struct PerceptualLossTests {
  private let loss = PerceptualLoss()

  @Test(arguments: Distance.all) private func valuesAreThoseOfTheModel(_ distance: Distance) {
    let (x, y) = signals(2, 23040)
    let found = distance.take(loss(Variable(x), Variable(y))).value
    #expect(found.shape == [2])
    #expect(zip(found.values, distance.values).allSatisfy { abs($0 - $1) < 2e-4 * $1 + 2e-6 }, "\(found.values)")
  }

  /// Along directions that go with the gradient, so that rounding does not hide it.
  @Test(arguments: Distance.all) private func gradientsAreThoseOfFiniteDifferences(_ distance: Distance) {
    let (x, y) = signals(1, 8192)
    let tape = Tape()
    let decoded = tape.variable(y)
    distance.take(loss(tape.constant(x), decoded)).sum().backward()
    let gradient = tape.gradient(of: decoded).values
    var random = RandomSource(seed: 3)
    let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
    for part in 0..<4 {
      let noise = random.uniform(y.shape, in: -1..<1).values
      let direction = gradient.indices.map { gradient[$0] / norm * Float($0 % 4 == part ? 1 : 0) + noise[$0] * 0.002 }
      let expected = zip(gradient, direction).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      func value(_ step: Float) -> Double {
        let moved = Tensor(zip(y.values, direction).map { $0 + step * $1 }, shape: y.shape)
        return Double(distance.take(loss(Variable(x), Variable(moved))).value.values[0])
      }
      let step: Float = 1e-3
      let found = (value(step) - value(-step)) / Double(2 * step)
      #expect(abs(found - expected) < 0.02 * abs(expected), "part \(part): \(found), gradient \(expected)")
    }
  }

  @Test func equalSignalsAndSilenceHaveFiniteGradients() {
    for x in [signals(2, PerceptualLoss.shortest).original, Tensor(zeros: [1, 8000])] {
      let tape = Tape()
      let decoded = tape.variable(x)
      let distances = loss(tape.constant(x), decoded)
      loss.weighted(distances).mean().backward()
      #expect(tape.gradient(of: decoded).squaredNorm() < 1e-6)
      for distance in [distances.pesq, distances.mel, distances.magnitudes, distances.level] {
        #expect(distance.value.values.allSatisfy { $0 >= 0 && $0 < 1e-3 })
      }
    }
  }

  @Test func theSumIsWeighted() {
    let (x, y) = signals(2, 8192)
    var weights = PerceptualLoss.Weights()
    (weights.pesq, weights.mel, weights.magnitudes, weights.envelopes, weights.level) = (0, 2, 0, 3, 0)
    let weighted = PerceptualLoss(weights: weights)
    let distances = weighted(Variable(x), Variable(y))
    let expected = zip(distances.mel.value.values, distances.envelopes.value.values).map { 2 * $0 + 3 * $1 }
    #expect(zip(weighted.weighted(distances).value.values, expected).allSatisfy { abs($0 - $1) < 1e-5 })
  }
}
