import Layers
import Tensors

/// Convolutions and pooling to a code with positions, or to a dense one, and mirrored back by transposed convolutions (Masci et al. 2011); over
/// columns alone, or rows and columns. Each block is seen alone, with zeros around it.
///
/// Where it starts as a transform, that stands beside the layers as a linear path, from block to code and from code to block, and the layers begin as
/// nothing.
struct ConvolutionalAutoencoder: Autoencoder {
  let blockShape: [Int]
  let codeShape: [Int]
  let encoder: [Narrowing]
  let decoder: [Widening]
  // From the last scale to the code and back: convolutions of one tap, or matrices.
  let head: Convolution?
  let tail: Convolution?
  let squeeze: Dense?
  let expand: Dense?
  // The linear path.
  let analysis: Convolution?
  let synthesis: TransposedConvolution?
  let activation: Activation
  let output: Output
  private let plane: Extents
  private let positions: Extents

  init(_ it: ConvolutionalArchitecture, random: inout RandomSource) {
    (blockShape, codeShape, activation, output) = (it.block, it.codeShape, it.activation, it.output)
    (plane, positions) = (it.plane, it.positions)
    let (channels, spread) = (it.channels, it.activation.spread)
    let last = channels[channels.count - 1]
    func blocks(_ scale: ConvolutionalArchitecture.Scale) -> [ResidualBlock] {
      (0..<scale.blocks).map { _ in
        ResidualBlock(channels: scale.channels, kernel: it.extents(scale.kernel), activation: it.activation, random: &random)
      }
    }
    encoder = it.scales.enumerated().map { index, scale in
      Narrowing(
        convolution: Convolution(
          inputs: channels[index], outputs: scale.channels, walk: it.walk(index, strided: scale.pooling == .strided), spread: spread,
          random: &random),
        blocks: blocks(scale), pooling: scale.pooling, window: it.extents(scale.stride), activation: it.activation)
    }
    decoder = it.scales.enumerated().reversed().map { index, scale in
      let repeats = it.unpooling == .repeat
      let blocks = blocks(scale)
      let convolution = TransposedConvolution(
        inputs: scale.channels, outputs: it.made(index), walk: it.walk(index, strided: !repeats),
        spread: index > 0 ? spread : it.start == .random ? .linear : .silent, random: &random)
      return Widening(blocks: blocks, convolution: convolution, window: repeats ? it.extents(scale.stride) : .one)
    }
    let one = Walk(kernel: .one)
    head = it.code.map {
      Convolution(inputs: last, outputs: $0, walk: one, spread: it.start == .random ? .linear : .silent, random: &random)
    }
    tail = it.code.map { Convolution(inputs: $0, outputs: last, walk: one, spread: spread, random: &random) }
    squeeze = it.bottleneck.map { Dense(inputs: last * it.positions.area, outputs: $0, spread: .linear, random: &random) }
    expand = it.bottleneck.map { Dense(inputs: $0, outputs: last * it.positions.area, spread: spread, random: &random) }
    guard let basis = it.start.basis, let code = it.code else {
      (analysis, synthesis) = (nil, nil)
      return
    }
    let filters = basis.filters(code, channels: it.block[0], size: it.totalStride)
    let (analysis, synthesis) = (
      Convolution(inputs: it.block[0], outputs: code, walk: it.walk(basis), spread: .silent, random: &random),
      TransposedConvolution(inputs: code, outputs: it.block[0], walk: it.walk(basis), spread: .silent, random: &random)
    )
    (analysis.weight.value, synthesis.weight.value) = (filters, filters)
    (self.analysis, self.synthesis) = (analysis, synthesis)
  }

  func encode(_ x: Variable) -> Variable {
    let planes = x.reshaped([-1, blockShape[0]] + plane.array)
    let scaled = encoder.reduce(planes) { $1($0) }
    let code: Variable
    if let squeeze { code = squeeze(scaled.reshaped([scaled.shape[0], -1])) } else { code = head.map { $0(scaled) } ?? scaled }
    let sum = analysis.map { code + $0(planes) } ?? code
    return sum.reshaped(x.shape.dropLast() + [codeSize])
  }

  func decode(_ codes: Variable) -> Variable {
    let blocks = codes.shape.dropLast().reduce(1, *)
    let planes = codes.reshaped([blocks] + (squeeze == nil ? [codeShape[0]] + positions.array : codeShape))
    var scaled: Variable
    if let expand {
      scaled = activation(expand(planes)).reshaped([blocks, -1] + positions.array)
    } else {
      scaled = tail.map { activation($0(planes)) } ?? planes
    }
    for (index, widening) in decoder.enumerated() {
      scaled = widening(scaled)
      if index < decoder.count - 1 { scaled = activation(scaled) }
    }
    let sum = synthesis.map { scaled + $0(planes) } ?? scaled
    return output(sum).reshaped(codes.shape.dropLast() + [-1])
  }
}
