import CKernels
import Tensors

/// Runs a synthesis frame by frame, with weights laid out once, and leaves out what the present frame's corrections do not depend on.
///
/// Hidden layers lie position by position, so that what a convolution meets stands in one row of a matrix: convolutions are products of matrices.
final class SynthesisRunner {
  private let width: Int
  /// A layer's weights as a packed matrix, inputs × outputs.
  private struct Matrix {
    let inputs: Int
    let outputs: Int
    let packed: [Float]
    let bias: [Float]
  }
  private let signals: Matrix
  private let features: Matrix
  private let convolutions: [Matrix]
  private let output: Matrix
  /// Biases of the first layers at each position: positions × width.
  private let start: [Float]
  /// What the first layer meets: positions × (signals × kernel).
  private let columns: UnsafeMutablePointer<Float>
  /// positions × width; the same behind an activation with zeros for the positions beyond the window; outputs × kernel.
  private let hidden: UnsafeMutablePointer<Float>
  private let active: UnsafeMutablePointer<Float>
  private let inner: UnsafeMutablePointer<Float>
  private let taps: UnsafeMutablePointer<Float>

  private static let half = Synthesis.blockKernel / 2
  private static let rowLength = Synthesis.signalCount * Synthesis.kernel
  private static let positions = Synthesis.positions
  /// The first position that corrections of the present frame depend on, in the last layer.
  private static let firstOfOutput = positions / 2 - 1

  init(_ network: Synthesis) {
    width = network.output.weight.value.shape[0]
    let width = width
    func matrix(_ weight: Tensor, _ bias: Tensor?, inputs: Int, outputs: Int, at place: (_ input: Int, _ output: Int) -> Int) -> Matrix {
      let values = weight.values
      let rows = (0..<inputs * outputs).map { values[place($0 / outputs, $0 % outputs)] }
      var packed = [Float](repeating: 0, count: ck_packed_size(outputs, inputs))
      ck_pack(outputs, inputs, rows, outputs, 1, &packed)
      return Matrix(inputs: inputs, outputs: outputs, packed: packed, bias: bias?.values ?? [Float](repeating: 0, count: outputs))
    }
    func convolution(_ layer: Tensor, _ bias: Tensor?) -> Matrix {
      let kernel = Synthesis.blockKernel
      return matrix(layer, bias, inputs: kernel * width, outputs: width) { input, output in
        (output * width + input % width) * kernel + input / width
      }
    }
    signals = matrix(network.signals.weight.value, network.signals.bias?.value, inputs: SynthesisRunner.rowLength, outputs: width) {
      $1 * SynthesisRunner.rowLength + $0
    }
    features = matrix(network.features.weight.value, network.features.bias?.value, inputs: Synthesis.featureCount, outputs: width) {
      $1 * Synthesis.featureCount + $0
    }
    convolutions = network.blocks.flatMap { $0.map { convolution($0.weight.value, $0.bias?.value) } }
    output = matrix(network.output.weight.value, network.output.bias?.value, inputs: width, outputs: Synthesis.kernel) {
      $0 * Synthesis.kernel + $1
    }
    let place = network.place.value.values
    let (own, frame) = (signals.bias, features.bias)
    start = (0..<SynthesisRunner.positions * width).map { i in
      place[i % width * SynthesisRunner.positions + i / width] + (own[i % width] + frame[i % width])
    }
    func space(_ count: Int) -> UnsafeMutablePointer<Float> {
      let pointer = UnsafeMutablePointer<Float>.allocate(capacity: count)
      pointer.initialize(repeating: 0, count: count)
      return pointer
    }
    columns = space(SynthesisRunner.positions * SynthesisRunner.rowLength)
    hidden = space(SynthesisRunner.positions * width)
    inner = space(SynthesisRunner.positions * width)
    active = space((SynthesisRunner.positions + 2 * SynthesisRunner.half) * width)
    taps = space(SynthesisRunner.positions * Synthesis.kernel)
  }

  deinit { for space in [columns, hidden, inner, active, taps] { space.deallocate() } }

  /// Corrections of a frame, in quantiser steps.
  /// - Parameters:
  ///   - before: what is seen of the frame before, signals × gridLength.
  ///   - now: the same of the present frame.
  func correct(
    before: UnsafePointer<Float>, now: UnsafePointer<Float>, features frame: UnsafePointer<Float>, into corrections: UnsafeMutablePointer<Float>
  ) {
    let positions = SynthesisRunner.positions
    setColumns(before, now)
    // Features are the same at every position.
    ck_gemm_packed(1, width, features.inputs, frame, features.inputs, 1, features.packed, inner, width, 0)
    for p in 0..<positions {
      for c in 0..<width { hidden[p * width + c] = start[p * width + c] + inner[c] }
    }
    ck_gemm_packed(positions, width, signals.inputs, columns, signals.inputs, 1, signals.packed, hidden, width, 1)
    for block in stride(from: 0, to: convolutions.count, by: 2) {
      convolve(block, hidden, into: inner, adds: false)
      convolve(block + 1, inner, into: hidden, adds: true)
    }
    let first = SynthesisRunner.firstOfOutput
    ck_unary(Int32(CK_SILU.rawValue), (positions - first) * width, hidden + first * width, inner, 0)
    ck_gemm_packed(positions - first, Synthesis.kernel, width, inner, width, 1, output.packed, taps, Synthesis.kernel, 0)
    // Output i of the frame meets two positions: tap t of the one, t + stride of the one before.
    let (stride, kernel) = (Synthesis.stride, Synthesis.kernel)
    for i in 0..<Synthesis.gridLength {
      let (p, t) = ((i + stride / 2) / stride + 1, (i + stride / 2) % stride)
      let late = p < positions - first ? taps[p * kernel + t] : 0
      corrections[i] = bounded(taps[(p - 1) * kernel + t + stride] + late + output.bias[0], SynthesisState.largestCorrection)
    }
  }

  /// Lays out what each position of the first layer meets.
  private func setColumns(_ before: UnsafePointer<Float>, _ now: UnsafePointer<Float>) {
    let (length, kernel) = (Synthesis.gridLength, Synthesis.kernel)
    for p in 0..<SynthesisRunner.positions {
      let first = p * Synthesis.stride - 4
      for s in 0..<Synthesis.signalCount {
        let row = columns + p * SynthesisRunner.rowLength + s * kernel
        // Zeros before the window and behind it stay where they are.
        let (low, high) = (max(first, 0), min(first + kernel, 2 * length))
        if low < length { (row + (low - first)).update(from: before + s * length + low, count: min(high, length) - low) }
        if high > length {
          let from = max(low, length)
          (row + (from - first)).update(from: now + s * length + (from - length), count: high - from)
        }
      }
    }
  }

  /// One convolution behind its activation, from the first position that matters on.
  private func convolve(_ index: Int, _ from: UnsafePointer<Float>, into to: UnsafeMutablePointer<Float>, adds: Bool) {
    let (positions, half, layer) = (SynthesisRunner.positions, SynthesisRunner.half, convolutions[index])
    let first = max(0, SynthesisRunner.firstOfOutput - half * (convolutions.count - 1 - index))
    let seen = max(0, first - half)
    ck_unary(Int32(CK_SILU.rawValue), (positions - seen) * width, from + seen * width, active + (seen + half) * width, 0)
    for p in first..<positions {
      let row = to + p * width
      if adds { for c in 0..<width { row[c] += layer.bias[c] } } else { for c in 0..<width { row[c] = layer.bias[c] } }
    }
    ck_gemm_packed(positions - first, width, layer.inputs, active + first * width, width, 1, layer.packed, to + first * width, width, 1)
  }
}
