import CKernels

extension Variable {
  /// Rows of a table [entries, ...] by index: [indices.count, ...]. Rows taken several times add up their gradients.
  public func rows(_ indices: [Int]) -> Variable {
    precondition(!shape.isEmpty && indices.allSatisfy { $0 >= 0 && $0 < shape[0] }, "rows: an index outside 0..<\(shape.first ?? 0)")
    let width = shape.dropFirst().reduce(1, *)
    let result = Tensor(uninitialized: [indices.count] + shape.dropFirst())
    for (i, row) in indices.enumerated() { (result.pointer + i * width).update(from: value.pointer + row * width, count: width) }
    return record(result, [self]) { gradient, tape in
      let table = Tensor(zeros: shape)
      for (i, row) in indices.enumerated() { ck_axpy(width, 1, gradient.pointer + i * width, table.pointer + row * width) }
      tape.add(table, to: self)
    }
  }

  /// Each row (along the last dimension) less its mean, over its standard deviation: layer normalisation without its scale and shift (Ba et al. 2016).
  public func normalised(epsilon: Float = 1e-5) -> Variable {
    precondition(!shape.isEmpty && value.count > 0, "normalised: empty input")
    let columns = shape[shape.count - 1]
    let rows = value.count / columns
    let (y, scales) = (Tensor(uninitialized: shape), Tensor(uninitialized: [rows]))
    let (px, py, ps) = (value.pointer, y.pointer, scales.pointer)
    Threads.parallelFor(rows, grain: max(1, elementGrain / columns)) { range in
      let i = range.lowerBound
      ck_normalise(range.count, columns, px + i * columns, py + i * columns, ps + i, epsilon)
    }
    return record(y, [self]) { gradient, tape in
      let dx = Tensor(uninitialized: shape)
      let (py, ps, pd, pr) = (y.pointer, scales.pointer, gradient.pointer, dx.pointer)
      Threads.parallelFor(rows, grain: max(1, elementGrain / columns)) { range in
        let i = range.lowerBound
        ck_normalise_gradient(range.count, columns, py + i * columns, ps + i, pd + i * columns, pr + i * columns)
      }
      tape.add(dx, to: self)
    }
  }

  /// Probabilities along the last dimension.
  public func softmax() -> Variable {
    let (y, _) = probabilities(targets: nil)
    return record(y, [self]) { gradient, tape in
      let columns = shape[shape.count - 1]
      let dx = broadcast(CK_MULTIPLY, gradient, y)
      for i in 0..<(y.count / columns) {
        ck_axpy(columns, -ck_sum(columns, dx.pointer + i * columns), y.pointer + i * columns, dx.pointer + i * columns)
      }
      tape.add(dx, to: self)
    }
  }

  /// Code length in nats of the class `targets[i]` under the softmax of row i: logits [..., classes] to losses [...].
  public func crossEntropy(targets: [Int]) -> Variable {
    let (y, losses) = probabilities(targets: targets)
    return record(losses, [self]) { gradient, tape in
      let columns = shape[shape.count - 1]
      var dx = y
      dx.makeUnique()
      for (i, target) in targets.enumerated() {
        let row = dx.pointer + i * columns
        row[target] -= 1
        ck_unary(Int32(CK_SCALE.rawValue), columns, row, row, gradient.pointer[i])
      }
      tape.add(dx, to: self)
    }
  }

  private func probabilities(targets: [Int]?) -> (y: Tensor, losses: Tensor) {
    precondition(!shape.isEmpty && value.count > 0, "softmax: empty input")
    let columns = shape[shape.count - 1]
    let rows = value.count / columns
    if let targets {
      precondition(targets.count == rows && targets.allSatisfy { $0 >= 0 && $0 < columns }, "crossEntropy: one class in 0..<\(columns) for each row")
    }
    let (y, losses) = (Tensor(uninitialized: shape), Tensor(uninitialized: targets == nil ? [0] : Array(shape.dropLast())))
    let (px, py, pl) = (value.pointer, y.pointer, losses.pointer)
    let narrow = targets?.map(Int32.init)
    Threads.parallelFor(rows, grain: max(1, elementGrain / columns)) { range in
      let i = range.lowerBound
      if let narrow {
        narrow.withUnsafeBufferPointer {
          ck_softmax(range.count, columns, px + i * columns, py + i * columns, $0.baseAddress.map { $0 + i }, pl + i)
        }
      } else {
        ck_softmax(range.count, columns, px + i * columns, py + i * columns, nil, nil)
      }
    }
    return (y, losses)
  }

  /// Code length in nats of binary targets (0 to 1, of the same shape) under probabilities sigmoid(x), element by element.
  public func binaryCrossEntropy(targets: Variable) -> Variable { softplus() - self * targets }

  /// The mean of weights * (x - target)²; the weights broadcast.
  public func squaredError(_ target: Variable, weights: Variable? = nil) -> Variable {
    let squares = (self - target).squared()
    return (weights.map { squares * $0 } ?? squares).mean()
  }
}
