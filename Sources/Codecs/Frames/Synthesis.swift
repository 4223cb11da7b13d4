import Bytes
import Layers
import Tensors

/// A causal convolutional network inside the loop: it corrects each frame, as copy and transform make it, before it enters the memory. Untrained it
/// corrects nothing, so that the synthesis is that of the transform.
///
/// It sees a window of the frame before and the present one, both on a grid of `gridLength` points whatever the rate: seven signals
/// (`SynthesisState`), and features of the frame.
public struct Synthesis: Layer {
  let signals: Conv1d
  let features: Conv1d
  /// A bias for each position of the window: [1, width, positions].
  let place: Parameter
  var blocks: [[Conv1d]] = []
  public let output: ConvTransposed1d

  /// Points of a frame.
  public static let gridLength = 96
  /// Points between positions of the hidden layers.
  static let stride = 8
  static let kernel = 16
  static let blockKernel = 7
  /// Of a window of two frames.
  static let positions = 2 * gridLength / stride
  public static let signalCount = 7
  public static let featureCount = 11
  private static let mostBlocks = 16

  public init(width: Int, blocks count: Int, random: inout RandomSource) {
    let (kernel, stride) = (Synthesis.kernel, Synthesis.stride)
    signals = Conv1d(
      inputChannels: Synthesis.signalCount, outputChannels: width, kernelSize: kernel, stride: stride, padding: 4, random: &random)
    features = Conv1d(inputChannels: Synthesis.featureCount, outputChannels: width, kernelSize: 1, random: &random)
    place = Parameter(Tensor(zeros: [1, width, Synthesis.positions]))
    for _ in 0..<count {
      blocks.append(
        (0..<2).map { _ in
          Conv1d(inputChannels: width, outputChannels: width, kernelSize: Synthesis.blockKernel, padding: 3, random: &random)
        })
    }
    output = ConvTransposed1d(inputChannels: width, outputChannels: 1, kernelSize: kernel, stride: stride, padding: 4, random: &random)
    output.weight.value = Tensor(zeros: output.weight.value.shape)
    output.bias?.value = Tensor(zeros: [1])
  }

  /// The synthesis in a codec's weights, or nil if there is none.
  /// - Throws: `LayerError`, `BytesError` if what is there is no synthesis of this program.
  static func stored(in weights: Safetensors) throws -> Synthesis? {
    let prefix = "synthesis."
    let named = weights.tensors.filter { $0.key.hasPrefix(prefix) }
    let own = Dictionary(uniqueKeysWithValues: named.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
    guard !own.isEmpty else { return nil }
    let width = own["signals.weight"]?.shape.first ?? 0
    let blocks = (0..<mostBlocks).first { own["blocks.\($0).0.weight"] == nil } ?? mostBlocks
    guard (1...256).contains(width) else { throw BytesError.malformed("the synthesis is \(width) channels wide") }
    // Held against the tensors that are there before a network of that size is made.
    for block in 0..<blocks {
      for k in 0..<2 where own["blocks.\(block).\(k).weight"]?.shape != [width, width, blockKernel] {
        throw BytesError.malformed("block \(block) of the synthesis is not \(width) channels wide")
      }
    }
    var random = RandomSource.zeros
    let synthesis = Synthesis(width: width, blocks: blocks, random: &random)
    try synthesis.load(own)
    guard own.count == synthesis.namedParameters.count else {
      throw BytesError.malformed("the synthesis has tensors that this program does not know")
    }
    return synthesis
  }

  /// Products that the synthesis in a codec's weights takes for a frame of one lead, about; nil if there is none.
  static func products(in weights: Safetensors) -> Int? {
    guard let width = weights.tensors["synthesis.signals.weight"]?.shape.first else { return nil }
    let blocks = (0..<mostBlocks).first { weights.tensors["synthesis.blocks.\($0).0.weight"] == nil } ?? mostBlocks
    return positions * width * (2 * blockKernel * width * blocks + (signalCount + 1) * kernel)
  }

  /// For training; `SynthesisRunner` computes the same, but for rounding.
  /// - Parameters:
  ///   - signals: [batch, signals, 2 × gridLength]
  ///   - features: [batch, features, 1]
  /// - Returns: corrections of the present frame in quantiser steps: [batch, 1, gridLength]
  public func callAsFunction(signals input: Variable, features frame: Variable) -> Variable {
    var h = signals(input) + features(frame) + input.use(place)
    for block in blocks { h = h + block[1](block[0](h.silu()).silu()) }
    return output(h.silu()).slice(Synthesis.gridLength..<2 * Synthesis.gridLength, axis: 2)
  }
}
