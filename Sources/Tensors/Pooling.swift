/// Where the maxima of a pooling stood: what `unpooled` puts them back by (Zeiler et al. 2011).
public struct Switches: Sendable {
  /// Of what was pooled: [batch, channels, height, width].
  public let shape: [Int]
  /// Of each maximum, its place among the elements of what was pooled.
  let places: [Int]
}

/// The largest of each window of x [batch, channels, height, width], windows side by side: [batch, channels, height / rows, width / columns], and
/// where it stood. Among equals it is the first. The extents must be multiples of the window's.
public func maximumPooled(_ x: Variable, rows: Int, columns: Int) -> (maxima: Variable, switches: Switches) {
  let shape = x.shape
  precondition(
    shape.count == 4 && rows > 0 && columns > 0 && shape[2] % rows == 0 && shape[3] % columns == 0,
    "pooling of \(shape) by \(rows) rows and \(columns) columns")
  let (height, width) = (shape[2] / rows, shape[3] / columns)
  let planes = shape[0] * shape[1]
  var places = [Int](repeating: 0, count: planes * height * width)
  let result = Tensor(uninitialized: [shape[0], shape[1], height, width])
  let (from, to) = (x.value.pointer, result.pointer)
  places.withUnsafeMutableBufferPointer { places in
    nonisolated(unsafe) let places = places
    Threads.parallelFor(planes * height, grain: max(1, elementGrain / max(1, rows * shape[3]))) { range in
      for line in range {
        for column in 0..<width {
          var best = line * rows * shape[3] + column * columns
          for r in 0..<rows {
            let start = (line * rows + r) * shape[3] + column * columns
            for place in start..<start + columns where from[place] > from[best] { best = place }
          }
          places[line * width + column] = best
          to[line * width + column] = from[best]
        }
      }
    }
  }
  let switches = Switches(shape: shape, places: places)
  let maxima = record(result, [x]) { gradient, tape in tape.add(spread(gradient, switches), to: x) }
  return (maxima, switches)
}

/// The elements of x put where the maxima of a pooling stood, zeros elsewhere: the way back of `maximumPooled`.
public func unpooled(_ x: Variable, switches: Switches) -> Variable {
  precondition(x.value.count == switches.places.count, "unpooling of \(x.shape) by \(switches.places.count) switches")
  return record(spread(x.value, switches), [x]) { gradient, tape in
    let result = Tensor(uninitialized: x.shape)
    for (index, place) in switches.places.enumerated() { result.pointer[index] = gradient.pointer[place] }
    tape.add(result, to: x)
  }
}

private func spread(_ x: Tensor, _ switches: Switches) -> Tensor {
  let result = Tensor(zeros: switches.shape)
  for (index, place) in switches.places.enumerated() { result.pointer[place] = x.pointer[index] }
  return result
}
