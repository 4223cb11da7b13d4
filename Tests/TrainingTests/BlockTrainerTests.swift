import Codecs
import Container
import Foundation
import Signals
import Tensors
import Testing
import Training

/// Training of codecs of blocks. Serial: the number of threads is one for the whole process.
@Suite(.serialized) struct BlockTrainerTests {
  private static let dense = #"{"kind": "dense", "block": [1, 32], "layers": [16, 8]}"#
  private static let common = """
    "secondsPerRecord": 16, "chunkSeconds": 8, "priorQualities": [40, 60], "validationQualities": [50], "batch": 16, "warmUp": 4, "validateEvery": 5,
    "learningRate": 0.01, "seed": 3
    """
  private static let variational = """
    {"autoencoder": {"kind": "variational", "block": [1, 32], "body": {"kind": "dense", "layers": [16]}, "latents": 4, "likelihood": "gaussian"},
     "objective": {"divergence": {"warmUp": 10}}, "steps": 24, \(common)}
    """
  private static let small = #"{"autoencoder": \#(dense), "steps": 24, \#(common)}"#

  /// A folder with two recordings.
  private let place: Workplace
  private let data: String

  init() throws {
    place = try Workplace()
    data = place.path("data")
    try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
    for name in ["ecg1.hea", "ecg1.dat", "ecg2.hea", "ecg2.dat"] {
      try FileManager.default.copyItem(atPath: "\(Workplace.samples)/\(name)", toPath: "\(data)/\(name)")
    }
  }

  private func recipe(_ text: String) throws -> BlockRecipe { try BlockRecipe(json: Array(text.utf8), name: "r.json") }

  @discardableResult
  private func train(
    _ output: String, _ text: String = small, resume: Bool = false, stopsAfter: Int = .max, report: @escaping (Trainer.Event) -> Void = { _ in }
  ) throws -> [Evaluation.Point] {
    let countdown = Countdown(stopsAfter)
    let trainer = try BlockTrainer(
      recipe: recipe(text), data: [data], output: place.path(output), overwrite: false, resume: resume, isInterrupted: countdown.isOver,
      report: report)
    return try trainer.run()
  }

  @Test func sameRecipeSameBytes() throws {
    try place.expectSeedDecides { try train($0, Self.small.replacingOccurrences(of: "\"seed\": 3", with: "\"seed\": \($1)")) }
  }

