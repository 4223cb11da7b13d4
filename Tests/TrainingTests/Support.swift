import Foundation
import Training

/// The package's samples and a folder for results that is removed in the end.
final class Workplace {
  let folder: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("aecodec-training-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url.appendingPathComponent("samples"), withIntermediateDirectories: true)
    folder = url.path
    for name in try FileManager.default.contentsOfDirectory(atPath: Workplace.samples) where name.hasPrefix("ecg") {
      try FileManager.default.copyItem(atPath: "\(Workplace.samples)/\(name)", toPath: "\(folder)/samples/\(name)")
    }
  }

  /// The recordings among the samples, without the stack of pictures.
  var recordings: String { path("samples") }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  static let samples = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("samples").path

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path(name)))) }

  func files(_ name: String) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path(name)).sorted() }

  /// A recipe that takes a second.
  static func smallRecipe() -> Recipe {
    var recipe = Recipe()
    (recipe.seed, recipe.secondsPerRecord, recipe.chunkSeconds, recipe.effort) = (3, 16, 8, 1)
    (recipe.priorQualities, recipe.validationQualities, recipe.examplePasses) = ([40, 60], [50], 1)
    (recipe.width, recipe.blocks, recipe.length, recipe.batch, recipe.crop) = (8, 1, .steps(12), 4, 256)
    (recipe.warmUp, recipe.validateEvery, recipe.learningRate) = (3, 3, 0.01)
    (recipe.networkSteps, recipe.networkPasses, recipe.networkBatch, recipe.networkWindow) = (6, 1, 2, 16)
    (recipe.synthesisSteps, recipe.synthesisRounds, recipe.synthesisBatch) = (40, 2, 8)
    (recipe.synthesisWidth, recipe.synthesisBlocks, recipe.synthesisRate) = (4, 1, 5e-3)
    return recipe
  }

  /// Trains on the samples; `stopsAfter` is how often the run may ask whether it is interrupted before it is.
  @discardableResult
  func train(
    _ output: String, recipe: Recipe = smallRecipe(), data: [String]? = nil, overwrite: Bool = false, resume: Bool = false,
    stopsAfter: Int = .max, report: @escaping (Trainer.Event) -> Void = { _ in }
  ) throws -> Evaluation {
    let countdown = Countdown(stopsAfter)
    let trainer = try Trainer(
      recipe: recipe, data: data ?? [recordings], output: path(output), overwrite: overwrite, resume: resume, isInterrupted: countdown.isOver,
      report: report)
    return try trainer.run()
  }
}

/// Says yes after having been asked so often, from any thread.
final class Countdown: @unchecked Sendable {
  private let lock = NSLock()
  private var left: Int
  init(_ count: Int) { left = count }

  func isOver() -> Bool {
    lock.lock()
    defer { lock.unlock() }
    left -= left > 0 ? 1 : 0
    return left == 0
  }
}
