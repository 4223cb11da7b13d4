import CKernels
import Tensors

/// A GRU (Cho et al. 2014) for inference step by step, with the bits of `GRU` over the whole sequence.
package struct PackedGRU: Sendable {
  /// Units.
  package let size: Int
  private let inputWeight: PackedMatrix
  private let inputBias: Tensor
  private let recurrentWeight: PackedMatrix
  private let recurrentBias: Tensor

  /// A copy of the layer's weights as they are now.
  package init(_ layer: GRU) {
    size = layer.size
    (inputWeight, inputBias) = (PackedMatrix(layer.inputWeight.value), layer.inputBias.value)
    (recurrentWeight, recurrentBias) = (PackedMatrix(layer.recurrentWeight.value), layer.recurrentBias.value)
  }

  /// x [inputs] and h [size] to the next h, in its place.
  /// - Parameter scratch: 6 * size numbers of the caller's, overwritten.
  package func step(_ x: UnsafePointer<Float>, h: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>) {
    let recurrent = scratch + 3 * size
    inputWeight.multiply(x, bias: inputBias, into: scratch)
    recurrentWeight.multiply(h, bias: recurrentBias, into: recurrent)
    ck_gru(1, size, scratch, 3 * size, recurrent, h, size, h, size, nil, 0)
  }
}
