import Bytes
import Entropy

/// Lossless and near-lossless coding of pictures: pixels that come again, and otherwise samples by prediction from what stands around them and context-mixed
/// coding of what that leaves.
///
/// Every sample comes back within its component's bound; with bound 0, exactly.
///
/// Stream: a byte (bits 0 and 1: how much work, 1 to 3; bit 2: a palette of colours), the parameters of components as varints, then one rANS stream.
public enum PixelCoder {
  private static let paletteFlag: UInt8 = 4
  /// What samples may be.
  public static let largest = 65535
  /// Pixels of a row: memory goes with them.
  public static let mostColumns = 1 << 18
  /// Components: each takes much memory.
  public static let mostComponents = 4

  /// Codes a picture, or rows of one.
  /// - Parameters:
  ///   - samples: components × pixels, 0 to `largest`; a last row may be shorter than others.
  ///   - width: pixels of a row.
  ///   - bound: largest error allowed, by component.
  ///   - effort: 1 (fast) to 9 (small); the decoder takes as long as the encoder.
  /// - Returns: nil where samples are out of their range, or rows too long.
  public static func encode(_ samples: [[Int32]], width: Int, bound: [Int32], effort: Int) -> [UInt8]? {
    precondition((1...mostComponents).contains(samples.count) && bound.count == samples.count, "a bound for each of 1 to 4 components")
    precondition(width > 0 && samples.allSatisfy { $0.count == samples[0].count }, "components of different lengths")
    precondition((1...9).contains(effort) && bound.allSatisfy { $0 >= 0 }, "efforts are 1 to 9, and bounds not negative")
    let level = effort <= 3 ? 1 : effort <= 6 ? 2 : 3
    guard samples[0].count > 0 else { return [UInt8(level)] }
    guard width <= mostColumns, samples.allSatisfy({ $0.allSatisfy { (0...Int32(largest)).contains($0) } }) else { return nil }
    let exact = bound.map { _ in Int32(0) }
    let colours = ColourPalette(samples)
    if bound == exact, let colours { return encode(colours, width: width, level: level) }
    let (bytes, repetitions) = encode(samples, width: width, bound: bound, level: level)
    guard bound != exact else { return bytes }
    // Errors make that pixels do not come again: drawings may be smaller without.
    if let colours, case let other = encode(colours, width: width, level: level), other.count <= bytes.count { return other }
    if colours == nil, repetitions > samples[0].count / 4, case let other = encode(samples, width: width, bound: exact, level: level).bytes,
      other.count <= bytes.count
    {
      return other
    }
    return bytes
  }

  private static func encode(
    _ samples: [[Int32]], width: Int, bound: [Int32], level: Int
  ) -> (bytes: [UInt8], repetitions: Int) {
    var writer = ByteWriter()
    writer.append(UInt8(level))
    let plans = zip(samples, bound).map { PixelPlan($0, bound: Int($1), width: width) }
    for plan in plans { plan.write(to: &writer) }
    guard plans.contains(where: \.varies) else { return (writer.bytes, 0) }
    var encoder = RansEncoder()
    let repetitions = PixelPlanes.encode(plans, samples, width: width, level: level, &encoder)
    writer.append(contentsOf: encoder.finish())
    return (writer.bytes, repetitions)
  }

  private static func encode(_ palette: ColourPalette, width: Int, level: Int) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(UInt8(level) | paletteFlag)
    writer.append(varint: UInt64(palette.count))
    let plans = palette.colours.map { PixelPlan($0, bound: 0, width: palette.count) }
    for plan in plans { plan.write(to: &writer) }
    var encoder = RansEncoder()
    PixelPlanes.encode(plans, palette.colours, width: palette.count, level: level, &encoder)
    PixelPlanes.encode([PixelPlan(ranksOf: palette.count)], [palette.ranks], width: width, level: level, &encoder)
    writer.append(contentsOf: encoder.finish())
    return writer.bytes
  }

  /// Decodes what `encode` wrote.
  /// - Parameters:
  ///   - components, sampleCount: as they were encoded. The caller limits their product: memory and time go with it.
  /// - Throws: `SampleCoderError.damaged`. Damage may go unnoticed and give other samples: the container's hash decides.
  public static func decode(_ bytes: some Collection<UInt8>, width: Int, components: Int, sampleCount: Int) throws -> [[Int32]] {
    precondition(width > 0 && (1...mostComponents).contains(components) && sampleCount >= 0, "a picture of some size")
    var reader = ByteReader(Array(bytes))
    return try SampleCoderError.naming {
      guard width <= mostColumns else { throw SampleCoderError.damaged("rows of \(width) pixels, which are not coded so") }
      let head = try reader.byte()
      let level = Int(head & 3)
      guard level > 0, head <= 3 | paletteFlag else { throw SampleCoderError.damaged("an unknown coding \(head)") }
      guard sampleCount > 0 else { return [[Int32]](repeating: [], count: components) }
      let hasPalette = head & paletteFlag != 0
      let colours = hasPalette ? try reader.varint(atMost: min(ColourPalette.most, sampleCount), "a number of colours") : 0
      guard !hasPalette || colours > 1 else { throw SampleCoderError.damaged("a palette of one colour") }
      let plans = try (0..<components).map { _ in try PixelPlan(&reader) }
      guard !hasPalette || plans.allSatisfy({ $0.bound == 0 }) else { throw SampleCoderError.damaged("a palette within a bound") }
      guard hasPalette || plans.contains(where: \.varies) else {
        guard reader.remaining == 0 else { throw SampleCoderError.damaged("there are bytes behind a picture of one colour") }
        return plans.map { [Int32](repeating: Int32($0.low), count: sampleCount) }
      }
      // A decoder works for each pixel: bytes that promise more than a model could ever press into them would keep it busy for minutes. The likeliest decision takes
      // 4 of 65536 shares less than all: a byte holds at most 90,850 pixels.
      guard sampleCount <= min(bytes.count, 1 << 32) << 17 else { throw SampleCoderError.damaged("more pixels than its bytes can hold") }
      var decoder = RansDecoder(try reader.take(reader.remaining))
      let (count, row) = hasPalette ? (colours, colours) : (sampleCount, width)
      var samples = try PixelPlanes.code(plans, [], count: count, width: row, level: level, &decoder, goesOn: { !$0.isExhausted }).samples
      if hasPalette {
        let plan = PixelPlan(ranksOf: colours)
        let ranks = try PixelPlanes.code([plan], [], count: sampleCount, width: width, level: level, &decoder, goesOn: { !$0.isExhausted }).samples
        samples = samples.map { values in ranks[0].map { values[Int($0)] } }
      }
      guard decoder.isComplete else { throw SampleCoderError.damaged("the coded samples do not end where they should") }
      return samples
    }
  }
}
