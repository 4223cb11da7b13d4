import Codecs
import Layers
import Tensors

/// Trains the synthesis on single frames of what was decoded, step by step, for one round. The random numbers of a step depend on its number only.
final class SynthesisTrainer {
  let progress: Descent<Synthesis>
  private let recipe: Recipe
  private let random: RandomSource
  private let peak: Double

  /// Errors of frames below this mean square, in squared quantiser steps, count little more than this.
  private static let smallestError: Float = 0.05
  /// Of the first round's steps and learning rate, what later rounds have: they only adapt the network to what it makes itself.
  private static let laterSteps = 0.35
  private static let laterRate = 0.6

  /// - Parameters:
  ///   - round: from 0.
  ///   - start: what the round before it left; empty in the first.
  /// - Throws: `LayerError`.
  init(_ recipe: Recipe, round: Int, start: [String: Tensor], _ random: RandomSource) throws {
    (self.recipe, self.random) = (recipe, random)
    var initial = random.stream(0)
    let network = Synthesis(width: recipe.synthesisWidth, blocks: recipe.synthesisBlocks, random: &initial)
    if !start.isEmpty { try network.load(start) }
    let steps = SynthesisTrainer.steps(recipe, round: round)
    peak = recipe.synthesisRate * (round == 0 ? 1 : SynthesisTrainer.laterRate)
    progress = Descent(network, weightDecay: recipe.weightDecay, totalSteps: steps)
  }

  static func steps(_ recipe: Recipe, round: Int) -> Int {
    round == 0 ? recipe.synthesisSteps : max(1, Int(laterSteps * Double(recipe.synthesisSteps)))
  }

  /// One step; false if the loss is not finite.
  func train(on examples: SynthesisExamples) -> Bool {
    var random = random.stream(UInt64(progress.step) + 1)
    let (count, points) = (recipe.synthesisBatch, Synthesis.gridLength)
    let (signalSize, featureCount) = (Synthesis.signalCount * 2 * points, Synthesis.featureCount)
    var (x, f) = ([Float](repeating: 0, count: count * signalSize), [Float](repeating: 0, count: count * featureCount))
    var (y, w) = ([Float](repeating: 0, count: count * points), [Float](repeating: 0, count: count * points))
    var plain = 0.0
    x.withUnsafeMutableBufferPointer { x in
      f.withUnsafeMutableBufferPointer { f in
        y.withUnsafeMutableBufferPointer { y in
          for b in 0..<count {
            let (example, frame) = examples.draw(&random)
            let sign: Float = random.next() & 1 == 0 ? 1 : -1
            let target = y.baseAddress! + b * points
            example.write(
              frame, sign: sign, signals: x.baseAddress! + b * signalSize, features: f.baseAddress! + b * featureCount, target: target)
            var sum: Float = 0
            for i in 0..<points { sum += target[i] * target[i] }
            let error = sum / Float(points)
            // The loss goes with the root of a frame's error: neither quiet nor loud frames rule it.
            let weight = 1 / (error + SynthesisTrainer.smallestError).squareRoot()
            plain += Double(weight * error) / Double(count)
            for i in 0..<points { w[b * points + i] = weight }
          }
        }
      }
    }
    let tape = Tape()
    let signals = tape.constant(Tensor(x, shape: [count, Synthesis.signalCount, 2 * points]))
    let features = tape.constant(Tensor(f, shape: [count, featureCount, 1]))
    let (target, weights) = (Tensor(y, shape: [count, 1, points]), Tensor(w, shape: [count, 1, points]))
    let loss = progress.network(signals: signals, features: features).squaredError(tape.constant(target), weights: tape.constant(weights))
    let total = progress.totalSteps ?? 1
    let schedule = Schedule(peak: Float(peak), warmUp: min(100, total), total: total)
    return progress.descend(loss, plain: plain, clip: recipe.clip, schedule)
  }
}

/// Examples of several rounds, from which frames are drawn.
struct SynthesisExamples {
  private var examples: [SynthesisExample] = []
  /// Sums of the examples' weights up to each.
  private var weights: [Int] = []
  private(set) var memory = 0

  var isEmpty: Bool { examples.isEmpty }

  /// Long examples are drawn from more often than short ones, with the root of their length.
  mutating func append(_ example: SynthesisExample) {
    guard !example.usable.isEmpty else { return }
    examples.append(example)
    memory += example.memory
    weights.append((weights.last ?? 0) + max(1, Int(1000 * Double(example.usable.count).squareRoot())))
  }

  /// A frame of an example drawn by weight.
  func draw(_ random: inout RandomSource) -> (example: SynthesisExample, frame: Int) {
    let number = random.integer(below: weights[weights.count - 1])
    var (low, high) = (0, weights.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if weights[middle] > number { high = middle } else { low = middle + 1 }
    }
    let usable = examples[low].usable
    return (examples[low], usable.lowerBound + random.integer(below: usable.count))
  }
}
