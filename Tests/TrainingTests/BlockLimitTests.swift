import Autoencoders
import Codecs
import Foundation
import Signals
import Tensors
import Testing
import Training

/// Training of codecs of blocks where it comes to its limits: long chunks, wide networks, losses that are not finite; and what it begins with.
@Suite struct BlockLimitTests {
  private static let common = """
    "secondsPerRecord": 8, "chunkSeconds": 8, "priorQualities": [40, 60], "validationQualities": [50], "batch": 4, "seed": 3
    """
  private static let deep = #"{"kind": "dense", "block": [1, 32], "layers": [64, 64, 64, 64, 64, 64, 64, 8]}"#
  private static let wild = #"{"autoencoder": \#(deep), "steps": 400, "learningRate": 1, "clip": 1e6, "warmUp": 1, \#(common)}"#

  private let place: Workplace

  init() throws { place = try Workplace() }

  private func recipe(_ text: String) throws -> BlockRecipe { try BlockRecipe(json: Array(text.utf8), name: "r.json") }

  @discardableResult
  private func train(
    _ output: String, _ text: String, data: String? = nil, resume: Bool = false, isInterrupted: @escaping () -> Bool = { false },
    report: @escaping (Trainer.Event) -> Void = { _ in }
  ) throws -> [Evaluation.Point] {
    let trainer = try BlockTrainer(
      recipe: recipe(text), data: [data ?? place.recordings], output: place.path(output), overwrite: false, resume: resume,
      isInterrupted: isInterrupted, report: report)
    return try trainer.run()
  }

  /// Trains where a loss is not finite.
  /// - Returns: what the error says.
  private func diverge(
    _ output: String, _ text: String, resume: Bool = false, report: @escaping (Trainer.Event) -> Void = { _ in }
  ) throws -> String {
    try place.expectDivergence(of: output) { try train(output, text, resume: resume, report: report) }
  }

  // MARK: Chunks

