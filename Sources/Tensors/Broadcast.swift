import CKernels

/// Two shapes aligned at their last dimensions, cut into runs that a kernel takes in one go. Extents of 1 are left out and neighbouring
/// dimensions that both operands walk through (or both repeat) are merged.
private struct Walk {
  /// Outermost first; steps in elements, 0 where the operand repeats.
  var extents: [Int] = []
  var aSteps: [Int] = []
  var bSteps: [Int] = []
  let shape: [Int]

  init(_ a: [Int], _ b: [Int]) {
    let rank = max(a.count, b.count)
    let paddedA = Array(repeating: 1, count: rank - a.count) + a
    let paddedB = Array(repeating: 1, count: rank - b.count) + b
    shape = zip(paddedA, paddedB).map { x, y in
      precondition(x == y || x == 1 || y == 1, "shapes \(a) and \(b) do not broadcast")
      return x == 1 ? y : x
    }
    var (aSpan, bSpan) = (1, 1)
    var reversed: [(extent: Int, a: Int, b: Int)] = []
    for d in stride(from: rank - 1, through: 0, by: -1) where shape[d] != 1 {
      let step = (extent: shape[d], a: paddedA[d] == 1 ? 0 : aSpan, b: paddedB[d] == 1 ? 0 : bSpan)
      aSpan *= paddedA[d]
      bSpan *= paddedB[d]
      if let last = reversed.last, step.a == last.a * last.extent, step.b == last.b * last.extent {
        reversed[reversed.count - 1].extent *= step.extent
      } else {
        reversed.append(step)
      }
    }
    if reversed.isEmpty { reversed = [(1, 1, 1)] }
    for step in reversed.reversed() {
      extents.append(step.extent)
      aSteps.append(step.a)
      bSteps.append(step.b)
    }
  }

  var run: Int { extents[extents.count - 1] }
  var runs: Int { extents.dropLast().reduce(1, *) }

  /// Where run number `index` starts in both operands.
  func offsets(_ index: Int) -> (a: Int, b: Int) {
    var (rest, a, b) = (index, 0, 0)
    for d in stride(from: extents.count - 2, through: 0, by: -1) {
      let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: extents[d])
      a += remainder * aSteps[d]
      b += remainder * bSteps[d]
      rest = quotient
    }
    return (a, b)
  }
}

/// a op b with broadcasting.
func broadcast(_ op: ck_binary_op, _ a: Tensor, _ b: Tensor) -> Tensor {
  let walk = Walk(a.shape, b.shape)
  let result = Tensor(uninitialized: walk.shape)
  guard result.count > 0 else { return result }
  let (pa, pb, py, op) = (a.pointer, b.pointer, result.pointer, Int32(op.rawValue))
  let (aStep, bStep) = (Int32(walk.aSteps.last ?? 1), Int32(walk.bSteps.last ?? 1))
  if walk.runs == 1 {
    Threads.parallelFor(walk.run, grain: elementGrain) { range in
      let i = range.lowerBound
      ck_binary(op, range.count, pa + i * Int(aStep), aStep, pb + i * Int(bStep), bStep, py + i)
    }
  } else {
    Threads.parallelFor(walk.runs, grain: max(1, elementGrain / walk.run)) { range in
      for index in range {
        let (i, j) = walk.offsets(index)
        ck_binary(op, walk.run, pa + i, aStep, pb + j, bStep, py + index * walk.run)
      }
    }
  }
  return result
}

extension Tensor {
  /// The sum over the dimensions that `shape` repeats along, in row-major order: what broadcasting does to gradients.
  func summed(to shape: [Int]) -> Tensor {
    if shape == self.shape { return self }
    let walk = Walk(self.shape, shape)
    precondition(walk.shape == self.shape, "shape \(self.shape) does not come from \(shape) by broadcasting")
    let result = Tensor(zeros: shape)
    let (from, to, run) = (pointer, result.pointer, walk.run)
    let step = walk.bSteps.last ?? 1
    if walk.extents.count == 2, step == 1, walk.bSteps[0] == 0 {
      Threads.parallelFor(run, grain: max(64, elementGrain / walk.runs)) { range in
        ck_add_rows(walk.runs, range.count, from + range.lowerBound, run, to + range.lowerBound)
      }
      return result
    }
    for index in 0..<walk.runs {
      let (i, j) = walk.offsets(index)
      if step == 1 { ck_axpy(run, 1, from + i, to + j) } else { to[j] += ck_sum(run, from + i) }
    }
    return result
  }

  /// This tensor repeated to fill `shape`.
  func repeated(to shape: [Int]) -> Tensor {
    shape == self.shape ? self : broadcast(CK_ADD, self, Tensor(zeros: shape))
  }
}

extension Variable {
  /// The sum of all elements.
  public func sum() -> Variable {
    let result = Tensor(value.withValues { ck_sum($0.count, $0.baseAddress) })
    return record(result, [self]) { gradient, tape in tape.add(Tensor(repeating: gradient.scalar, shape: shape), to: self) }
  }

  /// The mean of all elements.
  public func mean() -> Variable { sum() * (1 / Float(value.count)) }

  /// The sum along some dimensions, which stay with extent 1.
  public func sum(alongAxes axes: [Int]) -> Variable {
    let kept = shape.indices.map { axes.contains($0) ? 1 : shape[$0] }
    return record(value.summed(to: kept), [self]) { gradient, tape in tape.add(gradient.repeated(to: shape), to: self) }
  }

  /// The mean along some dimensions, which stay with extent 1.
  public func mean(alongAxes axes: [Int]) -> Variable {
    sum(alongAxes: axes) * (1 / Float(axes.reduce(1) { $0 * shape[$1] }))
  }

  /// Repeated to fill `shape`, aligned at the last dimension.
  public func expanded(to shape: [Int]) -> Variable {
    record(value.repeated(to: shape), [self]) { gradient, tape in tape.add(gradient.summed(to: self.shape), to: self) }
  }
}
