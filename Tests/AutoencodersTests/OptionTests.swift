import Autoencoders
import Bytes
import Layers
import Tensors
import Testing

/// Corruption, penalties, distributions, and layer-wise pre-training.
@Suite struct OptionTests {
  @Test func corruptionHasItsStatistics() {
    var random = RandomSource(seed: 4)
    let x = Tensor(repeating: 0.5, shape: [40, 1000])
    func corrupted(_ corruption: Corruption) -> [Float] { corruption(x, random: &random).values }
    func share(_ values: [Float], _ value: Float) -> Double { Double(values.count { $0 == value }) / 40_000 }
    func mean(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double($1) } / 40_000 }

    let noisy = corrupted(.gaussian(deviation: 0.2))
    #expect(abs(mean(noisy) - 0.5) < 0.005)
    #expect(abs(mean(noisy.map { ($0 - 0.5) * ($0 - 0.5) }) - 0.04) < 0.001)
    let masked = corrupted(.masking(share: 0.3))
    #expect(abs(share(masked, 0) - 0.3) < 0.01 && abs(share(masked, 0.5) - 0.7) < 0.01)
    let peppered = corrupted(.saltAndPepper(share: 0.4, low: -1, high: 1))
    #expect(abs(share(peppered, -1) - 0.2) < 0.01 && abs(share(peppered, 1) - 0.2) < 0.01 && abs(share(peppered, 0.5) - 0.6) < 0.01)
    let dropped = corrupted(.dropout(share: 0.5))
    #expect(abs(share(dropped, 0) - 0.5) < 0.01 && abs(share(dropped, 1) - 0.5) < 0.01 && abs(mean(dropped) - 0.5) < 0.01)
  }

  @Test func corruptionIsThatOfItsSeed() {
    let x = numbers([3, 50])
    for corruption in [.gaussian(deviation: 1), .masking(share: 0.5), .saltAndPepper(share: 0.5, low: 0, high: 1), .dropout(share: 0.5)]
      as [Corruption]
    {
      var (first, again, other) = (RandomSource(seed: 1), RandomSource(seed: 1), RandomSource(seed: 2))
      let once = corruption(x, random: &first)
      #expect(corruption(x, random: &again) == once && corruption(x, random: &other) != once && once != x)
    }
  }

  @Test func penaltiesAreWhatTheirFormulasSay() throws {
    var random = RandomSource(seed: 1)
    let autoencoder = try Example(#"{"kind": "linear", "block": [1, 3], "code": 2}"#).make()
    let x = Variable(numbers([1, 2, 3]))
    let codes = Variable(Tensor([1, -2, 3, 0], shape: [1, 2, 2]))
    func value(_ penalty: Penalty) -> Float { penalty(codes, of: x, by: autoencoder, random: &random).value.scalar }
    #expect(value(.l1(weight: 0.5)) == 0.5 * (3 + 3) / 2)
    #expect(value(.l2(weight: 2)) == 2 * (5 + 9) / 2)
    // Mean activities (0.7311 + 0.9526) / 2 and (0.1192 + 0.5) / 2 against 0.25.
    let divergence = [0.841_816, 0.309_601].reduce(0.0) { sum, active in
      // 0.25 ln(0.25 / a) + 0.75 ln(0.75 / (1 - a)), the logarithms by `Variable.log`
      let logarithms = Variable(Tensor([Float(0.25 / active), Float(0.75 / (1 - active))])).log().value.values.map(Double.init)
      return sum + 0.25 * logarithms[0] + 0.75 * logarithms[1]
    }
    #expect(abs(Double(value(.activity(rate: 0.25, weight: 1))) - divergence) < 1e-4)
    let atTarget = Variable(Tensor(repeating: 0, shape: [4, 3])).sigmoid().divergence(fromRate: 0.5)
    #expect(abs(atTarget.value.scalar) < 1e-6)
    // A linear encoder's Jacobian is its matrix.
    let matrix = try #require(autoencoder.tensors["encoder.weight"])
    #expect(abs(value(.contraction(weight: 2)) - 2 * matrix.squaredNorm()) < 1e-5 * matrix.squaredNorm())
  }

  /// Encoders of one linear layer, and the name of its matrix.
  @Test(arguments: [
    (#"{"kind": "linear", "block": [1, 4], "code": 3}"#, "encoder.weight"),
    (#"{"kind": "dense", "block": [1, 4], "layers": [3]}"#, "encoder.0.weight"),
    (#"{"kind": "dense", "block": [1, 4], "layers": [3], "activation": "tanh", "tied": true}"#, "encoder.0.weight"),
  ])
  func theContractionOfOneLayerIsExact(text: String, name: String) throws {
    let autoencoder = try Example(text).make()
    let matrix = try #require(autoencoder.namedParameters.first(where: { $0.name == name })).parameter
    func penalty(on tape: Tape?) -> Variable {
      var random = RandomSource(seed: 6)
      let blocks = numbers([1, 6, 4])
      let x = tape?.constant(blocks) ?? Variable(blocks)
      return Penalty.contraction(weight: 0.5)(autoencoder.encode(x), of: x, by: autoencoder, random: &random)
    }
    let norm = matrix.value.squaredNorm()
    #expect(abs(penalty(on: nil).value.scalar - 0.5 * norm) < 1e-5 * norm)
    penalty(on: Tape()).backward()
    let gradient = try #require(matrix.gradient)
    let step: Float = 0x1p-7
    for i in 0..<gradient.count {
      func moved(_ by: Float) -> Float {
        let before = matrix.value
        defer { matrix.value = before }
        matrix.value.withMutableValues { $0[i] += by }
        return penalty(on: nil).value.scalar
      }
      let expected = (moved(step) - moved(-step)) / (2 * step)
      #expect(abs(gradient.values[i] - expected) < 0.005 * (1 + abs(expected)), "element \(i): \(gradient.values[i]) and \(expected)")
    }
  }

  @Test func theExactContractionIsThatOfTheJacobian() {
    var random = RandomSource(seed: 8)
    let layer = Dense(inputs: 5, outputs: 4, random: &random)
    let x = numbers([3, 5])
    func encode(_ x: Variable) -> Variable { layer(x).sigmoid() }
    let step: Float = 0x1p-6
    var norm = 0.0
    for i in 0..<5 {
      let along = Variable(Tensor((0..<5).map { $0 == i ? step : 0 }))
      let difference = (encode(Variable(x) + along) - encode(Variable(x) - along)) * (0.5 / step)
      norm += Double(difference.value.squaredNorm()) / 3
    }
    #expect(abs(Double(Contraction.exact(layer, at: Variable(x)).value.scalar) - norm) < 1e-3 * norm)
    let estimates = (0..<2000).map { _ in Double(Contraction.estimate(of: encode, at: Variable(x), random: &random).value.scalar) }
    #expect(abs(estimates.reduce(0, +) / 2000 - norm) < 0.05 * norm)
  }

  /// Losses as functions of a layer's weights and of the input; each with the same random numbers every time.
  struct Loss: Sendable, CustomStringConvertible {
    let description: String
    let of: @Sendable (Dense, Variable) -> Variable
  }

  static let losses: [Loss] = [
    Loss(description: "gaussian") { Distribution.gaussian.loss($0($1), Variable(numbers([6, 3], seed: 8))) },
    Loss(description: "bernoulli") { Distribution.bernoulli.loss($0($1).sigmoid(), Variable(numbers([6, 3], seed: 8))) },
    Loss(description: "divergence") { $0($1).sigmoid().divergence(fromRate: 0.1) },
    Loss(description: "contraction, exact") { Contraction.exact($0, at: $1) },
    Loss(description: "contraction, estimated") { layer, x in
      var random = RandomSource(seed: 6)
      return Contraction.estimate(of: { layer($0).sigmoid() }, at: x, random: &random) * 10
    },
    Loss(description: "an objective") { layer, x in
      var random = RandomSource(seed: 6)
      let autoencoder = LinearAutoencoder(block: [1, 4], codeSize: 3, random: &random)
      autoencoder.encoder.weight.value = layer.weight.value
      let code = layer(x)
      return [Penalty.l2(weight: 0.3), .activity(rate: 0.2, weight: 1)].reduce(code.sum()) { sum, penalty in
        sum + penalty(code, of: x, by: autoencoder, random: &random)
      }
    },
  ]

  @Test(arguments: losses) func gradientsAreThoseOfFiniteDifferences(_ loss: Loss) throws {
    var random = RandomSource(seed: 3)
    let layer = Dense(inputs: 4, outputs: 3, random: &random)
    let x = numbers([6, 4])
    loss.of(layer, Tape().constant(x)).backward()
    let step: Float = 0x1p-7
    for (name, parameter) in layer.namedParameters.map({ ($0.name, $0.parameter) }) {
      let gradient = try #require(parameter.gradient, "\(name)")
      for i in 0..<gradient.count {
        func moved(_ by: Float) -> Double {
          let before = parameter.value
          defer { parameter.value = before }
          parameter.value.withMutableValues { $0[i] += by }
          return Double(loss.of(layer, Variable(x)).value.scalar)
        }
        let expected = (moved(step) - moved(-step)) / Double(2 * step)
        let found = Double(gradient.values[i])
        #expect(abs(found - expected) < 0.005 * (1 + abs(expected)), "\(name), element \(i): \(found) and \(expected)")
      }
    }
  }

  @Test func objectivesAreReadAndChecked() throws {
    let probable = try configuration(#"{"kind": "dense", "block": [1, 4], "layers": [2], "output": "sigmoid"}"#)
    let linear = try configuration(#"{"kind": "dense", "block": [1, 4], "layers": [2]}"#)
    func objective(_ text: String, _ configuration: AutoencoderConfiguration) throws -> Objective {
      try Objective(try JSONParser.parse(Array(text.utf8)), for: configuration)
    }
    #expect(try objective("{}", linear) == Objective())
    let full =
      #"{"distribution": "bernoulli", "corruption": {"kind": "saltAndPepper", "share": 0.5}, "penalties": [{"kind": "l1", "weight": 0.25}, "#
      + #"{"kind": "activity", "weight": 1, "rate": 0.125}, {"kind": "l2", "weight": 2}, {"kind": "contraction", "weight": 0.5}]}"#
    let read = try objective(full, probable)
    #expect(
      read
        == Objective(
          distribution: .bernoulli, corruption: .saltAndPepper(share: 0.5, low: 0, high: 1),
          penalties: [.l1(weight: 0.25), .activity(rate: 0.125, weight: 1), .l2(weight: 2), .contraction(weight: 0.5)]))
    #expect(try objective(read.json.lines, probable) == read)
    for (text, word) in [
      (#"{"distribution": "bernoulli"}"#, "\"output\""), (#"{"distribution": "poisson"}"#, "\"gaussian\""), (#"{"noise": 1}"#, "unknown"),
      (#"{"corruption": {"kind": "masking"}}"#, "\"corruption.share\""), (#"{"corruption": {"kind": "masking", "share": 1}}"#, "0 to 0.99"),
      (#"{"corruption": {"kind": "blur"}}"#, "\"saltAndPepper\""), (#"{"corruption": 3}"#, "object"),
      (#"{"penalties": [{"kind": "l1"}]}"#, "\"penalties[0].weight\""), (#"{"penalties": [{"kind": "l1", "weight": -1}]}"#, "0 to"),
      (#"{"penalties": [{"kind": "activity", "weight": 1, "rate": 1}]}"#, "\"penalties[0].rate\""),
      (#"{"penalties": [{"kind": "l1", "weight": 1, "rate": 0.5}]}"#, "unknown"),
    ] {
      let error = #expect(throws: AutoencoderError.self) { try objective(text, linear) }
      #expect(error?.description.contains(word) ?? false, "\(text): \(error?.description ?? "")")
    }
  }

  /// What each penalty is for, in a small network: against the same one trained without it.
  @Test func penaltiesDoWhatTheyAreFor() throws {
    /// A trained autoencoder's codes of its samples, and the norm of its Jacobian.
    func trained(_ objective: Objective) throws -> (codes: Tensor, jacobian: Float) {
      var random = RandomSource(seed: 21)
      let autoencoder = try configuration(#"{"kind": "dense", "block": [1, 6], "layers": [12, 6], "activation": "tanh"}"#).make(random: &random)
      let x = numbers([1, 64, 6])
      let adam = Adam(autoencoder.namedParameters)
      for _ in 0..<300 {
        objective.loss(of: autoencoder, x, on: Tape(), random: &random).backward()
        adam.step(learningRate: 0.005)
      }
      let jacobian = (0..<50).reduce(Float(0)) { sum, _ in
        sum + Contraction.estimate(of: autoencoder.encode, at: Variable(x), random: &random).value.scalar / 50
      }
      return (autoencoder.encode(Variable(x)).value, jacobian)
    }
    let plain = try trained(Objective())
    let l1 = try trained(Objective(penalties: [.l1(weight: 0.05)]))
    func small(_ codes: Tensor) -> Int { codes.values.count { abs($0) < 0.02 } }
    #expect(small(l1.codes) > 2 * small(plain.codes) + 20, "\(small(plain.codes)) numbers near zero without, \(small(l1.codes)) with")
    let l2 = try trained(Objective(penalties: [.l2(weight: 0.1)]))
    #expect(l2.codes.squaredNorm() < 0.5 * plain.codes.squaredNorm())
    let contracted = try trained(Objective(penalties: [.contraction(weight: 0.1)]))
    #expect(contracted.jacobian < 0.5 * plain.jacobian)
    let active = try trained(Objective(penalties: [.activity(rate: 0.1, weight: 0.5)]))
    let mean = Variable(active.codes).sigmoid().mean().value.scalar
    #expect(abs(mean - 0.1) < 0.05, "mean activity \(mean)")
  }

  @Test(arguments: [false, true]) func layerwisePretrainingIsAHeadStart(tied: Bool) throws {
    var random = RandomSource(seed: 30)
    let make = DenseAutoencoder.init(block:layers:activation:output:tied:random:)
    let autoencoder = make([1, 10], [12, 8, 4], .sigmoid, .linear, tied, &random)
    // Five numbers, each twice.
    let half = numbers([200, 5])
    let x = concatenate([Variable(half), Variable(half)], axis: 1).value
    func error() -> Float { Distribution.gaussian.loss(autoencoder.decode(autoencoder.encode(Variable(x))), Variable(x)).value.scalar }
    let before = error()
    let pretraining = LayerwisePretraining(steps: 400, corruption: .gaussian(deviation: 0.02), contraction: 1e-4)
    for layer in 0..<3 {
      let (others, adam) = (autoencoder.tensors, Adam(autoencoder.namedParameters))
      for _ in 0..<pretraining.steps {
        let part = Variable(x).rows((0..<50).map { _ in random.integer(below: 200) }).value
        pretraining.loss(of: autoencoder, layer: layer, part, on: Tape(), random: &random).backward()
        adam.step(learningRate: 0.01)
      }
      let moved = autoencoder.tensors.filter { $0.value != others[$0.key] }.keys.sorted()
      let own = ["encoder.\(layer).bias", "encoder.\(layer).weight"]
      #expect(moved == (tied ? ["decoderBiases.\(2 - layer)"] : ["decoder.\(2 - layer).bias", "decoder.\(2 - layer).weight"]) + own)
    }
    #expect(error() < 0.5 * before, "\(before) before, \(error()) after")
  }
}
