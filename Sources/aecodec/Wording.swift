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
  static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

  /// How many times faster than real time.
  static func speed(signalSeconds: Double, seconds: Double) -> String {
    let factor = signalSeconds / max(seconds, 1e-6)
    return factor >= 10 ? "\(fixed(factor, 0))x realtime" : "\(fixed(factor, 1))x realtime"
  }

  /// Seconds as H:MM:SS.
  static func time(_ seconds: Double) -> String {
    let whole = Int(max(0, min(seconds, 1e12)))
    let two = { (n: Int) in n < 10 ? "0\(n)" : "\(n)" }
    return "\(whole / 3600):\(two(whole / 60 % 60)):\(two(whole % 60))"
  }
}
