import Tensors
import Testing

/// A differentiable operation on some inputs: one line of the table that `OperationTests` goes through.
struct Operation: Sendable, CustomTestStringConvertible {
  let name: String
  let shapes: [[Int]]
  /// Inputs are drawn from here; away from kinks and poles.
  let range: Range<Float>
  let apply: @Sendable ([Variable]) -> Variable
  /// Whether the gradient is that of the function (straight-through rounding only claims to be).
  let differentiable: Bool

  init(
    _ name: String, _ shapes: [[Int]], range: Range<Float> = -1..<1, differentiable: Bool = true,
    _ apply: @escaping @Sendable ([Variable]) -> Variable
  ) {
    (self.name, self.shapes, self.range, self.differentiable, self.apply) = (name, shapes, range, differentiable, apply)
  }

  var testDescription: String { name }

  /// The same inputs every time.
  var inputs: [Tensor] {
    var random = RandomSource(seed: UInt64(name.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF }))
    return shapes.map { random.uniform($0, in: range) }
  }
}

private func layout(_ stride: Int, _ dilation: Int, _ before: Int, _ after: Int) -> Walking {
  Walking(stride: stride, dilation: dilation, padding: Padding(before: before, after: after))
}

/// 1, -1, 1, ... to take positive inputs to both sides of a kink.
private var alternating: Variable { Variable(Tensor((0..<40).map { $0 % 2 == 0 ? 1 : -1 })) }

/// Numbers [4, 6] so far apart that inputs added to them do not change which is the largest of a window.
private var scattered: Variable { Variable(Tensor((0..<24).map { Float($0 * 17 % 24) * 3 }, shape: [4, 6])) }

