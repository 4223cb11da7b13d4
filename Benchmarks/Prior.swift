import Layers
import Tensors

/// The recurrent prior over wavelet codes that the training-step target is measured on: two GRU layers over frames, and for each band of a
/// frame's 64 codes a head that also sees the coarser bands and the codes before in its own. Zero-inflated logistic code lengths.
struct Prior: Layer {
  static let groups = [0..<2, 2..<4, 4..<8, 8..<16, 16..<32, 32..<64]
  let level: Embedding
  let input: Dense
  var recurrent: [GRU] = []
  var heads: [[Dense]] = []
  var within: [Parameter] = []

  init(size: Int = 160, levels: Int = 6, random: inout RandomSource) {
    level = Embedding(count: levels, size: 32, random: &random)
    input = Dense(inputs: 64, outputs: size, random: &random)
    recurrent = [GRU(inputs: size + 32, size: size, random: &random), GRU(inputs: size, size: size, random: &random)]
    for group in Prior.groups {
      heads.append([
        Dense(inputs: size + 32 + group.lowerBound, outputs: size, random: &random), Dense(inputs: size, outputs: size, random: &random),
        Dense(inputs: size, outputs: 3 * group.count, random: &random),
      ])
      within.append(Parameter(Tensor(zeros: [group.count, 2 * group.count])))
    }
  }

  /// Mean code length in bit per code of q [batch, frames, 64], at one level for each sequence; z is q squashed.
  func callAsFunction(q: Variable, z: Variable, levels: [Int]) -> Variable {
    let (batch, frames) = (q.shape[0], q.shape[1])
    let e = level(levels, on: q).reshaped([batch, 1, 32]).expanded(to: [batch, frames, 32])
    var h = input(z).silu()
    let first = Variable(Tensor(zeros: [batch, 1, h.shape[2]]))
    h = concatenate([first, h.slice(0..<frames - 1, axis: 1)], axis: 1)
    h = recurrent[1](recurrent[0](concatenate([h, e], axis: 2)))
    h = concatenate([h, e], axis: 2)
    var bits = Variable(Tensor(0))
    for (k, group) in Prior.groups.enumerated() {
      let n = group.count
      let seen = group.lowerBound == 0 ? h : concatenate([h, z.slice(0..<group.lowerBound, axis: 2)], axis: 2)
      let o = heads[k][2](heads[k][1](heads[k][0](seen).silu()).silu())
      // Code j sees the codes i < j of its own band.
      let mask = Tensor((0..<n).flatMap { i in (0..<2 * n).map { j in i < j % n ? 1 : 0 } }, shape: [n, 2 * n])
      let r = linear(z.slice(group, axis: 2), weight: q.use(within[k]) * Variable(mask))
      let x = q.slice(group, axis: 2)
      let mean = o.slice(0..<n, axis: 2) + r.slice(0..<n, axis: 2)
      let scale = (o.slice(n..<2 * n, axis: 2) + r.slice(n..<2 * n, axis: 2)).clamped(-4...7).exp()
      let zero = o.slice(2 * n..<3 * n, axis: 2).sigmoid()
      let distance = x - mean
      let mass = ((distance + 0.5) / scale).sigmoid() - ((distance - 0.5) / scale).sigmoid()
      let isZero = Variable(Tensor(x.value.values.map { $0 == 0 ? 1 : 0 }, shape: x.shape))
      let p = (1 - zero) * mass + zero * isZero
      bits = bits - p.clamped(atLeast: 0x1p-20).log().sum()
    }
    return bits * (1.442_695 / Float(batch * frames * 64))
  }
}
