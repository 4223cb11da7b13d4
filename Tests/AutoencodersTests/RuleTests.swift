import Autoencoders
import Bytes
import Layers
import Tensors
import Testing

/// Learning by other ways than the gradient of an error alone: recirculation, predictive sparse decomposition.
@Suite struct RuleTests {
  private func dense(_ layers: [Int], _ activation: Activation, tied: Bool = false, seed: UInt64 = 12) -> DenseAutoencoder {
    var random = RandomSource(seed: seed)
    return DenseAutoencoder(block: [1, 8], layers: layers, activation: activation, output: .linear, tied: tied, random: &random)
  }

  /// Eight numbers that are made of three.
  private static let samples: Tensor = {
    var random = RandomSource(seed: 6)
    let (codes, matrix) = (random.normal([200, 3]), random.normal([3, 8], scale: 0.5))
    return matmul(Variable(codes), Variable(matrix)).value
  }()

  /// One sample by hand: h = tanh(x W + b), y = h V + c; x' = (3 x + y) / 4, h' = (3 h + tanh(x' W + b)) / 4.
  @Test func recirculationMovesByDifferencesInTime() throws {
    let autoencoder = dense([4, 2], .tanh)
    let x = Variable(Self.samples).rows([5])
    let pretraining = LayerwisePretraining(steps: 1, rule: .recirculation)
    var random = RandomSource(seed: 1)
    let loss = pretraining.loss(of: autoencoder, layer: 0, x.value, on: Tape(), random: &random)
    loss.backward()
    let (layer, mirror) = (autoencoder.encoder[0], autoencoder.decoder[1])
    let h = layer(x).tanh()
    let y = mirror(h)
    #expect(abs(loss.value.scalar - (y - x).squared().sum().value.scalar) < 1e-4)
    let back = 0.75 * x + 0.25 * y
    let again = 0.75 * h + 0.25 * layer(back).tanh()
    func outer(_ a: Variable, _ b: Variable) -> [Float] { matmul(a.reshaped([-1, 1]), b.reshaped([1, -1])).value.values }
    let expected = [
      ("layer", try #require(layer.weight.gradient), outer(back, again - h)), ("mirror", try #require(mirror.weight.gradient), outer(h, back - x)),
      ("layer's bias", try #require(layer.bias?.gradient), (again - h).value.values),
      ("mirror's bias", try #require(mirror.bias?.gradient), (back - x).value.values),
    ]
    for (name, found, wanted) in expected {
      #expect(zip(found.values, wanted).allSatisfy { abs($0 - $1) < 1e-5 }, "\(name): \(found.values) and \(wanted)")
    }
    #expect(autoencoder.encoder[1].weight.gradient == nil && autoencoder.decoder[0].weight.gradient == nil)
  }

  @Test(arguments: [false, true]) func recirculationLearns(tied: Bool) {
    let autoencoder = dense([6, 3], .tanh, tied: tied)
    let pretraining = LayerwisePretraining(steps: 1, rule: .recirculation)
    var random = RandomSource(seed: 3)
    for layer in 0..<2 {
      let adam = Adam(autoencoder.namedParameters)
      var errors: [Float] = []
      for _ in 0..<600 {
        let part = Variable(Self.samples).rows((0..<40).map { _ in random.integer(below: 200) }).value
        let loss = pretraining.loss(of: autoencoder, layer: layer, part, on: Tape(), random: &random)
        errors.append(loss.value.scalar)
        loss.backward()
        adam.step(learningRate: 0.005)
      }
      let (first, last) = (errors.prefix(10).reduce(0, +), errors.suffix(10).reduce(0, +))
      #expect(last < 0.4 * first, "layer \(layer): \(first / 10) to \(last / 10)")
    }
  }

  @Test func decompositionFindsCodesOfLessEnergy() throws {
    let autoencoder = dense([12], .tanh)
    let decomposition = PredictiveDecomposition(sparsity: 0.2, weight: 0.5, iterations: 60)
    let x = Tensor(Self.samples.values.prefix(160), shape: [20, 8])
    let kept = Tensor(repeating: 7, shape: [12])
    autoencoder.encoder[0].bias?.gradient = kept
    let objective = Objective(decomposition: decomposition)
    var random = RandomSource(seed: 1)
    let x3 = x.reshaped([1, 20, 8])
    let start = autoencoder.encode(Variable(x3))
    // Of the codes that the encoder says: decoded, and by what they cost.
    let plain =
      Distribution.gaussian.loss(autoencoder.decode(start), Variable(x3)).value.scalar + 0.2 * start.abs().sum().value.scalar / 20
    let loss = objective.loss(of: autoencoder, x3, on: nil, random: &random).value.scalar
    #expect(loss < 0.7 * plain, "\(plain) by the encoder, \(loss) by search")
    #expect(autoencoder.encoder[0].bias?.gradient == kept, "the search must leave gradients alone")
  }

  /// Against the same network with squared errors alone: as many numbers, most of them small.
  @Test func decompositionTeachesSparseCodes() throws {
    func trained(_ objective: Objective) throws -> (error: Float, share: Double) {
      let autoencoder = dense([16], .tanh)
      let adam = Adam(autoencoder.namedParameters)
      var random = RandomSource(seed: 2)
      for _ in 0..<400 {
        let part = Variable(Self.samples).rows((0..<40).map { _ in random.integer(below: 200) }).value.reshaped([1, 40, 8])
        objective.loss(of: autoencoder, part, on: Tape(), random: &random).backward()
        adam.step(learningRate: 0.005)
      }
      let codes = autoencoder.encode(Variable(Self.samples))
      let values = codes.value.values
      let deviation = (values.reduce(0) { $0 + $1 * $1 } / Float(values.count)).squareRoot()
      let error = Distribution.gaussian.loss(autoencoder.decode(codes), Variable(Self.samples)).value.scalar
      return (error, Double(values.count { abs($0) < 0.1 * deviation }) / Double(values.count))
    }
    let plain = try trained(Objective())
    let sparse = try trained(Objective(decomposition: PredictiveDecomposition(sparsity: 0.3)))
    let power = Self.samples.squaredNorm() / 200
    #expect(sparse.share > 1.5 * plain.share && sparse.error < 0.5 * power, "\(plain) and \(sparse) of \(power)")
  }

  @Test func decompositionIsReadAndChecked() throws {
    let dense = try configuration(#"{"kind": "dense", "block": [1, 4], "layers": [2]}"#)
    func objective(_ text: String) throws -> Objective { try Objective(try JSONParser.parse(Array(text.utf8)), for: dense) }
    let read = try objective(#"{"decomposition": {"sparsity": 0.5, "iterations": 3}}"#)
    #expect(read == Objective(decomposition: PredictiveDecomposition(sparsity: 0.5, weight: 1, iterations: 3)))
    #expect(try objective(read.json.lines) == read)
    for (text, word) in [
      (#"{"decomposition": {}}"#, "\"decomposition.sparsity\""),
      (#"{"decomposition": {"sparsity": 1, "iterations": 0}}"#, "\"decomposition.iterations\""),
      (#"{"decomposition": {"sparsity": 1}, "penalties": [{"kind": "l1", "weight": 1}]}"#, "\"penalties\""),
    ] {
      let error = #expect(throws: AutoencoderError.self) { try objective(text) }
      #expect(error?.description.contains(word) ?? false, "\(text): \(error?.description ?? "")")
    }
  }
}
