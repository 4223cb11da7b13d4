import Signals

/// How numbers are shown to people.
enum Wording {
  /// A number with so many decimals, rounded half away from zero.
  static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = Int64((abs(value) * scale).rounded())
    let (whole, rest) = scaled.quotientAndRemainder(dividingBy: Int64(scale))
    let sign = value < 0 && scaled != 0 ? "-" : ""
    guard decimals > 0 else { return "\(sign)\(whole)" }
    let digits = String(rest)
    return "\(sign)\(whole).\(String(repeating: "0", count: decimals - digits.count))\(digits)"
  }

  /// About three significant digits.
  static func short(_ value: Double) -> String {
    let size = abs(value)
    return fixed(value, size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.1 || size == 0 ? 2 : 4)
  }

  /// Bytes in binary units.
  static func bytes(_ count: Int) -> String {
    guard count >= 1000 else { return "\(count) B" }
    var value = Double(count) / 1024
    for unit in ["KiB", "MiB", "GiB"] {
      if value < 999.5 { return "\(short(value)) \(unit)" }
      value /= 1024
    }
    return "\(short(value)) TiB"
  }

  /// `1 channel`, `2 channels`.
  static func count(_ count: Int, _ noun: String, plural: String? = nil) -> String { "\(count) \(count == 1 ? noun : plural ?? noun + "s")" }

  /// So many samples of a channel: `1 sample`, the items of a stack, or the pixels of a picture.
  static func length(_ samples: Int, _ info: SignalInfo) -> String {
    if let picture = info.picture {
      return samples == picture.pixels ? picture.described : "\(count(samples / picture.width, "row")) of \(count(picture.width, "pixel"))"
    }
    return info.stack.map { $0.described(samples / $0.itemSamples) } ?? count(samples, "sample")
  }

  /// How many times faster than real time; items a second of a stack, and pixels of a picture.
  static func speed(_ samples: Int, _ info: SignalInfo, seconds: Double) -> String {
    if info.picture != nil { return "\(short(Double(samples) / 1e6 / max(seconds, 1e-6))) Mpixel/s" }
    let factor = Double(samples) / info.rate / max(seconds, 1e-6)
    return fixed(factor, factor >= 10 ? 0 : 1) + (info.stack == nil ? "x realtime" : " items/s")
  }

  /// Seconds as H:MM:SS.
  static func time(_ seconds: Double) -> String {
    let whole = Int(max(0, min(seconds, 1e12)))
    let two = { (n: Int) in n < 10 ? "0\(n)" : "\(n)" }
    return "\(whole / 3600):\(two(whole / 60 % 60)):\(two(whole % 60))"
  }
}
