import Layers
import Tensors

/// A convolution along the steps for each channel by itself, then two dense layers for each step, added to what comes in: the block of ConvNeXt
/// (Liu et al. 2022). x [batch, steps, width] to the same shape.
struct SpeechBlock: Layer {
  let depthwise: Conv1d
  let norm: LayerNorm
  let up: Dense
  let down: Dense

  private static let kernel = 7

  init(width: Int, random: inout RandomSource) {
    depthwise = Conv1d(
      inputChannels: width, outputChannels: width, kernelSize: SpeechBlock.kernel, groups: width, padding: Padding(SpeechBlock.kernel / 2),
      random: &random)
    norm = LayerNorm(size: width)
    up = Dense(inputs: width, outputs: 2 * width, random: &random)
    down = Dense(inputs: 2 * width, outputs: width, random: &random)
  }

  func callAsFunction(_ x: Variable) -> Variable {
    let h = norm(depthwise(x.permuted([0, 2, 1])).permuted([0, 2, 1]))
    return x + down(up(h).silu())
  }
}

extension Variable {
  /// sign(x) log(1 + |x|): what networks are told of numbers that may be large.
  func squashed() -> Variable { (self.abs() + 1).log() * signs }

  /// -1, 0 or 1 for each element; no gradient.
  var signs: Variable {
    Variable(Tensor(shape: shape) { out in value.withValues { x in for i in x.indices { out[i] = x[i] > 0 ? 1 : x[i] < 0 ? -1 : 0 } } })
  }

  /// Each number along the last dimension `count` times.
  func repeatedEach(_ count: Int) -> Variable {
    (reshaped(shape + [1]) + Variable(Tensor(zeros: [count]))).reshaped(shape.dropLast() + [shape[shape.count - 1] * count])
  }
}
