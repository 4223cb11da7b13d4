import CKernels

/// Hidden states of a GRU over a whole sequence, from gate inputs that are already computed (one matrix product for all steps):
/// gates [batch, steps, 3 * size] in the order reset, update, new; recurrentWeight [size, 3 * size], recurrentBias [3 * size],
/// start [batch, size] or nil for zeros. Result [batch, steps, size]:
///
///     r = sigmoid(gates.r + (h W + b).r),  z = sigmoid(gates.z + (h W + b).z),  n = tanh(gates.n + r * (h W + b).n),  h' = n + z * (h - n)
///
/// (Cho et al. 2014, with the bias inside the reset, as in cuDNN). The gradient goes back through all steps.
public func gruSequence(gates: Variable, recurrentWeight: Variable, recurrentBias: Variable, start: Variable? = nil) -> Variable {
  let s = Sequence(gates.shape, recurrentWeight.shape, gateCount: 3, bias: recurrentBias.shape, start: start?.shape)
  let (batch, steps, size) = (s.batch, s.steps, s.size)
  let inputs = [gates, recurrentWeight, recurrentBias] + (start.map { [$0] } ?? [])
  let keeps = inputs.contains { $0.index >= 0 }
  let (h0, w) = (start?.value ?? Tensor(zeros: [batch, size]), recurrentWeight.value)
  let y = Tensor(uninitialized: [batch, steps, size])
  let saved = Tensor(uninitialized: keeps ? [batch, steps, 4 * size] : [0])
  let packed = PackedMatrix(w.pointer, (3 * size, 1), rows: size, columns: 3 * size)
  let (pg, pb, ph, py, ps) = (gates.value.pointer, recurrentBias.value, h0.pointer, y.pointer, saved.pointer)
  Threads.parallelFor(batch, grain: s.grain) { range in
    let (first, count) = (range.lowerBound, range.count)
    let recurrent = Tensor(uninitialized: [count, 3 * size])
    for t in 0..<steps {
      let old = t == 0 ? ph + first * size : py + (first * steps + t - 1) * size
      let oldStep = t == 0 ? size : steps * size
      repeatRows(pb, count, recurrent.pointer)
      packed.multiply(old, (oldStep, 1), rows: count, into: recurrent.pointer, accumulate: true)
      let at = first * steps + t
      ck_gru(
        count, size, pg + at * 3 * size, steps * 3 * size, recurrent.pointer, old, oldStep, py + at * size, steps * size,
        keeps ? ps + at * 4 * size : nil, steps * 4 * size)
    }
    withExtendedLifetime(recurrent) {}
  }
  return record(y, inputs) { gradient, tape in
    let back = PackedMatrix(w.pointer, (1, 3 * size), rows: 3 * size, columns: size)
    let (dGates, dRecurrent) = (Tensor(uninitialized: gates.shape), Tensor(uninitialized: gates.shape))
    let dStart = Tensor(uninitialized: [batch, size])
    let (pd, pi, pr, p0, ph, py, ps) = (
      gradient.pointer, dGates.pointer, dRecurrent.pointer, dStart.pointer, h0.pointer, y.pointer, saved.pointer
    )
    Threads.parallelFor(batch, grain: s.grain) { range in
      let (first, count) = (range.lowerBound, range.count)
      let (total, carry) = (Tensor(uninitialized: [count, size]), Tensor(zeros: [count, size]))
      for t in stride(from: steps - 1, through: 0, by: -1) {
        let at = first * steps + t
        for i in 0..<count {
          ck_binary(Int32(CK_ADD.rawValue), size, carry.pointer + i * size, 1, pd + (at + i * steps) * size, 1, total.pointer + i * size)
        }
        let old = t == 0 ? ph + first * size : py + (at - 1) * size
        ck_gru_gradient(
          count, size, ps + at * 4 * size, steps * 4 * size, old, t == 0 ? size : steps * size, total.pointer, pi + at * 3 * size,
          pr + at * 3 * size, steps * 3 * size, carry.pointer)
        back.multiply(pr + at * 3 * size, (steps * 3 * size, 1), rows: count, into: carry.pointer, accumulate: true)
      }
      (p0 + first * size).update(from: carry.pointer, count: count * size)
      withExtendedLifetime((total, carry)) {}
    }
    tape.add(dGates, to: gates)
    s.addRecurrentGradients(dRecurrent, y, h0, recurrentWeight, recurrentBias, tape)
    if let start { tape.add(dStart, to: start) }
  }
}

