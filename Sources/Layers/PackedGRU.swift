import Tensors

/// A GRU for inference step by step, with the bits of `GRU` over the whole sequence.
public struct PackedGRU: Sendable {
  private let inputWeight: PackedMatrix
  private let inputBias: Tensor
  private let recurrentWeight: PackedMatrix
  private let recurrentBias: Tensor

  public init(_ layer: GRU) {
    (inputWeight, inputBias) = (PackedMatrix(layer.inputWeight.value), layer.inputBias.value)
    (recurrentWeight, recurrentBias) = (PackedMatrix(layer.recurrentWeight.value), layer.recurrentBias.value)
  }

  /// x [inputs] and h [size] to the next h.
  public func step(_ x: Tensor, h: Tensor) -> Tensor {
    gruStep(gates: inputWeight.product(x, bias: inputBias), recurrent: recurrentWeight.product(h, bias: recurrentBias), h: h)
  }
}
