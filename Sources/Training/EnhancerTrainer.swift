import Codecs
import Layers
import Tensors

/// Trains the enhancer on random crops of decoded leads, step by step. The random numbers of a step depend on its number only.
final class EnhancerTrainer {
  let progress: Descent<Enhancer>
  private let recipe: Recipe
  private let random: RandomSource

  /// Samples between positions of the enhancer's hidden layers, signals and features among its inputs.
  private static let stride = 8
  private static let signals = 4
  /// The signals that change their sign when the lead does.
  private static let odd = [true, true, false, true]
  /// Errors below this mean square, in squared quantiser steps, count no more than this.
  private static let smallestError = 0.003
  /// Samples at the end of each held-back lead that are measured.
  private static let measured = 1 << 14

  init(_ recipe: Recipe, _ random: RandomSource) {
    (self.recipe, self.random) = (recipe, random)
    var initial = random.stream(0)
    var steps: Int?
    if case .steps(let count) = recipe.length { steps = count }
    progress = Descent(
      Enhancer(width: recipe.width, blocks: recipe.blocks, random: &initial), weightDecay: recipe.weightDecay, totalSteps: steps)
  }

  /// Why training ended early; nil if it did not.
  var divergence: Divergence? { progress.divergence(of: "the enhancer", lower: "\"learningRate\" or \"clip\"") }

  /// One step; false if the loss is not finite.
  func train(on examples: ExampleSet) -> Bool {
    let batch = makeBatch(examples, random.stream(UInt64(progress.step) + 1))
    let tape = Tape()
    let corrections = progress.network(signals: tape.constant(batch.signals), features: tape.constant(batch.features))
    let loss = corrections.squaredError(tape.constant(batch.target), weights: tape.constant(batch.weights))
    let schedule = Schedule(
      peak: Float(recipe.learningRate), warmUp: recipe.warmUp, total: progress.totalSteps ?? Int(Int32.max), floor: 0.01)
    return progress.descend(loss, clip: recipe.clip, schedule)
  }

  private struct Batch {
    /// [batch, 4, crop], [batch, features, crop / 8], [batch, 1, crop] twice
    var signals: Tensor
    var features: Tensor
    var target: Tensor
    var weights: Tensor
  }

  /// Crops with random sign, direction and noise, weighted so that the loss is the part of the error that is left, a mean over the crops' leads.
  private func makeBatch(_ examples: ExampleSet, _ random: RandomSource) -> Batch {
    var random = random
    let (crop, count) = (recipe.crop, recipe.batch)
    let positions = crop / EnhancerTrainer.stride
    let first = examples.groups[0].leads[0].input
    let features = first.features.count * EnhancerTrainer.stride / first.length
    let noise = Float(recipe.noise)
    var (x, f) = ([Float](repeating: 0, count: count * EnhancerTrainer.signals * crop), [Float](repeating: 0, count: count * features * positions))
    var (y, w) = ([Float](repeating: 0, count: count * crop), [Float](repeating: 0, count: count * crop))
    for b in 0..<count {
      let example = examples.draw(&random)
      let (length, own) = (example.input.length, example.input.length / EnhancerTrainer.stride)
      let start = own > positions ? random.integer(below: own - positions + 1) : 0
      let taken = min(positions, own)
      let choice = random.next()
      let (isFlipped, isReversed) = (choice & 1 != 0, choice & 2 != 0)
      // Without branches in the loops: position i of the crop is taken from `from + step * i`.
      let step = isReversed ? -1 : 1
      let sampleStart = start * EnhancerTrainer.stride
      let samples = taken * EnhancerTrainer.stride
      let from = isReversed ? sampleStart + samples - 1 : sampleStart
      for k in 0..<EnhancerTrainer.signals {
        let sign: Float = isFlipped && EnhancerTrainer.odd[k] ? -1 : 1
        let (source, target) = (k * length + from, (b * EnhancerTrainer.signals + k) * crop)
        for i in 0..<samples { x[target + i] = sign * example.input.signals[source + step * i] }
        if noise > 0 { EnhancerTrainer.addNoise(noise, to: &x, target..<target + samples, &random) }
      }
      let firstPosition = isReversed ? start + taken - 1 : start
      for k in 0..<features {
        let (source, target) = (k * own + firstPosition, (b * features + k) * positions)
        for i in 0..<taken { f[target + i] = example.input.features[source + step * i] }
      }
      let valid = min(example.count - sampleStart, samples)
      let error = max(squares(example.target[..<example.count]) / Double(example.count), EnhancerTrainer.smallestError)
      let weight = valid > 0 ? Float(Double(crop) / (Double(valid) * error)) : 0
      for i in 0..<samples {
        let index = from + step * i
        y[b * crop + i] = isFlipped ? -example.target[index] : example.target[index]
        w[b * crop + i] = index < example.count ? weight : 0
      }
    }
    return Batch(
      signals: Tensor(x, shape: [count, EnhancerTrainer.signals, crop]), features: Tensor(f, shape: [count, features, positions]),
      target: Tensor(y, shape: [count, 1, crop]), weights: Tensor(w, shape: [count, 1, crop]))
  }

  private static func addNoise(_ width: Float, to values: inout [Float], _ range: Range<Int>, _ random: inout RandomSource) {
    // Two numbers of 32 bits from each draw.
    let scale = width * 0x1p-32
    var bits: UInt64 = 0
    for i in range {
      bits = (i - range.lowerBound) & 1 == 0 ? random.next() : bits >> 32
      values[i] += Float(Int32(truncatingIfNeeded: bits)) * scale
    }
  }

  /// Measures the network on held-back leads, and keeps it if it is the best so far.
  /// - Returns: for each quality the factor by which it changes the error's root, a mean over recordings.
  func validate(on examples: ExampleSet) -> [Double: Double] {
    var ratios: [Double: [Int: [Double]]] = [:]
    for group in examples.groups {
      for lead in group.leads {
        let ratio = EnhancerTrainer.ratio(progress.network, lead)
        ratios[group.quality, default: [:]][group.recording, default: []].append(ratio)
      }
    }
    let mean = { (values: [Double]) in values.reduce(0, +) / Double(max(1, values.count)) }
    let byQuality = ratios.mapValues { recordings in mean(recordings.sorted { $0.key < $1.key }.map { mean($0.value) }) }
    progress.keep(score: mean(byQuality.sorted { $0.key < $1.key }.map(\.value)))
    return byQuality
  }

  /// Root of squared error after the enhancer over that before.
  private static func ratio(_ enhancer: Enhancer, _ lead: FrameExaminer.Example) -> Double {
    let positions = lead.input.length / stride
    let taken = min(positions, measured / stride)
    let features = lead.input.features.count / positions
    let (start, length) = (positions - taken, lead.input.length)
    let signals = (0..<EnhancerTrainer.signals).flatMap { lead.input.signals[$0 * length + start * stride..<($0 + 1) * length] }
    let grid = (0..<features).flatMap { lead.input.features[$0 * positions + start..<($0 + 1) * positions] }
    let corrections = enhancer(
      signals: Variable(Tensor(signals, shape: [1, EnhancerTrainer.signals, taken * stride])),
      features: Variable(Tensor(grid, shape: [1, features, taken]))
    ).value.values
    var (before, after) = (0.0, 0.0)
    for i in start * stride..<lead.count {
      let target = Double(lead.target[i])
      let left = target - Double(corrections[i - start * stride])
      before += target * target
      after += left * left
    }
    return before > 0 ? (after / before).squareRoot() : 1
  }
}
