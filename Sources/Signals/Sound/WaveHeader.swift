import Bytes

/// What stands before and behind the samples of a WAV or RF64 file (RIFF; EBU Tech 3306), read from front to back so that a pipe will do.
///
/// Programs that write into a pipe cannot know a size when they write it: they leave 0 or a very large one. Such files are read to their end.
struct WaveHeader {
  private(set) var isRF64 = false
  private(set) var channels = 0
  private(set) var rate = 0
  /// Bits that a sample takes in the file.
  private(set) var bits = 0
  private(set) var isFloat = false
  /// The loudspeakers of an extensible format.
  private(set) var speakers: UInt32?
  private(set) var tags: [SoundTag: String] = [:]
  /// Samples of each channel; nil: up to the end.
  private(set) var frames: Int?

  private static let mostChunks = 10_000
  private static let mostTextBytes = 1 << 20
  private static let unknownSize = Int(UInt32.max)

  private let file: InputFile
  private var place = 0
  private var blockBytes = 0
  private var isKnown = false
  private var riffSize = 0
  /// The sizes of an RF64 file.
  private var wide: (riff: Int, data: Int)?

  /// Reads up to the first sample. Nil for formats that are not plain numbers (ADPCM and the like), and for other files; the file then stands anywhere.
  /// Throws `SignalError`.
  init?(_ file: InputFile) throws {
    self.file = file
    let head = try take(12)
    guard ["RIFF", "RF64", "BW64"].contains(where: { head.starts(with: $0.utf8) }), Array(head[8...]) == Array("WAVE".utf8) else { return nil }
    isRF64 = head[0] != 0x52 || head[1] == 0x46
    riffSize = WaveHeader.u32(head, 4)
    for _ in 0..<WaveHeader.mostChunks {
      guard let (name, size) = try chunk() else { break }
      switch name {
      case "fmt ":
        guard size >= 16, size <= 1 << 16 else { throw malformed("its format chunk has \(size) bytes") }
        isKnown = try readFormat(try take(size))
        try skip(size & 1)
        if !isKnown { return nil }
      case "ds64":
        guard size >= 24, size <= 1 << 20 else { throw malformed("its chunk of large sizes has \(size) bytes") }
        let sizes = try take(size)
        wide = (WaveHeader.u64(sizes, 0), WaveHeader.u64(sizes, 8))
        try skip(size & 1)
      case "data":
        guard isKnown else { throw malformed("its samples come before their format") }
        frames = try dataBytes(stated: size).map { $0 / blockBytes }
        try readTagsBehind()
        return
      case "LIST" where size <= WaveHeader.mostTextBytes:
        readTags(try take(size))
        try skip(size & 1)
      default: try skip(size + size & 1)
      }
    }
    throw malformed("it ends before its samples begin")
  }

  // MARK: Chunks

  private func malformed(_ what: String) -> SignalError { .malformed("\(file.name): \(what); get the whole file") }

  /// So many bytes, a small number.
  private mutating func take(_ count: Int) throws -> [UInt8] {
    let bytes = try file.read(upTo: count)
    guard bytes.count == count else { throw malformed("it is cut short before its samples") }
    place += count
    return bytes
  }

  /// The name and size of the next chunk; nil at the end.
  private mutating func chunk() throws -> (name: String, size: Int)? {
    let bytes = try file.read(upTo: 8)
    place += bytes.count
    return bytes.count == 8 ? (String(decoding: bytes[..<4], as: UTF8.self), WaveHeader.u32(bytes, 4)) : nil
  }

  private mutating func skip(_ count: Int) throws {
    if let size = file.size {
      guard count <= size - place else { throw malformed("it is cut short before its samples") }
      place += count
      return try file.seek(to: place)
    }
    var rest = count
    while rest > 0 { rest -= try take(min(rest, 1 << 16)).count }
  }

  private static func u16(_ bytes: [UInt8], _ k: Int) -> Int { Int(bytes[k]) | Int(bytes[k + 1]) << 8 }
  private static func u32(_ bytes: [UInt8], _ k: Int) -> Int { u16(bytes, k) | u16(bytes, k + 2) << 16 }
  /// No file is larger than the largest that is given here.
  private static func u64(_ bytes: [UInt8], _ k: Int) -> Int { u32(bytes, k) | min(u32(bytes, k + 4), 1 << 30) << 32 }

