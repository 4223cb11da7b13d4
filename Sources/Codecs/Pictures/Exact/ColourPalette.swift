/// The colours of a picture that has few of them, and which of them each pixel has.
struct ColourPalette {
  static let most = 1024
  /// Pixels that there are for each colour at least: a palette takes bytes too.
  private static let share = 12

  /// Components × colours, from dark to light.
  let colours: [[Int32]]
  /// Of the pixels, in `colours`.
  let ranks: [Int32]
  var count: Int { colours[0].count }

  /// Of samples from 0 to 65535. Nil where there are too many colours, or only one component or colour.
  init?(_ samples: [[Int32]]) {
    let pixels = samples[0].count
    guard samples.count > 1 else { return nil }
    func colour(_ t: Int) -> UInt64 { samples.reduce(0) { $0 << 16 | UInt64($1[t]) } }
    var places: [UInt64: Int32] = [:]
    var found: [UInt64] = []
    var ranks: [Int32] = []
    ranks.reserveCapacity(pixels)
    var last: (colour: UInt64, place: Int32) = (.max, 0)
    for t in 0..<pixels {
      let colour = colour(t)
      if colour != last.colour || t == 0 {
        if let place = places[colour] {
          last = (colour, place)
        } else {
          guard found.count < min(ColourPalette.most, pixels / ColourPalette.share) else { return nil }
          last = (colour, Int32(found.count))
          places[colour] = last.place
          found.append(colour)
        }
      }
      ranks.append(last.place)
    }
    guard found.count > 1 else { return nil }
    func parts(_ colour: UInt64) -> [Int32] { samples.indices.map { Int32(colour >> UInt64(16 * (samples.count - 1 - $0)) & 0xFFFF) } }
    let order = found.indices.sorted { a, b in
      let (x, y) = (parts(found[a]).reduce(0, +), parts(found[b]).reduce(0, +))
      return (x, found[a]) < (y, found[b])
    }
    var rankOf = [Int32](repeating: 0, count: found.count)
    for (rank, place) in order.enumerated() { rankOf[place] = Int32(rank) }
    colours = samples.indices.map { k in order.map { parts(found[$0])[k] } }
    self.ranks = ranks.map { rankOf[Int($0)] }
  }
}
