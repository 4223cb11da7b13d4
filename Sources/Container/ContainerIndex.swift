import Bytes

/// Bytes that can be read at any place: a file, or what a pipe gave.
public protocol RandomAccessBytes {
  var count: Int { get }
  /// The bytes from `offset` on: `count` of them, or fewer where the end is near.
  func read(at offset: Int, count: Int) throws -> [UInt8]
}

/// Bytes in memory.
public struct BytesInMemory: RandomAccessBytes, Sendable {
  private let bytes: [UInt8]

  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  public var count: Int { bytes.count }

  public func read(at offset: Int, count: Int) throws -> [UInt8] {
    guard offset >= 0, offset < bytes.count else { return [] }
    return Array(bytes[offset..<min(bytes.count, offset + max(0, min(count, bytes.count)))])
  }
}

/// Where the data chunks of an `.aec` file lie: from its seek table or, where that is missing or damaged, found by a scan for chunks whose checksum is right.
public struct ContainerIndex<File: RandomAccessBytes> {
  /// One data chunk in the file.
  public struct Entry: Equatable, Sendable {
    /// Where its packets lie, from type to checksum each; one if it is whole.
    public internal(set) var parts: [Range<Int>]
    /// The first byte of the chunk, its type.
    public var offset: Int { parts[0].lowerBound }
    /// Bytes of the whole chunk, from its type to its last checksum.
    public var bytes: Int { parts[parts.count - 1].upperBound - offset }
    public internal(set) var sampleCount: Int
  }

  public let header: ContainerHeader
  /// The data chunks by their index; nil for one that was not found.
  public internal(set) var entries: [Entry?]
  /// Samples of each channel; nil if the file does not say (its end is missing or damaged).
  public internal(set) var totalSamples: Int?
  /// Where the codec chunk lies, if the file has one.
  var codecPlace: (offset: Int, bytes: Int)?
  /// What was found wrong in a scan, a sentence each.
  public internal(set) var problems: [String] = []
  /// The first chunk found in a scan that must not stand where it does.
  var misplaced: ContainerError?
  /// The entries come from a scan of the whole file.
  public let isRebuilt: Bool
  let file: File
  let limits: ContainerLimits

  /// Finds the data chunks by the seek table, or by a scan if the table cannot be used.
  /// - Throws: `ContainerError` if there is no header to start from, or a chunk where none of its kind may be; what the file throws.
  public init(_ file: File, limits: ContainerLimits = ContainerLimits()) throws {
    if let indexed = try ContainerIndex(seekTableOf: file, limits: limits) {
      self = indexed
    } else {
      try self.init(scanning: file, limits: limits)
      if let misplaced { throw misplaced }
    }
  }

  /// Samples of the signal as far as it is known: all, or those up to the end of the last chunk that was found.
  public var knownSamples: Int {
    if let totalSamples { return totalSamples }
    guard let last = entries.last, let entry = last else { return 0 }
    return (entries.count - 1) * header.chunkLength + entry.sampleCount
  }

  /// The samples of data chunk `index`, found or not.
  public func sampleRange(_ index: Int) -> Range<Int> {
    let start = index * header.chunkLength
    return start..<(header.chunkLength == 0 ? knownSamples : min(knownSamples, start + header.chunkLength))
  }

  /// Reads data chunk `index` from the file, or one packet of it.
  /// - Throws: `ContainerError.malformed` if it is missing or its checksum is wrong.
  public func chunk(_ index: Int, part: Int = 0) throws -> DataChunk {
    guard entries.indices.contains(index), let entry = entries[index] else {
      throw ContainerError.malformed("data chunk \(index) is missing or damaged")
    }
    precondition(entry.parts.indices.contains(part), "a data chunk has as many parts as its entry says")
    let place = entry.parts[part]
    let bytes = try file.read(at: place.lowerBound, count: place.count)
    guard bytes.count == place.count, let prefix = ChunkFrame.prefix(bytes[...], limits: limits),
      let payload = ChunkFrame.payload(bytes[...], prefix: prefix.prefix)
    else { throw ContainerError.malformed("data chunk \(index) is damaged: its checksum is wrong") }
    let chunk = try DataChunk(bytes: payload, chunkLength: header.chunkLength, limits: limits)
    let fits = chunk.packetStart.map { part == 0 ? $0 == 0 : $0 > 0 } ?? (entry.parts.count == 1 && chunk.sampleCount == entry.sampleCount)
    guard prefix.type == ChunkType.data, chunk.index == index, fits else {
      throw ContainerError.malformed("data chunk \(index) is not where the seek table says")
    }
    return chunk
  }

  /// Bytes of the codec chunk in the file; 0 if it has none.
  public var codecBytes: Int { codecPlace?.bytes ?? 0 }

  /// Reads the payload of the codec chunk; nil if the file has none, or a damaged one.
  /// - Throws: what the file throws.
  public func codec() throws -> [UInt8]? {
    guard let place = codecPlace, let (_, payload, _) = try ContainerIndex.frame(file, at: place.offset, limits: limits) else { return nil }
    return Array(payload)
  }

