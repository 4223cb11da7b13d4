/// Writes a table of numbers, one column for each channel.
final class CSVWriter: SignalWriter {
  private let file: AtomicFile
  private let layout: CSVLayout
  private let overwrite: Bool
  /// What stands for a missing value.
  private let missing: [UInt8]?
  private var text: [UInt8] = []

  /// Writes comments and names at once. Throws `SignalError.io`.
  init(_ file: AtomicFile, info: SignalInfo, layout: CSVLayout, overwrite: Bool) throws {
    (self.file, self.layout, self.overwrite) = (file, layout, overwrite)
    missing = layout.missing.map { Array($0.utf8) }
    // Only those that stood in a table: programs that read tables may stumble over others.
    if case .csv = info.format {
      for comment in info.comments { try file.write(Array("#\(comment)\n".utf8)) }
    }
    if layout.namesLine {
      let separator = Character(Unicode.Scalar(layout.separator))
      let names = info.channels.enumerated().map { c, channel in
        let name = channel.name.isEmpty ? "signal\(c)" : channel.name.filter { $0 != "\"" }
        return name.contains(separator) || name.first == "#" ? "\"\(name)\"" : name
      }
      try file.write(Array((names.joined(separator: String(separator)) + "\n").utf8))
    }
  }

  func write(_ samples: [[Int32]]) throws {
    precondition(samples.count == layout.decimals.count && samples.allSatisfy { $0.count == samples[0].count }, "channels of different lengths")
    for i in samples[0].indices {
      for c in samples.indices {
        if c > 0 { text.append(layout.separator) }
        if let missing, samples[c][i] == .min {
          text += missing
        } else {
          append(samples[c][i], decimals: layout.decimals[c])
        }
      }
      text.append(0x0A)
      if text.count > 1 << 16 {
        try file.write(text)
        text.removeAll(keepingCapacity: true)
      }
    }
    try file.write(text)
    text.removeAll(keepingCapacity: true)
  }

  /// Appends value / 10^decimals.
  private func append(_ value: Int32, decimals: Int) {
    if value < 0 { text.append(UInt8(ascii: "-")) }
    var rest = value.magnitude
    let start = text.count
    var count = 0
    repeat {
      if count == decimals, count > 0 { text.append(UInt8(ascii: ".")) }
      text.append(UInt8(truncatingIfNeeded: 0x30 + rest % 10))
      rest /= 10
      count += 1
    } while rest > 0 || count <= decimals
    text[start...].reverse()
  }

  func finish() throws {
    do {
      try file.commit(overwrite: overwrite)
    } catch {
      abort()
      throw error
    }
  }

  func abort() { file.abort() }
}
