import Tensors

/// An item that was found, and how far it is.
public struct Neighbour: Equatable, Sendable {
  public let index: Int
  /// The squared distance of the codes, or the number of bits in which they differ.
  public let distance: Float
}

/// Finds the nearest of many rows by looking at all of them: exact, and the first of equals first.
public struct Neighbours {
  /// Rows filled up with zeros to whole vectors.
  private let rows: [SIMD16<Float>]
  private let columns: Int
  public let count: Int

  /// - Parameter items: [count, columns]
  public init(_ items: Tensor) {
    (count, columns) = (items.shape[0], items.shape[1])
    rows = Neighbours.vectors(items)
  }

  private static func vectors(_ items: Tensor) -> [SIMD16<Float>] {
    let columns = items.shape[1]
    return items.withValues { values in
      (0..<items.shape[0]).flatMap { row in
        stride(from: 0, to: columns, by: 16).map { start in
          var vector = SIMD16<Float>()
          for k in 0..<min(16, columns - start) { vector[k] = values[row * columns + start + k] }
          return vector
        }
      }
    }
  }

  /// The `k` nearest rows of each query by squared Euclidean distance.
  /// - Parameters:
  ///   - queries: [queries, columns]
  ///   - itself: the row that each query is, which is left out; nil where it is none of them.
  public func nearest(_ queries: Tensor, _ k: Int, itself: [Int?]) -> [[Neighbour]] {
    precondition(queries.shape[1] == columns && itself.count == queries.shape[0], "queries of shape \(queries.shape)")
    let (asked, width) = (Neighbours.vectors(queries), (columns + 15) / 16)
    return Neighbours.each(queries.shape[0], count, k, itself) { query, row in
      rows.withUnsafeBufferPointer { rows in
        asked.withUnsafeBufferPointer { asked in
          var sum = SIMD16<Float>()
          for v in 0..<width {
            let difference = asked[query * width + v] - rows[row * width + v]
            sum += difference * difference
          }
          return sum.sum()
        }
      }
    }
  }

  /// For each query the `k` rows of least distance, in its order.
  static func each(
    _ queries: Int, _ rows: Int, _ k: Int, _ itself: [Int?], _ distance: (_ query: Int, _ row: Int) -> Float
  ) -> [[Neighbour]] {
    var found = [[Neighbour]](repeating: [], count: queries)
    found.withUnsafeMutableBufferPointer { found in
      // Every query is one thread's own.
      nonisolated(unsafe) let found = found
      Threads.parallelFor(queries) { part in
        for query in part {
          var best: [Neighbour] = []
          for row in 0..<rows where row != itself[query] {
            let distance = distance(query, row)
            if best.count == k, let last = best.last, !(distance < last.distance) { continue }
            let place = best.firstIndex { distance < $0.distance } ?? best.count
            best.insert(Neighbour(index: row, distance: distance), at: place)
            if best.count > k { best.removeLast() }
          }
          found[query] = best
        }
      }
    }
    return found
  }

  /// The share of all neighbours that have the label of their query.
  public static func agreement(_ found: [[Neighbour]], queries: [String], items: [String]) -> Double {
    var (same, all) = (0, 0)
    for (query, neighbours) in zip(queries, found) {
      all += neighbours.count
      same += neighbours.count { items[$0.index] == query }
    }
    return Double(same) / Double(max(1, all))
  }
}

/// Codes as bits: each number is above the median that it has among the searched items, or not (semantic hashing: Salakhutdinov and Hinton 2009, who learn codes
/// that are nearly binary; here any codec's will do).
public struct BinaryCodes {
  private let medians: [Float]
  private let rows: [UInt64]
  private let words: Int
  public let count: Int

  /// - Parameter items: [count, columns], at least one.
  public init(_ items: Tensor) {
    count = items.shape[0]
    words = (items.shape[1] + 63) / 64
    medians = BinaryCodes.medians(items)
    rows = BinaryCodes.bits(items, medians)
  }

  /// The lower one where the number of rows is even.
  private static func medians(_ items: Tensor) -> [Float] {
    let (rows, columns) = (items.shape[0], items.shape[1])
    return items.withValues { values in
      (0..<columns).map { column in (0..<rows).map { values[$0 * columns + column] }.sorted()[(rows - 1) / 2] }
    }
  }

  private static func bits(_ items: Tensor, _ medians: [Float]) -> [UInt64] {
    let words = (medians.count + 63) / 64
    var bits = [UInt64](repeating: 0, count: items.shape[0] * words)
    items.withValues { values in
      for row in 0..<items.shape[0] {
        for column in medians.indices where values[row * medians.count + column] > medians[column] {
          bits[row * words + column / 64] |= 1 << UInt64(column % 64)
        }
      }
    }
    return bits
  }

  /// The `k` rows that differ from each query in the fewest bits; as `Neighbours.nearest`.
  public func nearest(_ queries: Tensor, _ k: Int, itself: [Int?]) -> [[Neighbour]] {
    precondition(queries.shape[1] == medians.count && itself.count == queries.shape[0], "queries of shape \(queries.shape)")
    let asked = BinaryCodes.bits(queries, medians)
    return Neighbours.each(queries.shape[0], count, k, itself) { query, row in
      Float((0..<words).reduce(0) { $0 + (asked[query * words + $1] ^ rows[row * words + $1]).nonzeroBitCount })
    }
  }
}