/// Hidden states of an LSTM over a whole sequence, from gate inputs that are already computed: gates [batch, steps, 4 * size] in the order
/// input, forget, cell, output; recurrentWeight [size, 4 * size], recurrentBias [4 * size], from zero states. Result [batch, steps, size]:
/// with a = gates + h W + b, c' = sigmoid(a.f) * c + sigmoid(a.i) * tanh(a.g), h' = sigmoid(a.o) * tanh(c') (Hochreiter and Schmidhuber 1997,
/// with the forget gate of Gers et al. 2000).
public func lstmSequence(gates: Variable, recurrentWeight: Variable, recurrentBias: Variable) -> Variable {
  let s = Sequence(gates.shape, recurrentWeight.shape, gateCount: 4, bias: recurrentBias.shape, start: nil)
  let (batch, steps, size) = (s.batch, s.steps, s.size)
  let w = recurrentWeight.value
  let (y, cells) = (Tensor(uninitialized: [batch, steps, size]), Tensor(uninitialized: [batch, steps, size]))
  let (saved, zeros) = (Tensor(uninitialized: [batch, steps, 5 * size]), Tensor(zeros: [batch, size]))
  let packed = PackedMatrix(w.pointer, (4 * size, 1), rows: size, columns: 4 * size)
  let (pg, pb, pz, py, pc, ps) = (gates.value.pointer, recurrentBias.value, zeros.pointer, y.pointer, cells.pointer, saved.pointer)
  Threads.parallelFor(batch, grain: s.grain) { range in
    let (first, count) = (range.lowerBound, range.count)
    let recurrent = Tensor(uninitialized: [count, 4 * size])
    for t in 0..<steps {
      let at = first * steps + t
      let (old, cell) = t == 0 ? (pz, pz) : (py + (at - 1) * size, pc + (at - 1) * size)
      let oldStep = t == 0 ? size : steps * size
      repeatRows(pb, count, recurrent.pointer)
      packed.multiply(old, (oldStep, 1), rows: count, into: recurrent.pointer, accumulate: true)
      ck_lstm(
        count, size, pg + at * 4 * size, steps * 4 * size, recurrent.pointer, cell, oldStep, pc + at * size, steps * size, py + at * size,
        steps * size, ps + at * 5 * size, steps * 5 * size)
    }
    withExtendedLifetime(recurrent) {}
  }
  return record(y, [gates, recurrentWeight, recurrentBias]) { gradient, tape in
    let back = PackedMatrix(w.pointer, (1, 4 * size), rows: 4 * size, columns: size)
    let dGates = Tensor(uninitialized: gates.shape)
    let (pd, pi, pz, pc, ps) = (gradient.pointer, dGates.pointer, zeros.pointer, cells.pointer, saved.pointer)
    Threads.parallelFor(batch, grain: s.grain) { range in
      let (first, count) = (range.lowerBound, range.count)
      let (total, carry, dCell) = (
        Tensor(uninitialized: [count, size]), Tensor(zeros: [count, size]), Tensor(zeros: [count, size])
      )
      for t in stride(from: steps - 1, through: 0, by: -1) {
        let at = first * steps + t
        for i in 0..<count {
          ck_binary(Int32(CK_ADD.rawValue), size, carry.pointer + i * size, 1, pd + (at + i * steps) * size, 1, total.pointer + i * size)
        }
        ck_lstm_gradient(
          count, size, ps + at * 5 * size, steps * 5 * size, t == 0 ? pz : pc + (at - 1) * size, t == 0 ? size : steps * size, total.pointer,
          dCell.pointer, pi + at * 4 * size, steps * 4 * size)
        back.multiply(pi + at * 4 * size, (steps * 4 * size, 1), rows: count, into: carry.pointer, accumulate: false)
      }
      withExtendedLifetime((total, carry, dCell)) {}
    }
    tape.add(dGates, to: gates)
    s.addRecurrentGradients(dGates, y, zeros, recurrentWeight, recurrentBias, tape)
  }
}

