import Autoencoders
import Bytes
import Layers
import Tensors
import Testing

/// Patches of blocks, hidden and filled in.
@Suite struct HidingTests {
  private static let line = #"{"kind": "masked", "block": [2, 12], "patch": [3], "code": 4, "width": 8, "heads": 2, "layers": 1}"#
  private static let picture = #"{"kind": "masked", "block": [1, 4, 6], "patch": [2, 2], "code": 3, "width": 8, "heads": 2, "layers": 1}"#

  private func make(_ text: String) throws -> any PatchFilling { try #require(try Example(text).make() as? any PatchFilling) }

  @Test func patchesAreWhereTheyStand() throws {
    let grid = try make(Self.picture).patches
    #expect(grid.count == 6 && grid.size == 4 && grid.extents == [2, 3])
    let x = Variable(Tensor((0..<24).map(Float.init), shape: [1, 24]))
    let cut = grid.cut(x)
    #expect(cut.value == Tensor([0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11, 12, 13, 18, 19, 14, 15, 20, 21, 16, 17, 22, 23], shape: [1, 6, 4]))
    #expect(grid.joined(cut).value == x.value)
    for patch in 0..<6 {
      for value in 0..<4 { #expect(grid.patch(of: Int(cut.value[0, patch, value])) == patch) }
    }
    let line = try make(Self.line).patches
    let samples = Variable(numbers([3, 24]))
    #expect(line.joined(line.cut(samples)).value == samples.value)
    #expect((0..<24).map { line.patch(of: $0) } == (0..<24).map { $0 % 12 / 3 })
  }

  @Test func asManyAsAskedForAreHidden() throws {
    var random = RandomSource(seed: 8)
    for (share, run, expected) in [(0.75, 1, 12), (0.25, 3, 4), (0.95, 1, 15), (0.01, 2, 1), (0.5, 40, 8)] as [(Float, Int, Int)] {
      let visible = Hiding(share: share, run: run).visible(blocks: 400, of: 16, random: &random)
      #expect(visible.allSatisfy { $0.count == 16 - expected && $0 == $0.sorted() && Set($0).count == $0.count && (0..<16).contains($0[0]) })
      // No place is favoured by much.
      let shown = (0..<16).map { patch in visible.count { $0.contains(patch) } }
      let mean = Double(400 * (16 - expected)) / 16
      #expect(shown.allSatisfy { abs(Double($0) - mean) < 0.35 * 400 }, "\(share), \(run): \(shown)")
      // Runs: few edges between what is hidden and what is visible.
      guard run == 3 else { continue }
      let edges = visible.map { own in (1..<16).count { own.contains($0) != own.contains($0 - 1) } }
      #expect(edges.allSatisfy { $0 <= 4 + 2 })
    }
  }

  /// What is hidden cannot be seen: neither in what is filled in nor by a gradient.
  @Test(arguments: [line, picture]) func hiddenPatchesDoNotCount(text: String) throws {
    let network = try make(text)
    let (x, grid) = (numbers([2, 24]), network.patches)
    let visible = [[1, 3], [0, 2]]
    var other = x
    other.withMutableValues { for i in $0.indices where !visible[i / 24].contains(grid.patch(of: i % 24)) { $0[i] += 5 } }
    let filled = network.fill(Variable(x), visible: visible).value
    #expect(network.fill(Variable(other), visible: visible).value == filled)
    var seen = x
    seen.withMutableValues { values in
      let place = values.indices.first { visible[0].contains(grid.patch(of: $0 % 24)) } ?? 0
      values[place] += 1
    }
    #expect(network.fill(Variable(seen), visible: visible).value != filled)
    // Each block by itself has the same bits, and with no patch at all there is still an answer.
    for block in 0..<2 {
      let own = network.fill(Variable(x).slice(block..<block + 1, axis: 0), visible: [visible[block]]).value
      #expect(own == Variable(filled).slice(block..<block + 1, axis: 0).value)
    }
    #expect(network.fill(Variable(x), visible: [[], []]).shape == [2, 24])
    // With all patches visible it is the codec's way.
    let all = network.fill(Variable(x), visible: [Array(0..<grid.count), Array(0..<grid.count)]).value
    #expect(all == network.decode(network.encode(Variable(x))).value)
  }

  @Test func trainingLearnsToFill() throws {
    var random = RandomSource(seed: 2)
    // Every block is one of a few waves: half of it tells the rest.
    let text = #"{"kind": "masked", "block": [1, 16], "patch": [2], "code": 2, "width": 16, "heads": 2, "layers": 1}"#
    let network = try configuration(text).make(random: &random)
    let filling = try #require(network as? any PatchFilling)
    #expect(!filling.hasLearnedToFill)
    func blocks(_ count: Int) -> Tensor {
      Tensor(shape: [1, count, 16]) { out in
        for block in 0..<count {
          let (period, phase) = ([4, 8][random.integer(below: 2)], random.integer(below: 8))
          for i in 0..<16 { out[block * 16 + i] = (i + phase) % period < period / 2 ? 1 : -1 }
        }
      }
    }
    let objective = try Objective(
      try JSONParser.parse(Array(#"{"hiding": {"share": 0.5, "alone": true}}"#.utf8)), for: try configuration(text))
    #expect(objective.hiding == Hiding(share: 0.5, alone: true) && objective.isForFillingAlone)
    let adam = Adam(network.namedParameters)
    var losses: [Float] = []
    for _ in 0..<700 {
      let loss = objective.loss(of: network, blocks(32), on: Tape(), random: &random)
      losses.append(loss.value.scalar)
      loss.backward()
      adam.step(learningRate: 0.005)
    }
    // Of 16 numbers whose squares are 1: their mean leaves 16.
    let last = losses.suffix(10).reduce(0, +) / 10
    #expect(losses[0] > 12 && last < 11, "\(losses[0]) to \(last)")
    #expect(filling.hasLearnedToFill)
  }

  @Test func hidingIsReadAndChecked() throws {
    let (masked, dense) = (try configuration(Self.line), try configuration(#"{"kind": "dense", "block": [1, 4], "layers": [2]}"#))
    func objective(_ text: String, _ configuration: AutoencoderConfiguration) throws -> Objective {
      try Objective(try JSONParser.parse(Array(text.utf8)), for: configuration)
    }
    let read = try objective(#"{"hiding": {"share": 0.25, "run": 12, "weight": 2}}"#, masked)
    #expect(read == Objective(hiding: Hiding(share: 0.25, run: 12, weight: 2)))
    #expect(try objective(read.json.lines, masked) == read && objective(#"{"hiding": {}}"#, masked).hiding == Hiding())
    for (text, configuration, word) in [
      (#"{"hiding": {}}"#, dense, "\"masked\""), (#"{"hiding": {"share": 1}}"#, masked, "\"hiding.share\""),
      (#"{"hiding": {"run": 0}}"#, masked, "\"hiding.run\""), (#"{"hiding": {"alone": 1}}"#, masked, "true or false"),
      (#"{"hiding": {"alone": true}, "penalties": [{"kind": "l1", "weight": 1}]}"#, masked, "\"penalties\""),
    ] {
      let error = #expect(throws: AutoencoderError.self) { try objective(text, configuration) }
      #expect(error?.description.contains(word) ?? false, "\(text): \(error?.description ?? "")")
    }
  }
}
