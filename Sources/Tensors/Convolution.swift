import CKernels

/// Zeros before and after the input along one dimension; an integer stands for the same number on both sides.
public struct Padding: Equatable, Sendable, ExpressibleByIntegerLiteral {
  public let before: Int
  public let after: Int

  public init(before: Int, after: Int) {
    precondition(before >= 0 && after >= 0, "negative padding")
    (self.before, self.after) = (before, after)
  }
  public init(_ both: Int) { self.init(before: both, after: both) }
  public init(integerLiteral value: Int) { self.init(value) }
}

/// How a kernel walks along one dimension.
public struct Walking: Equatable, Sendable {
  public let stride: Int
  public let dilation: Int
  public let padding: Padding

  public init(stride: Int = 1, dilation: Int = 1, padding: Padding = 0) {
    precondition(stride >= 1 && dilation >= 1, "stride and dilation must be positive")
    (self.stride, self.dilation, self.padding) = (stride, dilation, padding)
  }

  /// Output extent of a convolution.
  public func output(input: Int, kernel: Int) -> Int {
    let room = input + padding.before + padding.after - dilation * (kernel - 1) - 1
    precondition(room >= 0, "a kernel of \(kernel) (dilation \(dilation)) does not fit an input of \(input) with its padding")
    return room / stride + 1
  }

  /// Output extent of a transposed convolution.
  public func transposedOutput(input: Int, kernel: Int, extra: Int = 0) -> Int {
    let extent = (input - 1) * stride + dilation * (kernel - 1) + 1 + extra - padding.before - padding.after
    precondition(extent > 0, "the padding takes all of a transposed convolution's output")
    return extent
  }
}

extension ck_conv {
  init(x: [Int], y: [Int], w: [Int], groups: Int, rows: Walking, columns: Walking) {
    func narrow(_ value: Int) -> Int32 {
      precondition(value >= 0 && value <= Int(Int32.max), "convolution extent \(value) out of range")
      return Int32(value)
    }
    self.init(
      batch: narrow(x[0]), groups: narrow(groups), in_channels: narrow(x[1]), out_channels: narrow(y[1]), in_h: narrow(x[2]), in_w: narrow(x[3]),
      out_h: narrow(y[2]), out_w: narrow(y[3]), kernel_h: narrow(w[2]), kernel_w: narrow(w[3]), stride_h: narrow(rows.stride),
      stride_w: narrow(columns.stride), dilation_h: narrow(rows.dilation), dilation_w: narrow(columns.dilation), pad_h: narrow(rows.padding.before),
      pad_w: narrow(columns.padding.before))
    withUnsafePointer(to: self) {
      precondition(ck_conv_valid($0) == 1, "convolution of \(x) by \(w): extents must be positive and a channel's window below 48 Ki samples")
    }
  }

  /// y from x, or x from y, with weights w.
  func forward(_ x: Tensor, _ w: Tensor, bias: Tensor?, shape: [Int]) -> Tensor {
    let (packed, y, s) = (Tensor(uninitialized: [w.count + Int(CK_PACKED_HEADER)]), Tensor(uninitialized: shape), self)
    let (px, pw, pb, py) = (x.pointer, packed.pointer, bias?.pointer, y.pointer)
    withUnsafePointer(to: s) { s in
      ck_conv_pack(s, w.pointer, pw)
      withExtendedLifetime(packed) { Threads.parallelFor(ck_conv_units(s)) { ck_conv(s, px, pw, pb, py, $0.lowerBound, $0.upperBound) } }
    }
    return y
  }
  func transposed(_ y: Tensor, _ w: Tensor, bias: Tensor?, shape: [Int]) -> Tensor {
    let (packed, x, s) = (Tensor(uninitialized: [w.count + Int(CK_PACKED_HEADER)]), Tensor(uninitialized: shape), self)
    let (px, pw, pb, py) = (x.pointer, packed.pointer, bias?.pointer, y.pointer)
    withUnsafePointer(to: s) { s in
      ck_conv_transposed_pack(s, w.pointer, pw)
      withExtendedLifetime(packed) {
        Threads.parallelFor(ck_conv_transposed_units(s)) { ck_conv_transposed(s, py, pw, pb, px, $0.lowerBound, $0.upperBound) }
      }
    }
    return x
  }
  func weightGradient(_ x: Tensor, _ dy: Tensor, shape: [Int]) -> Tensor {
    let (dw, s) = (Tensor(uninitialized: shape), self)
    withUnsafePointer(to: s) { s in
      let scratch = Tensor(uninitialized: [ck_conv_scratch(s)])
      let (px, pd, pw, ps) = (x.pointer, dy.pointer, dw.pointer, scratch.pointer)
      withExtendedLifetime(scratch) {
        Threads.parallelFor(Int(out_channels), grain: 4) { ck_conv_weights(s, px, pd, pw, ps, $0.lowerBound, $0.upperBound) }
      }
    }
    return dw
  }
}

