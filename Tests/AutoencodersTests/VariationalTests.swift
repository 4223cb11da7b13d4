import Autoencoders
import Bytes
import Layers
import Tensors
import Testing

/// Likelihoods, evidence, and what is drawn.
@Suite struct VariationalTests {
  private static func make(_ likelihood: String, seed: UInt64 = 5) throws -> VariationalAutoencoder {
    let text =
      #"{"kind": "variational", "block": [1, 4], "body": {"kind": "dense", "layers": [6], "activation": "tanh"}, "latents": 2, \#(likelihood)}"#
    return try #require(try Example(text).make() as? VariationalAutoencoder)
  }

  private static let likelihoods = [
    #""likelihood": "bernoulli""#, #""likelihood": "gaussian""#, #""likelihood": "logistic", "levels": 5"#,
    #""likelihood": "logistic", "levels": 16, "components": 3"#,
    #""likelihood": "logistic", "levels": 5, "context": {"radius": 1, "units": 4, "features": 2}"#,
    #""likelihood": "softmax", "levels": 5"#, #""likelihood": "softmax", "levels": 9, "context": {"radius": 1, "units": 4, "features": 2}"#,
  ]

  /// Features of one sample at a time: [count, features, 1], some of them at their bounds.
  private static func features(_ likelihood: Likelihood, count: Int) -> Variable {
    var random = RandomSource(seed: 4)
    return Variable(random.uniform([count, likelihood.features, 1], in: -3..<3))
  }

  @Test(arguments: [1, 2, 5], [2, 5, 256]) func discretisedLevelsHaveAllProbabilityBetweenThem(components: Int, levels: Int) {
    let likelihood = Likelihood.discretised(components: components, levels: levels)
    for index in 0..<8 {
      let features = Self.features(likelihood, count: 8).slice(index..<index + 1, axis: 0)
      let total = (0..<levels).reduce(0.0) { sum, level in
        let x = Variable(Tensor([Float(level) / Float(levels - 1)], shape: [1, 1]))
        return sum + Double((-likelihood.loss(features, x)).exp().value.scalar)
      }
      #expect(abs(total - 1) < 2e-4, "\(total)")
    }
  }

  @Test(arguments: [2, 5, 256]) func levelsOfASoftmaxHaveTheirShares(levels: Int) throws {
    let likelihood = Likelihood.categorical(levels: levels)
    let features = Self.features(likelihood, count: 3)
    let values = features.value.values
    var (total, mean) = (0.0, 0.0)
    let exponentials = (0..<levels).map { Double(Variable(Tensor(values[levels + $0])).exp().value.scalar) }
    let sum = exponentials.reduce(0, +)
    for level in 0..<levels {
      // Also of samples near a level.
      let x = Variable(Tensor([(Float(level) + (level > 0 ? -0.4 : 0.4)) / Float(levels - 1)], shape: [1, 1]))
      let p = Double((-likelihood.loss(features.slice(1..<2, axis: 0), x)).exp().value.scalar)
      #expect(abs(p - exponentials[level] / sum) < 1e-5)
      total += p
      mean += p * Double(level) / Double(levels - 1)
    }
    #expect(abs(total - 1) < 1e-4 && abs(Double(likelihood.mean(features).value.values[1]) - mean) < 1e-4)
    // One sample alone has the bits that it has beside others.
    let wide = features.permuted([2, 1, 0])
    let all = likelihood.parameters(wide)
    #expect(all.shape == [1, levels, 3])
    for sample in 0..<3 {
      let one = likelihood.parameters(wide.slice(sample..<sample + 1, axis: 2)).values
      #expect((0..<levels).allSatisfy { one[$0] == all[0, $0, sample] })
    }
  }

  @Test func discretisedLevelsHaveTheMassOfTheirIntervals() {
    // One component, mean 0.5 + 0.1, scale 0.1 / e^0.5; levels 0 to 10; the probability of more than 0 is sigmoid(1).
    let likelihood = Likelihood.discretised(components: 1, levels: 11)
    let features = Variable(Tensor([1, 0.1, 0.5], shape: [1, 3, 1]))
    func sigmoid(_ x: Double) -> Double { Double(Variable(Tensor(Float(x))).sigmoid().value.scalar) }
    let sharpness = 10 * Double(Variable(Tensor(0.5)).exp().value.scalar)
    func below(_ x: Double) -> Double { sigmoid((x - 0.6) * sharpness) }
    for (level, expected) in [
      (0, 1 - sigmoid(1)), (1, sigmoid(1) * below(0.15)), (6, sigmoid(1) * (below(0.65) - below(0.55))), (10, sigmoid(1) * (1 - below(0.95))),
    ] {
      let x = Variable(Tensor([Float(level) / 10], shape: [1, 1]))
      let found = Double((-likelihood.loss(features, x)).exp().value.scalar)
      #expect(abs(found - expected) < 1e-5, "\(level): \(found) and \(expected)")
    }
  }