  // MARK: Format

  /// Whether the samples are plain numbers.
  private mutating func readFormat(_ bytes: [UInt8]) throws -> Bool {
    var tag = WaveHeader.u16(bytes, 0)
    (channels, rate) = (WaveHeader.u16(bytes, 2), WaveHeader.u32(bytes, 4))
    blockBytes = WaveHeader.u16(bytes, 12)
    let stated = WaveHeader.u16(bytes, 14)
    if tag == 0xFFFE {
      // The tag of the GUID that every tag has: xxxx0000-0000-0010-8000-00AA00389B71.
      guard bytes.count >= 40, bytes[26..<40].elementsEqual([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]) else { return false }
      tag = WaveHeader.u16(bytes, 24)
      speakers = UInt32(WaveHeader.u32(bytes, 20))
    }
    isFloat = tag == 3
    guard tag == 1 || isFloat else { return false }
    bits = (stated + 7) / 8 * 8
    guard channels > 0, rate > 0, isFloat ? stated == 32 || stated == 64 : (1...32).contains(stated), blockBytes == channels * bits / 8 else {
      throw malformed("its header states \(channels) channels of \(stated) bits in \(blockBytes) bytes at \(rate) Hz, which is no format")
    }
    return true
  }

  // MARK: Size

  /// The bytes of the samples, from where the file stands; nil: up to the end.
  private func dataBytes(stated: Int) throws -> Int? {
    let rest = file.size.map { $0 - place }
    let stated = stated == WaveHeader.unknownSize ? wide?.data ?? stated : stated
    let riffEnd = (riffSize == WaveHeader.unknownSize ? wide?.riff ?? 0 : riffSize) + 8
    if stated == 0 {
      // An empty file has the right size, and perhaps texts behind the samples that it does not have.
      return riffEnd > place && file.size.map { $0 - riffEnd <= 1 } ?? true || rest == 0 ? 0 : rest
    }
    guard let rest else { return WaveHeader.isUnknown(stated) ? nil : stated }
    if rest < stated {
      guard WaveHeader.isUnknown(stated) else { throw malformed("it is cut short: its samples take \(stated) bytes, \(rest) are there") }
      return rest
    }
    // The size of a file beyond 4 GiB, without the bits that do not fit.
    return !isRF64 && rest > stated && (rest - stated) & 0xFFFF_FFFF == 0 ? rest : stated
  }

  /// Whether a size is one of those written by programs that do not know it: around 2 GiB (sox, arecord) and 4 GiB (ffmpeg and others).
  private static func isUnknown(_ size: Int) -> Bool {
    (0x7FFF_F000...0x8000_0000).contains(size) || (0xFFFF_FF00...unknownSize).contains(size) || size >= 1 << 62
  }

  // MARK: Texts

  /// Texts in the chunks behind the samples, of a file in which one can seek; it stands at the first sample again afterwards.
  private mutating func readTagsBehind() throws {
    guard let size = file.size, let frames else { return }
    let start = place
    place += frames * blockBytes
    place += place & 1
    for _ in 0..<WaveHeader.mostChunks where size - place >= 8 {
      try file.seek(to: place)
      guard let (name, bytes) = try chunk(), bytes <= size - place else { break }
      if name == "LIST", bytes <= WaveHeader.mostTextBytes { readTags(try take(bytes)) } else { place += bytes }
      place += bytes & 1
    }
    place = start
    try file.seek(to: place)
  }

  private mutating func readTags(_ list: [UInt8]) {
    guard list.starts(with: "INFO".utf8) else { return }
    var k = 4
    while k + 8 <= list.count {
      let (id, size) = (String(decoding: list[k..<k + 4], as: UTF8.self), WaveHeader.u32(list, k + 4))
      k += 8
      guard size <= list.count - k else { return }
      if let tag = SoundTag.allCases.first(where: { $0.riffID == id }), let text = SoundTag.text(list[k..<k + size]) { tags[tag] = text }
      k += size + size & 1
    }
  }
}
