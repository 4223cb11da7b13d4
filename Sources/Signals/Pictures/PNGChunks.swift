import Bytes

#if canImport(Glibc)
  import Glibc
#endif

/// What chunks a PNG file has besides its pixels, found by their headers. libspng passes over damaged ones without a word, and comes to those behind
/// the pixels when it is too late.
struct PNGChunks {
  /// What says how a picture is to be looked at, known here or not.
  private static let wanted: Set<String> = ["cHRM", "cICP", "cLLI", "cLLi", "eXIf", "gAMA", "iCCP", "mDCV", "mDCv", "sRGB"]
  /// The most chunks that are looked at.
  private static let most = 1 << 20
  /// The most bytes of an EXIF block.
  private static let mostExifBytes = 1 << 24

  /// Those of `wanted` that the file has.
  private(set) var names: Set<String> = []
  /// The EXIF block behind the pixels; nil if there is none, or if it is damaged.
  private(set) var lateExif: [UInt8]?

  /// Nil where a file cannot be read out of order, as a pipe cannot. Throws `SignalError.io`.
  init?(_ file: InputFile) throws {
    guard file.size != nil else { return nil }
    var place = PNGSource.signature.count
    var isBehindPixels = false
    for _ in 0..<PNGChunks.most {
      let head = try file.bytes(at: place, count: 8)
      guard head.count == 8, case let name = String(decoding: head[4...], as: UTF8.self), name != "IEND" else { return }
      let length = PNGChunks.number(head[..<4])
      isBehindPixels = isBehindPixels || name == "IDAT"
      if PNGChunks.wanted.contains(name) { names.insert(name) }
      if name == "eXIf", isBehindPixels, lateExif == nil, length <= PNGChunks.mostExifBytes {
        let rest = try file.bytes(at: place + 8, count: length + 4)
        guard rest.count == length + 4 else { return }
        let block = rest.dropLast(4)
        if PNGChunks.number(rest.suffix(4)) == Int(crc32(head[4...] + block)) { lateExif = Array(block) }
      }
      place += 12 + length
    }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
}

extension InputFile {
  /// Bytes from a place of a regular file on, fewer at its end. Where it is being read is left as it is. Throws `SignalError.io`.
  fileprivate func bytes(at offset: Int, count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let came = bytes.withUnsafeMutableBytes { pread(rawDescriptor, $0.baseAddress! + filled, count - filled, off_t(offset + filled)) }
      if came == 0 { break }
      if came > 0 {
        filled += came
      } else if errno != EINTR {
        throw SignalError.io("\(name): reading failed: \(systemMessage(errno)); check the disk or the connection")
      }
    }
    return Array(bytes[..<filled])
  }
}