  /// Draws have the mean that `decode` tells, and the entropy of draws is their mean loss.
  @Test(arguments: [
    Likelihood.bernoulli, .gaussian, .discretised(components: 1, levels: 256), .discretised(components: 3, levels: 256), .categorical(levels: 256),
  ])
  func drawsAreThoseOfTheLikelihood(_ likelihood: Likelihood) {
    var random = RandomSource(seed: 11)
    let (rows, count) = (5, 20_000)
    // Inside of the range, where the mean of a mixture is not cut.
    let one = random.uniform([rows, likelihood.features, 1], in: -0.15..<0.15)
    let features = Variable(one).expanded(to: [rows, likelihood.features, count])
    let drawn = likelihood.draw(features, random: &random)
    let means = likelihood.mean(Variable(one)).value.values
    for row in 0..<rows {
      let own = drawn.values[row * count..<(row + 1) * count]
      let mean = own.reduce(0) { $0 + Double($1) } / Double(count)
      #expect(abs(mean - Double(means[row])) < 0.035, "\(mean) and \(means[row])")
    }
    var again = RandomSource(seed: 11)
    _ = again.uniform([rows, likelihood.features, 1], in: -0.15..<0.15)
    #expect(likelihood.draw(features, random: &again) == drawn, "the same seed, the same draws")
    guard likelihood != .bernoulli, likelihood != .gaussian else { return }
    let levels = 256
    #expect(drawn.values.allSatisfy { abs($0 * Float(levels - 1) - ($0 * Float(levels - 1)).rounded()) < 1e-3 && (0...1).contains($0) })
    // How often each level comes, against its probability, for the first row.
    let own = Array(drawn.values[..<count])
    for level in [0, 1, 100, 128, 255] {
      let x = Variable(Tensor([Float(level) / Float(levels - 1)], shape: [1, 1]))
      let p = Double((-likelihood.loss(Variable(one).slice(0..<1, axis: 0), x)).exp().value.scalar)
      let share = Double(own.count { Int(($0 * Float(levels - 1)).rounded()) == level }) / Double(count)
      #expect(abs(share - p) < 5 * (p / Double(count)).squareRoot() + 1e-4, "level \(level): \(share) and \(p)")
    }
  }

  @Test(arguments: likelihoods) func gradientsOfTheEvidenceAreThoseOfFiniteDifferences(_ likelihood: String) throws {
    let autoencoder = try Self.make(likelihood)
    // 0, both ends and the middle of the levels take part.
    let x = Tensor([0, 0.25, 0.5, 1, 0.25, 1, 0, 0.75, 0.5, 0.5, 0.25, 0], shape: [1, 3, 4])
    func loss(_ x: Variable) -> Variable {
      var random = RandomSource(seed: 6)
      let (samples, divergence) = autoencoder.evidence(x, seen: x, random: &random)
      return samples + divergence
    }
    loss(Tape().constant(x)).backward()
    let step: Float = 0x1p-7
    for (name, parameter) in autoencoder.namedParameters.map({ ($0.name, $0.parameter) }) {
      let gradient = try #require(parameter.gradient, "\(name)")
      for i in stride(from: 0, to: gradient.count, by: 1 + gradient.count / 12) {
        func moved(_ by: Float) -> Double {
          let before = parameter.value
          defer { parameter.value = before }
          parameter.value.withMutableValues { $0[i] += by }
          return Double(loss(Variable(x)).value.scalar)
        }
        let expected = (moved(step) - moved(-step)) / Double(2 * step)
        let found = Double(gradient.values[i])
        #expect(abs(found - expected) < 0.01 * (1 + abs(expected)), "\(name), element \(i): \(found) and \(expected)")
      }
    }
  }

