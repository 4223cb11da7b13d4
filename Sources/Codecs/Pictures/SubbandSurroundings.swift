/// Where in a row of a band anything is to be seen around a coefficient: one look along the whole row, as most have nothing around them.
struct SubbandSurroundings {
  /// Of each coefficient, not 0 where there is something: beside its own row, and in the approximation.
  private var found: [Int32]
  private var parents: [Int32]

  init(width: Int) { (found, parents) = (Array(repeating: 0, count: width), Array(repeating: 0, count: (width + 1) / 2)) }

  /// Looks at the magnitudes around the coefficients of a row, but for those to their left.
  mutating func look(_ view: SubbandContext.View, y: Int) {
    let width = found.count
    found.withUnsafeMutableBufferPointer { found in
      for x in 0..<width { found[x] = 0 }
      func row(_ at: UnsafePointer<Int32>, _ reach: Int) {
        for dx in -reach...reach { for x in 0..<width { found[x] |= at[x &+ dx] } }
      }
      func square(_ at: UnsafePointer<Int32>, _ stride: Int) { for dy in -1...1 { row(at + dy * stride, 1) } }
      let own = view.own + y * view.stride
      row(own - view.stride, 2)
      row(own - 2 * view.stride, 1)
      for place in [view.others.first, view.others.second] {
        if let place { square(place.at(0, y), place.stride) }
      }
      for start in [view.colours.first, view.colours.second] {
        if let start { square(start + y * view.stride, view.stride) }
      }
      guard let parent = view.parent else { return }
      parents.withUnsafeMutableBufferPointer { parents in
        let at = parent.at(0, y >> 1)
        for x in parents.indices { parents[x] = 0 }
        for dy in -1...1 {
          for dx in -1...1 { for x in parents.indices { parents[x] |= at[dy &* parent.stride &+ dx &+ x] } }
        }
        for x in 0..<width { found[x] |= parents[x >> 1] }
      }
    }
  }

  /// Looks at the approximation around the coefficients of a row, where anything differs by more than a step.
  /// - Parameters:
  ///   - at: the place of the first coefficient, in rows that are `stride` apart.
  ///   - inverse: of the quantiser step there.
  mutating func look(at: UnsafePointer<Float>, stride: Int, inverse: Float) {
    let width = found.count
    found.withUnsafeMutableBufferPointer { found in
      for dy in -2...2 {
        for dx in -2...2 where dy != 0 || dx != 0 {
          let other = at + (dy * stride + dx)
          for x in 0..<width { found[x] |= ((other[x] - at[x]) * inverse).magnitude > 1 ? 1 : 0 }
        }
      }
    }
  }

  /// - Parameter magnitudes: at the coefficient.
  @inline(__always)
  func isEmpty(_ x: Int, behind magnitudes: UnsafePointer<Int32>) -> Bool { (found[x] | magnitudes[-1] | magnitudes[-2]) == 0 }
}
