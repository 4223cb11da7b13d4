import Tensors

/// x [..., inputs] to x * weight + bias [..., outputs].
public struct Dense: Layer {
  /// [inputs, outputs]
  public let weight: Parameter
  /// [outputs]
  public let bias: Parameter?

  public init(inputs: Int, outputs: Int, bias: Bool = true, random: inout RandomSource) {
    weight = initial([inputs, outputs], fanIn: inputs, &random)
    self.bias = bias ? initial([outputs], fanIn: inputs, &random) : nil
  }

  public func callAsFunction(_ x: Variable) -> Variable { linear(x, weight: x.use(weight), bias: bias.map(x.use)) }
}

/// Convolution along the last dimension: x [batch, inputChannels, length] to [batch, outputChannels, length'].
public struct Conv1d: Layer {
  /// [outputChannels, inputChannels / groups, kernelSize]
  public let weight: Parameter
  /// [outputChannels]
  public let bias: Parameter?
  public let stride: Int
  public let dilation: Int
  public let groups: Int
  public let padding: Padding

  public init(
    inputChannels: Int, outputChannels: Int, kernelSize: Int, stride: Int = 1, dilation: Int = 1, groups: Int = 1, padding: Padding = 0,
    bias: Bool = true, random: inout RandomSource
  ) {
    precondition(inputChannels % groups == 0 && outputChannels % groups == 0, "groups must divide the channels")
    let fanIn = inputChannels / groups * kernelSize
    weight = initial([outputChannels, inputChannels / groups, kernelSize], fanIn: fanIn, &random)
    self.bias = bias ? initial([outputChannels], fanIn: fanIn, &random) : nil
    (self.stride, self.dilation, self.groups, self.padding) = (stride, dilation, groups, padding)
  }

  public func callAsFunction(_ x: Variable) -> Variable {
    conv1d(x, weight: x.use(weight), bias: bias.map(x.use), stride: stride, dilation: dilation, groups: groups, padding: padding)
  }
}

/// Transposed convolution along the last dimension: x [batch, inputChannels, length] to [batch, outputChannels, length'], with
/// length' = (length - 1) * stride + dilation * (kernelSize - 1) + 1 - padding.
public struct ConvTransposed1d: Layer {
  /// [inputChannels, outputChannels / groups, kernelSize]
  public let weight: Parameter
  /// [outputChannels]
  public let bias: Parameter?
  public let stride: Int
  public let dilation: Int
  public let groups: Int
  public let padding: Padding

  public init(
    inputChannels: Int, outputChannels: Int, kernelSize: Int, stride: Int = 1, dilation: Int = 1, groups: Int = 1, padding: Padding = 0,
    bias: Bool = true, random: inout RandomSource
  ) {
    precondition(inputChannels % groups == 0 && outputChannels % groups == 0, "groups must divide the channels")
    let fanIn = max(1, inputChannels / groups * kernelSize / stride)
    weight = initial([inputChannels, outputChannels / groups, kernelSize], fanIn: fanIn, &random)
    self.bias = bias ? initial([outputChannels], fanIn: fanIn, &random) : nil
    (self.stride, self.dilation, self.groups, self.padding) = (stride, dilation, groups, padding)
  }

  public func callAsFunction(_ x: Variable) -> Variable {
    convTransposed1d(x, weight: x.use(weight), bias: bias.map(x.use), stride: stride, dilation: dilation, groups: groups, padding: padding)
  }
}
