import Layers
import Tensors

/// Expects the symbols of a frame: a recurrent network over the frames before, and for each group of symbols a small one that sees what it says, the
/// pitch's step and the latent, and the coefficients just before the group.
public struct SpeechPrior: Layer {
  /// What layers are told of a level: [levels, 16].
  public let levels: Parameter
  /// From a frame's symbols, its pitch and the level [..., 353 + 1 + 16] to what the recurrent network sees [..., 192].
  public let input: Dense
  /// Over the frames before.
  public let recurrence: GRU
  /// From its state and the level [..., 192 + 16] to the first layers of all groups, one after the other: [..., groups * 96].
  public let first: Dense
  /// In the order of `SpeechShape.groups`.
  public let groups: [SpeechGroup]

  /// Units of the recurrent network.
  public static let size = 192
  /// Units of a group's layers.
  public static let hidden = 96
  static let levelSize = 16
  /// Coefficients before a group that it sees.
  static let reach = 48
  /// What the logarithm of a distribution's scale is kept within.
  public static let scales: ClosedRange<Float> = -4...6

  init(random: inout RandomSource) {
    levels = Parameter(random.normal([SpeechShape.levels, SpeechPrior.levelSize], scale: 0.5))
    input = Dense(inputs: SpeechShape.symbols + 1 + SpeechPrior.levelSize, outputs: SpeechPrior.size, random: &random)
    recurrence = GRU(inputs: SpeechPrior.size, size: SpeechPrior.size, random: &random)
    first = Dense(
      inputs: SpeechPrior.size + SpeechPrior.levelSize, outputs: SpeechPrior.hidden * SpeechShape.groups.count, random: &random)
    groups = SpeechShape.groups.indices.map {
      SpeechGroup(sees: SpeechPrior.seen($0).reduce(0) { $0 + $1.count }, size: SpeechShape.groups[$0], random: &random)
    }
  }

  /// What of the symbols before it group `g` sees: their places in a frame, in order.
  public static func seen(_ g: Int) -> [Range<Int>] {
    let (start, head) = (SpeechShape.groupStarts[g], 1 + SpeechShape.latents)
    return start <= head ? [0..<start] : [0..<head, max(head, start - reach)..<start]
  }

  /// What the recurrent network says of each frame by those before it, for all groups: [items, frames, groups * 96].
  /// - Parameters:
  ///   - squashed: symbols as networks see them, [items, frames, symbols].
  ///   - pitch: of the frames, -1 ..< 1, [items, frames, 1].
  ///   - weights: of the levels, [items, levels].
  func outlook(_ squashed: Variable, pitch: Variable, weights: Variable) -> Variable {
    let (items, frames) = (squashed.shape[0], squashed.shape[1])
    let level = weights.mixed(levels) + Variable(Tensor(zeros: [items, frames, SpeechPrior.levelSize]))
    let h = input(concatenate([squashed, pitch, level], axis: 2)).silu()
    let before = concatenate([Variable(Tensor(zeros: [items, 1, SpeechPrior.size])), h.slice(0..<frames - 1, axis: 1)], axis: 1)
    return first(concatenate([recurrence(before), level], axis: 2))
  }

  /// What is expected of the symbols of group `g`: means without what symbols of the group say of each other, logarithms of scales, and logits of
  /// zero, [items, frames, 3 * size].
  func expectations(_ g: Int, _ outlook: Variable, _ squashed: Variable) -> Variable {
    let own = outlook.slice(g * SpeechPrior.hidden..<(g + 1) * SpeechPrior.hidden, axis: 2)
    let seen = SpeechPrior.seen(g).filter { !$0.isEmpty }.map { squashed.slice($0, axis: 2) }
    return groups[g](own, seen: seen.isEmpty ? nil : concatenate(seen, axis: 2))
  }

  /// Code lengths of frames in bits, [items, frames].
  ///
  /// A symbol is zero with a probability of its own; otherwise a rounded logistic distribution (Salimans et al. 2017) says what it is.
  /// - Parameters:
  ///   - symbols: [items, frames, 353], also such as are not whole, for gradients.
  ///   - pitch: of the frames, -1 ..< 1, [items, frames, 1].
  ///   - weights: of the levels, [items, levels].
  public func bits(_ symbols: Variable, pitch: Variable, weights: Variable) -> Variable {
    let squashed = symbols.squashed()
    let outlook = outlook(squashed, pitch: pitch, weights: weights)
    let (items, frames) = (symbols.shape[0], symbols.shape[1])
    var nats = Variable(Tensor(zeros: [items, frames, 1]))
    for g in groups.indices {
      let (size, range) = (SpeechShape.groups[g], SpeechShape.groupStarts[g]..<SpeechShape.groupStarts[g + 1])
      let expected = expectations(g, outlook, squashed)
      func part(_ k: Int) -> Variable { expected.slice(k * size..<(k + 1) * size, axis: 2) }
      let x = symbols.slice(range, axis: 2)
      let mean = part(0) + linear(squashed.slice(range, axis: 2), weight: groups[g].masked(on: x))
      let scale = part(1).clamped(SpeechPrior.scales).exp()
      let zero = part(2).sigmoid()
      let rounded = ((x - mean + 0.5) / scale).sigmoid() - ((x - mean - 0.5) / scale).sigmoid()
      let isZero = Variable(Tensor(shape: x.shape) { out in x.value.withValues { x in for i in x.indices { out[i] = x[i] == 0 ? 1 : 0 } } })
      let probability = (1 - zero) * rounded + zero * isZero
      nats = nats - probability.clamped(atLeast: 0x1p-20).log().sum(alongAxes: [2])
    }
    return (nats * Float(1.442_695_040_888_963_4)).reshaped([items, frames])
  }
}

/// The network of one group of symbols.
public struct SpeechGroup: Layer {
  /// From the symbols that the group sees [..., count] to its first layer [..., 96]; nil if there are none.
  public let near: Dense?
  /// From its first layer to its second, [..., 96] both.
  public let second: Dense
  /// To what is expected: [..., 3 * size], as `SpeechPrior.expectations` has it.
  public let last: Dense
  /// How symbols of the group, squashed, move the means of those behind them: [before, behind]; other places do not count.
  public let within: Parameter

  init(sees count: Int, size: Int, random: inout RandomSource) {
    near = count > 0 ? Dense(inputs: count, outputs: SpeechPrior.hidden, bias: false, random: &random) : nil
    second = Dense(inputs: SpeechPrior.hidden, outputs: SpeechPrior.hidden, random: &random)
    last = Dense(inputs: SpeechPrior.hidden, outputs: 3 * size, random: &random)
    within = Parameter(Tensor(zeros: [size, size]))
  }

  /// - Parameters:
  ///   - own: what the recurrent network says, [..., 96].
  ///   - seen: the symbols that the group sees, squashed, [..., count].
  func callAsFunction(_ own: Variable, seen: Variable?) -> Variable {
    var h = own
    if let near, let seen { h = own + near(seen) }
    return last(second(h.silu()).silu())
  }

  /// `within`, but for what would lead backwards.
  fileprivate func masked(on x: Variable) -> Variable {
    let size = within.value.shape[0]
    return x.use(within) * Variable(Tensor(shape: [size, size]) { out in for i in out.indices where i / size < i % size { out[i] = 1 } })
  }
}