let operations: [Operation] = [
  Operation("exp", [[5, 7]]) { $0[0].exp() },
  Operation("log", [[5, 7]], range: 0.5..<2) { $0[0].log() },
  Operation("tanh", [[5, 37]], range: -2..<2) { $0[0].tanh() },
  Operation("sigmoid", [[5, 37]], range: -4..<4) { $0[0].sigmoid() },
  Operation("silu", [[5, 37]], range: -4..<4) { $0[0].silu() },
  Operation("softplus", [[5, 37]], range: -4..<4) { $0[0].softplus() },
  Operation("relu", [[40]], range: 0.1..<1) { ($0[0] * alternating).relu() },
  Operation("leaky relu", [[40]], range: 0.1..<1) { ($0[0] * alternating).leakyRelu(slope: 0.2) },
  Operation("squared", [[33]]) { $0[0].squared() },
  Operation("abs", [[33]], range: 0.1..<1) { $0[0].abs() },
  Operation("square root", [[33]], range: 0.5..<2) { $0[0].squareRoot() },
  Operation("reciprocal", [[33]], range: 0.5..<2) { $0[0].reciprocal() },
  Operation("clamped", [[33]], range: 0.1..<0.4) { ($0[0] * 3).clamped(-1...3) },
  Operation("rounded", [[33]], range: -9..<9, differentiable: false) { $0[0].roundedStraightThrough() },
  Operation("scaled, moved, negated", [[33]]) { 1.5 - (-$0[0] * 3 + 2) },
  Operation("add", [[3, 4, 5], [3, 4, 5]]) { $0[0] + $0[1] },
  Operation("add, broadcast over rows", [[3, 4, 40], [40]]) { $0[0] + $0[1] },
  Operation("add, broadcast over planes", [[3, 4, 5], [4, 1]]) { $0[0] + $0[1] },
  Operation("subtract, both broadcast", [[3, 1, 5], [4, 1]]) { $0[0] - $0[1] },
  Operation("multiply", [[6, 70], [6, 70]]) { $0[0] * $0[1] },
  Operation("multiply, broadcast", [[3, 1, 5], [2, 1, 4, 1]]) { $0[0] * $0[1] },
  Operation("multiply by itself", [[9]]) { $0[0] * $0[0] },
  Operation("divide", [[3, 5], [3, 1]], range: 0.5..<2) { $0[0] / $0[1] },
  Operation("sum", [[150]]) { $0[0].sum() },
  Operation("mean", [[3, 50]]) { $0[0].mean() },
  Operation("sum along axes", [[3, 4, 5]]) { $0[0].sum(alongAxes: [0, 2]) },
  Operation("mean along the last axis", [[3, 70]]) { $0[0].mean(alongAxes: [1]) },
  Operation("reshaped, permuted", [[3, 4, 5]]) { $0[0].reshaped([3, 2, -1]).permuted([2, 0, 1]) },
  Operation("expanded", [[3, 1, 5]]) { $0[0].expanded(to: [2, 3, 4, 5]) },
  Operation("slice", [[3, 6, 5]]) { $0[0].slice(1..<4, axis: 1) },
  Operation("concatenate", [[3, 2, 5], [3, 4, 5]]) { concatenate([$0[0], $0[1], $0[0]], axis: 1) },
  Operation("linear", [[2, 9, 20], [20, 37], [37]]) { linear($0[0], weight: $0[1], bias: $0[2]) },
  Operation("linear, many rows", [[130, 20], [20, 37]]) { linear($0[0], weight: $0[1]) },
  Operation("matmul", [[2, 5, 13], [2, 13, 33]]) { matmul($0[0], $0[1]) },
  Operation("conv1d", [[2, 3, 40], [5, 3, 7], [5]]) { conv1d($0[0], weight: $0[1], bias: $0[2], padding: 3) },
  Operation("conv1d, wide", [[1, 16, 70], [14, 16, 3], [14]]) { conv1d($0[0], weight: $0[1], bias: $0[2], padding: 1) },
  Operation("conv1d, strided, causal", [[2, 2, 41], [3, 2, 5]]) {
    conv1d($0[0], weight: $0[1], stride: 3, padding: Padding(before: 4, after: 0))
  },
  Operation("conv1d, dilated, groups", [[1, 4, 50], [6, 2, 3], [6]]) {
    conv1d($0[0], weight: $0[1], bias: $0[2], dilation: 4, groups: 2, padding: 4)
  },
  Operation("transposed conv1d", [[2, 9, 12], [9, 2, 8], [2]]) { convTransposed1d($0[0], weight: $0[1], bias: $0[2], stride: 4, padding: 2) },
  Operation("transposed conv1d, groups, extra", [[1, 4, 9], [4, 3, 3], [6]]) {
    convTransposed1d($0[0], weight: $0[1], bias: $0[2], stride: 2, dilation: 2, groups: 2, padding: 1, extra: 1)
  },
  Operation("conv2d", [[2, 3, 7, 36], [4, 3, 3, 3], [4]]) {
    conv2d($0[0], weight: $0[1], bias: $0[2], rows: layout(2, 1, 1, 1), columns: layout(1, 2, 2, 2))
  },
  Operation("transposed conv2d", [[1, 9, 3, 5], [9, 2, 4, 4], [2]]) {
    convTransposed2d($0[0], weight: $0[1], bias: $0[2], rows: layout(2, 1, 1, 1), columns: layout(2, 1, 1, 1))
  },
  Operation("rows of a table", [[6, 5]]) { $0[0].rows([4, 1, 4, 0]) },
  Operation("normalised", [[4, 70]]) { $0[0].normalised() * $0[0] },
  Operation("softmax", [[5, 70]], range: -3..<3) { $0[0].softmax() * $0[0] },
  Operation("attention", [[2, 5, 12], [2, 7, 12], [2, 7, 12]], range: -2..<2) { attention(queries: $0[0], keys: $0[1], values: $0[2], heads: 3) },
  Operation("attention to itself", [[3, 34, 36]]) { attention(queries: $0[0], keys: $0[0], values: $0[0], heads: 1) },
  Operation("cross-entropy", [[2, 3, 9]], range: -3..<3) { $0[0].crossEntropy(targets: [0, 8, 3, 3, 2, 5]) },
  Operation("binary cross-entropy", [[3, 20], [3, 20]], range: -3..<3) { $0[0].binaryCrossEntropy(targets: $0[1].sigmoid()) },
  Operation("weighted squared error", [[3, 2, 9], [3, 2, 9], [9]]) { $0[0].squaredError($0[1], weights: $0[2]) },
  Operation("noise", [[40]]) {
    var random = RandomSource(seed: 5)
    return $0[0].addingUniformNoise(width: 0.5, from: &random).squared()
  },
  Operation("GRU", [[3, 5, 33], [11, 33], [33], [3, 11]]) {
    gruSequence(gates: $0[0], recurrentWeight: $0[1], recurrentBias: $0[2], start: $0[3])
  },
  Operation("GRU, many sequences", [[26, 3, 60], [20, 60], [60]]) { gruSequence(gates: $0[0], recurrentWeight: $0[1], recurrentBias: $0[2]) },
  Operation("LSTM", [[3, 5, 44], [11, 44], [44]]) { lstmSequence(gates: $0[0], recurrentWeight: $0[1], recurrentBias: $0[2]) },
  Operation("maximum pooled", [[2, 3, 4, 6]]) { maximumPooled($0[0] + scattered, rows: 2, columns: 3).maxima },
  Operation("unpooled", [[2, 3, 2, 2]]) {
    unpooled($0[0], switches: maximumPooled(scattered.expanded(to: [2, 3, 4, 6]), rows: 2, columns: 3).switches)
  },
  Operation("spectra", [[2, 70]]) { SpectralTransform(size: 16, hop: 5, edges: .none).spectra(of: $0[0]) },
  Operation("spectra, zeros around", [[1, 157]]) { SpectralTransform(size: 32, hop: 8).spectra(of: $0[0]) },
  Operation("spectra, mirrored", [[3, 40]]) { SpectralTransform(size: 64, hop: 20, edges: .mirrored).spectra(of: $0[0]) },
  Operation("power of spectra", [[1, 20]]) {
    let transform = SpectralTransform(size: 8, hop: 4)
    return transform.power(transform.spectra(of: $0[0]))
  },
  Operation("signal from spectra", [[2, 11, 34]]) { SpectralTransform(size: 32, hop: 10).signal(from: $0[0], length: 103) },
]
