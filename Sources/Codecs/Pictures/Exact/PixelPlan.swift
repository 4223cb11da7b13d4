import Bytes

/// What is known of a component before its samples.
struct PixelPlan {
  let low: Int
  let high: Int
  /// 0 where values are coded by their ranks.
  let bound: Int
  /// How many values are used, where samples are coded by their ranks; otherwise 0.
  let paletteCount: Int
  let palette: SamplePalette?
  /// By so many bits values are shortened for the least squares.
  let shift: Int

  var varies: Bool { low < high }
  static let mostShift = 12

  init(_ samples: [Int32], bound: Int, width: Int) {
    let (least, most) = (Int(samples.min()!), Int(samples.max()!))
    guard most - least > 2 * bound else {  // the middle is within the bound of all
      low = (least + most) / 2
      (high, self.bound, paletteCount, palette, shift) = (low, 0, 0, nil, 0)
      return
    }
    (low, high) = (least, most)
    palette = SamplePalette(samples, bound: bound)
    paletteCount = palette?.values.count ?? 0
    self.bound = palette == nil ? bound : 0
    shift = PixelPlan.shift(samples, width: width, range: (palette?.values.count ?? most - least + 1) - 1, whole: most - least)
  }

  /// Of ranks of colours.
  init(ranksOf count: Int) {
    (low, high, bound, paletteCount, palette, shift) = (0, count - 1, 0, 0, nil, 0)
  }

  /// Such that what a simple prediction leaves takes 3 bits or so.
  private static func shift(_ samples: [Int32], width: Int, range: Int, whole: Int) -> Int {
    guard range > 255 else { return 0 }
    var (sum, count) = (0, 0)
    for t in stride(from: width + 1, to: samples.count, by: 1) where t % width > 0 {
      let (w, n, nw) = (Int(samples[t - 1]), Int(samples[t - width]), Int(samples[t - width - 1]))
      sum += abs(Int(samples[t]) - max(min(w, n), min(max(w, n), w + n - nw)))
      count += 1
    }
    // Ranks of a palette lie nearer to each other than its values.
    let mean = count > 0 ? Double(sum) / Double(count) * Double(range) / Double(whole) : 0
    var shift = 0
    while shift < mostShift, mean > Double(8 << shift) || range >> shift > 4095 { shift += 1 }
    return shift
  }

  /// Varints; a constant component is told by its range of 0.
  func write(to writer: inout ByteWriter) {
    writer.append(varint: UInt64(low))
    writer.append(varint: UInt64(high - low))
    guard varies else { return }
    writer.append(varint: UInt64(paletteCount))
    if paletteCount == 0 { writer.append(varint: UInt64(bound)) }
    if (paletteCount > 0 ? paletteCount - 1 : high - low) > 255 { writer.append(varint: UInt64(shift)) }
  }

  init(_ reader: inout ByteReader) throws {
    low = try reader.varint(atMost: PixelCoder.largest, "a sample")
    high = low + (try reader.varint(atMost: PixelCoder.largest - low, "a sample range"))
    palette = nil
    guard low < high else {
      (bound, paletteCount, shift) = (0, 0, 0)
      return
    }
    paletteCount = try reader.varint(atMost: high - low + 1, "a number of values")
    guard paletteCount != 1 else { throw BytesError.malformed("a palette of one value for a range") }
    bound = paletteCount == 0 ? try reader.varint(atMost: PixelCoder.largest, "a bound") : 0
    let range = paletteCount > 0 ? paletteCount - 1 : high - low
    shift = range > 255 ? try reader.varint(atMost: PixelPlan.mostShift, "a shift") : 0
  }
}
