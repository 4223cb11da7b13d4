import Codecs
import Foundation
import Signals
import Tensors
import Testing
import Training

/// Training of codecs of pictures. Serial: the number of threads is one for the whole process.
@Suite(.serialized) struct PictureTrainerTests {
  private static let small = """
    {"kind": "picture", "seed": 3, "validation": 0.3, "rows": 40, "priorQualities": [30, 60], "validationQualities": [50], "examples": 1000,
     "networkUnits": 8, "signUnits": 8, "networkSteps": 20, "networkBatch": 64, "enhancerWidth": 4, "enhancerBlocks": 1, "enhancerSteps": 6,
     "enhancerBatch": 2, "cropMegabytes": 1, "validateEvery": 3, "effort": 3}
    """

  private let place: Workplace

  /// A folder with pictures of 72 x 52 pixels, two of them grey.
  init() throws {
    place = try Workplace()
    var random = RandomSource(seed: 5)
    for number in 0..<5 {
      let components = number < 3 ? 3 : 1
      let noise = random.uniform([72 * 52], in: -6..<6).values
      try write("data/\(number).png", 72, 52, maximum: 255, components: components) { c, x, y in
        let edge = (x + number * 9) % 24 < 12 ? 50 : 0
        return 60 + 2 * x - y + c * 10 + edge + Int(noise[y * 72 + x])
      }
    }
  }

  private func write(_ name: String, _ width: Int, _ height: Int, maximum: Int, components: Int, _ value: (Int, Int, Int) -> Int) throws {
    let path = place.path(name)
    try FileManager.default.createDirectory(at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
    let kind = path.hasSuffix(".png") ? PictureLayout.FileKind.png : .pnm
    let layout = try #require(PictureLayout(kind: kind, width: width, height: height, components: components, maximum: maximum))
    let writer = try SignalFile.create(path, info: SignalInfo(picture: layout), overwrite: true)
    try writer.write((0..<components).map { c in (0..<layout.pixels).map { Int32(min(max(value(c, $0 % width, $0 / width), 0), maximum)) } })
    try writer.finish()
  }

  @discardableResult
  private func train(
    _ output: String, _ text: String = small, data: String = "data", resume: Bool = false, stopsAfter: Int = .max,
    report: @escaping (Trainer.Event) -> Void = { _ in }
  ) throws -> [PictureTrainer.Point] {
    let countdown = Countdown(stopsAfter)
    let trainer = try PictureTrainer(
      recipe: PictureRecipe(json: Array(text.utf8), name: "r.json"), data: [place.path(data)], output: place.path(output), overwrite: false,
      resume: resume, isInterrupted: countdown.isOver, report: report)
    return try trainer.run()
  }

  @Test func sameRecipeSameBytes() throws {
    try place.expectSeedDecides { try train($0, Self.small.replacingOccurrences(of: "\"seed\": 3", with: "\"seed\": \($1)")) }
  }

  /// Wherever it was: the run asks some 80 times.
  @Test func goingOnGivesTheSameBytes() throws {
    var stages: Set<String> = []
    try train("whole/codec") { if case .progress(let progress) = $0 { stages.insert("\(progress.stage)") } }
    #expect(stages.isSuperset(of: ["prior", "examples", "network", "enhancer", "evaluation"]), "\(stages)")
    for allowed in [8, 14, 25, 45] {
      let name = "stopped\(allowed)/codec"
      #expect(throws: TrainingError.interrupted) { try train(name, stopsAfter: allowed) }
      #expect(throws: TrainingError.interrupted) { try train(name, resume: true, stopsAfter: 16) }
      try train(name, resume: true)
      try place.expectSame("whole/codec", name)
    }
    #expect(throws: TrainingError.interrupted) { try train("other/codec", stopsAfter: 8) }
    #expect(throws: TrainingError.self) {
      try train("other/codec", Self.small.replacingOccurrences(of: "\"networkSteps\": 20", with: "\"networkSteps\": 21"), resume: true)
    }
  }

  @Test func whatIsTrainedIsWorthIt() throws {
    let points = try train("codec")
    #expect(points.count == 1 && points[0].psnr > 20 && points[0].bitsPerPixel > 0, "\(points)")
    let trained = try CodecPackage.load(path: place.path("codec"))
    #expect(trained.isOfPictures)
    let reader = try SignalFile.open(place.path("data/1.png"))
    let (info, samples) = (reader.info, try reader.read(reader.info.length ?? 0))
    var settings = EncodeSettings()
    (settings.quality, settings.entropy) = (50, .prior)
    func size(_ codec: CodecPackage) throws -> Int {
      var encoder = try ChunkEncoder(codec: codec, info: info, settings: settings)
      let encoded = try encoder.encode(samples, plan: encoder.plan(samples))
      #expect(try ChunkDecoder(codec: codec, info: info).decode(encoded.payload[...], sampleCount: samples[0].count) == encoded.decoded)
      return encoded.payload.count
    }
    #expect(try size(trained) < size(CodecPackage(pictures: "untrained")))
  }

