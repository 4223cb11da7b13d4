import Autoencoders
import Bytes
import Codecs
import Foundation
import Signals
import Tensors
import Testing
import Training

/// Training of codecs of speech. Serial: the number of threads is one for the whole process.
@Suite(.serialized) struct SpeechTrainerTests {
  private static let small = """
    {"kind": "speech", "steps": 6, "softSteps": 2, "batch": 2, "frames": 24, "validateEvery": 2, "warmUp": 2, "rateWarmUp": 3, "validationQualities": [40],
     "validation": 0.3, "checkpointSeconds": 1000}
    """

  private let place: Workplace
  private let data: String

  init() throws {
    place = try Workplace()
    data = place.path("data")
    try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
    for (k, rate) in [16_000, 16_000, 22_050].enumerated() {
      var random = RandomSource(seed: UInt64(k))
      let samples = (0..<rate * 5 / 2).map { i -> Int32 in
        let phase = 2 * Double.pi * (110 + 40 * Double(k)) * Double(i) / Double(rate)
        return Int32(3000 * (sin(phase) + 0.5 * sin(2 * phase) + 0.3 * sin(5 * phase)) + 200 * Double(random.normal()))
      }
      try Self.wav(samples, rate: rate).write(to: URL(fileURLWithPath: "\(data)/\(k).wav"))
    }
  }

  private static func wav(_ samples: [Int32], rate: Int) -> Data {
    func number(_ value: Int, _ bytes: Int) -> [UInt8] { (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    let head = Array("RIFF".utf8) + number(36 + 2 * samples.count, 4) + Array("WAVEfmt ".utf8) + number(16, 4) + number(1, 2) + number(1, 2)
    let rest = number(rate, 4) + number(2 * rate, 4) + number(2, 2) + number(16, 2) + Array("data".utf8) + number(2 * samples.count, 4)
    return Data(head + rest + samples.flatMap { number(Int($0), 2) })
  }

  @discardableResult
  private func train(
    _ output: String, _ text: String = small, resume: Bool = false, stopsAfter: Int = .max, report: @escaping (Trainer.Event) -> Void = { _ in }
  ) throws -> [SpeechTrainer.Point] {
    let countdown = Countdown(stopsAfter)
    let trainer = try SpeechTrainer(
      recipe: SpeechRecipe(json: Array(text.utf8), name: "r.json"), data: [data], output: place.path(output), overwrite: false, resume: resume,
      isInterrupted: countdown.isOver, report: report)
    return try trainer.run()
  }

  @Test func sameRecipeSameBytesInterruptedOrNot() throws {
    Threads.jobs = 1
    var heldBack: [Double] = []
    let points = try train("a/codec") { if case .progress(let progress) = $0, let score = progress.heldBack { heldBack.append(score) } }
    #expect(points.count == 1 && points[0].kilobitsPerSecond > 0)
    // Six steps make it better than it was.
    #expect(heldBack.last.map { $0 < 1 } == true)
    Threads.jobs = 3
    defer { Threads.jobs = 1 }
    #expect(throws: TrainingError.interrupted) { try train("b/codec", stopsAfter: 9) }
    try train("b/codec", resume: true)
    try place.expectSame("a/codec", "b/codec")
    let package = try CodecPackage.load(path: place.path("a/codec"))
    #expect(package.isOfSpeech)
  }

  @Test func recipesThatDoNotAddUpAreRefused() throws {
    for (text, key) in [
      (#"{"kind": "speech", "frames": 3}"#, "frames"), (#"{"kind": "speech", "speeds": [1.2, 1]}"#, "speeds"),
      (#"{"kind": "speech", "colour": 1}"#, "colour"), (#"{"kind": "speech", "batch": "two"}"#, "batch"),
    ] {
      #expect { try SpeechRecipe(json: Array(text.utf8), name: "r.json") } throws: { "\($0)".contains("\"\(key)\"") }
    }
  }

  @Test func weightsOfACodecAreWhereTrainingBegins() throws {
    try train("start/codec")
    let recipe = place.path("start/recipe.json")
    let text = #"""
      {"kind": "speech", "from": "codec", "steps": 1, "softSteps": 0, "batch": 2, "frames": 24, "learningRate": 1e-7, "validationQualities": [40]}
      """#
    _ = try SpeechTrainer(
      recipe: SpeechRecipe(json: Array(text.utf8), name: recipe), data: [data], output: place.path("more/codec"), overwrite: false, resume: false,
      isInterrupted: { false }, report: { _ in }
    ).run()
    let (start, more) = (try CodecPackage.load(path: place.path("start/codec")), try CodecPackage.load(path: place.path("more/codec")))
    for (name, tensor) in start.weights.tensors {
      let other = try #require(more.weights.tensors[name])
      #expect(zip(tensor.values, other.values).allSatisfy { abs($0 - $1) < 1e-5 }, "\(name)")
    }
    #expect(try String(decoding: place.bytes("more/codec/config.json"), as: UTF8.self).contains("codec \(hexadecimal(start.reference.id))"))
    for path in ["nothing-there", "recipe.json"] {
      let text = #"{"kind": "speech", "from": "\#(path)"}"#
      #expect { try SpeechRecipe(json: Array(text.utf8), name: recipe) } throws: { "\($0)".contains("\"from\"") }
    }
  }

  @Test func whatIsTooShortIsSaid() throws {
    #expect { try train("c/codec", Self.small.replacingOccurrences(of: "\"frames\": 24", with: "\"frames\": 400")) } throws: {
      "\($0)".contains("no recording is as long as a stretch of 400 frames")
    }
  }
}