  @Test func theDivergenceIsThatOfNormalDistributions() throws {
    let autoencoder = try Self.make(#""likelihood": "bernoulli""#)
    let x = Variable(numbers([1, 5, 4]))
    let (mean, logVariance) = autoencoder.posterior(of: x)
    let expected = zip(mean.value.values, logVariance.value.values).reduce(0.0) { sum, pair in
      let (m, l) = (Double(pair.0), Double(pair.1))
      return sum + (m * m + Double(Variable(Tensor(Float(l))).exp().value.scalar) - l - 1) / 2 / 5
    }
    var random = RandomSource(seed: 1)
    #expect(abs(Double(autoencoder.evidence(x, seen: x, random: &random).divergence.value.scalar) - expected) < 1e-5)
    #expect(autoencoder.encode(x).value == mean.value, "a codec's code is the posterior's mean")
  }

  @Test func codesAreDrawnFromThePosterior() throws {
    let autoencoder = try Self.make(#""likelihood": "bernoulli""#)
    let count = 20_000
    let one = numbers([1, 1, 4])
    let x = Variable(one).expanded(to: [1, count, 4])
    let (mean, logVariance) = autoencoder.posterior(of: Variable(one))
    let deviations = (logVariance * 0.5).exp().value.values
    var random = RandomSource(seed: 12)
    let codes = autoencoder.drawCodes(of: x, random: &random).value.values
    for k in 0..<2 {
      let own = stride(from: k, to: 2 * count, by: 2).map { (Double(codes[$0]) - Double(mean.value.values[k])) / Double(deviations[k]) }
      let (sum, squares) = own.reduce((0.0, 0.0)) { ($0.0 + $1, $0.1 + $1 * $1) }
      #expect(abs(sum / Double(count)) < 0.03 && abs(squares / Double(count) - 1) < 0.04)
      #expect(abs(Double(own.count { abs($0) < 1 }) / Double(count) - 0.6827) < 0.015, "normal")
    }
  }

  @Test func codesAreDrawnFromThePriorAndBlocksFromCodes() throws {
    let autoencoder = try Self.make(#""likelihood": "bernoulli""#)
    var random = RandomSource(seed: 3)
    let codes = autoencoder.drawCodes(count: 20_000, random: &random)
    #expect(codes.shape == [1, 20_000, 2])
    let (sum, squares) = codes.values.reduce((0.0, 0.0)) { ($0.0 + Double($1), $0.1 + Double($1) * Double($1)) }
    #expect(abs(sum / 40_000) < 0.02 && abs(squares / 40_000 - 1) < 0.03)
    let same = Tensor(Array(repeating: [0.5, -1], count: 4000).flatMap { $0 }, shape: [1, 4000, 2])
    let drawn = autoencoder.drawSamples(codes: same, random: &random)
    #expect(drawn.shape == [1, 4000, 4] && drawn.values.allSatisfy { $0 == 0 || $0 == 1 })
    let mean = autoencoder.decode(Variable(same)).value.values
    for i in 0..<4 {
      let share = stride(from: i, to: 16_000, by: 4).reduce(0.0) { $0 + Double(drawn.values[$1]) } / 4000
      #expect(abs(share - Double(mean[i])) < 0.04)
    }
  }

  @Test func objectivesHaveADivergenceOfVariationalOnesOnly() throws {
    let variational = try configuration(
      #"{"kind": "variational", "block": [1, 4], "body": {"kind": "dense", "layers": [3]}, "latents": 2, "likelihood": "gaussian"}"#)
    let dense = try configuration(#"{"kind": "dense", "block": [1, 4], "layers": [2]}"#)
    func objective(_ text: String, _ configuration: AutoencoderConfiguration) throws -> Objective {
      try Objective(try JSONParser.parse(Array(text.utf8)), for: configuration)
    }
    #expect(try objective("{}", variational).divergence == .init(weight: 1, warmUp: 0))
    let read = try objective(#"{"divergence": {"weight": 4, "warmUp": 10}}"#, variational)
    #expect(read.divergence == .init(weight: 4, warmUp: 10))
    #expect(try objective(read.json.lines, variational) == read)
    for (text, configuration, word) in [
      (#"{"divergence": {"weight": 1}}"#, dense, "unknown"), (#"{"divergence": {"weight": -1}}"#, variational, "0 to 1000"),
      (#"{"divergence": {"rate": 1}}"#, variational, "unknown"), (#"{"distribution": "bernoulli"}"#, variational, "\"likelihood\""),
    ] {
      let error = #expect(throws: AutoencoderError.self) { try objective(text, configuration) }
      #expect(error?.description.contains(word) ?? false, "\(text): \(error?.description ?? "")")
    }
  }

  /// The weight of the divergence, its growth, and corruption of what the encoder sees.
  @Test func theLossIsTheEvidenceWithItsWeights() throws {
    let autoencoder = try Self.make(#""likelihood": "gaussian""#)
    let x = numbers([1, 6, 4])
    func loss(_ objective: Objective, step: Int? = nil) -> Double {
      var random = RandomSource(seed: 8)
      return Double(objective.loss(of: autoencoder, x, on: nil, step: step, random: &random).value.scalar)
    }
    var random = RandomSource(seed: 8)
    let (samples, divergence) = autoencoder.evidence(Variable(x), seen: Variable(x), random: &random)
    let (s, d) = (Double(samples.value.scalar), Double(divergence.value.scalar))
    #expect(abs(loss(Objective(divergence: .init())) - (s + d)) < 1e-5 && abs(loss(Objective(divergence: .init(weight: 3))) - (s + 3 * d)) < 1e-5)
    let growing = Objective(divergence: .init(weight: 2, warmUp: 10))
    for (step, weight) in [(0, 0.2), (4, 1.0), (9, 2.0), (100, 2.0)] { #expect(abs(loss(growing, step: step) - (s + weight * d)) < 1e-5) }
    #expect(loss(Objective(corruption: .masking(share: 0.5), divergence: .init())) != s + d)
    let penalised = loss(Objective(penalties: [.l2(weight: 0.5)], divergence: .init()))
    let l2 = Double(autoencoder.encode(Variable(x)).squared().sum().value.scalar) / 6
    #expect(abs(penalised - (s + d + 0.5 * l2)) < 1e-5)
  }

  /// Samples one after the other have the bits of all at once; and each depends on nothing behind it.
  @Test(arguments: [#"[1, 4, 5]"#, #"[2, 3, 3]"#, #"[1, 11]"#], [#""logistic", "components": 5"#, #""softmax", "levels": 37"#])
  func samplesOneByOneHaveTheBitsOfAllAtOnce(block: String, likelihood: String) throws {
    let text =
      #"{"kind": "variational", "block": \#(block), "body": {"kind": "dense", "layers": [6]}, "latents": 2, "likelihood": \#(likelihood), "#
      + #""context": {"radius": 2, "units": 9, "layers": 2, "features": 3}}"#
    let autoencoder = try #require(try Example(text).make() as? VariationalAutoencoder)
    let (codes, size) = (Variable(numbers([1, 3, 2])), autoencoder.blockSize)
    let x = Tensor(numbers([3, size]).values.map { $0 < 0.4 ? 0 : $0 }, shape: [3, size])
    let all = autoencoder.parameters(codes, samples: x)
    let rows = all.shape[1]
    #expect(autoencoder.parameters(codes, samples: x, atOnce: 2) == all)
    var visited = 0
    autoencoder.visit(codes, atOnce: 1) { sample, parameters in
      for block in 0..<3 {
        for k in 0..<rows { #expect(parameters.of(block)[k * parameters.step] == all[block, k, sample]) }
      }
      visited += 1
      return (0..<3).map { x[$0, sample] }
    }
    #expect(visited == size)
    for sample in [0, size / 2, size - 1] {
      var other = x
      other.withMutableValues { for block in 0..<3 { $0[block * size + sample] = 0.99 } }
      let changed = autoencoder.parameters(codes, samples: other)
      for k in 0..<rows * size where k % size <= sample { #expect(changed.values[k] == all.values[k]) }
      #expect(sample == size - 1 || changed != all, "a neighbour counts")
    }
  }

  /// Draws with neighbours are those of the probabilities that coding has: their code length is what the drawing entropy says.
  @Test func drawnBlocksHaveTheCodeLengthOfTheirProbabilities() throws {
    let text =
      #"{"kind": "variational", "block": [1, 3, 3], "body": {"kind": "dense", "layers": [4]}, "latents": 2, "likelihood": "bernoulli", "#
      + #""context": {"radius": 1, "units": 6, "features": 2}}"#
    let autoencoder = try #require(try Example(text).make() as? VariationalAutoencoder)
    let (count, size) = (6000, 9)
    let codes = Tensor(Array(repeating: [0.5, -1], count: count).flatMap { $0 }, shape: [1, count, 2])
    var random = RandomSource(seed: 2)
    let drawn = autoencoder.drawSamples(codes: codes, random: &random)
    let p = autoencoder.parameters(Variable(codes), samples: drawn.reshaped([count, size])).values
    // Of each sample, the mean of what was drawn is the mean of its probabilities.
    for sample in 0..<size {
      let rows = stride(from: sample, to: count * size, by: size)
      let (share, expected) = rows.reduce((0.0, 0.0)) { ($0.0 + Double(drawn.values[$1]), $0.1 + Double(p[$1])) }
      #expect(abs(share - expected) / Double(count) < 0.025, "sample \(sample)")
    }
  }
}
