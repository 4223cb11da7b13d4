import Glibc
import Tensors

/// t-distributed stochastic neighbour embedding, exact (van der Maaten and Hinton, "Visualizing data using t-SNE", 2008): places in a plane whose neighbours are
/// those of the codes. Distances between far groups mean nothing.
///
/// Every pair of items is looked at in every step, so time and memory go with the square of their number. The same seed gives the same places for any number of
/// threads: each item's sums are one chain in the order of the items. On other machines places may differ: exponentials and logarithms are those of the C library,
/// in doubles, since a map is looked at and nothing is decoded by it.
public struct TSNE {
  /// The most items.
  public static let mostItems = 4000

  /// The number of neighbours that count, smoothly.
  public var perplexity = 30.0
  public var steps = 750
  public var seed: UInt64 = 1

  /// Steps in which attraction is exaggerated, so that groups find together, and by how much.
  private static let (early, exaggeration) = (200, 12.0)

  public init() {}

  /// - Parameters:
  ///   - codes: [items, columns], at most `mostItems`.
  ///   - progress: is told how many steps are done.
  /// - Returns: [items, 2]
  public func places(_ codes: Tensor, progress: (Int) -> Void = { _ in }) -> Tensor {
    let count = codes.shape[0]
    precondition(count <= TSNE.mostItems, "t-SNE of \(count) items")
    // Nothing to be near or far from: beside each other.
    guard count > 2 else { return Tensor((0..<2 * count).map { $0 == 2 ? 1 : 0 }, shape: [count, 2]) }
    let affinities = self.affinities(codes)
    var random = RandomSource(seed: seed)
    var places = (0..<2 * count).map { _ in 1e-2 * Double(random.normal()) }
    var (speed, gains) = ([Double](repeating: 0, count: 2 * count), [Double](repeating: 1, count: 2 * count))
    let rate = max(50, Double(count) / TSNE.exaggeration)
    for step in 0..<steps {
      let pull = step < TSNE.early ? TSNE.exaggeration : 1
      let slope = TSNE.gradient(places, affinities, pull)
      let momentum = step < TSNE.early ? 0.5 : 0.8
      for k in places.indices {
        // Longer steps where the direction stays, shorter ones where it turns (Jacobs 1988).
        gains[k] = (slope[k] > 0) == (speed[k] > 0) ? max(0.01, gains[k] * 0.8) : gains[k] + 0.2
        speed[k] = momentum * speed[k] - rate * gains[k] * slope[k]
        places[k] += speed[k]
      }
      for axis in 0..<2 {
        let mean = (0..<count).reduce(0.0) { $0 + places[2 * $1 + axis] } / Double(count)
        for k in 0..<count { places[2 * k + axis] -= mean }
      }
      progress(step + 1)
    }
    return Tensor(places.map { Float($0) }, shape: [count, 2])
  }

  /// Joint probabilities of neighbours [items × items]: normal distributions about each item whose width fits the perplexity, made symmetric.
  private func affinities(_ codes: Tensor) -> [Float] {
    let (count, columns) = (codes.shape[0], codes.shape[1])
    let (x, wanted) = (codes.values, log(min(perplexity, Double(count - 1) / 3)))
    var rows = [Float](repeating: 0, count: count * count)
    rows.withUnsafeMutableBufferPointer { rows in
      // Every item's row is one thread's own.
      nonisolated(unsafe) let rows = rows
      Threads.parallelFor(count) { part in
        for i in part {
          let distances = (0..<count).map { j in
            (0..<columns).reduce(0.0) { sum, k in
              let difference = Double(x[i * columns + k] - x[j * columns + k])
              return sum + difference * difference
            }
          }
          for (j, value) in TSNE.conditional(distances, i, entropy: wanted).enumerated() { rows[i * count + j] = Float(value) }
        }
      }
    }
    for i in 0..<count {
      for j in 0..<i {
        let mean = (rows[i * count + j] + rows[j * count + i]) / Float(2 * count)
        (rows[i * count + j], rows[j * count + i]) = (mean, mean)
      }
    }
    return rows
  }

  /// Probabilities of item `i`'s neighbours, whose entropy in nats is the wanted one; by bisection of the width.
  private static func conditional(_ distances: [Double], _ i: Int, entropy wanted: Double) -> [Double] {
    let nearest = distances.indices.reduce(Double.infinity) { $1 == i ? $0 : min($0, distances[$1]) }
    let mean = distances.reduce(0, +) / Double(distances.count - 1)
    var (low, high, narrowness) = (0.0, Double.infinity, 1 / max(mean, 1e-12))
    var weights: [Double] = []
    for _ in 0..<60 {
      weights = distances.map { exp(-($0 - nearest) * narrowness) }
      weights[i] = 0
      let total = weights.reduce(0, +)
      let moment = zip(weights, distances).reduce(0) { $0 + $1.0 * ($1.1 - nearest) }
      let entropy = log(total) + narrowness * moment / total
      weights = weights.map { $0 / total }
      guard abs(entropy - wanted) > 1e-5 else { break }
      if entropy > wanted { low = narrowness } else { high = narrowness }
      narrowness = high.isFinite ? (low + high) / 2 : 2 * narrowness
    }
    return weights
  }

  /// Of the Kullback-Leibler divergence, with attraction times `pull`.
  private static func gradient(_ places: [Double], _ affinities: [Float], _ pull: Double) -> [Double] {
    let count = places.count / 2
    // By item: attraction, repulsion that the sum over all pairs is still to divide, and the item's part of that sum.
    var parts = [(attraction: SIMD2<Double>, repulsion: SIMD2<Double>, sum: Double)](repeating: ([0, 0], [0, 0], 0), count: count)
    parts.withUnsafeMutableBufferPointer { parts in
      places.withUnsafeBufferPointer { places in
        affinities.withUnsafeBufferPointer { affinities in
          // Every item is one thread's own; the others are only read.
          nonisolated(unsafe) let (parts, places, affinities) = (parts, places, affinities)
          Threads.parallelFor(count, grain: 16) { range in
            for i in range {
              let (x, y) = (places[2 * i], places[2 * i + 1])
              var (attraction, repulsion, sum) = (SIMD2<Double>(), SIMD2<Double>(), 0.0)
              for j in 0..<count where j != i {
                let offset = SIMD2(x - places[2 * j], y - places[2 * j + 1])
                let near = 1 / (1 + (offset * offset).sum())
                sum += near
                attraction += offset * (Double(affinities[i * count + j]) * near)
                repulsion += offset * (near * near)
              }
              parts[i] = (attraction, repulsion, sum)
            }
          }
        }
      }
    }
    let total = max(parts.reduce(0) { $0 + $1.sum }, 1e-300)
    return parts.flatMap { part in
      let slope = 4 * (pull * part.attraction - part.repulsion / total)
      return [slope.x, slope.y]
    }
  }
}
