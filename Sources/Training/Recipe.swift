import Bytes

/// How a codec is trained: everything that decides its bits besides the data. Read from JSON; keys that are not given have the values below.
public struct Recipe: CodecRecipe, Sendable, Equatable {
  /// How long the enhancer is trained.
  public enum Length: Sendable, Equatable {
    case steps(Int)
    /// Turned into a number of steps by the time that the first ones take; a run with that number of steps gives the same codec.
    case minutes(Double)
  }

  /// `seed`: of all random choices.
  public var seed = 1
  /// `validation`: the share of records that are held back; at least one is.
  public var validation = 0.1
  /// `chunkSeconds`: the length of chunks, as the encoder has them.
  public var chunkSeconds = 300.0
  /// `secondsPerRecord`: how much of a record is taken at a time, at most; where it begins is drawn anew each time.
  public var secondsPerRecord = 300.0
  /// `singleLeads`: how often one lead of a record with several is taken alone, as a share of all times.
  public var singleLeads = 0.5
  /// `effort`: of the encoder that runs over the data, 1 to 9.
  public var effort = 4
  /// `priorQualities`: the prior learns every record once at each of these.
  public var priorQualities: [Double] = [25, 37, 50, 62, 75]
  /// `confidence`: the most decisions' worth that a counter of the finished prior counts as; fewer adapt faster.
  public var confidence = 25
  /// `networkSteps`: how long the network beside the prior is trained; 0: no network.
  public var networkSteps = 2000
  /// `networkPasses`: how often each record is coded for it, each time at another quality.
  public var networkPasses = 2
  /// `networkBatch`, `networkWindow`: windows in a step, frames in a window.
  public var networkBatch = 32
  public var networkWindow = 128
  /// `networkRate`: its learning rate after the warm-up.
  public var networkRate = 2e-3
  /// `synthesisSteps`: how long the first round of the synthesis inside the loop is trained; 0: no synthesis.
  public var synthesisSteps = 0
  /// `synthesisRounds`: how often it is trained, each time on what it made itself of the recordings besides all before.
  public var synthesisRounds = 3
  /// `synthesisPasses`: how often each record is decoded for a round, each time at another quality.
  public var synthesisPasses = 1
  /// `synthesisWidth`, `synthesisBlocks`: its size.
  public var synthesisWidth = 32
  public var synthesisBlocks = 2
  /// `synthesisBatch`: frames in a step.
  public var synthesisBatch = 192
  /// `synthesisRate`: its learning rate after the warm-up.
  public var synthesisRate = 2e-3
  /// `exampleQualities`: lowest and highest quality of what the networks are trained on.
  public var exampleQualities: [Double] = [20, 80]
  /// `examplePasses`: how often each record is decoded for the enhancer, each time at another quality.
  public var examplePasses = 4
  /// `exampleMegabytes`: the most memory that examples take; passes end there.
  public var exampleMegabytes = 1000
  /// `validationQualities`: at which held-back records are measured.
  public var validationQualities: [Double] = [30, 50, 70]
  /// `width`, `blocks`: the enhancer's size; no blocks and no steps: no enhancer.
  public var width = 32
  public var blocks = 4
  /// `enhancerSteps` or `minutes`.
  public var length = Length.steps(20_000)
  /// `batch`: crops in a step.
  public var batch = 32
  /// `crop`: samples of a crop, a multiple of 8.
  public var crop = 2048
  /// `learningRate`: after the warm-up.
  public var learningRate = 1e-3
  /// `warmUp`: steps over which the learning rate rises.
  public var warmUp = 200
  public var weightDecay = 0.01
  /// `clip`: the longest gradient.
  public var clip = 1.0
  /// `noise`: the width of uniform noise added to the enhancer's inputs, in quantiser steps.
  public var noise = 0.05
  /// `validateEvery`: steps between measurements on held-back records; the best of the measured networks is kept.
  public var validateEvery = 250
  /// `checkpointSeconds`: between saves.
  public var checkpointSeconds = 60.0
  /// `about`, `license`: for the model card.
  public var about = ""
  public var license = ""

  public init() {}