  /// Reads header and seek table; nil if the table cannot be used.
  private init?(seekTableOf file: File, limits: ContainerLimits) throws {
    self.file = file
    self.limits = limits
    isRebuilt = false
    guard try file.read(at: 0, count: containerSignature.count) == containerSignature,
      let (type, payload, size) = try ContainerIndex.frame(file, at: containerSignature.count, limits: limits), type == ChunkType.header
    else { return nil }
    header = try ContainerHeader(payload: payload, limits: limits)

    // From the end: the trailer, the end chunk, the table.
    let last = try file.read(at: max(0, file.count - 10), count: 10)
    var reader = ByteReader(last.reversed())
    guard let endBytes = try? reader.varint(), endBytes <= UInt64(file.count) else { return nil }
    guard last.suffix(reader.position).elementsEqual(EndChunk.trailer(endChunkBytes: Int(endBytes))) else { return nil }
    let endOffset = file.count - reader.position - Int(endBytes)
    guard endOffset > 0, let (endType, endPayload, endSize) = try ContainerIndex.frame(file, at: endOffset, limits: limits),
      endType == ChunkType.end, endSize == Int(endBytes),
      let end = try? EndChunk(payload: endPayload, chunkLength: header.chunkLength, limits: limits)
    else { return nil }

    // The first data chunk follows the header, but for ancillary chunks.
    var offset = containerSignature.count + size
    var order = ChunkOrder(header)
    while let prefix = try ContainerIndex.prefix(file, at: offset, limits: limits), prefix.type != ChunkType.data, offset != endOffset {
      guard let chunk = try ContainerIndex.frame(file, at: offset, limits: limits) else {
        guard prefix.type != ChunkType.codec else { throw ContainerError.malformed("the checksum of the chunk at byte \(offset) is wrong") }
        return nil
      }
      switch try order.role(of: chunk.type, at: offset) {
      case .codec: codecPlace = (offset, chunk.size)
      case .skipped: break
      case .data, .end: return nil
      }
      offset += chunk.size
    }
    totalSamples = end.totalSamples
    entries = []
    let count = EndChunk.chunkCount(totalSamples: end.totalSamples, chunkLength: header.chunkLength)
    guard count > 0 || offset == endOffset else { return nil }
    for index in 0..<count {
      let next = index + 1 < count ? offset + end.distances[index] : endOffset
      let samples = index + 1 < count ? header.chunkLength : end.totalSamples - index * header.chunkLength
      guard offset <= next, next <= endOffset, let parts = try ContainerIndex.parts(file, offset..<next, &order, limits: limits) else { return nil }
      entries.append(Entry(parts: parts, sampleCount: samples))
      offset = next
    }
  }

  /// The data chunks in a part of the file that begins with one: the packets of one data chunk, with ancillary chunks among them; nil if that is not so.
  /// - Throws: `ContainerError` where a chunk is found that must not stand there.
  private static func parts(_ file: File, _ range: Range<Int>, _ order: inout ChunkOrder, limits: ContainerLimits) throws -> [Range<Int>]? {
    var parts: [Range<Int>] = []
    var offset = range.lowerBound
    repeat {
      guard let prefix = try prefix(file, at: offset, limits: limits) else { return nil }
      let end = offset + prefix.prefix + prefix.payload + 4
      guard end <= range.upperBound, prefix.type == ChunkType.data || !parts.isEmpty else { return nil }
      // Data is checked when it is decoded, everything else here.
      guard try prefix.type == ChunkType.data || frame(file, at: offset, limits: limits) != nil else { return nil }
      switch try order.role(of: prefix.type, at: offset) {
      case .data: parts.append(offset..<end)
      case .codec, .skipped: break
      case .end: return nil
      }
      offset = end
    } while offset < range.upperBound
    return parts
  }

  /// The type, payload and whole size of the chunk at `offset`; nil if there is none with a right checksum.
  private static func frame(_ file: File, at offset: Int, limits: ContainerLimits) throws -> (type: UInt8, payload: ArraySlice<UInt8>, size: Int)? {
    guard let prefix = try prefix(file, at: offset, limits: limits) else { return nil }
    let size = prefix.prefix + prefix.payload + 4
    guard size <= file.count - offset else { return nil }
    let bytes = try file.read(at: offset, count: size)
    guard bytes.count == size, let payload = ChunkFrame.payload(bytes[...], prefix: prefix.prefix) else { return nil }
    return (prefix.type, payload, size)
  }

  private static func prefix(_ file: File, at offset: Int, limits: ContainerLimits) throws -> (type: UInt8, prefix: Int, payload: Int)? {
    ChunkFrame.prefix(try file.read(at: offset, count: ChunkFrame.longestPrefix)[...], limits: limits)
  }
}

extension ContainerIndex: Sendable where File: Sendable {}
