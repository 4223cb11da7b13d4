import Glibc

/// The most memory that the process has held, counted anew whenever asked (proc(5): `clear_refs`, `VmHWM`).
enum PeakMemory {
  /// Begins counting; false where the system does not allow it.
  static func reset() -> Bool {
    let file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    return write(file, "5", 1) == 1
  }

  /// The most bytes since then; nil where the system does not tell.
  static func bytes() -> Int? {
    let file = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var text = [UInt8](repeating: 0, count: 1 << 13)
    let count = read(file, &text, text.count)
    guard count > 0 else { return nil }
    let line = String(decoding: text[..<count], as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
  }
}
