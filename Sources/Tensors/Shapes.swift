extension Variable {
  /// The same elements in another shape; one extent may be -1 and follows from the others.
  public func reshaped(_ shape: [Int]) -> Variable {
    record(value.reshaped(shape), [self]) { gradient, tape in tape.add(gradient.reshaped(self.shape), to: self) }
  }

  /// Dimensions in another order: dimension d of the result is dimension `order[d]` of this.
  public func permuted(_ order: [Int]) -> Variable {
    precondition(order.sorted() == Array(shape.indices), "\(order) is no order of \(shape.count) dimensions")
    var back = order
    for (d, source) in order.enumerated() { back[source] = d }
    return record(value.permuted(order), [self]) { [back] gradient, tape in tape.add(gradient.permuted(back), to: self) }
  }

  /// The elements whose index along `axis` lies in `range`.
  public func slice(_ range: Range<Int>, axis: Int) -> Variable {
    precondition(
      axis >= 0 && axis < shape.count && range.lowerBound >= 0 && range.upperBound <= shape[axis], "slice \(range) of \(shape), axis \(axis)")
    guard range.count < shape[axis] else { return self }
    var part = shape
    part[axis] = range.count
    let (outer, inner, extent) = (shape[..<axis].reduce(1, *), shape[(axis + 1)...].reduce(1, *), shape[axis])
    let result = Tensor(uninitialized: part)
    copy(outer, range.count * inner, value.pointer + range.lowerBound * inner, extent * inner, result.pointer, range.count * inner)
    return record(result, [self]) { gradient, tape in
      let whole = Tensor(zeros: shape)
      copy(outer, range.count * inner, gradient.pointer, range.count * inner, whole.pointer + range.lowerBound * inner, extent * inner)
      tape.add(whole, to: self)
    }
  }
}

/// Variables side by side along `axis`; their other extents are equal.
public func concatenate(_ parts: [Variable], axis: Int) -> Variable {
  precondition(!parts.isEmpty && axis >= 0 && axis < parts[0].shape.count, "concatenate: no parts, or no axis \(axis)")
  var shape = parts[0].shape
  let (outer, inner) = (shape[..<axis].reduce(1, *), shape[(axis + 1)...].reduce(1, *))
  for part in parts {
    var other = part.shape
    precondition(other.count == shape.count, "concatenate: ranks differ")
    other[axis] = shape[axis]
    precondition(other == shape, "concatenate: shapes \(parts.map(\.shape)) along axis \(axis)")
  }
  shape[axis] = parts.reduce(0) { $0 + $1.shape[axis] }
  let (result, width) = (Tensor(uninitialized: shape), shape[axis] * inner)
  var start = 0
  let starts = parts.map { part in
    defer { start += part.shape[axis] * inner }
    return start
  }
  for (part, start) in zip(parts, starts) {
    let own = part.shape[axis] * inner
    copy(outer, own, part.value.pointer, own, result.pointer + start, width)
  }
  return record(result, parts) { gradient, tape in
    for (part, start) in zip(parts, starts) where part.index >= 0 {
      let (own, piece) = (part.shape[axis] * inner, Tensor(uninitialized: part.shape))
      copy(outer, own, gradient.pointer + start, width, piece.pointer, own)
      tape.add(piece, to: part)
    }
  }
}

/// Copies `rows` rows of `length` floats between memories with their own row steps.
private func copy(
  _ rows: Int, _ length: Int, _ from: UnsafePointer<Float>, _ fromStep: Int, _ to: UnsafeMutablePointer<Float>, _ toStep: Int
) {
  Threads.parallelFor(rows, grain: max(1, elementGrain / max(1, length))) { range in
    for row in range { (to + row * toStep).update(from: from + row * fromStep, count: length) }
  }
}

extension Tensor {
  /// Dimensions in another order: dimension d of the result is dimension `order[d]` of this.
  public func permuted(_ order: [Int]) -> Tensor {
    let rank = shape.count
    var steps = Array(repeating: 1, count: rank)
    for d in stride(from: rank - 2, through: 0, by: -1) { steps[d] = steps[d + 1] * shape[d + 1] }
    let (extents, steps_) = (order.map { shape[$0] }, order.map { steps[$0] })
    let result = Tensor(uninitialized: extents)
    guard rank > 0, count > 0 else { return rank == 0 ? self : result }
    let (from, to, run, runStep) = (pointer, result.pointer, extents[rank - 1], steps_[rank - 1])
    Threads.parallelFor(count / run, grain: max(1, elementGrain / run)) { range in
      for index in range {
        var (rest, offset) = (index, 0)
        for d in stride(from: rank - 2, through: 0, by: -1) {
          let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: extents[d])
          offset += remainder * steps_[d]
          rest = quotient
        }
        let (source, target) = (from + offset, to + index * run)
        if runStep == 1 {
          target.update(from: source, count: run)
        } else {
          for i in 0..<run { target[i] = source[i * runStep] }
        }
      }
    }
    return result
  }
}
