import Layers
import Tensors
import Testing

/// The enhancer of the worked example, small.
struct TinyEnhancer: Layer {
  let input: Conv1d
  let output: ConvTransposed1d
  var blocks: [[Conv1d]] = []

  init(width: Int = 8, random: inout RandomSource) {
    input = Conv1d(inputChannels: 1, outputChannels: width, kernelSize: 16, stride: 8, padding: 4, random: &random)
    for _ in 0..<2 {
      blocks.append((0..<2).map { _ in Conv1d(inputChannels: width, outputChannels: width, kernelSize: 7, padding: 3, random: &random) })
    }
    output = ConvTransposed1d(inputChannels: width, outputChannels: 1, kernelSize: 16, stride: 8, padding: 4, random: &random)
  }

  func callAsFunction(_ x: Variable) -> Variable {
    var h = input(x)
    for block in blocks { h = h + block[1](block[0](h).silu()) }
    return x + output(h.silu())
  }
}

@Suite(.serialized) struct TrainingTests {
  /// Learns to remove a square wave of period 16 from noise.
  private func train(_ network: TinyEnhancer, _ adam: Adam, _ random: inout RandomSource, steps: Range<Int>) -> [Float] {
    let schedule = Schedule(peak: 5e-3, warmUp: 10, total: 120)
    return steps.map { step in
      let clean = random.uniform([4, 1, 128], in: -0.1..<0.1)
      let wave = Tensor((0..<128).map { $0 % 16 < 8 ? 1 : -1 }, shape: [1, 1, 128])
      let tape = Tape()
      let target = tape.constant(clean)
      let loss = (network(target + tape.constant(wave)) - target).squared().mean()
      loss.backward()
      adam.clipGradients(norm: 1)
      adam.step(learningRate: schedule.rate(at: step))
      return loss.value.scalar
    }
  }

  @Test func trainingConvergesToTheSameBitsHoweverItRuns() throws {
    func whole(jobs: Int) -> (losses: [Float], tensors: [String: Tensor]) {
      let before = Threads.jobs
      Threads.jobs = jobs
      defer { Threads.jobs = before }
      var random = RandomSource(seed: 3)
      let network = TinyEnhancer(random: &random)
      let losses = train(network, Adam(network.namedParameters), &random, steps: 0..<120)
      return (losses, network.tensors)
    }
    let first = whole(jobs: 1)
    #expect(first.losses[0] > 0.5 && first.losses[119] < 0.03)
    #expect(whole(jobs: 1).tensors == first.tensors)
    #expect(whole(jobs: 2).tensors == first.tensors)

    var random = RandomSource(seed: 3)
    let early = TinyEnhancer(random: &random)
    let adam = Adam(early.namedParameters)
    _ = train(early, adam, &random, steps: 0..<50)
    var ignored = RandomSource(seed: 99)
    let late = TinyEnhancer(random: &ignored)
    try late.load(early.tensors)
    let resumed = Adam(late.namedParameters)
    try resumed.load(state: adam.state)
    var continued = RandomSource(seed: random.seed, position: random.position)
    _ = train(late, resumed, &continued, steps: 50..<120)
    #expect(late.tensors == first.tensors)
  }

  @Test func parametersAreNamedByTheirPlace() {
    var random = RandomSource(seed: 1)
    let names = TinyEnhancer(random: &random).namedParameters.map(\.name)
    #expect(names.prefix(4) == ["input.weight", "input.bias", "output.weight", "output.bias"])
    #expect(names.contains("blocks.1.0.weight") && names.count == 12)
  }
}
