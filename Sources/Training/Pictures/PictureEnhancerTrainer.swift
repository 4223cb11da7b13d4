import Autoencoders
import Codecs
import Layers
import Tensors

/// Trains the enhancer of a codec of pictures, step by step. The random numbers of a step depend on its number only.
final class PictureEnhancerTrainer {
  let progress: Descent<PlaneEnhancer>
  private let recipe: PictureRecipe
  private let random: RandomSource
  /// From planes to red, green and blue, where errors are measured: [3, 3, 1, 1].
  private let colours: Tensor
  private let schedule: Schedule

  init(_ recipe: PictureRecipe, colours: [Float], _ random: RandomSource) {
    (self.recipe, self.random, self.colours) = (recipe, random, Tensor(colours, shape: [3, 3, 1, 1]))
    var initial = random.stream(0)
    progress = Descent(
      PlaneEnhancer(width: recipe.enhancerWidth, blocks: recipe.enhancerBlocks, random: &initial), weightDecay: 0, totalSteps: recipe.enhancerSteps)
    schedule = Schedule(peak: Float(recipe.enhancerRate), warmUp: min(200, recipe.enhancerSteps), total: recipe.enhancerSteps, floor: 0.005)
  }

  /// One step; false if the loss is not finite.
  func train(on crops: PictureCrops) -> Bool {
    let batch = crops.batch(recipe.enhancerBatch, random.stream(UInt64(progress.step) + 1))
    return progress.descend(loss(batch, on: Tape()), clip: 1, schedule)
  }

  /// Measures the network on held-back pictures, and keeps it if it is the best so far.
  /// - Returns: the part of the squared error that is left.
  func validate(on crops: PictureCrops) -> Double {
    var sum = 0.0
    for crop in 0..<crops.count { sum += Double(loss(crops.batch([crop]), on: nil).value.scalar) }
    let plain = (0..<crops.count).reduce(0.0) { $0 + Double(left(crops.batch([$1]), corrected: nil, on: nil).value.scalar) }
    let score = sum / max(plain, 1e-9)
    progress.keep(score: score)
    return score
  }

  /// The squared error of colours that is left of that of the pictures, a mean over crops.
  private func loss(_ batch: PictureCrops.Batch, on tape: Tape?) -> Variable {
    let constant = { (tensor: Tensor) in tape.map { $0.constant(tensor) } ?? Variable(tensor) }
    let corrections = progress.network(constant(batch.decoded), step: constant(batch.level)) * constant(batch.step)
    return left(batch, corrected: corrections, on: tape)
  }

  private func left(_ batch: PictureCrops.Batch, corrected: Variable?, on tape: Tape?) -> Variable {
    let constant = { (tensor: Tensor) in tape.map { $0.constant(tensor) } ?? Variable(tensor) }
    let lost = constant(batch.lost)
    let errors = conv2d(corrected.map { lost - $0 } ?? lost, weight: constant(colours))
    return (errors.squared() * constant(batch.weight)).mean()
  }
}
