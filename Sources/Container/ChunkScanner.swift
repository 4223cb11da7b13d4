/// Looks in a file, at every byte, for chunks whose checksum is right.
struct ChunkScanner<File: RandomAccessBytes> {
  struct Found {
    let type: UInt8
    let payload: ArraySlice<UInt8>
    let offset: Int
    let bytes: Int
  }

  private static var windowBytes: Int { 1 << 20 }
  private let file: File
  private let limits: ContainerLimits
  private var position = 0
  private var window: [UInt8] = []
  private var windowStart = 0
  /// Bytes that may still be summed up in vain. A file made to look like very many nested chunks would otherwise cost time quadratic in its size.
  private var patience: Int
  /// Behind the chunk that was found last.
  private var behind: Int?

  init(_ file: File, limits: ContainerLimits) {
    self.file = file
    self.limits = limits
    patience = (1 << 30) + 8 * file.count
  }

  /// The next chunk with a right checksum that is of one of the wanted types, or of any type directly behind the one before; nil at the end of the file.
  mutating func next(_ wanted: [UInt8]) throws -> Found? {
    while position < file.count {
      try fill(ChunkFrame.longestPrefix)
      let rest = window[(position - windowStart)...]
      if let type = rest.first, wanted.contains(type) || position == behind,
        let prefix = ChunkFrame.prefix(rest.prefix(ChunkFrame.longestPrefix), limits: limits)
      {
        let size = prefix.prefix + prefix.payload + 4
        if size <= file.count - position, size <= patience {
          try fill(size)
          let start = position - windowStart
          if window.count - start >= size, let payload = ChunkFrame.payload(window[start..<start + size], prefix: prefix.prefix) {
            defer {
              position += size
              behind = position
            }
            return Found(type: type, payload: payload, offset: position, bytes: size)
          }
          patience -= size
        }
      }
      position += 1
    }
    return nil
  }

  /// Sees to it that the window holds `count` bytes from the position on, as far as the file has them.
  private mutating func fill(_ count: Int) throws {
    let end = windowStart + window.count
    if position >= windowStart, position < end, position + count <= end || end == file.count { return }
    window = try file.read(at: position, count: max(count, ChunkScanner.windowBytes))
    windowStart = position
  }
}

/// Reads bytes of random access from front to back.
public struct SequentialBytes<File: RandomAccessBytes>: ByteSource {
  private let file: File
  private var position = 0

  public init(_ file: File) { self.file = file }

  public mutating func read(atMost count: Int) throws -> [UInt8] {
    let bytes = try file.read(at: position, count: count)
    position += bytes.count
    return bytes
  }
}
