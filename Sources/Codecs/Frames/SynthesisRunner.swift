import CKernels
import Tensors

/// Runs a synthesis frame by frame, with weights laid out once, and leaves out what the present frame's corrections do not depend on.
///
/// A convolution is a sum over its taps of products of matrices, positions × inputs by inputs × outputs: what a layer reads lies channel by channel, so
/// that the next tap's matrix begins one position later; what it writes lies position by position.
final class SynthesisRunner {
  private let width: Int
  /// A layer's weights as packed matrices, inputs × outputs: one for each of its taps.
  private struct Layer {
    let inputs: Int
    let outputs: Int
    let taps: [[Float]]
  }
  /// Taps t and t + stride of the first layer meet the same samples, one position apart: two taps with stride × signals as inputs.
  private let signals: Layer
  private let features: Layer
  private let convolutions: [(layer: Layer, bias: [Float])]
  private let output: Layer
  private let outputBias: Float
  /// Biases of the first layers at each position: positions × width.
  private let start: [Float]
  /// Samples of the window in steps of the stride: (signals × stride) × `phasePitch`.
  private let phases: UnsafeMutablePointer<Float>
  /// positions × width
  private let hidden: UnsafeMutablePointer<Float>
  private let inner: UnsafeMutablePointer<Float>
  private let active: UnsafeMutablePointer<Float>
  /// What a layer reads: width × `pitch`, with zeros for the positions beyond the window.
  private let columns: UnsafeMutablePointer<Float>
  /// What the last layer writes: positions × kernel.
  private let taps: UnsafeMutablePointer<Float>

  private static let half = Synthesis.blockKernel / 2
  private static let positions = Synthesis.positions
  private static let pitch = positions + 2 * half
  private static let phasePitch = positions + 1
  private static let phaseCount = Synthesis.signalCount * Synthesis.stride
  /// The first position that corrections of the present frame depend on, in the last layer.
  private static let firstOfOutput = positions / 2 - 1

  init(_ network: Synthesis) {
    let width = network.output.weight.value.shape[0]
    self.width = width
    func layer(
      _ weight: Tensor, taps: Int, inputs: Int, outputs: Int, at place: (_ tap: Int, _ input: Int, _ output: Int) -> Int
    ) -> Layer {
      let values = weight.values
      return Layer(
        inputs: inputs, outputs: outputs,
        taps: (0..<taps).map { tap in
          let rows = (0..<inputs * outputs).map { values[place(tap, $0 / outputs, $0 % outputs)] }
          var packed = [Float](repeating: 0, count: ck_packed_size(outputs, inputs))
          ck_pack(outputs, inputs, rows, outputs, 1, &packed)
          return packed
        })
    }
    let (stride, kernel, blockKernel) = (Synthesis.stride, Synthesis.kernel, Synthesis.blockKernel)
    signals = layer(network.signals.weight.value, taps: kernel / stride, inputs: SynthesisRunner.phaseCount, outputs: width) { tap, input, output in
      (output * Synthesis.signalCount + input / stride) * kernel + tap * stride + input % stride
    }
    features = layer(network.features.weight.value, taps: 1, inputs: Synthesis.featureCount, outputs: width) { $2 * Synthesis.featureCount + $1 }
    convolutions = network.blocks.flatMap { block in
      block.map { convolution in
        let own = layer(convolution.weight.value, taps: blockKernel, inputs: width, outputs: width) { ($2 * width + $1) * blockKernel + $0 }
        return (own, convolution.bias?.value.values ?? Array(repeating: 0, count: width))
      }
    }
    output = layer(network.output.weight.value, taps: 1, inputs: width, outputs: kernel) { $1 * kernel + $2 }
    outputBias = network.output.bias?.value.values[0] ?? 0
    let place = network.place.value.values
    let biases = [network.signals.bias, network.features.bias].map { $0?.value.values ?? Array(repeating: 0, count: width) }
    start = (0..<SynthesisRunner.positions * width).map { i in
      place[i % width * SynthesisRunner.positions + i / width] + (biases[0][i % width] + biases[1][i % width])
    }
    func space(_ count: Int) -> UnsafeMutablePointer<Float> {
      let pointer = UnsafeMutablePointer<Float>.allocate(capacity: count)
      pointer.initialize(repeating: 0, count: count)
      return pointer
    }
    phases = space(SynthesisRunner.phaseCount * SynthesisRunner.phasePitch)
    hidden = space(SynthesisRunner.positions * width)
    inner = space(SynthesisRunner.positions * width)
    active = space(SynthesisRunner.positions * width)
    columns = space(SynthesisRunner.pitch * width)
    taps = space(SynthesisRunner.positions * kernel)
  }

