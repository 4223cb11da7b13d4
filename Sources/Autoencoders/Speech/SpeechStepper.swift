import Layers
import Tensors

/// What `SpeechPrior` expects, frame by frame and group by group, as a decoder learns the symbols: the bits of whole sequences.
///
/// A frame is `begin()`, then for each coded group `expectations(_:)` and a `set(_:squashed:)` for each of its symbols, then `end(pitch:)`. For one
/// thread at a time.
public final class SpeechStepper {
  /// The prior's matrices, laid out for products of one row; many steppers may share them, on any threads.
  public struct Weights: Sendable {
    fileprivate let input: PackedMatrix
    fileprivate let recurrence: PackedGRU
    fileprivate let first: PackedMatrix
    fileprivate let near: [PackedMatrix?]
    fileprivate let second: [PackedMatrix]
    fileprivate let last: [PackedMatrix]
    fileprivate let biases: (input: Tensor, first: Tensor, second: [Tensor], last: [Tensor])
    fileprivate let levels: Tensor
    fileprivate let seen = SpeechShape.groups.indices.map(SpeechPrior.seen)

    /// The weights that the prior has now.
    public init(_ prior: SpeechPrior) {
      func bias(_ layer: Dense) -> Tensor { layer.bias?.value ?? Tensor(zeros: [layer.weight.value.shape[1]]) }
      input = PackedMatrix(prior.input.weight.value)
      recurrence = PackedGRU(prior.recurrence)
      first = PackedMatrix(prior.first.weight.value)
      near = prior.groups.map { $0.near.map { PackedMatrix($0.weight.value) } }
      second = prior.groups.map { PackedMatrix($0.second.weight.value) }
      last = prior.groups.map { PackedMatrix($0.last.weight.value) }
      biases = (bias(prior.input), bias(prior.first), prior.groups.map { bias($0.second) }, prior.groups.map { bias($0.last) })
      levels = prior.levels.value
    }
  }

  private let weights: Weights
  private let groups: Int
  private let numbers: UnsafeMutablePointer<Float>
  private let levelSize = SpeechPrior.levelSize

  // Where things stand in `numbers`. The state of the recurrent network, and the level behind it.
  private static let state = 0
  /// What the recurrent network is to see next.
  private static let seen = state + SpeechPrior.size + SpeechPrior.levelSize
  private static let outlook = seen + SpeechPrior.size
  /// Symbols of the frame as networks see them, then the pitch and the level.
  private static let symbols = outlook + SpeechPrior.hidden * SpeechShape.groups.count
  private static let near = symbols + SpeechShape.symbols + 1 + SpeechPrior.levelSize
  private static let hidden = near + SpeechShape.symbols
  private static let second = hidden + SpeechPrior.hidden
  private static let result = second + SpeechPrior.hidden
  private static let scratch = result + 3 * SpeechShape.frame
  private static let count = scratch + 6 * SpeechPrior.size

  /// A stepper in front of a signal's first frame.
  /// - Parameters:
  ///   - quality: 0 ... levels - 1.
  ///   - groups: how many of them are coded; symbols of the others are zero.
  public init(_ weights: Weights, quality: Float, groups: Int) {
    (self.weights, self.groups) = (weights, groups)
    numbers = .allocate(capacity: SpeechStepper.count)
    numbers.initialize(repeating: 0, count: SpeechStepper.count)
    let row = linear(Variable(SpeechShape.weights([quality])), weight: Variable(weights.levels)).value.values
    for start in [SpeechStepper.state + SpeechPrior.size, SpeechStepper.near - levelSize] {
      (numbers + start).update(from: row, count: levelSize)
    }
  }

  deinit { numbers.deallocate() }

  /// Begins a frame; nothing is known of its symbols.
  public func begin() {
    weights.recurrence.step(numbers + SpeechStepper.seen, h: numbers + SpeechStepper.state, scratch: numbers + SpeechStepper.scratch)
    weights.first.multiply(
      numbers + SpeechStepper.state, bias: weights.biases.first, columns: groups * SpeechPrior.hidden, into: numbers + SpeechStepper.outlook)
    (numbers + SpeechStepper.symbols).update(repeating: 0, count: SpeechShape.symbols)
  }

