import Bytes
import Entropy

/// What the built-in peers share: a quantiser with a dead zone, and codes as bytes through zstd.
enum PeerCodes {
  /// The quantiser's step as a multiple of the lead's standard deviation.
  static let settings = stride(from: 0, through: 10, by: 1).map { k in [0.06, 0.085][k % 2] * Double(1 << (k / 2)) }

  /// Lead after lead, each with its header.
  /// - Parameter encode: writes the header and a lead.
  static func file(_ samples: [[Int32]], setting: Double, _ encode: ([Int32], LeadHeader, inout ByteWriter) -> Void) -> [UInt8] {
    var writer = ByteWriter()
    for lead in samples { encode(lead, LeadHeader(lead, setting: setting), &writer) }
    return writer.bytes
  }

  /// All leads of such a file.
  /// - Parameter decode: reads one.
  static func leads(_ bytes: [UInt8], _ decode: (inout ByteReader) throws -> [Int32]) rethrows -> [[Int32]] {
    var reader = ByteReader(bytes)
    var leads: [[Int32]] = []
    while reader.remaining > 0 { leads.append(try decode(&reader)) }
    return leads
  }

  private static let deadZone = 0.62
  private static let rounding = 0.42

  /// The code of a coefficient: 0 within the dead zone, else rounded by 0.08 towards zero, which costs little error and saves rate.
  static func quantised(_ coefficient: Double, step: Double) -> Int32 {
    let size = abs(coefficient) / step
    let magnitude = size < deadZone ? 0 : min((size + rounding).rounded(.down), Double(Int32.max))
    return Int32(coefficient < 0 ? -magnitude : magnitude)
  }

  /// A zstd frame, level 19, with a byte a code; -128 stands for codes beyond a byte, which follow as Int32.
  static func packed(_ codes: [Int32]) -> [UInt8] {
    var (narrow, wide) = ([UInt8](), ByteWriter())
    narrow.reserveCapacity(codes.count)
    for code in codes {
      if abs(code) <= 127 {
        narrow.append(UInt8(bitPattern: Int8(code)))
      } else {
        narrow.append(0x80)
        wide.append(littleEndian: code)
      }
    }
    return Zstd.compress(narrow + wide.bytes)
  }

  /// The codes of such a frame.
  /// - Throws: `BytesError`, `EntropyError` if it is none, or does not hold so many.
  static func unpacked(_ frame: ArraySlice<UInt8>, count: Int) throws -> [Int32] {
    let bytes = try Zstd.decompress(frame, limit: 5 * count)
    guard bytes.count >= count else { throw BytesError.truncated }
    var wide = ByteReader(bytes[count...])
    return try bytes[..<count].map { $0 == 0x80 ? Int32(bitPattern: try wide.littleEndian(UInt32.self)) : Int32(Int8(bitPattern: $0)) }
  }
}

/// What a lead of a built-in peer's file begins with: its length (varint), a level that is taken off (signed varint), the quantiser's step (Float32).
struct LeadHeader {
  let count: Int
  let level: Int64
  /// In steps of the converter.
  let step: Float

  /// The most samples of a lead that a decoder makes room for.
  private static let longest = 1 << 30

  /// - Parameter step: at least 0.001 is taken: a constant lead has no deviation, and codes of any step are zero then.
  init(_ lead: [Int32], step: Double) {
    (count, level, self.step) = (lead.count, Int64(LeadHeader.mean(lead).rounded()), Float(max(step, 1e-3)))
  }

  /// - Parameter setting: the step as a multiple of the standard deviation.
  init(_ lead: [Int32], setting: Double) {
    let mean = LeadHeader.mean(lead)
    let spread = lead.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    self.init(lead, step: setting * (spread / Double(max(1, lead.count))).squareRoot())
  }

  /// - Throws: `BytesError`.
  init(from reader: inout ByteReader) throws {
    count = try reader.varint(atMost: LeadHeader.longest, "the length of a lead")
    level = try reader.signedVarint()
    step = Float(bitPattern: try reader.littleEndian(UInt32.self))
  }

  private static func mean(_ lead: [Int32]) -> Double { Double(lead.reduce(Int64(0)) { $0 + Int64($1) }) / Double(max(1, lead.count)) }

  func write(to writer: inout ByteWriter) {
    writer.append(varint: UInt64(count))
    writer.append(signedVarint: level)
    writer.append(littleEndian: step.bitPattern)
  }

  /// Values about the level as integer samples.
  func samples(_ values: some Sequence<Double>) -> [Int32] {
    values.map { value in
      let sample = value.rounded(.toNearestOrEven) + Double(level)
      return Int32(sample.isNaN ? 0 : min(max(sample, Double(Int32.min)), Double(Int32.max)))
    }
  }
}
