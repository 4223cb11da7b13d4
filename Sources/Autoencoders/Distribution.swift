import Tensors

/// What a decoder's numbers say of the samples, and so what an error costs: the negative log-likelihood, up to a constant.
public enum Distribution: String, ConfigurationChoice {
  /// The mean of a normal distribution: the squared error. For signals.
  case gaussian
  /// The probability of a 1: the cross-entropy, of samples in 0...1 and an output in 0...1. For digits and other pictures that are nearly black and white.
  case bernoulli

  /// The loss of a block, summed over its numbers; the mean over all blocks. Both are [..., size of a block].
  public func loss(_ decoded: Variable, _ target: Variable) -> Variable {
    switch self {
    case .gaussian: return (decoded - target).squared().perBlock()
    case .bernoulli:
      // Away from 0 and 1, where the logarithm has no slope to go by.
      let p = decoded.clamped(1e-6...1 - 1e-6)
      return -(target * p.log() + (1 - target) * (1 - p).log()).perBlock()
    }
  }
}

extension Variable {
  /// The sum over the last dimension, its mean over the others.
  func perBlock() -> Variable { sum() * (Float(shape.last ?? 1) / Float(max(1, value.count))) }
}