  /// What is expected of group `g`: means, inverse scales and probabilities of zero, 3 * size. Stands until it is called again.
  public func expectations(_ g: Int) -> UnsafePointer<Float> {
    let (own, size) = (numbers + SpeechStepper.outlook + g * SpeechPrior.hidden, SpeechShape.groups[g])
    let (hidden, second, result) = (numbers + SpeechStepper.hidden, numbers + SpeechStepper.second, numbers + SpeechStepper.result)
    if let near = weights.near[g] {
      var end = numbers + SpeechStepper.near
      for range in weights.seen[g] {
        end.update(from: numbers + SpeechStepper.symbols + range.lowerBound, count: range.count)
        end += range.count
      }
      near.multiply(numbers + SpeechStepper.near, into: hidden)
    } else {
      hidden.update(repeating: 0, count: SpeechPrior.hidden)
    }
    InPlace.add(own, to: hidden, count: SpeechPrior.hidden)
    InPlace.silu(hidden, count: SpeechPrior.hidden)
    weights.second[g].multiply(hidden, bias: weights.biases.second[g], into: second)
    InPlace.silu(second, count: SpeechPrior.hidden)
    weights.last[g].multiply(second, bias: weights.biases.last[g], into: result)
    for k in size..<2 * size { result[k] = -min(max(result[k], SpeechPrior.scales.lowerBound), SpeechPrior.scales.upperBound) }
    InPlace.exp(result + size, count: size)
    InPlace.sigmoid(result + 2 * size, count: size)
    return UnsafePointer(result)
  }

  /// Takes in what a symbol is.
  /// - Parameters:
  ///   - symbol: its place in the frame, 0 ..< 353.
  ///   - value: sign(x) log(1 + |x|).
  public func set(_ symbol: Int, squashed value: Float) { numbers[SpeechStepper.symbols + symbol] = value }

  /// Ends a frame, whose pitch (0 ..< 144) is known now.
  public func end(pitch: Int) {
    numbers[SpeechStepper.symbols + SpeechShape.symbols] = SpeechShape.scaled(pitch: pitch)
    weights.input.multiply(numbers + SpeechStepper.symbols, bias: weights.biases.input, into: numbers + SpeechStepper.seen)
    InPlace.silu(numbers + SpeechStepper.seen, count: SpeechPrior.size)
  }
}

extension SpeechShape {
  /// A pitch as the prior sees it.
  static func scaled(pitch: Int) -> Float { Float(pitch) / 72 - 1 }
}

extension SpeechPrior {
  /// What is expected of all symbols of one signal, by group, as `SpeechStepper.expectations` has it: [frames * 3 * size] each, with the same bits.
  /// - Parameters:
  ///   - quality: 0 ... levels - 1.
  ///   - count: groups that are coded.
  public func expectations(_ codes: SpeechNetwork.Codes, quality: Float, groups count: Int) -> [[Float]] {
    let frames = codes.frames
    let weights = Variable(SpeechShape.weights([quality]))
    let symbols = Variable(Tensor(codes.symbols.map(Float.init), shape: [1, frames, SpeechShape.symbols])).squashed()
    let pitch = Variable(Tensor(codes.pitches.map(SpeechShape.scaled), shape: [1, frames, 1]))
    let outlook = outlook(symbols, pitch: pitch, weights: weights)
    return (0..<count).map { SpeechPrior.settled(expectations($0, outlook, symbols)).value.values }
  }

  /// Means, inverse scales and probabilities of zero, of means, logarithms of scales and logits: [items, frames, 3 * size].
  static func settled(_ raw: Variable) -> Variable {
    let size = raw.shape[2] / 3
    let scales = (-raw.slice(size..<2 * size, axis: 2).clamped(SpeechPrior.scales)).exp()
    return concatenate([raw.slice(0..<size, axis: 2), scales, raw.slice(2 * size..<3 * size, axis: 2).sigmoid()], axis: 2)
  }
}

extension SpeechNetwork.Codes {
  /// What the prior codes, [frames * 353]: of each frame the step of the pitch from the one before, the latent, the coefficients.
  public var symbols: [Int32] {
    var (all, before) = ([Int32](), SpeechNetwork.firstPitch)
    all.reserveCapacity(frames * SpeechShape.symbols)
    for t in 0..<frames {
      all.append(Int32(pitches[t] - before))
      all += latents[t * SpeechShape.latents..<(t + 1) * SpeechShape.latents]
      all += coefficients[t * SpeechShape.frame..<(t + 1) * SpeechShape.frame]
      before = pitches[t]
    }
    return all
  }
}

extension SpeechNetwork {
  /// What the first frame's pitch is told relative to.
  public static let firstPitch = 72
}

extension SpeechShape {
  /// log(1 + m) for magnitudes m from 0 to `last`: [last + 1].
  public static func squashedMagnitudes(upTo last: Int) -> [Float] {
    Variable(Tensor((0...last).map { Float($0) })).squashed().value.values
  }

  /// log(1 + m), with the same bits.
  public static func squashed(_ magnitude: Int) -> Float { Variable(Tensor(Float(magnitude))).squashed().value.scalar }
}