  /// - Parameter name: of the file, for messages.
  /// - Throws: `TrainingError.recipe`.
  public init(json bytes: [UInt8], name: String) throws {
    var fields = try RecipeFields(json: bytes, name: name)
    let kind = try fields.text("kind", "ecg")
    guard kind == "ecg" else {
      throw fields.wrong("kind", "is \"\(kind)\"; \"ecg\" can be trained, and with a member \"autoencoder\" the kinds of docs/AUTOENCODERS.md")
    }
    try takeCommon(from: &fields)
    chunkSeconds = try fields.number("chunkSeconds", 1...3600, chunkSeconds)
    secondsPerRecord = try fields.number("secondsPerRecord", 1...86_400, secondsPerRecord)
    singleLeads = try fields.number("singleLeads", 0...1, singleLeads)
    effort = try fields.integer("effort", 1...9, effort)
    priorQualities = try fields.numbers("priorQualities", 0...100, count: 0...64, priorQualities)
    confidence = try fields.integer("confidence", 1...1023, confidence)
    networkSteps = try fields.integer("networkSteps", 0...10_000_000, networkSteps)
    networkPasses = try fields.integer("networkPasses", 1...1000, networkPasses)
    networkBatch = try fields.integer("networkBatch", 1...4096, networkBatch)
    networkWindow = try fields.integer("networkWindow", 2...100_000, networkWindow)
    networkRate = try fields.number("networkRate", 1e-7...1, networkRate)
    synthesisSteps = try fields.integer("synthesisSteps", 0...10_000_000, synthesisSteps)
    synthesisRounds = try fields.integer("synthesisRounds", 1...20, synthesisRounds)
    synthesisPasses = try fields.integer("synthesisPasses", 1...1000, synthesisPasses)
    synthesisWidth = try fields.integer("synthesisWidth", 1...256, synthesisWidth)
    synthesisBlocks = try fields.integer("synthesisBlocks", 0...16, synthesisBlocks)
    synthesisBatch = try fields.integer("synthesisBatch", 1...4096, synthesisBatch)
    synthesisRate = try fields.number("synthesisRate", 1e-7...1, synthesisRate)
    exampleQualities = try fields.numbers("exampleQualities", 0...100, count: 2...2, exampleQualities)
    guard exampleQualities[0] <= exampleQualities[1] else { throw fields.wrong("exampleQualities", "must name the lower quality first") }
    examplePasses = try fields.integer("examplePasses", 1...1000, examplePasses)
    exampleMegabytes = try fields.integer("exampleMegabytes", 1...1_000_000, exampleMegabytes)
    width = try fields.integer("width", 1...1024, width)
    blocks = try fields.integer("blocks", 0...63, blocks)
    let (hasSteps, hasMinutes) = (fields.rest["enhancerSteps"] != nil, fields.rest["minutes"] != nil)
    guard !(hasSteps && hasMinutes) else { throw fields.wrong("minutes", "and \"enhancerSteps\" exclude each other; give one") }
    let steps = try fields.integer("enhancerSteps", 0...100_000_000, 20_000)
    let minutes = try fields.number("minutes", 0.01...100_000, 60)
    length = hasMinutes ? .minutes(minutes) : .steps(steps)
    batch = try fields.integer("batch", 1...4096, batch)
    crop = try fields.integer("crop", 64...(1 << 20), crop)
    guard crop % 8 == 0 else { throw fields.wrong("crop", "must be a multiple of 8") }
    learningRate = try fields.number("learningRate", 1e-7...1, learningRate)
    warmUp = try fields.integer("warmUp", 1...1_000_000, warmUp)
    weightDecay = try fields.number("weightDecay", 0...10, weightDecay)
    clip = try fields.number("clip", 1e-6...1e6, clip)
    noise = try fields.number("noise", 0...10, noise)
    validateEvery = try fields.integer("validateEvery", 1...1_000_000, validateEvery)
    try fields.finish()
  }

  /// All that decides the codec's bits.
  var described: JSONValue {
    let length: JSONValue.Member
    switch self.length {
    case .steps(let steps): length = .init(key: "enhancerSteps", value: .integer(steps))
    case .minutes(let minutes): length = .init(key: "minutes", value: .number(minutes))
    }
    guard
      case .object(let members) = JSONValue.object([
        "kind": .text("ecg"), "seed": .integer(seed), "validation": .number(validation), "chunkSeconds": .number(chunkSeconds),
        "secondsPerRecord": .number(secondsPerRecord), "singleLeads": .number(singleLeads), "effort": .integer(effort),
        "priorQualities": .numbers(priorQualities),
        "confidence": .integer(confidence), "networkSteps": .integer(networkSteps), "networkPasses": .integer(networkPasses),
        "networkBatch": .integer(networkBatch), "networkWindow": .integer(networkWindow), "networkRate": .number(networkRate),
        "synthesisSteps": .integer(synthesisSteps), "synthesisRounds": .integer(synthesisRounds), "synthesisPasses": .integer(synthesisPasses),
        "synthesisWidth": .integer(synthesisWidth), "synthesisBlocks": .integer(synthesisBlocks), "synthesisBatch": .integer(synthesisBatch),
        "synthesisRate": .number(synthesisRate), "exampleQualities": .numbers(exampleQualities), "examplePasses": .integer(examplePasses),
        "exampleMegabytes": .integer(exampleMegabytes), "validationQualities": .numbers(validationQualities), "width": .integer(width),
        "blocks": .integer(blocks), "batch": .integer(batch), "crop": .integer(crop), "learningRate": .number(learningRate),
        "warmUp": .integer(warmUp), "weightDecay": .number(weightDecay), "clip": .number(clip), "noise": .number(noise),
        "validateEvery": .integer(validateEvery),
      ])
    else { return .null }
    return .object(members + [length])
  }
}

/// Why training cannot begin or go on; each text reads `FILE: what is wrong; what to do`.
public enum TrainingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The recipe.
  case recipe(String)
  /// The folders of recordings.
  case data(String)
  /// What an earlier run left behind.
  case state(String)
  /// The output.
  case output(String)
  /// A network's loss was not finite.
  case diverged(String)
  /// The caller wanted to stop; everything is saved.
  case interrupted

  public var description: String {
    switch self {
    case .recipe(let text), .data(let text), .state(let text), .output(let text), .diverged(let text): text
    case .interrupted: "interrupted; what was learned is saved: go on with --resume"
    }
  }
}