  private static let pretrained = #"""
    {"autoencoder": \#(dense), "steps": 9, "pretraining": {"steps": 6, "learningRate": 0.01, "corruption": {"kind": "masking", "share": 0.3}}, \#(common)}
    """#
  private static let masked = #"""
    {"autoencoder": {"kind": "masked", "block": [1, 32], "patch": [4], "code": 2, "width": 8, "heads": 2, "layers": 1}, "steps": 24,
     "objective": {"hiding": {"share": 0.5, "run": 2}}, \#(common)}
    """#

  /// Also with a linear path that begins as the principal components, with pre-training, with hidden patches, and a variational one.
  @Test(arguments: [
    small, #"{"autoencoder": {"kind": "linear", "block": [1, 32], "code": 6}, "steps": 24, \#(common)}"#, pretrained, masked, variational,
  ])
  func resumedIsUninterrupted(text: String) throws {
    try train("whole/codec", text)
    var (allowed, interruptions) = (6, 0)
    while true {
      do {
        try train("parts/codec", text, resume: true, stopsAfter: allowed)
        break
      } catch TrainingError.interrupted {
        interruptions += 1
        allowed += 3
      }
    }
    #expect(interruptions > 3)
    try place.expectSame("whole/codec", "parts/codec")
  }

  /// What training took so long to learn is saved before the prior learns.
  @Test func anInterruptionBehindTheTrainingKeepsIt() throws {
    var stages: [Trainer.Progress.Stage] = []
    var allowed = 30
    while stages.last != .prior {
      stages = []
      _ = try? FileManager.default.removeItem(atPath: place.path("codec"))
      #expect(throws: TrainingError.interrupted) {
        try train("codec", stopsAfter: allowed) { if case .progress(let progress) = $0 { stages.append(progress.stage) } }
      }
      allowed += 1
    }
    stages = []
    try train("codec", resume: true) { if case .progress(let progress) = $0 { stages.append(progress.stage) } }
    #expect(!stages.contains(.autoencoder) && stages.contains(.prior))
  }

  @Test func resumeNeedsTheSameRecipe() throws {
    #expect(throws: TrainingError.interrupted) { try train("codec", stopsAfter: 12) }
    do {
      try train("codec", Self.small.replacingOccurrences(of: "0.01", with: "0.02"), resume: true)
      Issue.record("went on with another recipe")
    } catch TrainingError.state(let text) {
      #expect(text.contains("another recipe"))
    }
  }

  @Test func principalComponentsEncodeAndDecode() throws {
    let points = try train("codec", #"{"autoencoder": {"kind": "linear", "block": [1, 32], "code": 16}, "steps": 0, \#(Self.common)}"#)
    #expect(points.count == 1 && points[0].prdn < 40 && points[0].bitsPerSample < 4, "\(points)")
    let codec = try CodecPackage.load(path: place.path("codec"))
    #expect(codec.isOfBlocks)
    var bytes: [UInt8] = []
    let report = try FileEncoder(codec: codec, settings: EncodeSettings(), chunkSeconds: nil, jobs: 1)
      .encode(try SignalFile.open(Workplace.samples + "/ecg2"), sink: { bytes += $0 })
    var decoder = try StreamDecoder(SequentialBytes(BytesInMemory(bytes))) { _ in codec }
    #expect(try decoder.decode(jobs: 1) { _ in } == report.samples)
    #expect(throws: TrainingError.self) { try train("codec") }
  }

  @Test func variationalOnesTellTheirEvidence() throws {
    var losses: [Double] = []
    let points = try train("codec", Self.variational.replacingOccurrences(of: "\"steps\": 24", with: "\"steps\": 200")) {
      if case .progress(let progress) = $0, let loss = progress.heldBack { losses.append(loss) }
    }
    #expect(points.count == 1 && points[0].bitsPerSample > 0)
    let (first, last) = (try #require(losses.first), try #require(losses.last))
    #expect(last < first - 0.1, "\(first) to \(last) nats a sample")
    let card = try place.card("codec")
    #expect(card.contains("nats an item") && card.contains("variational"))
    let dense = try train("dense")
    #expect(try !place.card("dense").contains("nats") && !dense.isEmpty)
  }

  /// Both ends of it: a loss that is no number, and one that is only larger than before.
  @Test func lossesThatGrowAreTold() throws {
    let deep = #"{"kind": "dense", "block": [1, 32], "layers": [64, 64, 64, 64, 64, 64, 64, 8]}"#
    let wild = #""learningRate": 1, "clip": 1e6, "warmUp": 1, "batch": 4, "secondsPerRecord": 8, "priorQualities": [], "validationQualities": [50]"#
    let text = try place.expectDivergence(of: "deep") { try train("deep", #"{"autoencoder": \#(deep), "steps": 400, \#(wild)}"#) }
    #expect(text.contains("\"learningRate\""), "\(text)")
    var notes: [String] = []
    let linear = #"{"kind": "linear", "block": [1, 32], "code": 8}"#
    try train("linear", #"{"autoencoder": \#(linear), "steps": 5, \#(wild)}"#) { if case .note(let text) = $0 { notes.append(text) } }
    #expect(notes.contains { $0.contains("did not become better") && $0.contains("learningRate") }, "\(notes)")
    try train("untrained", #"{"autoencoder": \#(linear), "steps": 0, \#(wild)}"#)
    #expect(try place.bytes("linear/model.safetensors") == place.bytes("untrained/model.safetensors"))
  }

  @Test func largeBlocksHaveNoComponents() throws {
    let text = #"{"autoencoder": {"kind": "linear", "block": [1, 5000], "code": 2}, "steps": 0, \#(Self.common)}"#
    do {
      try train("codec", text)
      Issue.record("taken")
    } catch TrainingError.recipe(let message) {
      #expect(message.contains("\"start\"") && message.contains("5000"))
    }
  }

  /// Each with what the message must name.
  @Test(arguments: [
    (#""steps": 1"#, "\"autoencoder\""), (#""autoencoder": 7"#, "\"autoencoder\""), (#""autoencoder": {"kind": "dense"}"#, "\"block\""),
    (#""autoencoder": {"kind": "fractal", "block": [1, 8]}"#, "\"kind\""), (#""autoencoder": DENSE, "kind": "conv""#, "\"kind\""),
    (#""autoencoder": {"kind": "linear", "block": [1, 8], "code": 9}"#, "\"code\""), (#""autoencoder": DENSE, "scaling": "both""#, "\"scaling\""),
    (#""autoencoder": DENSE, "width": 8"#, "\"width\""), (#""autoencoder": DENSE, "start": "end""#, "\"start\""),
    (#""autoencoder": DENSE, "steps": -1"#, "\"steps\""), (#""autoencoder": DENSE, "qualities": [60, 20]"#, "\"qualities\""),
    (#""autoencoder": DENSE, "learningRate": 0"#, "\"learningRate\""), (#""autoencoder": DENSE, "rate": "much""#, "\"rate\""),
    (#""autoencoder": DENSE, "pretraining": {}"#, "\"steps\""), (#""autoencoder": DENSE, "pretraining": 5"#, "\"pretraining\""),
    (#""autoencoder": {"kind": "linear", "block": [1, 8], "code": 2}, "pretraining": {"steps": 5}"#, "\"dense\""),
    (#""autoencoder": DENSE, "pretraining": {"steps": 5, "rule": "recirculation", "contraction": 1}"#, "\"contraction\""),
    (#""autoencoder": DENSE, "objective": {"decomposition": {"sparsity": 1}}"#, "\"rate\""),
    (#""autoencoder": DENSE, "objective": {"hiding": {"share": 0.5}}"#, "\"hiding\""),
    (#""autoencoder": DENSE, "batch": 65536, "sequence": 4096"#, "\"batch\""), (#""autoencoder": DENSE, "seed": 1, "seed": 2"#, "\"seed\""),
    (#""autoencoder": BINARY"#, "\"scaling\""), (#""autoencoder": BINARY, "scaling": "range", "rate": 0.2"#, "\"rate\""),
    (#""autoencoder": BINARY, "scaling": "range", "objective": {"divergence": {"weight": -1}}"#, "\"divergence.weight\""),
    (#""autoencoder": DENSE, "rate": 0, "objective": {"divergence": {}}"#, "\"divergence\""),
  ])
  func wrongRecipesAreRefused(members: String, named: String) {
    do {
      let binary = #"{"kind": "variational", "block": [1, 8], "body": {"kind": "dense", "layers": [4]}, "latents": 2, "likelihood": "bernoulli"}"#
      _ = try recipe("{\(members.replacingOccurrences(of: "DENSE", with: Self.dense).replacingOccurrences(of: "BINARY", with: binary))}")
      Issue.record("taken: \(members)")
    } catch TrainingError.recipe(let message) {
      #expect(message.hasPrefix("r.json: ") && message.contains(named), "\(message)")
    } catch {
      Issue.record("\(error)")
    }
  }
}
