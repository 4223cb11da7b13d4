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
  private(set) var chunks: [WaveChunk] = []
  /// What of the file is not kept, in words.
  private(set) var notes: [String] = []
  /// Samples of each channel; nil: up to the end.
  private(set) var frames: Int?

  private static let mostChunks = 10_000
  private static let mostTextBytes = 1 << 20
  private static let unknownSize = Int(UInt32.max)
  /// What a chunk is known by that follows one of odd size without the byte that makes it even.
  private static let commonNames: Set<String> = ["data", "fmt ", "fact", "LIST", "bext", "iXML", "cue ", "smpl", "inst", "id3 ", "JUNK", "PEAK"]

  private let file: InputFile
  private var place = 0
  private var blockBytes = 0
  private var isKnown = false
  private var riffSize = 0
  /// The sizes of an RF64 file.
  private var wide: (riff: Int, data: Int)?
  /// Bytes that are left for chunks, and those for which they were too few.
  private var room = WaveChunk.mostBytes
  private var tooLarge: [String] = []

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
        try skipPad(size)
        if !isKnown { return nil }
      case "ds64":
        guard size >= 24, size <= 1 << 20 else { throw malformed("its chunk of large sizes has \(size) bytes") }
        let sizes = try take(size)
        wide = (WaveHeader.u64(sizes, 0), WaveHeader.u64(sizes, 8))
        try skipPad(size)
      case "data":
        guard isKnown else { throw malformed("its samples come before their format") }
        let bytes = try dataBytes(stated: size)
        frames = bytes.map { $0 / blockBytes }
        if let bytes { try readBehind(bytes) }
        if let list = WaveChunk(texts: tags), chunks == [list] { chunks = [] }
        if !tooLarge.isEmpty { notes.append(WaveChunk.note(tooLarge: tooLarge)) }
        return
      default:
        try keep(name, size, isBehind: false)
        try skipPad(size)
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

  /// Passes over the byte behind a chunk of odd size, if it is there: some programs leave it out.
  private mutating func skipPad(_ size: Int) throws {
    guard size % 2 != 0 else { return }
    let next = try file.read(upTo: 4)
    file.unread(next)
    if !next.isEmpty, !WaveHeader.commonNames.contains(String(decoding: next, as: UTF8.self)) { try skip(1) }
  }

  /// Takes a chunk that is neither format nor samples, whole where it is one that is kept; the texts of a list also where it is too large for that.
  private mutating func keep(_ name: String, _ size: Int, isBehind: Bool) throws {
    guard WaveChunk.isKept(name) else { return try skip(size) }
    let fits = size <= room - WaveChunk.headBytes
    guard fits || name == "LIST" && size <= WaveHeader.mostTextBytes else {
      tooLarge.append(WaveChunk.title(name))
      return try skip(size)
    }
    guard let chunk = WaveChunk(name: name, bytes: try take(size), isBehind: isBehind) else { return }
    tags.merge(chunk.tags) { $1 }
    guard fits else { return tooLarge.append(chunk.title) }
    chunks.append(chunk)
    room -= WaveChunk.headBytes + size
  }

  /// Chunks behind the samples, of a file in which one can seek; it stands at the first sample again afterwards. Where one cannot, the size of the whole
  /// file tells whether there are some.
  private mutating func readBehind(_ dataBytes: Int) throws {
    guard let size = file.size else {
      if riffEnd - place - dataBytes - dataBytes % 2 >= WaveChunk.headBytes, !WaveHeader.isUnknown(riffEnd - 8) { notes.append(WaveChunk.noteOfPipe) }
      return
    }
    let start = place
    place += dataBytes
    try file.seek(to: place)
    try skipPad(dataBytes)
    for _ in 0..<WaveHeader.mostChunks where size - place >= WaveChunk.headBytes {
      try file.seek(to: place)
      let head = place
      guard let (name, bytes) = try chunk() else { break }
      guard WaveChunk.isName(name), bytes <= size - place else {
        // Files are filled up with zeros too.
        if name != "\0\0\0\0" { notes.append(WaveChunk.note(brokenAt: head)) }
        break
      }
      try keep(name, bytes, isBehind: true)
      try skipPad(bytes)
    }
    place = start
    try file.seek(to: place)
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

  /// Where the file ends by its own word.
  private var riffEnd: Int { (riffSize == WaveHeader.unknownSize ? wide?.riff ?? 0 : riffSize) + 8 }

  /// The bytes of the samples, from where the file stands; nil: up to the end.
  private func dataBytes(stated: Int) throws -> Int? {
    let rest = file.size.map { $0 - place }
    let stated = stated == WaveHeader.unknownSize ? wide?.data ?? stated : stated
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
}