  /// Stacks of pictures that have more samples than a chunk of a codec of blocks may, in less than the seconds of a chunk.
  @Test func chunksAreNoLongerThanAnEncoderCutsThem() throws {
    let item = Data((0..<256 * 256 * 3).map { UInt8(truncatingIfNeeded: ($0 * $0) >> 7) })
    try FileManager.default.createDirectory(atPath: place.path("stacks"), withIntermediateDirectories: true)
    for name in ["a", "b"] {
      var file = Data([0, 0, 8, 4, 0, 0, 0, 86, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 3])
      for _ in 0..<86 { file.append(item) }
      try file.write(to: URL(fileURLWithPath: place.path("stacks/\(name)-idx4-ubyte")))
    }
    let text = #"""
      {"autoencoder": {"kind": "linear", "block": [1, 256], "code": 1}, "scaling": "range", "start": "random", "steps": 0, "secondsPerRecord": 2,
       "priorQualities": [50], "validationQualities": [50]}
      """#
    #expect(try train("codec", text, data: place.path("stacks")).count == 1)
  }

  /// An encoder's chunks have 2^22 samples at most; less where codes have more numbers than samples, or all blocks pass a network at a time.
  @Test(
    arguments: [
      (#"{"kind": "linear", "block": [1, 256], "code": 8}"#, 2, 1 << 21), (#"{"kind": "dense", "block": [1, 1000], "layers": [4000]}"#, 1, 4_194_000),
      (#"{"kind": "recurrent", "form": "frames", "block": [1, 1], "code": 1, "units": 64}"#, 2, 1 << 17),
      (#"{"kind": "linear", "block": [1, 1048576], "code": 1}"#, 17, nil),
    ] as [(String, Int, Int?)])
  func theLongestChunkIsThatOfTheAutoencoder(autoencoder: String, channels: Int, samples: Int?) throws {
    let info = SignalInfo(raw: .s16le, rate: 1000, channels: channels)
    #expect(try BlockExaminer.longestChunk(recipe(#"{"autoencoder": \#(autoencoder)}"#).autoencoder, info: info) == samples)
  }

  // MARK: Memory

  @Test func whatPassesAtATimeIsBounded() throws {
    let small = try recipe(BlockLimitTests.wild)
    #expect(small.parts(of: 512, blocks: 64) == [0..<512])
    #expect(small.parts(of: 600, blocks: 1, most: 256) == [0..<256, 256..<512, 512..<600])
    let wide = try recipe(#"{"autoencoder": {"kind": "linear", "block": [1, 65536], "code": 2}, "batch": 1, "sequence": 4096}"#)
    #expect(wide.parts(of: 3, blocks: wide.sequence) == [0..<1, 1..<2, 2..<3])
    #expect(wide.parts(of: 10, blocks: 1000) == [0..<4, 4..<8, 8..<10])
  }

  @Test func theQuantiserOfPartsIsThatOfAll() {
    var random = RandomSource(seed: 2)
    let network = LinearAutoencoder(block: [1, 8], codeSize: 3, random: &random)
    func fitted(_ parts: [Int]) -> BlockQuantiser {
      var own = RandomSource(seed: 7)
      return BlockQuantiser(network, parts, &own) { count, numbers in numbers.uniform([count, 4, 8], in: -1..<1) }
    }
    let (whole, parted) = (fitted([10]), fitted([4, 4, 2]))
    #expect(whole.centres == parted.centres)
    #expect(zip(whole.steps, parted.steps).allSatisfy { abs($0 - $1) < 1e-3 * $0 }, "\(whole.steps) and \(parted.steps)")
  }

  // MARK: Losses that are not finite

  /// The learning rate rises so slowly that training goes well at first.
  @Test func theBestBeforeALossThatIsNotFiniteIsKept() throws {
    func text(steps: Int) -> String {
      #"""
      {"autoencoder": \#(Self.deep), "steps": \#(steps), "learningRate": 1, "clip": 1e6, "warmUp": 2000, "validateEvery": 5, \#(Self.common)}
      """#
    }
    var notes: [String] = []
    let message = try diverge("codec", text(steps: 4000)) { if case .note(let text) = $0 { notes.append(text) } }
    #expect(message.contains("was not finite") && message.contains("the network of step ") && message.contains("\"learningRate\""), "\(message)")
    #expect(notes.contains { $0.contains("training stops there, and the network of step ") }, "\(notes)")
    let card = try place.card("codec")
    #expect(card.contains("was not finite: training stopped there, the network of step ") && card.contains("| 50 |"), "\(card)")
    try train("untrained", text(steps: 0))
    #expect(try place.bytes("codec/model.safetensors") != place.bytes("untrained/model.safetensors"))
    // It is finished: there is nothing to go on with.
    #expect(throws: TrainingError.self) { try train("codec", text(steps: 4000), resume: true) }
  }

  @Test func interruptedAfterALossThatIsNotFinite() throws {
    let message = try diverge("whole/codec", BlockLimitTests.wild)
    #expect(message.contains("\"learningRate\""))
    var learned = false
    #expect(throws: TrainingError.interrupted) {
      try train(
        "parts/codec", BlockLimitTests.wild, isInterrupted: { learned },
        report: { if case .progress(let progress) = $0, progress.stage == .prior { learned = true } })
    }
    var stages: [Trainer.Progress.Stage] = []
    let again = try diverge("parts/codec", BlockLimitTests.wild, resume: true) {
      if case .progress(let progress) = $0 { stages.append(progress.stage) }
    }
    #expect(again.replacingOccurrences(of: "parts/", with: "whole/") == message && !stages.contains(.autoencoder))
    try place.expectSame("whole/codec", "parts/codec")
  }

  /// What each layer makes is many times larger than what the one before it does.
  @Test func preTrainingThatIsNotFiniteLeavesTheUntrainedNetwork() throws {
    let layers = Array(repeating: "64", count: 60).joined(separator: ", ")
    func text(steps: Int, _ pretraining: String) -> String {
      #"""
      {"autoencoder": {"kind": "dense", "block": [1, 32], "layers": [\#(layers), 8]}, "steps": \#(steps), "clip": 1e6, \#(pretraining)\#(Self.common)}
      """#
    }
    let message = try diverge("codec", text(steps: 5, #""pretraining": {"steps": 3, "learningRate": 1}, "#))
    #expect(message.contains("of the pre-training of layer ") && message.contains("the untrained network"), "\(message)")
    #expect(message.contains("\"learningRate\" of \"pretraining\""), "\(message)")
    try train("untrained", text(steps: 0, ""))
    #expect(try place.bytes("codec/model.safetensors") == place.bytes("untrained/model.safetensors"))
  }

  // MARK: The start

  @Test func aCosineTransformStaysUnlessTheRecipeSaysOtherwise() throws {
    func matrix(_ output: String, _ start: String, _ member: String = "") throws -> Tensor {
      let frames = #"{"kind": "recurrent", "form": "frames", "block": [1, 32], "code": 6, "units": 4, "start": "\#(start)"}"#
      try train(output, #"{"autoencoder": \#(frames), "steps": 0, \#(member)\#(Self.common)}"#)
      return try #require(try CodecPackage.load(path: place.path(output)).weights.tensors["autoencoder.linear.encoder.weight"])
    }
    let cosines = LinearAutoencoder.cosines(block: [1, 32], codeSize: 6).encoder.weight.value
    #expect(try matrix("dct", "dct") == cosines)
    #expect(try matrix("said", "dct", #""start": "random", "#) == cosines)
    let components = try matrix("components", "dct", #""start": "components", "#)
    #expect(components != cosines)
    #expect(try matrix("standing", "random") == components)
  }
}
