import Tensors

/// Gated recurrent unit over x [batch, steps, inputs]: hidden states [batch, steps, size]. See `gruSequence` for the formulas.
public struct GRU: Layer {
  /// [inputs, 3 * size]: reset, update, new
  public let inputWeight: Parameter
  /// [3 * size]
  public let inputBias: Parameter
  /// [size, 3 * size]
  public let recurrentWeight: Parameter
  /// [3 * size]
  public let recurrentBias: Parameter

  /// Units.
  public var size: Int { recurrentWeight.value.shape[0] }

  public init(inputs: Int, size: Int, random: inout RandomSource) {
    inputWeight = initial([inputs, 3 * size], fanIn: size, &random)
    inputBias = initial([3 * size], fanIn: size, &random)
    recurrentWeight = initial([size, 3 * size], fanIn: size, &random)
    recurrentBias = initial([3 * size], fanIn: size, &random)
  }

  /// The whole sequence, from the states `start` [batch, size] or from zeros.
  public func callAsFunction(_ x: Variable, start: Variable? = nil) -> Variable {
    let gates = linear(x, weight: x.use(inputWeight), bias: x.use(inputBias))
    return gruSequence(gates: gates, recurrentWeight: x.use(recurrentWeight), recurrentBias: x.use(recurrentBias), start: start)
  }

  /// One step for inference: x [batch, inputs] and h [batch, size] to the next h, with the bits of the whole sequence.
  public func step(_ x: Tensor, h: Tensor) -> Tensor {
    let gates = linear(Variable(x), weight: Variable(inputWeight.value), bias: Variable(inputBias.value)).value
    return gruStep(gates: gates, recurrentWeight: recurrentWeight.value, recurrentBias: recurrentBias.value, h: h)
  }
}

/// Long short-term memory over x [batch, steps, inputs]: hidden states [batch, steps, size]. See `lstmSequence` for the formulas.
public struct LSTM: Layer {
  /// [inputs, 4 * size]: input, forget, cell, output
  public let inputWeight: Parameter
  /// [4 * size]
  public let inputBias: Parameter
  /// [size, 4 * size]
  public let recurrentWeight: Parameter
  /// [4 * size]
  public let recurrentBias: Parameter

  /// Units.
  public var size: Int { recurrentWeight.value.shape[0] }

  public init(inputs: Int, size: Int, random: inout RandomSource) {
    inputWeight = initial([inputs, 4 * size], fanIn: size, &random)
    inputBias = initial([4 * size], fanIn: size, &random)
    recurrentWeight = initial([size, 4 * size], fanIn: size, &random)
    recurrentBias = initial([4 * size], fanIn: size, &random)
  }

  /// The whole sequence, from zero states.
  public func callAsFunction(_ x: Variable) -> Variable {
    let gates = linear(x, weight: x.use(inputWeight), bias: x.use(inputBias))
    return lstmSequence(gates: gates, recurrentWeight: x.use(recurrentWeight), recurrentBias: x.use(recurrentBias))
  }

  /// One step for inference: x [batch, inputs], h and cell [batch, size] to the next h and cell, with the bits of the whole sequence.
  public func step(_ x: Tensor, h: Tensor, cell: Tensor) -> (h: Tensor, cell: Tensor) {
    let gates = linear(Variable(x), weight: Variable(inputWeight.value), bias: Variable(inputBias.value)).value
    return lstmStep(gates: gates, recurrentWeight: recurrentWeight.value, recurrentBias: recurrentBias.value, h: h, cell: cell)
  }
}

/// A vector of `size` learned numbers for each of `count` symbols.
public struct Embedding: Layer {
  /// [count, size]
  public let table: Parameter

  public init(count: Int, size: Int, random: inout RandomSource) { table = Parameter(random.normal([count, size])) }

  /// [symbols.count, size]; `on` says which tape the lookup goes onto: that of any variable of the computation.
  public func callAsFunction(_ symbols: [Int], on x: Variable) -> Variable { x.use(table).rows(symbols) }
}

/// Layer normalisation along the last dimension, with a learned scale and shift (Ba et al. 2016).
public struct LayerNorm: Layer {
  /// [size]
  public let scale: Parameter
  /// [size]
  public let shift: Parameter
  public let epsilon: Float

  public init(size: Int, epsilon: Float = 1e-5) {
    scale = Parameter(Tensor(repeating: 1, shape: [size]))
    shift = Parameter(Tensor(zeros: [size]))
    self.epsilon = epsilon
  }

  public func callAsFunction(_ x: Variable) -> Variable { x.normalised(epsilon: epsilon) * x.use(scale) + x.use(shift) }
}
