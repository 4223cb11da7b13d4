extension WFDBLayout {
  /// The most bytes before the first sample that are kept where they are no MATLAB header.
  static let longestPrefix = 1 << 16

  /// The header of a MATLAB level 4 matrix `val` of signals × samples of this format, as in `.mat` records; nil if there is none for the format.
  static func matlabHeader(_ format: WFDBFormat, signals: Int, length: Int) -> [UInt8]? {
    let type: Int
    switch format {
    case .f16: type = 30
    case .f32: type = 20
    case .f80: type = 50
    default: return nil
    }
    let numbers = [type, signals, length, 0, 4].map { UInt32(truncatingIfNeeded: $0) }
    return numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(8 * $0)) } } + Array("val\0".utf8)
  }
}

/// Reads a WFDB record: a header and its signal files.
final class WFDBReader: SignalReader {
  let info: SignalInfo
  private enum Source {
    case packed(PackedSource)
    case sound(SoundFile)
  }
  private var sources: [(source: Source, positions: [Int])] = []
  private var remaining: Int
  private let header: String

  /// Opens the record `path`, the header's name without `.hea`. Throws `SignalError`.
  init(record path: String, limits: SignalLimits) throws {
    header = path + ".hea"
    let bytes = try InputFile(path: header).read(upTo: limits.headerBytes + 1)
    // Only the first line of a long header is looked at: it says whether it has too many signals.
    let readable = bytes.count > limits.headerBytes ? Array(bytes.prefix { $0 != 0x0A }.prefix(4096)) : bytes
    let cut = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    guard !readable.contains(0) else { throw SignalError.malformed("\(header): this is no text; give a WFDB header") }
    let text = String(validating: readable, as: UTF8.self) ?? String(String.UnicodeScalarView(readable.map { Unicode.Scalar($0) }))
    let parsed: WFDBHeader.Parsed
    do {
      parsed = try WFDBHeader.parse(text, file: header, record: String(path[cut...]), limits: limits)
    } catch  where bytes.count > limits.headerBytes {
      if case SignalError.limit = error { throw error }
      throw SignalError.limit("\(header): is longer than the limit of \(limits.headerBytes) bytes; check the header")
    }
    var info = parsed.info
    guard case .wfdb(var layout) = info.format else { preconditionFailure("a WFDB header gives a WFDB layout") }
    remaining = 0

    var length = info.length
    for (k, name) in parsed.fileNames.enumerated() {
      let positions = info.channels.indices.filter { layout.fileOfChannel[$0] == k }
      let file = path[..<cut] + name
      let here = try WFDBReader.frames(String(file), layout.files[k], channels: positions.count)
      if let stated = info.length {
        guard here.frames >= stated else {
          throw SignalError.malformed(
            "\(file): holds \(here.frames) samples of each signal, but \(header) states \(stated); get the whole file or correct the header")
        }
      } else {
        length = min(length ?? Int.max, here.frames)
      }
      layout.files[k].prefix = here.prefix
    }
    guard let length, length > 0 else {
      throw SignalError.malformed("\(header): the record has no samples; give one that has some")
    }
    for (k, file) in layout.files.enumerated() where file.offset > 0 {
      let count = layout.fileOfChannel.count { $0 == k }
      if file.prefix == WFDBLayout.matlabHeader(file.format, signals: count, length: length) { layout.files[k].prefix = [] }
    }
    info.length = length
    info.format = .wfdb(layout)
    self.info = info
    remaining = length

    for (k, name) in parsed.fileNames.enumerated() {
      let positions = info.channels.indices.filter { layout.fileOfChannel[$0] == k }
      let path = String(path[..<cut] + name)
      if let packing = layout.files[k].format.packing {
        let file = try InputFile(path: path)
        if layout.files[k].offset > 0 { try file.seek(to: layout.files[k].offset) }
        sources.append((.packed(PackedSource(file, packing: packing, channels: positions.count, frames: length)), positions))
      } else {
        sources.append((.sound(try SoundFile(reading: path)), positions))
      }
    }
  }

  /// How many samples of each signal a signal file holds, and the bytes before them. Throws `SignalError`.
  private static func frames(_ path: String, _ file: WFDBFile, channels: Int) throws -> (frames: Int, prefix: [UInt8]) {
    guard let packing = file.format.packing else {
      let sound = try SoundFile(reading: path)
      guard sound.shape.channels == channels, let bits = sound.bits, bits <= file.format.bits else {
        throw SignalError.malformed(
          "\(path): holds \(sound.shape.channels) signals of \(sound.bits.map(String.init) ?? "unknown") bits, but the header states \(channels) of "
            + "\(file.format.bits); correct the header")
      }
      return (sound.shape.frames ?? 0, [])
    }
    let input = try InputFile(path: path)
    guard let size = input.size else { throw SignalError.unsupported("\(path): a signal file that is no regular file; copy it to one") }
    guard file.offset <= size else {
      throw SignalError.malformed("\(path): has \(size) bytes, but the samples start at byte \(file.offset); get the whole file")
    }
    guard file.offset <= WFDBLayout.longestPrefix else {
      throw SignalError.unsupported("\(path): has \(file.offset) bytes before the samples, more than \(WFDBLayout.longestPrefix); convert the record")
    }
    return (packing.sampleCount(size - file.offset) / channels, try input.read(upTo: file.offset))
  }

  func read(_ maxSamples: Int) throws -> [[Int32]] {
    let count = min(maxSamples, remaining)
    guard count > 0 else { return [] }
    var result = [[Int32]](repeating: [], count: info.channels.count)
    for c in result.indices { result[c].reserveCapacity(min(count, 1 << 22)) }
    for (source, positions) in sources {
      let came: Int
      switch source {
      case .packed(let source): came = try source.read(count, into: &result, at: positions)
      case .sound(let file): came = try file.read(count, into: &result, at: positions)
      }
      guard came == count else {
        throw SignalError.malformed("\(header): a signal file ends \(remaining - came) samples early; get the whole file")
      }
    }
    remaining -= count
    return result
  }
}
