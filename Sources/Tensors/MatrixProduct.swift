import CKernels

/// c [m, n] = (accumulate ? c : 0) + a [m, k] * b [k, n], each operand with its row and column steps, shared among threads by rows or columns of c.
func product(
  _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ aSteps: (Int, Int), _ b: UnsafePointer<Float>, _ bSteps: (Int, Int),
  _ c: UnsafeMutablePointer<Float>, _ ldc: Int, accumulate: Bool
) {
  let accumulate: Int32 = accumulate ? 1 : 0
  let work = m * n * k
  if work < 1 << 17 || Threads.jobs == 1 {
    ck_gemm(m, n, k, a, aSteps.0, aSteps.1, b, bSteps.0, bSteps.1, c, ldc, accumulate)
  } else if m >= 24 * Threads.jobs || m >= n {
    Threads.parallelFor(m, grain: 8) { rows in
      ck_gemm(rows.count, n, k, a + rows.lowerBound * aSteps.0, aSteps.0, aSteps.1, b, bSteps.0, bSteps.1, c + rows.lowerBound * ldc, ldc, accumulate)
    }
  } else {
    Threads.parallelFor((n + 31) / 32) { panels in
      let (j, end) = (panels.lowerBound * 32, min(n, panels.upperBound * 32))
      ck_gemm(m, end - j, k, a, aSteps.0, aSteps.1, b + j * bSteps.1, bSteps.0, bSteps.1, c + j, ldc, accumulate)
    }
  }
}

/// `rows` copies of a vector.
func repeatRows(_ vector: Tensor, _ rows: Int, _ to: UnsafeMutablePointer<Float>) {
  for i in 0..<rows { (to + i * vector.count).update(from: vector.pointer, count: vector.count) }
}

/// The sum of the rows of [rows, columns].
func sumRows(_ x: UnsafePointer<Float>, _ rows: Int, _ columns: Int, shape: [Int]) -> Tensor {
  let result = Tensor(zeros: shape)
  let to = result.pointer
  Threads.parallelFor(columns, grain: max(64, elementGrain / max(1, rows))) { range in
    ck_add_rows(rows, range.count, x + range.lowerBound, columns, to + range.lowerBound)
  }
  return result
}

/// x [..., inputs] times weight [inputs, outputs], plus bias [outputs]: [..., outputs].
public func linear(_ x: Variable, weight: Variable, bias: Variable? = nil) -> Variable {
  precondition(weight.shape.count == 2 && x.shape.last == weight.shape[0], "linear: input \(x.shape) and weight \(weight.shape)")
  let (inputs, outputs) = (weight.shape[0], weight.shape[1])
  precondition(bias.map { $0.shape == [outputs] } ?? true, "linear: bias must be [\(outputs)]")
  let rows = x.shape.dropLast().reduce(1, *)
  let (vx, vw) = (x.value, weight.value)
  let y = Tensor(uninitialized: x.shape.dropLast() + [outputs])
  if let bias { repeatRows(bias.value, rows, y.pointer) }
  product(rows, outputs, inputs, vx.pointer, (inputs, 1), vw.pointer, (outputs, 1), y.pointer, outputs, accumulate: bias != nil)
  return record(y, [x, weight] + (bias.map { [$0] } ?? [])) { gradient, tape in
    if x.index >= 0 {
      let dx = Tensor(uninitialized: x.shape)
      product(rows, inputs, outputs, gradient.pointer, (outputs, 1), vw.pointer, (1, outputs), dx.pointer, inputs, accumulate: false)
      tape.add(dx, to: x)
    }
    if weight.index >= 0 {
      let dw = Tensor(uninitialized: weight.shape)
      product(inputs, outputs, rows, vx.pointer, (1, inputs), gradient.pointer, (outputs, 1), dw.pointer, outputs, accumulate: false)
      tape.add(dw, to: weight)
    }
    if let bias { tape.add(sumRows(gradient.pointer, rows, outputs, shape: [outputs]), to: bias) }
  }
}

/// a [..., m, k] times b [..., k, n]: [..., m, n]. Leading dimensions are equal in both.
public func matmul(_ a: Variable, _ b: Variable) -> Variable {
  let rank = a.shape.count
  precondition(
    rank >= 2 && b.shape.count == rank && a.shape.dropLast(2) == b.shape.dropLast(2) && a.shape[rank - 1] == b.shape[rank - 2],
    "matmul: shapes \(a.shape) and \(b.shape)")
  let (m, k, n) = (a.shape[rank - 2], a.shape[rank - 1], b.shape[rank - 1])
  let count = a.shape.dropLast(2).reduce(1, *)
  let (va, vb) = (a.value, b.value)
  let c = Tensor(uninitialized: a.shape.dropLast() + [n])
  for i in 0..<count {
    product(m, n, k, va.pointer + i * m * k, (k, 1), vb.pointer + i * k * n, (n, 1), c.pointer + i * m * n, n, accumulate: false)
  }
  return record(c, [a, b]) { gradient, tape in
    let (da, db) = (Tensor(uninitialized: a.shape), Tensor(uninitialized: b.shape))
    for i in 0..<count {
      let d = gradient.pointer + i * m * n
      if a.index >= 0 { product(m, k, n, d, (n, 1), vb.pointer + i * k * n, (1, n), da.pointer + i * m * k, k, accumulate: false) }
      if b.index >= 0 { product(k, n, m, va.pointer + i * m * k, (1, k), d, (n, 1), db.pointer + i * k * n, n, accumulate: false) }
    }
    tape.add(da, to: a)
    tape.add(db, to: b)
  }
}

extension Tensor {
  /// The sum of the squares of all elements.
  public func squaredNorm() -> Float { ck_dot(count, pointer, pointer) }
}
