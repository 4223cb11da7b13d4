import Codecs
import Layers
import Tensors

/// Trains the network beside the prior on windows of what was coded, step by step. The random numbers of a step depend on its number only.
final class NetworkTrainer {
  let progress: Descent<FrameNetwork>
  private let recipe: Recipe
  private let random: RandomSource

  init(_ recipe: Recipe, _ random: RandomSource) {
    (self.recipe, self.random) = (recipe, random)
    var initial = random.stream(0)
    progress = Descent(FrameNetwork(random: &initial), weightDecay: recipe.weightDecay, totalSteps: recipe.networkSteps)
  }

  /// Why training ended early; nil if it did not.
  var divergence: Divergence? { progress.divergence(of: "the network beside the prior", lower: "\"networkRate\" or \"clip\"") }

  /// One step; false if the loss, or what it changes, is not finite.
  /// - Parameter examples: drawn in proportion to their frames.
  func train(on examples: [NetworkExample]) -> Bool {
    var random = random.stream(UInt64(progress.step) + 1)
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
    guard let loss = progress.network.loss(windows, steps: recipe.networkWindow, on: Tape()) else {
      progress.diverge()
      return false
    }
    let schedule = Schedule(peak: Float(recipe.networkRate), warmUp: min(100, recipe.networkSteps), total: recipe.networkSteps, floor: 0.01)
    return progress.descend(loss.moved, plain: loss.plain, clip: recipe.clip, schedule)
  }

  /// Measures the network on held-back recordings, by which factor it changes the code length of its decisions, and keeps it if it is the best so far.
  func validate(on examples: [NetworkExample]) {
    var (moved, plain) = (0.0, 0.0)
    for example in examples {
      guard let loss = progress.network.loss([FrameNetwork.Window(example, start: 0)], steps: example.frameCount, on: nil) else { continue }
      // Each recording counts with the root of its length.
      let weight = Double(example.frameCount).squareRoot()
      moved += weight * Double(loss.moved.value.scalar)
      plain += weight * loss.plain
    }
    if plain > 0 { progress.keep(score: moved / plain) }
  }
}
