import Layers
import Tensors

/// Extents along rows and columns.
struct Extents: Equatable, Sendable {
  let rows: Int
  let columns: Int

  var area: Int { rows * columns }
  var array: [Int] { [rows, columns] }
  static func * (a: Extents, b: Extents) -> Extents { Extents(rows: a.rows * b.rows, columns: a.columns * b.columns) }
  static func / (a: Extents, b: Extents) -> Extents { Extents(rows: a.rows / b.rows, columns: a.columns / b.columns) }
  static let one = Extents(rows: 1, columns: 1)
}

/// Zeros that stand around a block, for its extents to be multiples of the strides.
struct Margin: Equatable, Sendable {
  let rows: Padding
  let columns: Padding
  static let none = Margin(rows: 0, columns: 0)
}

/// How a kernel walks over planes so that `stride` positions become one.
struct Walk: Equatable, Sendable {
  let kernel: Extents
  let stride: Extents
  /// Around what the convolution sees, or what the transposed one makes.
  let margin: Margin

  init(kernel: Extents, stride: Extents = .one, margin: Margin = .none) { (self.kernel, self.stride, self.margin) = (kernel, stride, margin) }

  var rows: Walking { Walk.walking(kernel.rows, stride.rows, margin.rows) }
  var columns: Walking { Walk.walking(kernel.columns, stride.columns, margin.columns) }

  private static func walking(_ kernel: Int, _ stride: Int, _ margin: Padding) -> Walking {
    precondition(kernel >= stride, "a kernel of \(kernel) leaves samples out at a stride of \(stride)")
    let before = (kernel - stride) / 2
    return Walking(stride: stride, padding: Padding(before: before + margin.before, after: kernel - stride - before + margin.after))
  }
}

/// Convolution of [batch, inputs, rows, columns].
struct Convolution: Layer {
  /// [outputs, inputs, kernel rows, kernel columns]
  let weight: Parameter
  /// [outputs]
  let bias: Parameter
  let walk: Walk

  init(inputs: Int, outputs: Int, walk: Walk, spread: Spread, random: inout RandomSource) {
    let shape = [outputs, inputs] + walk.kernel.array
    let (fanIn, fanOut) = (inputs * walk.kernel.area, outputs * walk.kernel.area / walk.stride.area)
    weight = Parameter(spread.weights(shape, inputs: fanIn, outputs: fanOut, random: &random))
    bias = Parameter(Tensor(zeros: [outputs]))
    self.walk = walk
  }

  func callAsFunction(_ x: Variable) -> Variable {
    conv2d(x, weight: x.use(weight), bias: x.use(bias), rows: walk.rows, columns: walk.columns)
  }
}

/// Transposed convolution of [batch, inputs, rows, columns].
struct TransposedConvolution: Layer {
  /// [inputs, outputs, kernel rows, kernel columns]
  let weight: Parameter
  /// [outputs]
  let bias: Parameter
  let walk: Walk

  init(inputs: Int, outputs: Int, walk: Walk, spread: Spread, random: inout RandomSource) {
    let shape = [inputs, outputs] + walk.kernel.array
    let (fanIn, fanOut) = (inputs * walk.kernel.area / walk.stride.area, outputs * walk.kernel.area)
    weight = Parameter(spread.weights(shape, inputs: fanIn, outputs: fanOut, random: &random))
    bias = Parameter(Tensor(zeros: [outputs]))
    self.walk = walk
  }

  func callAsFunction(_ x: Variable) -> Variable {
    convTransposed2d(x, weight: x.use(weight), bias: x.use(bias), rows: walk.rows, columns: walk.columns)
  }
}

/// x plus two convolutions of it, each behind an activation (He et al. 2016); begins as the identity.
struct ResidualBlock: Layer {
  let first: Convolution
  let second: Convolution
  let activation: Activation

  init(channels: Int, kernel: Extents, activation: Activation, random: inout RandomSource) {
    let walk = Walk(kernel: kernel)
    first = Convolution(inputs: channels, outputs: channels, walk: walk, spread: activation.spread, random: &random)
    second = Convolution(inputs: channels, outputs: channels, walk: walk, spread: .silent, random: &random)
    self.activation = activation
  }

  func callAsFunction(_ x: Variable) -> Variable { x + second(activation(first(activation(x)))) }
}

/// How an encoder's layer makes fewer positions of many.
enum Pooling: String, ConfigurationChoice {
  /// It does not.
  case none
  /// The largest of each window.
  case max
  /// The mean of each window.
  case mean
  /// The convolution itself takes steps.
  case strided

  func callAsFunction(_ x: Variable, _ window: Extents) -> Variable {
    switch self {
    case .none, .strided: return x
    case .max: return maximumPooled(x, rows: window.rows, columns: window.columns).maxima
    case .mean:
      let s = x.shape
      let split = x.reshaped([s[0], s[1], s[2] / window.rows, window.rows, s[3] / window.columns, window.columns])
      return split.mean(alongAxes: [3, 5]).reshaped([s[0], s[1], s[2] / window.rows, s[3] / window.columns])
    }
  }
}

/// How a decoder's layer makes many positions of few.
enum Unpooling: String, ConfigurationChoice {
  /// A transposed convolution that takes steps.
  case transposed
  /// Every number is repeated over its window, and then convolved.
  case `repeat`
  /// Maxima go back where they stood.
  case switches

  /// Each number of x repeated over a window.
  static func repeated(_ x: Variable, _ window: Extents) -> Variable {
    let s = x.shape
    return x.reshaped([s[0], s[1], s[2], 1, s[3], 1]).expanded(to: [s[0], s[1], s[2], window.rows, s[3], window.columns])
      .reshaped([s[0], s[1], s[2] * window.rows, s[3] * window.columns])
  }
}

/// One scale of an encoder: convolution, activation, pooling, residual blocks.
struct Narrowing: Layer {
  let convolution: Convolution
  let blocks: [ResidualBlock]
  let pooling: Pooling
  let window: Extents
  let activation: Activation

  func callAsFunction(_ x: Variable) -> Variable { blocks.reduce(pooling(activation(convolution(x)), window)) { $1($0) } }
}

/// One scale of a decoder: residual blocks, unpooling and transposed convolution; linear at its end.
struct Widening: Layer {
  let blocks: [ResidualBlock]
  let convolution: TransposedConvolution
  /// By which numbers are repeated in front of the convolution; 1 where that takes the steps itself.
  let window: Extents

  func callAsFunction(_ x: Variable) -> Variable {
    let y = blocks.reduce(x) { $1($0) }
    return convolution(window == .one ? y : Unpooling.repeated(y, window))
  }
}