  deinit { for space in [phases, hidden, inner, active, columns, taps] { space.deallocate() } }

  /// Corrections of a frame, in quantiser steps.
  /// - Parameters:
  ///   - before: what is seen of the frame before, signals × gridLength.
  ///   - now: the same of the present frame.
  ///   - corrections: gridLength.
  func correct(
    before: UnsafePointer<Float>, now: UnsafePointer<Float>, features frame: UnsafePointer<Float>, into corrections: UnsafeMutablePointer<Float>
  ) {
    let positions = SynthesisRunner.positions
    setPhases(before, now)
    // Features are the same at every position.
    ck_gemm_packed(1, width, features.inputs, frame, features.inputs, 1, features.taps[0], inner, width, 0)
    for p in 0..<positions {
      for c in 0..<width { hidden[p * width + c] = start[p * width + c] + inner[c] }
    }
    for (tap, weights) in signals.taps.enumerated() {
      ck_gemm_packed(positions, width, signals.inputs, phases + tap, 1, SynthesisRunner.phasePitch, weights, hidden, width, 1)
    }
    for block in stride(from: 0, to: convolutions.count, by: 2) {
      convolve(block, hidden, into: inner, adds: false)
      convolve(block + 1, inner, into: hidden, adds: true)
    }
    let (first, stride, kernel) = (SynthesisRunner.firstOfOutput, Synthesis.stride, Synthesis.kernel)
    ck_unary(Int32(CK_SILU.rawValue), (positions - first) * width, hidden + first * width, active, 0)
    ck_gemm_packed(positions - first, kernel, width, active, width, 1, output.taps[0], taps, kernel, 0)
    // Point i of the frame meets two positions: tap t of the one, t + stride of the one before.
    for i in 0..<Synthesis.gridLength {
      let (p, t) = ((i + stride / 2) / stride + 1, (i + stride / 2) % stride)
      let late = p < positions - first ? taps[p * kernel + t] : 0
      corrections[i] = bounded(taps[(p - 1) * kernel + t + stride] + late + outputBias, SynthesisState.largestCorrection)
    }
  }

  /// Sorts the window's samples by their phase. It begins and ends with half a stride of zeros, which stay where they are.
  private func setPhases(_ before: UnsafePointer<Float>, _ now: UnsafePointer<Float>) {
    let (length, stride, pitch) = (Synthesis.gridLength, Synthesis.stride, SynthesisRunner.phasePitch)
    for s in 0..<Synthesis.signalCount {
      for (begin, samples) in [(stride / 2, before), (stride / 2 + length, now)] {
        for phase in 0..<stride {
          // The first sample of the phase in this part of the window.
          let first = (phase - begin % stride + stride) % stride
          let row = phases + (s * stride + phase) * pitch + (begin + first) / stride
          let source = samples + s * length + first
          for k in 0..<length / stride { row[k] = source[k * stride] }
        }
      }
    }
  }

  /// One convolution behind its activation, from the first position that matters on.
  private func convolve(_ index: Int, _ from: UnsafePointer<Float>, into to: UnsafeMutablePointer<Float>, adds: Bool) {
    let (positions, half, pitch, width) = (SynthesisRunner.positions, SynthesisRunner.half, SynthesisRunner.pitch, width)
    let (layer, bias) = convolutions[index]
    let first = max(0, SynthesisRunner.firstOfOutput - half * (convolutions.count - 1 - index))
    let seen = max(0, first - half)
    ck_unary(Int32(CK_SILU.rawValue), (positions - seen) * width, from + seen * width, active + seen * width, 0)
    for c in 0..<width {
      let column = columns + c * pitch + half
      for p in seen..<positions { column[p] = active[p * width + c] }
    }
    bias.withUnsafeBufferPointer { bias in
      for p in first..<positions {
        let row = to + p * width
        for c in 0..<width { row[c] = adds ? row[c] + bias[c] : bias[c] }
      }
    }
    for (tap, weights) in layer.taps.enumerated() {
      ck_gemm_packed(positions - first, width, width, columns + first + tap, 1, pitch, weights, to + first * width, width, 1)
    }
  }
}
