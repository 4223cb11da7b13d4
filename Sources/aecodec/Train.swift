import ArgumentParser
import Container
import Glibc
import Signals
import Tensors
import Tool
import Training

/// `aecodec train`
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Makes a codec from folders of recordings.",
    usage: "aecodec train --config RECIPE.json --data DIR... -o CODEC [--resume]",
    discussion: """
      The codec's folder can be used at every save. An interrupted run goes on with --resume, and gives the same bits as one that was not interrupted.

      A recipe with a member "autoencoder" makes a codec of blocks, which is written when it is finished; docs/AUTOENCODERS.md has the kinds of autoencoder. \
      One of {"kind": "speech"} makes a codec of speech from sound files, one of {"kind": "picture"} a codec of pictures. \
      For stacks of pictures of 28 x 28: {"autoencoder": {"kind": "linear", "block": [1, 28, 28], "code": 30}, "scaling": "range", "steps": 0}
      """)

  @Option(help: ArgumentHelp("The recipe; codecs/ecg/train.json is that of the codec ecg.", valueName: "file"))
  var config: String

  @Option(help: ArgumentHelp("A folder of recordings, with all below it; may be given several times.", valueName: "folder"))
  var data: [String] = []

  @Option(name: [.short, .long], help: ArgumentHelp("The codec's folder.", valueName: "folder"))
  var output: String

  @Flag(help: "Go on with an interrupted run, if there is one.")
  var resume = false

  @Flag(name: [.short, .customLong("force")], help: "Begin anew where there is a codec already.")
  var force = false

  @Flag(name: .shortAndLong, help: "Progress as a line every ten seconds, as it is without a terminal.")
  var verbose = false

  @OptionGroup var jobs: JobOptions

  func validate() throws {
    if data.isEmpty { throw ValidationError("nothing to train on: give a folder of recordings with --data") }
    if resume, force { throw ValidationError("--resume and -f/--force exclude each other: give one") }
    if output.isEmpty || output == "-" { throw ValidationError("-o/--output: a codec is a folder; give its name") }
  }

  func run() throws {
    Threads.jobs = jobs.count
    Interruption.takeOver()
    let display = TrainDisplay(isVerbose: verbose)
    do {
      let bytes = try recipeBytes()
      let isInterrupted = { Interruption.signal != 0 }
      if try RecipeFields.namesAutoencoder(bytes, name: config) {
        let trainer = try BlockTrainer(
          recipe: BlockRecipe(json: bytes, name: config), data: data, output: output, overwrite: force, resume: resume, isInterrupted: isInterrupted,
          report: display.show)
        let points = try trainer.run()
        display.end()
        for point in points { writeError("\(output) : \(Train.text(point))\n") }
      } else if try RecipeFields.namesPictures(bytes, name: config) {
        let trainer = try PictureTrainer(
          recipe: PictureRecipe(json: bytes, name: config), data: data, output: output, overwrite: force, resume: resume,
          isInterrupted: isInterrupted,
          report: display.show)
        let points = try trainer.run()
        display.end()
        for point in points {
          writeError(
            "\(output) : quality \(Wording.short(point.quality)): \(Wording.short(point.bitsPerPixel)) bit/pixel, PSNR \(Wording.short(point.psnr)) dB\n"
          )
        }
      } else if try RecipeFields.namesSpeech(bytes, name: config) {
        let trainer = try SpeechTrainer(
          recipe: SpeechRecipe(json: bytes, name: config), data: data, output: output, overwrite: force, resume: resume,
          isInterrupted: isInterrupted, report: display.show)
        let points = try trainer.run()
        display.end()
        for point in points {
          writeError(
            "\(output) : quality \(Wording.short(point.quality)): \(Wording.short(point.kilobitsPerSecond)) kbit/s, disturbance \(Wording.short(point.pesq))\n"
          )
        }
      } else {
        let trainer = try Trainer(
          recipe: Recipe(json: bytes, name: config), data: data, output: output, overwrite: force, resume: resume, isInterrupted: isInterrupted,
          report: display.show)
        let evaluation = try trainer.run()
        display.end()
        for (before, after) in zip(evaluation.untrained, evaluation.trained) {
          writeError(
            "\(output) : \(Train.text(after)) (untrained \(Wording.short(before.bitsPerSample)), \(Wording.short(before.prdn)) %)\n")
        }
      }
    } catch let error as TrainingError {
      display.end()
      switch error {
      case .interrupted:
        complain("\(output): \(error)")
        Glibc.exit(128 + Interruption.signal)
      case .data: throw Failure(.noInput, error.description)
      case .output: throw Failure(.cannotCreate, error.description)
      case .recipe, .state, .diverged: throw Failure(.data, error.description)
      }
    }
  }

  private static func text(_ point: Evaluation.Point) -> String {
    "quality \(Wording.short(point.quality)): \(Wording.short(point.bitsPerSample)) bit/sample, PRDN \(Wording.short(point.prdn)) %"
  }

  private func recipeBytes() throws -> [UInt8] {
    do {
      let file = try OpenFile(path: config)
      guard file.count <= 1 << 20 else { throw TrainingError.recipe("\(config): larger than a recipe may be (1 MiB); give a recipe") }
      return try file.read(at: 0, count: file.count)
    } catch let error as SystemError {
      throw Failure(.noInput, "\(config): cannot be read: \(error); give the name of a recipe")
    }
  }
}

/// Shows how training goes: one line that changes on a terminal, else a line every ten seconds and at the end of each stage.
final class TrainDisplay {
  private let isLine: Bool
  private var next = 0.0
  private var wasDrawn = false
  private var last: (stage: Trainer.Progress.Stage, text: String)?

  init(isVerbose: Bool) { isLine = isatty(2) == 1 && !isVerbose }

  func show(_ event: Trainer.Event) {
    switch event {
    case .note(let text):
      clear()
      complain(text)
    case .progress(let progress):
      if let last, last.stage != progress.stage {
        clear()
        writeError(last.text + "\n")
        next = 0
      }
      let text = TrainDisplay.text(progress)
      last = (progress.stage, text)
      guard case let time = now(), time >= next else { return }
      next = time + (isLine ? 0.2 : 10)
      writeError(isLine ? "\r\u{1B}[K\(text)" : "\(text)\n")
      wasDrawn = isLine
    }
  }

  /// Leaves the last line standing.
  func end() {
    clear()
    if let last { writeError(last.text + "\n") }
    last = nil
  }

  private func clear() {
    if wasDrawn { writeError("\r\u{1B}[K") }
    wasDrawn = false
  }

  private static func text(_ progress: Trainer.Progress) -> String {
    var parts = ["\(progress.stage.rawValue) \(progress.done)\(progress.total.map { "/\($0)" } ?? "")"]
    if let loss = progress.loss { parts.append("loss \(Wording.fixed(loss, 4))") }
    if let loss = progress.heldBack { parts.append("held back \(Wording.fixed(loss, 4))") }
    if let bits = progress.bitsPerSample { parts.append("\(Wording.fixed(bits, 4)) bit/sample") }
    if let prdn = progress.prdn {
      parts.append("held back: PRDN \(Wording.fixed(prdn.before, 3)) -> \(Wording.fixed(prdn.after, 3)) %")
    }
    if let left = progress.secondsLeft { parts.append("\(Wording.time(left)) left") }
    return parts.joined(separator: ", ")
  }
}
