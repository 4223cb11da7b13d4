import Autoencoders
import Codecs
import Layers
import Tensors

extension PictureTrainer {
  /// Qualities at which the enhancer sees each picture, at most, and crops that it is measured on.
  private static let mostPasses = 3
  private static let heldBackCrops = 120

  /// The enhancer, trained on pictures as the finished codec decodes them without it; nil if it is of no use.
  func trainedEnhancer(of package: CodecPackage) throws -> PlaneEnhancer? {
    guard let first = recordings.training.first else { return nil }
    let trainer = PictureEnhancerTrainer(recipe, colours: try PictureExaminer(package, info: first.info).colours, random.stream(8))
    let progress = trainer.progress
    try progress.resume(state.enhancer, in: folder)
    enhancer = trainer
    if !progress.isFinished {
      let budget = (recipe.cropMegabytes << 20) / PictureCrops.memory
      let training = try crops(recordings.training, of: package, count: budget, random.stream(9))
      let heldBack = try crops(recordings.validation, of: package, count: PictureTrainer.heldBackCrops, random.stream(10))
      let (start, first) = (Trainer.now(), progress.step)
      var score: Double?
      while !progress.isFinished {
        guard trainer.train(on: training) else {
          _ = trainer.validate(on: heldBack)
          break
        }
        if progress.step % recipe.validateEvery == 0 || progress.isFinished { score = trainer.validate(on: heldBack) }
        let left = (Trainer.now() - start) / Double(progress.step - first) * Double(recipe.enhancerSteps - progress.step)
        report(
          .progress(
            Trainer.Progress(
              stage: .enhancer, done: progress.step, total: recipe.enhancerSteps, secondsLeft: left, loss: progress.loss, heldBack: score)))
        try pause()
      }
    }
    if let divergence = progress.divergence(of: "the enhancer", lower: "\"enhancerRate\"") { diverged(divergence) }
    guard !progress.best.isEmpty else { return nil }
    try progress.network.load(progress.best)
    return progress.network
  }

  /// Crops of pictures, as many of each, at qualities between the lowest and the highest of the prior's.
  private func crops(_ pictures: [Recording], of package: CodecPackage, count: Int, _ random: RandomSource) throws -> PictureCrops {
    var crops = PictureCrops()
    guard let low = recipe.priorQualities.min(), let high = recipe.priorQualities.max() else { return crops }
    // Each picture at more than one quality, as long as there are crops enough.
    let jobs = max(1, min(PictureTrainer.mostPasses * pictures.count, count))
    for job in 0..<jobs {
      if isInterrupted() { throw TrainingError.interrupted }
      let recording = pictures[job % pictures.count]
      var own = random.stream(UInt64(job))
      let quality = low + (high - low) * Double(own.uniform())
      let example = try PictureExaminer(package, info: recording.info).example(try excerpt(recording, own), quality: quality, effort: recipe.effort)
      crops.add(example, width: recording.info.unitSamples, count: (job + 1) * count / jobs - job * count / jobs, &own)
      report(.progress(Trainer.Progress(stage: .examples, done: job + 1, total: jobs)))
    }
    return crops
  }
}
