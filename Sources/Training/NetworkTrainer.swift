import Codecs
import Layers
import Tensors

/// Trains the network beside the prior on windows of what was coded, step by step. The random numbers of a step depend on its number only.
final class NetworkTrainer {
  let network: FrameNetwork
  private let adam: Adam
  private(set) var step = 0
  /// The network that did best on held-back recordings, and by which factor it changes the code length of its decisions there; the untrained one,
  /// which moves nothing, has 1.
  private(set) var best: [String: Tensor] = [:]
  private(set) var bestScore = 1.0
  /// Mean of the last code lengths over those without the network.
  private(set) var loss = 1.0

  private let recipe: Recipe
  private let random: RandomSource

  init(_ recipe: Recipe, _ random: RandomSource) {
    (self.recipe, self.random) = (recipe, random)
    var initial = random.stream(0)
    network = FrameNetwork(random: &initial)
    adam = Adam(network.namedParameters, weightDecay: Float(recipe.weightDecay))
  }

  /// One step; false if the loss is not finite.
  /// - Parameter examples: drawn in proportion to their frames.
  func train(on examples: [NetworkExample]) -> Bool {
    var random = random.stream(UInt64(step) + 1)
    let frames = examples.reduce(0) { $0 + $1.frameCount }
    let windows = (0..<recipe.networkBatch).map { _ -> FrameNetwork.Window in
      var number = random.integer(below: frames)
      var index = 0
      while number >= examples[index].frameCount {
        number -= examples[index].frameCount
        index += 1
      }
      return FrameNetwork.Window(examples[index], start: max(0, min(number, examples[index].frameCount - recipe.networkWindow)))
    }
    guard let loss = network.loss(windows, steps: recipe.networkWindow, on: Tape()) else { return false }
    loss.moved.backward()
    let norm = adam.clipGradients(norm: Float(recipe.clip))
    guard loss.moved.value.scalar.isFinite, norm.isFinite else { return false }
    let schedule = Schedule(peak: Float(recipe.networkRate), warmUp: min(100, recipe.networkSteps), total: recipe.networkSteps, floor: 0.01)
    adam.step(learningRate: schedule.rate(at: step))
    step += 1
    self.loss += (Double(loss.moved.value.scalar) / max(loss.plain, 1e-9) - self.loss) / Double(min(step, 100))
    return true
  }

  /// Measures the network on held-back recordings, and keeps it if it is the best so far.
  func validate(on examples: [NetworkExample]) {
    var (moved, plain) = (0.0, 0.0)
    for example in examples {
      guard let loss = network.loss([FrameNetwork.Window(example, start: 0)], steps: example.frameCount, on: nil) else { continue }
      // Each recording counts with the root of its length.
      let weight = Double(example.frameCount).squareRoot()
      moved += weight * Double(loss.moved.value.scalar)
      plain += weight * loss.plain
    }
    let score = plain > 0 ? moved / plain : 1
    if score < bestScore { (best, bestScore) = (network.tensors, score) }
  }

  /// What a resumed run needs.
  var state: [String: Tensor] {
    var state: [String: Tensor] = [:]
    for (name, tensor) in network.tensors { state["current.\(name)"] = tensor }
    for (name, tensor) in best { state["best.\(name)"] = tensor }
    for (name, tensor) in adam.state { state["optimiser.\(name)"] = tensor }
    return state
  }

  /// - Throws: `LayerError`.
  func load(_ state: [String: Tensor], step: Int, bestScore: Double, loss: Double) throws {
    func part(_ prefix: String) -> [String: Tensor] {
      Dictionary(uniqueKeysWithValues: state.filter { $0.key.hasPrefix(prefix) }.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
    }
    try network.load(part("current."))
    try adam.load(state: part("optimiser."))
    best = part("best.")
    (self.step, self.bestScore, self.loss) = (step, bestScore, loss)
  }
}