/// One step of `gruSequence` for inference: gates [batch, 3 * size] and h [batch, size] to the next h, with the bits of the sequence.
public func gruStep(gates: Tensor, recurrentWeight: Tensor, recurrentBias: Tensor, h: Tensor) -> Tensor {
  precondition(gates.shape.count == 2 && h.shape.count == 2, "gruStep: gates \(gates.shape), h \(h.shape)")
  let s = Sequence(
    [gates.shape[0], 1, gates.shape[1]], recurrentWeight.shape, gateCount: 3, bias: recurrentBias.shape, start: h.shape)
  let (batch, size) = (s.batch, s.size)
  let (recurrent, next) = (Tensor(uninitialized: gates.shape), Tensor(uninitialized: h.shape))
  repeatRows(recurrentBias, batch, recurrent.pointer)
  product(batch, 3 * size, size, h.pointer, (size, 1), recurrentWeight.pointer, (3 * size, 1), recurrent.pointer, 3 * size, accumulate: true)
  ck_gru(batch, size, gates.pointer, 3 * size, recurrent.pointer, h.pointer, size, next.pointer, size, nil, 0)
  return withExtendedLifetime(recurrent) { next }
}

/// One step of `lstmSequence` for inference: gates [batch, 4 * size], h and cell [batch, size] to the next h and cell.
public func lstmStep(gates: Tensor, recurrentWeight: Tensor, recurrentBias: Tensor, h: Tensor, cell: Tensor) -> (h: Tensor, cell: Tensor) {
  precondition(gates.shape.count == 2 && h.shape == cell.shape, "lstmStep: gates \(gates.shape), h \(h.shape), cell \(cell.shape)")
  let s = Sequence(
    [gates.shape[0], 1, gates.shape[1]], recurrentWeight.shape, gateCount: 4, bias: recurrentBias.shape, start: h.shape)
  let (batch, size) = (s.batch, s.size)
  let (recurrent, next, memory) = (Tensor(uninitialized: gates.shape), Tensor(uninitialized: h.shape), Tensor(uninitialized: h.shape))
  repeatRows(recurrentBias, batch, recurrent.pointer)
  product(batch, 4 * size, size, h.pointer, (size, 1), recurrentWeight.pointer, (4 * size, 1), recurrent.pointer, 4 * size, accumulate: true)
  ck_lstm(
    batch, size, gates.pointer, 4 * size, recurrent.pointer, cell.pointer, size, memory.pointer, size, next.pointer, size, nil, 0)
  return withExtendedLifetime(recurrent) { (next, memory) }
}

/// Extents of a recurrent layer's run.
private struct Sequence {
  let batch: Int
  let steps: Int
  let size: Int
  let gateCount: Int
  /// Sequences for one thread, so that a thread's work on one step is worth it.
  var grain: Int { max(1, (1 << 18) / max(1, steps * gateCount * size * size)) }

  init(_ gates: [Int], _ weight: [Int], gateCount: Int, bias: [Int], start: [Int]?) {
    precondition(
      gates.count == 3 && weight.count == 2 && weight[1] == gateCount * weight[0] && gates[2] == weight[1] && bias == [weight[1]],
      "recurrent layer: gates \(gates), weight \(weight), bias \(bias)")
    (batch, steps, size, self.gateCount) = (gates[0], gates[1], weight[0], gateCount)
    precondition(start == nil || start == [batch, size], "recurrent layer: start \(start ?? []) for [\(batch), \(size)]")
  }

  /// Weight and bias from the gradients of h W + b of all steps; chains run over (sequence, step).
  func addRecurrentGradients(_ gradient: Tensor, _ y: Tensor, _ start: Tensor, _ weight: Variable, _ bias: Variable, _ tape: Tape) {
    let width = gateCount * size
    if weight.index >= 0 {
      let (old, dw) = (Tensor(uninitialized: y.shape), Tensor(uninitialized: weight.shape))
      for b in 0..<batch where steps > 0 {
        let to = old.pointer + b * steps * size
        to.update(from: start.pointer + b * size, count: size)
        (to + size).update(from: y.pointer + b * steps * size, count: (steps - 1) * size)
      }
      product(size, width, batch * steps, old.pointer, (1, size), gradient.pointer, (width, 1), dw.pointer, width, accumulate: false)
      withExtendedLifetime(old) { tape.add(dw, to: weight) }
    }
    tape.add(sumRows(gradient.pointer, batch * steps, width, shape: [width]), to: bias)
  }
}
