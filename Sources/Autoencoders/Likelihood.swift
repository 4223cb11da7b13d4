import Bytes
import Tensors

/// How samples are distributed about what a generative decoder says of them: it makes `features` numbers of each sample.
///
/// Features are [blocks, features, samples], samples [blocks, samples], both as autoencoders see them (0 to 1 for all but `gaussian`).
public enum Likelihood: Equatable, Sendable {
  /// A 1 with the probability whose logit is the feature. Of grey samples in 0...1 the loss is the cross-entropy.
  case bernoulli
  /// Normal: its mean and the logarithm of its deviation.
  case gaussian
  /// One of `levels` equally spaced values from 0 to 1. Whether it is above 0 has a probability of its own, whose logit is the first feature; those above 0
  /// have a mixture of logistic distributions, each rounded to the levels, those at the ends with the tails beyond them (after Salimans et al. 2017).
  /// Features: means, logarithms of inverse scales, and, of more than one component, logits of weights.
  case discretised(components: Int, levels: Int)
  /// One of `levels` equally spaced values from 0 to 1, each with a probability of its own: the softmax of the features (as in van den Oord, Kalchbrenner and
  /// Kavukcuoglu, "Pixel recurrent neural networks", 2016). It knows nothing of which levels are near each other. A sample between levels is the nearest one.
  case categorical(levels: Int)

  /// Numbers that say how one sample is distributed.
  public var features: Int {
    switch self {
    case .bernoulli: 1
    case .gaussian: 2
    case .discretised(let components, _): 1 + (components > 1 ? 3 : 2) * components
    case .categorical(let levels): levels
    }
  }

  /// Bounds of logarithms: of deviations, and of inverse scales against a tenth of the range.
  static let (deviations, sharpness): (ClosedRange<Float>, ClosedRange<Float>) = (-7...7, -5...5)

  /// The code length in nats of x, its mean over blocks; of `gaussian`, by its density.
  public func loss(_ features: Variable, _ x: Variable) -> Variable {
    switch self {
    case .bernoulli: return features.feature(0).binaryCrossEntropy(targets: x).perBlock()
    case .gaussian:
      let log = features.feature(1).clamped(Likelihood.deviations)
      // ln(2 pi) / 2
      return ((x - features.feature(0)) * (-log).exp()).squared().perBlock() * 0.5 + (log + 0.918_938_5).perBlock()
    case .discretised(_, let levels):
      let tenth = 0.5 / Float(levels - 1)
      let zero = mask(x) { $0 < tenth }
      let parts = Mixture(self, features)
      return (features.feature(0).binaryCrossEntropy(targets: 1 - zero) + parts.codeLength(x, levels) * (1 - zero)).perBlock()
    case .categorical(let levels):
      let top = Float(levels - 1)
      let targets = x.value.values.map { Int((min(max($0, 0), 1) * top).rounded(.toNearestOrEven)) }
      return features.permuted([0, 2, 1]).crossEntropy(targets: targets).perBlock()
    }
  }

  /// The mean of the distribution: [blocks, samples].
  public func mean(_ features: Variable) -> Variable {
    switch self {
    case .bernoulli: return features.feature(0).sigmoid()
    case .gaussian: return features.feature(0)
    case .discretised:
      let parts = Mixture(self, features)
      // Of each component as if nothing were beyond the ends.
      return features.feature(0).sigmoid() * (parts.weights * parts.means.clamped(0...1)).sumOfComponents().reshaped(flat(features))
    case .categorical(let levels):
      let values = Tensor((0..<levels).map { Float($0) / Float(levels - 1) }, shape: [levels, 1])
      return linear(features.permuted([0, 2, 1]).softmax(), weight: Variable(values)).reshaped(flat(features))
    }
  }

  /// A value that a sample is likely to have: 0 where that has half the probability of whole levels, otherwise the mean of those above; of
  /// `categorical` the likeliest. [blocks, samples]
  func likely(_ features: Variable) -> Variable {
    switch self {
    case .bernoulli: return mask(features.feature(0)) { $0 > 0 }
    case .gaussian: return features.feature(0)
    case .discretised:
      let parts = Mixture(self, features)
      let mean = (parts.weights * parts.means.clamped(0...1)).sumOfComponents().reshaped(flat(features))
      return mean * mask(features.feature(0)) { $0 > 0 }
    case .categorical(let levels):
      let (all, samples) = (features.value.values, features.shape[2])
      return Variable(
        Tensor(shape: flat(features)) { out in
          for i in out.indices {
            let first = i / samples * levels * samples + i % samples
            let best = (1..<levels).reduce(0) { all[first + $1 * samples] > all[first + $0 * samples] ? $1 : $0 }
            out[i] = Float(best) / Float(levels - 1)
          }
        })
    }
  }