/// The sum over everything but channels of [batch, channels, plane...].
private func sumPlanes(_ x: Tensor) -> Tensor {
  let (batch, channels) = (x.shape[0], x.shape[1])
  let plane = x.shape[2] * x.shape[3]
  let result = Tensor(zeros: [channels])
  let (from, to) = (x.pointer, result.pointer)
  Threads.parallelFor(channels, grain: max(1, elementGrain / (plane * batch))) { range in
    for c in range {
      for b in 0..<batch { to[c] += ck_sum(plane, from + (b * channels + c) * plane) }
    }
  }
  return result
}

/// Convolution (cross-correlation, as everywhere in the field) of x [batch, in, height, width] with weight [out, in/groups, kernelHeight, kernelWidth]
/// and bias [out]: [batch, out, height', width'].
public func conv2d(
  _ x: Variable, weight: Variable, bias: Variable? = nil, rows: Walking = Walking(), columns: Walking = Walking(), groups: Int = 1
) -> Variable {
  let (xs, ws) = (x.shape, weight.shape)
  precondition(xs.count == 4 && ws.count == 4 && groups > 0 && xs[1] == ws[1] * groups, "conv2d: input \(xs), weight \(ws), groups \(groups)")
  precondition(bias.map { $0.shape == [ws[0]] } ?? true, "conv2d: bias must be [\(ws[0])]")
  let ys = [xs[0], ws[0], rows.output(input: xs[2], kernel: ws[2]), columns.output(input: xs[3], kernel: ws[3])]
  let s = ck_conv(x: xs, y: ys, w: ws, groups: groups, rows: rows, columns: columns)
  let (vx, vw) = (x.value, weight.value)
  return record(s.forward(vx, vw, bias: bias?.value, shape: ys), [x, weight] + (bias.map { [$0] } ?? [])) { gradient, tape in
    tape.add(s.transposed(gradient, vw, bias: nil, shape: xs), to: x)
    tape.add(s.weightGradient(vx, gradient, shape: ws), to: weight)
    if let bias { tape.add(sumPlanes(gradient), to: bias) }
  }
}

/// Transposed convolution: the adjoint of `conv2d` with the same walking. x [batch, in, height, width], weight [in, out/groups, kernelHeight, kernelWidth],
/// bias [out]: [batch, out, height', width']; `extra` rows and columns are added behind where the stride leaves the extent open.
public func convTransposed2d(
  _ x: Variable, weight: Variable, bias: Variable? = nil, rows: Walking = Walking(), columns: Walking = Walking(), groups: Int = 1,
  extra: (rows: Int, columns: Int) = (0, 0)
) -> Variable {
  let (xs, ws) = (x.shape, weight.shape)
  precondition(
    xs.count == 4 && ws.count == 4 && groups > 0 && xs[1] == ws[0] && ws[0] % groups == 0,
    "convTransposed2d: input \(xs), weight \(ws), groups \(groups)")
  precondition(bias.map { $0.shape == [ws[1] * groups] } ?? true, "convTransposed2d: bias must be [\(ws[1] * groups)]")
  let ys = [
    xs[0], ws[1] * groups, rows.transposedOutput(input: xs[2], kernel: ws[2], extra: extra.rows),
    columns.transposedOutput(input: xs[3], kernel: ws[3], extra: extra.columns),
  ]
  let s = ck_conv(x: ys, y: xs, w: ws, groups: groups, rows: rows, columns: columns)
  let (vx, vw) = (x.value, weight.value)
  return record(s.transposed(vx, vw, bias: bias?.value, shape: ys), [x, weight] + (bias.map { [$0] } ?? [])) { gradient, tape in
    tape.add(s.forward(gradient, vw, bias: nil, shape: xs), to: x)
    tape.add(s.weightGradient(gradient, vx, shape: ws), to: weight)
    if let bias { tape.add(sumPlanes(gradient), to: bias) }
  }
}

/// Convolution of x [batch, in, length] with weight [out, in/groups, kernel]: `conv2d` of height 1.
public func conv1d(
  _ x: Variable, weight: Variable, bias: Variable? = nil, stride: Int = 1, dilation: Int = 1, groups: Int = 1, padding: Padding = 0
) -> Variable {
  flat(x, weight) { conv2d($0, weight: $1, bias: bias, columns: Walking(stride: stride, dilation: dilation, padding: padding), groups: groups) }
}

/// Transposed convolution of x [batch, in, length] with weight [in, out/groups, kernel].
public func convTransposed1d(
  _ x: Variable, weight: Variable, bias: Variable? = nil, stride: Int = 1, dilation: Int = 1, groups: Int = 1, padding: Padding = 0, extra: Int = 0
) -> Variable {
  flat(x, weight) {
    convTransposed2d(
      $0, weight: $1, bias: bias, columns: Walking(stride: stride, dilation: dilation, padding: padding), groups: groups, extra: (0, extra))
  }
}

private func flat(_ x: Variable, _ weight: Variable, _ body: (Variable, Variable) -> Variable) -> Variable {
  precondition(
    x.shape.count == 3 && weight.shape.count == 3, "input and weight of a 1-D convolution have three dimensions: \(x.shape), \(weight.shape)")
  let (xs, ws) = (x.shape, weight.shape)
  let y = body(x.reshaped([xs[0], xs[1], 1, xs[2]]), weight.reshaped([ws[0], ws[1], 1, ws[2]]))
  return y.reshaped([y.shape[0], y.shape[1], y.shape[3]])
}
