import Bytes
import Layers
import Tensors

/// A residual convolutional network that takes off what quantisation did to the decoded signal. It works on one lead at a time, outside the loop.
///
/// Inputs, all in quantiser steps: four signals at the lead's rate (`EnhancerInput`) and features of each frame; output: a correction of each sample.
public struct Enhancer: Layer {
  let signals: Conv1d
  let features: Conv1d
  var blocks: [[Conv1d]] = []
  public let output: ConvTransposed1d

  /// Samples between positions of the hidden layers.
  static let stride = 8
  static let signalCount = 4
  /// Samples before a packet that are put before it when it is enhanced by itself; a multiple of the stride.
  static let context = 256
  static let featureCount = FrameTrace.featureCount + 2
  /// Positions of a window: many beside those that two windows have in common, few enough for the cache.
  public static let window = 1024

  public init(width: Int, blocks count: Int, random: inout RandomSource) {
    signals = Conv1d(inputChannels: Enhancer.signalCount, outputChannels: width, kernelSize: 16, stride: Enhancer.stride, padding: 4, random: &random)
    features = Conv1d(inputChannels: Enhancer.featureCount, outputChannels: width, kernelSize: 1, random: &random)
    for _ in 0..<count {
      blocks.append((0..<2).map { _ in Conv1d(inputChannels: width, outputChannels: width, kernelSize: 7, padding: 3, random: &random) })
    }
    output = ConvTransposed1d(inputChannels: width, outputChannels: 1, kernelSize: 16, stride: Enhancer.stride, padding: 4, random: &random)
    output.weight.value = Tensor(zeros: output.weight.value.shape)  // begins as the identity
  }

  /// The enhancer in a codec's weights, or nil if there is none.
  /// - Throws: `LayerError`, `BytesError` if what is there is no enhancer of this program.
  static func stored(in weights: Safetensors) throws -> Enhancer? {
    let prefix = "enhancer."
    let named = weights.tensors.filter { $0.key.hasPrefix(prefix) }
    let own = Dictionary(uniqueKeysWithValues: named.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
    guard !own.isEmpty else { return nil }
    let width = own["signals.weight"]?.shape.first ?? 0
    let blocks = (0..<64).first { own["blocks.\($0).0.weight"] == nil } ?? 64
    guard (1...1024).contains(width) else { throw BytesError.malformed("the enhancer's width is \(width)") }
    // Held against the tensors that are there before a network of that size is made.
    for block in 0..<blocks {
      for k in 0..<2 where own["blocks.\(block).\(k).weight"]?.shape != [width, width, 7] {
        throw BytesError.malformed("block \(block) of the enhancer is not \(width) channels wide")
      }
    }
    var random = RandomSource.zeros
    let enhancer = Enhancer(width: width, blocks: blocks, random: &random)
    try enhancer.load(own)
    guard own.count == enhancer.namedParameters.count else { throw BytesError.malformed("the enhancer has tensors that this program does not know") }
    return enhancer
  }

  /// The corrections of one lead, in quantiser steps, 8 × positions of them.
  ///
  /// The network goes over the lead in windows, each with all that its outputs depend on: the same bits as in one go, in memory that does not grow
  /// with the lead and fits a processor's cache.
  /// - Parameters:
  ///   - positions: of the hidden layers over the whole lead.
  ///   - window: positions that come out of each window.
  ///   - input: what the network is to see of some positions.
  public func corrections(positions: Int, window: Int = Enhancer.window, of input: (Range<Int>) -> EnhancerInput) -> [Float] {
    precondition(window > 0, "an empty window")
    var corrections: [Float] = []
    corrections.reserveCapacity(positions * Enhancer.stride)
    for first in Swift.stride(from: 0, to: positions, by: window) {
      let end = min(first + window, positions)
      let seen = max(0, first - reach)..<min(positions, end + reach)
      let input = input(seen)
      let signals = Tensor(input.signals, shape: [1, Enhancer.signalCount, input.length])
      let features = Tensor(input.features, shape: [1, Enhancer.featureCount, seen.count])
      let own = (first - seen.lowerBound) * Enhancer.stride..<(end - seen.lowerBound) * Enhancer.stride
      self(signals: Variable(signals), features: Variable(features)).value.withValues { corrections += $0[own] }
    }
    return corrections
  }

  /// How many positions to each side an output depends on: the first and the last layer reach one position, each layer of a block three.
  private var reach: Int { 2 + 6 * blocks.count }

  /// - Parameters:
  ///   - signals: [batch, 4, 8 × positions]
  ///   - features: [batch, features, positions]
  /// - Returns: corrections in quantiser steps: [batch, 1, 8 × positions]
  public func callAsFunction(signals input: Variable, features frameFeatures: Variable) -> Variable {
    var h = signals(input) + features(frameFeatures)
    for block in blocks { h = h + block[1](block[0](h.silu()).silu()) }
    return output(h.silu())
  }
}