  /// Samples drawn: [blocks, samples].
  public func draw(_ features: Variable, random: inout RandomSource) -> Tensor {
    let shape = flat(features)
    switch self {
    case .bernoulli:
      let p = features.feature(0).sigmoid().value.values
      return Tensor(shape: shape) { out in for i in out.indices { out[i] = random.uniform() < p[i] ? 1 : 0 } }
    case .gaussian:
      let deviation = features.feature(1).clamped(Likelihood.deviations).exp()
      return (features.feature(0) + deviation * Variable(random.normal(shape))).value
    case .discretised(let components, let levels):
      let parts = Mixture(self, features)
      let (above, samples) = (features.feature(0).sigmoid().value.values, shape[1])
      let (weights, means, sharpness) = (parts.weights.value.values, parts.means.value.values, parts.inverses.value.values)
      // Of the standard logistic distribution.
      let uniform = Variable(random.uniform(shape, in: 0x1p-25..<1))
      let noise = (uniform.log() - (1 - uniform).log()).value.values
      return Tensor(shape: shape) { out in
        for i in out.indices {
          guard random.uniform() < above[i] else { continue }
          let first = i / samples * components * samples + i % samples
          var (component, rest) = (0, random.uniform() - weights[first])
          while rest >= 0, component + 1 < components {
            component += 1
            rest -= weights[first + component * samples]
          }
          let value = means[first + component * samples] + noise[i] / sharpness[first + component * samples]
          let level = (min(max(value, 0), 1) * Float(levels - 1)).rounded(.toNearestOrEven)
          out[i] = max(level, 1) / Float(levels - 1)
        }
      }
    case .categorical(let levels):
      let p = features.permuted([0, 2, 1]).softmax().value.values
      return Tensor(shape: shape) { out in
        for i in out.indices {
          var (level, rest) = (0, random.uniform() - p[i * levels])
          while rest >= 0, level + 1 < levels {
            level += 1
            rest -= p[i * levels + level]
          }
          out[i] = Float(level) / Float(levels - 1)
        }
      }
    }
  }

  /// What coding samples takes, numbers of their own for each: [blocks, parameters, samples]. Of `bernoulli` the probability of a 1; of `discretised` that of not
  /// being 0, then means, inverse scales and weights of the components, means and scales against the range; of `categorical` the probabilities of all levels.
  public func parameters(_ features: Variable) -> Tensor {
    switch self {
    case .bernoulli: return features.sigmoid().value
    case .gaussian: return features.value
    case .discretised:
      let parts = Mixture(self, features)
      return concatenate([features.slice(0..<1, axis: 1).sigmoid(), parts.means, parts.inverses, parts.weights], axis: 1).value
    // A sample's probabilities stand together, so that their sum has the same bits whatever is computed beside them.
    case .categorical: return features.permuted([0, 2, 1]).softmax().permuted([0, 2, 1]).value
    }
  }

  private func flat(_ features: Variable) -> [Int] { [features.shape[0], features.shape[2]] }
}

/// The mixture of `Likelihood.discretised`: [blocks, components, samples] each.
struct Mixture {
  let means: Variable
  /// Of the scales.
  let inverses: Variable
  let logits: Variable
  let weights: Variable

  init(_ likelihood: Likelihood, _ features: Variable) {
    guard case .discretised(let k, _) = likelihood else { preconditionFailure("no mixture") }
    // Components begin at different places.
    let places = Variable(Tensor((0..<k).map { (Float($0) + 0.5) / Float(k) }, shape: [1, k, 1]))
    means = features.slice(1..<1 + k, axis: 1) + places
    inverses = features.slice(1 + k..<1 + 2 * k, axis: 1).clamped(Likelihood.sharpness).exp() * 10
    guard k > 1 else {
      (logits, weights) = (Variable(Tensor(zeros: [1, 1, 1])), Variable(Tensor(repeating: 1, shape: means.shape)))
      return
    }
    let raw = features.slice(1 + 2 * k..<1 + 3 * k, axis: 1)
    logits = raw - raw.logSumOfExponentials()
    weights = logits.exp()
  }

  /// In nats, of x above 0: [blocks, samples].
  func codeLength(_ x: Variable, _ levels: Int) -> Variable {
    let half = 0.5 / Float(levels - 1)
    let place = x.reshaped([x.shape[0], 1, x.shape[1]])
    let offset = (place - means) * inverses
    let width = inverses * half
    // The mass between a and b is (1 - e^(a - b)) / (1 + e^a) / (1 + e^-b); what has no end to one side lacks that factor.
    let below = mask(place) { $0 > 3 * half }
    let above = mask(place) { $0 < 1 - half }
    let t = width.tanh()
    let between = (2 * t / (t + 1)).log()
    let mass = between * (below * above) - (offset - width).softplus() * below - (-(offset + width)).softplus() * above
    return -(mass + logits).logSumOfExponentials().reshaped(x.shape)
  }
}

/// 1 where `condition` holds, 0 elsewhere; no gradient.
private func mask(_ x: Variable, _ condition: (Float) -> Bool) -> Variable {
  Variable(Tensor(x.value.values.map { condition($0) ? 1 : 0 }, shape: x.shape))
}

extension Variable {
  /// Feature `index` of [blocks, features, samples]: [blocks, samples].
  fileprivate func feature(_ index: Int) -> Variable { slice(index..<index + 1, axis: 1).reshaped([shape[0], shape[2]]) }

  /// The sum over the second of three dimensions, which stays with extent 1: in index order, whatever the other extents are, since the samples of a block must
  /// have the same bits one by one as all at once.
  fileprivate func sumOfComponents() -> Variable {
    (1..<shape[1]).reduce(slice(0..<1, axis: 1)) { $0 + slice($1..<$1 + 1, axis: 1) }
  }

  /// The logarithm of the sum of e to the power of each element, over the second of three dimensions, which stays with extent 1.
  fileprivate func logSumOfExponentials() -> Variable {
    let (outer, middle, inner) = (shape[0], shape[1], shape[2])
    guard middle > 1 else { return self }
    let all = value.values
    // Any number will do as long as the largest exponent is about 0; it takes no gradient.
    let largest = Tensor(shape: [outer, 1, inner]) { out in
      for i in out.indices {
        let first = i / inner * middle * inner + i % inner
        out[i] = (1..<middle).reduce(all[first]) { max($0, all[first + $1 * inner]) }
      }
    }
    let top = Variable(largest)
    return (self - top).exp().sumOfComponents().log() + top
  }
}
