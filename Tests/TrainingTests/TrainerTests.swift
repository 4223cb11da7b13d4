import Codecs
import Container
import Foundation
import Signals
import Tensors
import Testing
import Training

/// Serial: the number of threads is one for the whole process.
@Suite(.serialized) struct TrainerTests {
  @Test func sameRecipeSameBytes() throws {
    let place = try Workplace()
    try place.expectSeedDecides {
      var recipe = Workplace.smallRecipe()
      recipe.seed = $1
      try place.train($0, recipe: recipe)
    }
  }

  @Test func resumedIsUninterrupted() throws {
    let place = try Workplace()
    try place.train("whole/codec")
    // Interruptions in every stage; each run gets a little further than the one before it.
    var allowed = 5
    var stages: [Trainer.Progress.Stage] = []
    while true {
      var stage = Trainer.Progress.Stage.prior
      do {
        try place.train("parts/codec", resume: true, stopsAfter: allowed) { if case .progress(let progress) = $0 { stage = progress.stage } }
        break
      } catch TrainingError.interrupted {
        stages.append(stage)
        allowed += 2
        let codec = try CodecPackage.load(path: place.path("parts/codec"))
        #expect(codec.name == "codec")
      }
    }
    #expect(Set(stages).isSuperset(of: [.prior, .synthesis, .network, .enhancer]), "\(stages)")
    try place.expectSame("whole/codec", "parts/codec")
  }

  @Test func codecEncodesAndDecodes() throws {
    let place = try Workplace()
    var stages: [Trainer.Progress.Stage] = []
    let evaluation = try place.train("codec") { event in
      if case .progress(let progress) = event, stages.last != progress.stage { stages.append(progress.stage) }
    }
    #expect(
      stages == [.prior, .examples, .synthesis, .examples, .synthesis, .prior, .examples, .network, .examples, .enhancer, .evaluation])
    #expect(evaluation.trained.count == 1 && evaluation.trained[0].bitsPerSample > 0 && evaluation.trained[0].prdn > 0)

