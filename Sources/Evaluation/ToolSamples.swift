import Bytes
import Signals

/// The samples of a signal as the bytes that a tool takes and gives.
struct ToolSamples {
  let layout: OutsideTool.Layout
  let channels: Int
  let count: Int
  /// What stands for zero in each channel; a header may say anything, floats hold whole numbers up to 2²⁴.
  let zeros: [Double]
  /// Bits of a sample.
  let bits: Int
  let isSigned: Bool

  init(_ samples: [[Int32]], _ info: SignalInfo, _ layout: OutsideTool.Layout) {
    (self.layout, channels, count, zeros) = (
      layout, samples.count, samples[0].count, info.channels.map { Double(max(-(1 << 23), min(1 << 23, $0.baseline))) }
    )
    if case .integers(let widths) = layout { bits = ToolSamples.width(samples, info, widths) ?? 32 } else { bits = 32 }
    isSigned = !ToolSamples.areBytes(info) || bits > 8
  }

  /// Whether the samples are those of pictures, from 0 to 255.
  private static func areBytes(_ info: SignalInfo) -> Bool { info.isVisual && info.sampleRange(0).upperBound <= 255 }

  /// The first of some widths that holds all samples.
  static func width(_ samples: [[Int32]], _ info: SignalInfo, _ widths: [Int]) -> Int? {
    if areBytes(info), widths.contains(8) { return 8 }
    let (low, high) = samples.joined().reduce((Int32.max, Int32.min)) { (min($0.0, $1), max($0.1, $1)) }
    return widths.first { width in Int64(low) >= -(1 << (width - 1)) && Int64(high) < 1 << (width - 1) }
  }

  static func number(_ value: Double) -> String { value == value.rounded() && abs(value) < 1e9 ? String(Int(value)) : String(value) }

  /// Samples of a lead, filled up.
  private var padded: Int { (count + 15) / 16 * 16 }

  /// What stands for the placeholders.
  func values(_ samples: [[Int32]], _ info: SignalInfo, _ setting: Double) -> [String: String] {
    let spread = samples.reduce(0) { $0 + Fidelity(original: $1, decoded: $1).spread }
    let deviation = (spread / Double(channels * count)).squareRoot()
    return [
      "setting": ToolSamples.number(setting), "tolerance": String(max(1e-3, setting * deviation)),
      "rate": String(Int(max(1, min(info.rate.rounded(), 1e9)))),
      "kHz": ToolSamples.number(info.rate / 1000), "channels": String(channels), "mode": channels == 1 ? "m" : "j", "bits": String(bits),
      "rows": String(channels * padded / 4),
    ]
  }

  func bytes(_ samples: [[Int32]]) -> [UInt8] {
    var writer = ByteWriter()
    switch layout {
    case .pictures: preconditionFailure("pictures go by sheets")
    case .floats:
      for (lead, zero) in zip(samples, zeros) {
        for k in 0..<padded { writer.append(littleEndian: Float(Double(lead[min(k, count - 1)]) - zero).bitPattern) }
      }
    case .integers:
      for k in 0..<count {
        for lead in samples {
          let value = UInt32(bitPattern: lead[k])
          for byte in 0..<bits / 8 { writer.append(UInt8(truncatingIfNeeded: value >> UInt32(8 * byte))) }
        }
      }
    }
    return writer.bytes
  }

  /// - Throws: `ToolError` if they are not as many.
  func samples(_ bytes: [UInt8]) throws -> [[Int32]] {
    let expected = layout == .floats ? channels * padded * 4 : channels * count * bits / 8
    guard bytes.count == expected else { throw ToolError("gave back \(bytes.count) bytes of samples in the place of \(expected)") }
    switch layout {
    case .pictures: preconditionFailure("pictures go by sheets")
    case .floats:
      return (0..<channels).map { c in
        (0..<count).map { k -> Int32 in
          let place = 4 * (c * padded + k)
          let pattern = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
          let value = Double(Float(bitPattern: pattern)).rounded() + zeros[c]
          return Int32(value.isNaN ? 0 : min(max(value, Double(Int32.min)), Double(Int32.max)))
        }
      }
    case .integers:
      let width = bits / 8
      return (0..<channels).map { c in
        (0..<count).map { k -> Int32 in
          let place = width * (k * channels + c)
          let value = (0..<width).reduce(UInt32(0)) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
          return isSigned ? Int32(bitPattern: value << UInt32(32 - bits)) >> Int32(32 - bits) : Int32(value)
        }
      }
    }
  }
}