  /// Pictures of the middle of the range alone have no coefficients: what has nothing to learn from is left out.
  @Test func networksWithoutExamplesAreLeftOut() throws {
    for number in 0..<3 { try write("flat/\(number).ppm", 40, 30, maximum: 254, components: 3) { _, _, _ in 127 } }
    let text = Self.small.replacingOccurrences(of: "\"examples\": 1000", with: "\"examples\": 20000000")
    #expect(throws: TrainingError.interrupted) { try train("codec", text, data: "flat", stopsAfter: 30) }
    let points = try train("codec", text, data: "flat", resume: true)
    #expect(points.count == 1)
    let tensors = try CodecPackage.load(path: place.path("codec")).weights.tensors.keys
    #expect(!tensors.contains { $0.hasPrefix("signs.") }, "an untrained network of signs")
    #expect(tensors.contains { $0.hasPrefix("network.") })
  }

  /// The codec is finished without an enhancer whose loss is not finite.
  @Test func aLossThatIsNotFiniteIsTold() throws {
    let text = """
      {"kind": "picture", "seed": 3, "rows": 40, "priorQualities": [30, 60], "validationQualities": [50], "networkUnits": 0, "enhancerWidth": 8,
       "enhancerBlocks": 16, "enhancerSteps": 4, "enhancerRate": 1, "enhancerBatch": 2, "cropMegabytes": 1, "effort": 3}
      """
    var notes: [String] = []
    let message = try place.expectDivergence(of: "codec") {
      try train("codec", text) { if case .note(let text) = $0 { notes.append(text) } }
    }
    #expect(message.contains(" of the enhancer was not finite") && message.contains("lower \"enhancerRate\""), "\(message)")
    #expect(notes.contains { $0.contains(" of the enhancer is not finite: training stops there") }, "\(notes)")
  }

  /// However many pictures there are, and of all of them.
  @Test func examplesAreLimited() throws {
    let reader = try SignalFile.open(place.path("data/0.png"))
    let (info, samples) = (reader.info, try reader.read(reader.info.length ?? 0))
    let examiner = try PictureExaminer(CodecPackage(pictures: "untrained"), info: info)
    func collect(_ most: Int, passes: Int) throws -> SubbandCollector {
      let examples = SubbandCollector(share: 1, most: most, seed: 1)
      for pass in 0..<passes {
        var cells = PictureCells()
        _ = try examiner.examine(samples, quality: 30 + 20 * Double(pass), effort: 3, states: [:], cells: &cells, examples: examples)
      }
      return examples
    }
    let all = try collect(.max, passes: 2)
    let some = try collect(100, passes: 2)
    #expect(all.magnitudes.count > 300 && all.signs.count > 120)
    #expect(some.magnitudes.count == 100 && some.signs.count == 100)
    // What is kept is like what was offered: as easy for a network that knows nothing, within what 100 of them may differ.
    var random = RandomSource(seed: 1)
    let network = SubbandNetwork(.magnitudes, units: 8, random: &random)
    func loss(_ examples: SubbandExamples) -> Double {
      Double(examples.loss(of: network, Array(0..<examples.count), on: Tape()).value.scalar)
    }
    #expect(abs(loss(some.magnitudes) / loss(all.magnitudes) - 1) < 0.5)
  }

  @Test(arguments: [
    (#""networkUnits": 7"#, "networkUnits"), (#""examples": 10"#, "examples"), (#""priorQualities": []"#, "priorQualities"),
    (#""enhancerWidth": 3"#, "enhancerWidth"), (#""effort": 10"#, "effort"), (#""unknown": 1"#, "unknown"),
  ])
  func wrongRecipesAreRefused(member: String, named: String) {
    do {
      _ = try PictureRecipe(json: Array(#"{"kind": "picture", \#(member)}"#.utf8), name: "r.json")
      Issue.record("taken: \(member)")
    } catch TrainingError.recipe(let message) {
      #expect(message.hasPrefix("r.json: ") && message.contains("\"\(named)\""), "\(message)")
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test func foldersWithoutPicturesAreRefused() throws {
    try FileManager.default.createDirectory(atPath: place.path("empty"), withIntermediateDirectories: true)
    #expect(throws: TrainingError.self) { try train("codec", data: "empty") }
  }
}