    let codec = try CodecPackage.load(path: place.path("codec"))
    #expect(!codec.weights.integers.isEmpty && codec.weights.tensors["synthesis.place"] != nil)
    var bytes: [UInt8] = []
    let reader = { try SignalFile.open(Workplace.samples + "/ecg2") }
    let report = try FileEncoder(codec: codec, settings: EncodeSettings(), chunkSeconds: nil, jobs: 1).encode(reader(), sink: { bytes += $0 })
    #expect(report.distortion.meanPRDN > 0 && report.distortion.meanPRDN < 30)
    let container = try ContainerIndex(BytesInMemory(bytes))
    var decoded: [[Int32]] = [[], []]
    let decoder = try IndexedDecoder(container, limits: ContainerLimits()) { _ in codec }
    _ = try decoder.decode(
      0..<report.samples, jobs: 1, fillsGaps: false,
      to: { part in for c in part.indices { decoded[c] += part[c] } })
    let original = try reader().readAll()
    #expect(decoded.map(\.count) == original.map(\.count))
    let largest = zip(original.joined(), decoded.joined()).map { abs(Int64($0) - Int64($1)) }.max()
    #expect(largest == report.distortion.maximumError)
  }

  @Test func trainedPriorSavesBits() throws {
    let place = try Workplace()
    var recipe = Workplace.smallRecipe()
    (recipe.length, recipe.secondsPerRecord, recipe.chunkSeconds, recipe.priorQualities) = (.steps(0), 60, 60, [45, 50, 55])
    (recipe.networkSteps, recipe.synthesisSteps) = (0, 0)
    let evaluation = try place.train("codec", recipe: recipe)
    #expect(evaluation.trained[0].bitsPerSample < evaluation.untrained[0].bitsPerSample)
    #expect(evaluation.trained == evaluation.priorOnly)
  }

  @Test func nothingIsOverwrittenUnasked() throws {
    let place = try Workplace()
    var recipe = Workplace.smallRecipe()
    recipe.length = .steps(0)
    try place.train("codec", recipe: recipe)
    let before = try place.bytes("codec/model.safetensors")
    for resume in [false, true] {
      #expect(throws: TrainingError.self) { try place.train("codec", recipe: recipe, resume: resume) }
    }
    #expect(try place.bytes("codec/model.safetensors") == before)
    recipe.seed += 1
    try place.train("codec", recipe: recipe, overwrite: true)
    #expect(try place.bytes("codec/model.safetensors") != before)
  }

  @Test func resumeNeedsTheSameRecipe() throws {
    let place = try Workplace()
    var recipe = Workplace.smallRecipe()
    #expect(throws: TrainingError.interrupted) { try place.train("codec", recipe: recipe, stopsAfter: 7) }
    recipe.learningRate *= 2
    do {
      try place.train("codec", recipe: recipe, resume: true)
      Issue.record("went on with another recipe")
    } catch TrainingError.state(let text) {
      #expect(text.contains("another recipe"))
    }
  }

  /// The codec is finished without a network whose loss is not finite.
  @Test func lossesThatAreNotFiniteAreTold() throws {
    let place = try Workplace()
    var recipe = Workplace.smallRecipe()
    (recipe.networkSteps, recipe.synthesisSteps) = (0, 0)
    (recipe.blocks, recipe.length, recipe.learningRate, recipe.clip, recipe.warmUp) = (12, .steps(60), 1, 1e6, 1)
    var notes: [String] = []
    let text = try place.expectDivergence(of: "codec") {
      try place.train("codec", recipe: recipe) { if case .note(let text) = $0 { notes.append(text) } }
    }
    #expect(text.contains("of the enhancer was not finite") && text.contains("\"learningRate\""), "\(text)")
    #expect(notes.contains { $0.contains("training stops there") }, "\(notes)")
  }

  @Test func badFilesAreSkippedAndReported() throws {
    let place = try Workplace()
    let data = place.path("data/deep")
    try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
    for name in ["ecg1.hea", "ecg1.dat", "ecg2.hea", "ecg2.dat"] {
      try FileManager.default.copyItem(atPath: "\(Workplace.samples)/\(name)", toPath: "\(data)/\(name)")
    }
    try Data("broken 2 360 1000\n".utf8).write(to: URL(fileURLWithPath: "\(data)/broken.hea"))
    try Data("1\n2\nthree\n".utf8).write(to: URL(fileURLWithPath: "\(data)/text.csv"))
    var notes: [String] = []
    var recipe = Workplace.smallRecipe()
    recipe.length = .steps(0)
    try place.train("codec", recipe: recipe, data: [place.path("data")]) { if case .note(let text) = $0 { notes.append(text) } }
    for name in ["broken", "text.csv"] { #expect(notes.contains { $0.contains(name) && $0.contains("not used") }, "\(name)") }
    let card = try place.card("codec")
    #expect(card.contains("data/deep (ecg1)") && card.contains("data/deep (ecg2)"))

    for folder in [place.path("nowhere"), place.path("codec")] {
      #expect(throws: TrainingError.self) { try place.train("other", recipe: recipe, data: [folder]) }
    }
  }

  /// Why files were left out is told where nothing is left: of the first few, and how many there are more.
  @Test func whyNothingIsLeftIsTold() throws {
    let place = try Workplace()
    for (folder, names) in [("two", ["a", "b"]), ("five", ["a", "b", "c", "d", "e"])] {
      let data = place.path(folder)
      try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
      for name in names { try Data("# sampling rate: 1\n1\n2\nNaN\n4\n".utf8).write(to: URL(fileURLWithPath: "\(data)/\(name).csv")) }
      do {
        try place.train("codec", data: [data])
        Issue.record("trained on nothing")
      } catch TrainingError.data(let text) {
        #expect(text.contains("\(folder): no recording there"), "\(text)")
        for name in names.prefix(3) { #expect(text.contains("\(data)/\(name).csv: line 4, column 1: \"NaN\""), "\(text)") }
        #expect(text.contains("; and 2 more") == (names.count == 5) && !text.contains("d.csv"), "\(text)")
      }
    }
  }
}
