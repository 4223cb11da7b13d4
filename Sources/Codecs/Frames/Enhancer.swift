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
  let output: ConvTransposed1d

  /// Samples between positions of the hidden layers.
  static let stride = 8
  static let signalCount = 4
  /// Samples before a packet that are put before it when it is enhanced by itself; a multiple of the stride.
  static let context = 256
  static let featureCount = FrameTrace.featureCount + 2

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
    var random = RandomSource(seed: 0)
    let enhancer = Enhancer(width: width, blocks: blocks, random: &random)
    try enhancer.load(own)
    guard own.count == enhancer.namedParameters.count else { throw BytesError.malformed("the enhancer has tensors that this program does not know") }
    return enhancer
  }

  /// The corrections of one lead, in quantiser steps, as many as its samples and some.
  func correct(_ input: EnhancerInput) -> [Float] {
    let signals = Tensor(input.signals, shape: [1, Enhancer.signalCount, input.length])
    let features = Tensor(input.features, shape: [1, Enhancer.featureCount, input.length / Enhancer.stride])
    return self(signals: Variable(signals), features: Variable(features)).value.values
  }

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

/// What the enhancer sees of one lead of a decoded chunk.
public struct EnhancerInput: Sendable {
  /// [4, length]: the decoded signal less its mean over a frame's length around each sample, in four steps; what the memory expected less what was
  /// decoded; the root of the variance of what it expected; what the frame added to its copy.
  public let signals: [Float]
  /// [features, positions]
  public let features: [Float]
  /// Samples, filled up with zeros to a multiple of the network's stride.
  public let length: Int

  /// - Parameters:
  ///   - decoded: samples of the lead.
  ///   - start: where in the trace they begin.
  ///   - relativeStep: the lead's quantiser step, relative to the deviation of its decoded samples, as a logarithm to base 2.
  init(_ trace: FrameTrace, lead: Int, decoded: [Int32], from start: Int = 0, step: Float, rate: Double) {
    let count = decoded.count
    let positions = (count + Enhancer.stride - 1) / Enhancer.stride
    length = positions * Enhancer.stride
    var signals = [Float](repeating: 0, count: Enhancer.signalCount * length)
    let inverse = 1 / step
    let base = lead * trace.length + start

    // Sums are exact in 64 bits.
    var sums = [Int64](repeating: 0, count: count + 1)
    var squares = 0.0
    for i in 0..<count { sums[i + 1] = sums[i] + Int64(decoded[i]) }
    let mean = Double(sums[count]) / Double(max(1, count))
    for value in decoded { squares += (Double(value) - mean) * (Double(value) - mean) }
    let half = trace.frame / 2
    for i in 0..<count {
      let (low, high) = (max(0, i - half), min(count, i + half + 1))
      let around = Float(Double(sums[high] - sums[low]) / Double(high - low) - Double(decoded[i]))
      signals[i] = bounded(-around * inverse * 0.25, 64)
      signals[length + i] = bounded(trace.expected[base + i] - trace.decoded[base + i], 8)
      signals[2 * length + i] = bounded(trace.spread[base + i].squareRoot(), 8)
      signals[3 * length + i] = bounded(trace.added[base + i], 8)
    }
    self.signals = signals

    let deviation = Float((squares / Double(max(1, count))).squareRoot())
    let relativeStep = EnhancerInput.logarithm(step / max(deviation, 0.25))
    let speed = EnhancerInput.logarithm(Float(rate) / 360)
    var features = [Float](repeating: 0, count: Enhancer.featureCount * positions)
    for position in 0..<positions {
      let frame = (start + min(position * Enhancer.stride + Enhancer.stride / 2, count - 1)) / trace.frame
      for k in 0..<FrameTrace.featureCount { features[k * positions + position] = trace.features[frame * FrameTrace.featureCount + k] }
      features[FrameTrace.featureCount * positions + position] = relativeStep * 0.5
      features[(FrameTrace.featureCount + 1) * positions + position] = speed
    }
    self.features = features
  }

  /// log2 by the exponent and a straight line between powers of two.
  private static func logarithm(_ value: Float) -> Float {
    value > 0 && value.isFinite ? bounded(Float(value.exponent) + value.significand - 1, 20) : -20
  }
}
