import Layers
import Tensors

/// What a hidden layer does with its sums.
public enum Activation: String, ConfigurationChoice {
  case leakyRelu, relu, silu, tanh, sigmoid

  public func callAsFunction(_ x: Variable) -> Variable {
    switch self {
    case .leakyRelu: x.leakyRelu(slope: 0.01)
    case .relu: x.relu()
    case .silu: x.silu()
    case .tanh: x.tanh()
    case .sigmoid: x.sigmoid()
    }
  }

  /// How the weights of a layer in front of it are drawn.
  var spread: Spread {
    switch self {
    case .leakyRelu, .relu, .silu: .rectified
    case .tanh: .saturating
    case .sigmoid: .logistic
    }
  }
}

/// What the last layer of a decoder does with its sums.
public enum Output: String, ConfigurationChoice {
  /// Nothing.
  case linear
  /// Takes them into 0...1.
  case sigmoid

  public func callAsFunction(_ x: Variable) -> Variable { self == .sigmoid ? x.sigmoid() : x }
}

/// The size of random weights, so that signals and gradients keep theirs from layer to layer.
enum Spread {
  /// For linear layers: variance 1 / inputs.
  case linear
  /// For rectifiers, which halve the energy: variance 2 / inputs (He et al. 2015).
  case rectified
  /// For the hyperbolic tangent: variance 2 / (inputs + outputs) (Glorot and Bengio 2010).
  case saturating
  /// For the logistic function, whose slope is at most 1/4: four times the deviation of `saturating` (the same).
  case logistic
  /// Zeros: a branch that begins as nothing.
  case silent

  /// Weights drawn uniformly.
  func weights(_ shape: [Int], inputs: Int, outputs: Int, random: inout RandomSource) -> Tensor {
    let (inputs, outputs) = (Float(max(1, inputs)), Float(max(1, outputs)))
    let variance: Float
    switch self {
    case .linear: variance = 1 / inputs
    case .rectified: variance = 2 / inputs
    case .saturating: variance = 2 / (inputs + outputs)
    case .logistic: variance = 32 / (inputs + outputs)
    case .silent: return Tensor(zeros: shape)
    }
    let bound = (3 * variance).squareRoot()
    return random.uniform(shape, in: -bound..<bound)
  }
}

extension Dense {
  /// A layer with weights of that spread, and biases of zero.
  init(inputs: Int, outputs: Int, spread: Spread, random: inout RandomSource) {
    self.init(inputs: inputs, outputs: outputs, random: &random)
    weight.value = spread.weights([inputs, outputs], inputs: inputs, outputs: outputs, random: &random)
    bias?.value = Tensor(zeros: [outputs])
  }
}
