import Codecs
import Foundation
import Tensors
import Testing
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

  func card(_ codec: String) throws -> String { String(decoding: try bytes("\(codec)/README.md"), as: UTF8.self) }

  func files(_ name: String) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path(name)).sorted() }

  /// All that a finished codec consists of.
  private static let parts = ["README.md", "config.json", "model.safetensors"]

  /// Holds a codec to be finished: it can be used, and the state of the run does not stay behind.
  func expectFinished(_ codec: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    #expect(try files(codec) == Workplace.parts, sourceLocation: sourceLocation)
    _ = try CodecPackage.load(path: path(codec))
  }

  /// Holds two codecs to be finished and the same.
  func expectSame(_ a: String, _ b: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    for codec in [a, b] { try expectFinished(codec, sourceLocation: sourceLocation) }
    for part in Workplace.parts { #expect(try bytes("\(a)/\(part)") == bytes("\(b)/\(part)"), "\(part)", sourceLocation: sourceLocation) }
  }

  /// Holds training to make the same codec on one thread and on three, and another one of another seed.
  func expectSeedDecides(_ train: (_ codec: String, _ seed: Int) throws -> Void) throws {
    Threads.jobs = 1
    try train("a/codec", 3)
    Threads.jobs = 3
    defer { Threads.jobs = 1 }
    try train("b/codec", 3)
    try expectSame("a/codec", "b/codec")
    try train("c/codec", 4)
    #expect(try bytes("a/codec/model.safetensors") != bytes("c/codec/model.safetensors"))
  }

  /// Holds training to end with a loss that is not finite, and the codec to be finished nevertheless.
  /// - Returns: what the error says.
  func expectDivergence(of codec: String, sourceLocation: SourceLocation = #_sourceLocation, _ train: () throws -> Void) throws -> String {
    let error = #expect(throws: TrainingError.self, sourceLocation: sourceLocation) { try train() }
    guard case .diverged(let message)? = error else {
      Issue.record("\(error.map { "\($0)" } ?? "nothing diverged")", sourceLocation: sourceLocation)
      return ""
    }
    try expectFinished(codec, sourceLocation: sourceLocation)
    #expect(try card(codec).contains("was not finite: training stopped there, "), sourceLocation: sourceLocation)
    return message
  }

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
