import CKernels

/// Scaled dot-product attention in several heads (Vaswani et al., "Attention is all you need", 2017): queries [batch, m, width], keys and values [batch, n, width],
/// each row cut into `heads` parts of equal length d. In each head a result is the mean of the values by the weights softmax(query · keys / sqrt(d)); the heads' results
/// stand side by side: [batch, m, width].
public func attention(queries: Variable, keys: Variable, values: Variable, heads: Int) -> Variable {
  let (q, k, v) = (queries.value, keys.value, values.value)
  precondition(
    q.shape.count == 3 && k.shape.count == 3 && k.shape == v.shape && q.shape[0] == k.shape[0] && q.shape[2] == k.shape[2] && k.shape[1] > 0
      && heads > 0 && q.shape[2] % heads == 0, "attention in \(heads) heads: queries \(q.shape), keys \(k.shape), values \(v.shape)")
  let extents = Heads(batch: q.shape[0], m: q.shape[1], n: k.shape[1], width: q.shape[2], heads: heads)
  let (m, n, width, d, scale) = (extents.m, extents.n, extents.width, extents.d, extents.scale)
  // Of each head of each sequence.
  let (weights, y) = (Tensor(uninitialized: [extents.batch * heads, m, n]), Tensor(uninitialized: q.shape))
  let (pq, pk, pv, pw, py) = (q.pointer, k.pointer, v.pointer, weights.pointer, y.pointer)
  Threads.parallelFor(extents.batch * heads, grain: extents.grain) { range in
    for index in range {
      let (row, column, own) = (extents.query(index), extents.key(index), pw + index * m * n)
      ck_gemm(m, n, d, pq + row, width, 1, pk + column, 1, width, own, n, 0)
      ck_unary(Int32(CK_SCALE.rawValue), m * n, own, own, scale)
      ck_softmax(m, n, own, own, nil, nil)
      ck_gemm(m, d, n, own, n, 1, pv + column, width, 1, py + row, width, 0)
    }
  }
  return record(y, [queries, keys, values]) { gradient, tape in
    let (dq, dk, dv) = (Tensor(uninitialized: q.shape), Tensor(uninitialized: k.shape), Tensor(uninitialized: v.shape))
    let (pq, pk, pv, pw, pd) = (q.pointer, k.pointer, v.pointer, weights.pointer, gradient.pointer)
    let (rq, rk, rv) = (dq.pointer, dk.pointer, dv.pointer)
    Threads.parallelFor(extents.batch * heads, grain: extents.grain) { range in
      let (scores, products) = (Tensor(uninitialized: [m, n]), Tensor(uninitialized: [n]))
      let (ps, pp) = (scores.pointer, products.pointer)
      for index in range {
        let (row, column, own) = (extents.query(index), extents.key(index), pw + index * m * n)
        ck_gemm(n, d, m, own, 1, n, pd + row, width, 1, rv + column, width, 0)
        ck_gemm(m, n, d, pd + row, width, 1, pv + column, 1, width, ps, n, 0)
        for i in 0..<m {
          let (weight, score) = (own + i * n, ps + i * n)
          ck_binary(Int32(CK_MULTIPLY.rawValue), n, weight, 1, score, 1, pp)
          let sum = ck_sum(n, pp)
          score.update(from: pp, count: n)
          ck_axpy(n, -sum, weight, score)
        }
        ck_unary(Int32(CK_SCALE.rawValue), m * n, ps, ps, scale)
        ck_gemm(m, d, n, ps, n, 1, pk + column, width, 1, rq + row, width, 0)
        ck_gemm(n, d, m, ps, 1, n, pq + row, width, 1, rk + column, width, 0)
      }
      withExtendedLifetime((scores, products)) {}
    }
    withExtendedLifetime((q, k, v, weights)) {}
    tape.add(dq, to: queries)
    tape.add(dk, to: keys)
    tape.add(dv, to: values)
  }
}

private struct Heads {
  let batch: Int
  let m: Int
  let n: Int
  let width: Int
  let heads: Int

  /// Numbers of a head.
  var d: Int { width / heads }
  var scale: Float { 1 / Float(d).squareRoot() }
  /// Heads for one thread, so that its work is worth it.
  var grain: Int { max(1, (1 << 17) / max(1, m * n * d)) }

  /// Where head and sequence number `index` begin among the queries.
  func query(_ index: Int) -> Int { index / heads * m * width + index % heads * d }
  /// The same among keys and values.
  func key(_ index: Int) -> Int { index / heads * n * width + index % heads * d }
}
