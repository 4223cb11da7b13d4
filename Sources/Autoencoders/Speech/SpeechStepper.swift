import Layers
import Tensors

/// What `SpeechPrior` expects, frame by frame and group by group, as a decoder learns the symbols: the bits of whole sequences.
public final class SpeechStepper {
  /// The prior's matrices, laid out for products of one row.
  public struct Weights: Sendable {
    fileprivate let input: PackedMatrix
    fileprivate let recurrence: PackedGRU
    fileprivate let first: PackedMatrix
    fileprivate let near: [PackedMatrix?]
    fileprivate let second: [PackedMatrix]
    fileprivate let last: [PackedMatrix]
    fileprivate let biases: (input: Tensor, first: Tensor, second: [Tensor], last: [Tensor])
    fileprivate let levels: Tensor

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
  private let level: [Float]
  private var state = Tensor(zeros: [SpeechPrior.size])
  private var seen = Tensor(zeros: [SpeechPrior.size])
  private var outlook: [Float] = []
  /// Symbols of the frame as networks see them.
  private var squashed = [Float](repeating: 0, count: SpeechShape.symbols)

  /// - Parameter groups: how many of them are coded; symbols of the others are zero.
  public init(_ weights: Weights, quality: Float, groups: Int) {
    (self.weights, self.groups) = (weights, groups)
    let row = linear(Variable(SpeechShape.weights([quality])), weight: Variable(weights.levels))
    level = row.value.values
  }

  /// Begins a frame.
  public func begin() {
    state = weights.recurrence.step(seen, h: state)
    let x = Tensor(state.values + level)
    outlook = weights.first.product(x, bias: weights.biases.first, columns: columns).values
    for i in squashed.indices { squashed[i] = 0 }
  }
  private var columns: Int { groups * SpeechPrior.hidden }

  /// What is expected of group `g`: means, inverse scales and probabilities of zero, 3 * size.
  public func expectations(_ g: Int) -> [Float] {
    var h = Variable(Tensor(outlook[g * SpeechPrior.hidden..<(g + 1) * SpeechPrior.hidden], shape: [SpeechPrior.hidden]))
    if let near = weights.near[g] { h = h + Variable(near.product(Tensor(SpeechPrior.seen(g).flatMap { squashed[$0] }))) }
    let second = weights.second[g].product(h.silu().value, bias: weights.biases.second[g])
    let raw = weights.last[g].product(Variable(second).silu().value, bias: weights.biases.last[g])
    return SpeechPrior.settled(Variable(raw).reshaped([1, 1, raw.count])).value.values
  }

  /// Takes in what a symbol is.
  public func set(_ symbol: Int, squashed value: Float) { squashed[symbol] = value }

  /// Ends a frame, whose pitch is known now.
  public func end(pitch: Int) {
    let x = Tensor(squashed + [SpeechShape.scaled(pitch: pitch)] + level)
    seen = Variable(weights.input.product(x, bias: weights.biases.input)).silu().value
  }
}

extension SpeechShape {
  /// A pitch as the prior sees it.
  static func scaled(pitch: Int) -> Float { Float(pitch) / 72 - 1 }
}

extension SpeechPrior {
  /// What is expected of all symbols of one signal, by group, as `SpeechStepper.expectations` has it: [frames][3 * size] each.
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
  /// What the prior codes, [frames][symbols]: the step of the pitch, the latent, the coefficients.
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
  /// log(1 + m) for magnitudes from 0 on.
  public static func squashedMagnitudes(upTo last: Int) -> [Float] {
    Variable(Tensor((0...last).map { Float($0) })).squashed().value.values
  }

  /// log(1 + m)
  public static func squashed(_ magnitude: Int) -> Float { Variable(Tensor(Float(magnitude))).squashed().value.scalar }
}
