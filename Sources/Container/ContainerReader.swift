import Bytes

/// Gives bytes from front to back: a pipe, or a file read once.
public protocol ByteSource {
  /// The next bytes, at least 1 and at most `count`; none at the end.
  mutating func read(atMost count: Int) throws -> [UInt8]
}

/// Reads an `.aec` file from front to back and believes nothing: every checksum, the order and the number of the chunks, the seek table,
/// the trailer, and that the file ends there.
///
/// A file that is read to its end without an error is the file that was written. What is in a data chunk is the codec's: its hash is not checked here.
public struct ContainerReader<Source: ByteSource> {
  public let header: ContainerHeader
  /// The payload of the codec chunk, if the file has one; it stands before the first data chunk.
  public private(set) var codec: [UInt8]?
  /// A chunk behind the header, and where it begins.
  private typealias Chunk = (role: ChunkOrder.Role, payload: [UInt8], start: Int)
  private var order: ChunkOrder
  /// A chunk that was read ahead.
  private var ahead: Chunk?
  private var input: BufferedSource<Source>
  private let limits: ContainerLimits
  private var starts: [Int] = []
  private var totalSamples = 0
  /// Samples of the last data chunk so far.
  private var samplesInChunk = 0
  private var lastIsPacket = false
  private var isFinished = false

  /// Reads signature and header, and what stands before the first data chunk of a file that needs a codec.
  /// - Throws: `ContainerError`, and what the source throws.
  public init(_ source: Source, limits: ContainerLimits = ContainerLimits()) throws {
    self.limits = limits
    input = BufferedSource(source)
    let signature = try input.take(upTo: containerSignature.count)
    guard signature == containerSignature else { throw ContainerReader.refusal(signature) }
    let (type, payload) = try input.chunk(limits: limits)
    guard type == ChunkType.header else { throw ContainerError.malformed("the file does not begin with its header") }
    header = try ContainerHeader(payload: payload[...], limits: limits)
    order = ChunkOrder(header)
    while header.codec != nil, ahead == nil {
      let chunk = try nextChunk()
      switch chunk.role {
      case .codec: codec = chunk.payload
      case .skipped: break
      case .data, .end: ahead = chunk
      }
    }
  }

  private mutating func nextChunk() throws -> Chunk {
    if let chunk = ahead {
      ahead = nil
      return chunk
    }
    let start = input.position
    let (type, payload) = try input.chunk(limits: limits)
    return (try order.role(of: type, at: start), payload, start)
  }

  /// The next data chunk or packet; nil after the last one, when all that follows it was found right.
  /// - Throws: `ContainerError`, and what the source throws.
  public mutating func next() throws -> DataChunk? {
    while !isFinished {
      let (role, payload, start) = try nextChunk()
      switch role {
      case .data:
        return try accept(DataChunk(bytes: payload[...], chunkLength: header.chunkLength, limits: limits), at: start)
      case .end:
        try finish(EndChunk(payload: payload[...], chunkLength: header.chunkLength, limits: limits), size: input.position - start)
      case .codec, .skipped:
        break
      }
    }
    return nil
  }

  private mutating func accept(_ chunk: DataChunk, at start: Int) throws -> DataChunk {
    if let packetStart = chunk.packetStart, packetStart > 0 {
      guard chunk.index == starts.count - 1, lastIsPacket, packetStart == samplesInChunk else {
        throw ContainerError.malformed("a packet of data chunk \(chunk.index) comes where it was not expected")
      }
    } else {
      guard chunk.index == starts.count, starts.isEmpty || samplesInChunk == header.chunkLength else {
        let end = starts.isEmpty || samplesInChunk == header.chunkLength ? "" : " or the end"
        throw ContainerError.malformed("data chunk \(chunk.index) comes where chunk \(starts.count)\(end) was expected")
      }
      starts.append(start)
    }
    totalSamples += chunk.sampleCount
    guard totalSamples <= limits.totalSamples else { throw ContainerError.limit("more than \(limits.totalSamples) samples in the file") }
    samplesInChunk = (chunk.packetStart ?? 0) + chunk.sampleCount
    lastIsPacket = chunk.packetStart != nil
    return chunk
  }

  private mutating func finish(_ end: EndChunk, size: Int) throws {
    guard end.totalSamples == totalSamples else {
      throw ContainerError.malformed("the data chunks hold \(totalSamples) samples where the end chunk says \(end.totalSamples)")
    }
    guard end.distances == zip(starts.dropFirst(), starts).map({ $0 - $1 }) else { throw ContainerError.malformed("the seek table is wrong") }
    let trailer = EndChunk.trailer(endChunkBytes: size)
    guard try input.take(upTo: trailer.count) == trailer else { throw ContainerError.malformed("the last bytes of the file are damaged or missing") }
    guard try input.take(upTo: 1).isEmpty else { throw ContainerError.malformed("there are bytes behind the end of the file") }
    isFinished = true
  }

  private static func refusal(_ signature: [UInt8]) -> ContainerError {
    if signature.isEmpty { return .notAnAecFile("the file is empty") }
    if signature.elementsEqual(containerSignature.prefix(signature.count)) { return .truncated("the file ends inside its signature") }
    if signature.dropFirst().starts(with: containerSignature[1...3]) || signature.starts(with: containerSignature[1...3]) {
      return .notAnAecFile("the signature is damaged; was the file transferred as text? Copy it again as binary")
    }
    return .notAnAecFile("this is not an .aec file")
  }
}

/// A source with a buffer and a position.
struct BufferedSource<Source: ByteSource> {
  private var source: Source
  private var buffer: [UInt8] = []
  private var used = 0
  private(set) var position = 0

  init(_ source: Source) { self.source = source }

  /// The next `count` bytes, or fewer where the source ends. Memory follows what was really there, not what was asked for.
  mutating func take(upTo count: Int) throws -> [UInt8] {
    var result: [UInt8] = []
    while result.count < count {
      if used == buffer.count {
        buffer = try source.read(atMost: 1 << 16)
        used = 0
        if buffer.isEmpty { break }
      }
      let part = buffer[used..<min(buffer.count, used + count - result.count)]
      result.append(contentsOf: part)
      used = part.endIndex
    }
    position += result.count
    return result
  }

  /// The type and the payload of the next chunk, its checksum verified.
  mutating func chunk(limits: ContainerLimits) throws -> (type: UInt8, payload: [UInt8]) {
    let start = position
    let end = ContainerError.truncated("the file ends at byte \(start), before its end chunk")
    var prefix = try take(upTo: 1)
    guard let type = prefix.first else { throw end }
    guard ChunkType.isLetter(type) else { throw ContainerError.malformed("there is no chunk at byte \(start), where one was expected") }
    repeat {
      guard let byte = try take(upTo: 1).first else { throw ContainerError.truncated("the file ends inside the chunk at byte \(start)") }
      prefix.append(byte)
    } while prefix.last! >= 0x80 && prefix.count < ChunkFrame.longestPrefix
    var reader = ByteReader(prefix[1...])
    guard let length = try? reader.varint() else { throw ContainerError.malformed("the chunk at byte \(start) has no valid length") }
    let count = try ChunkFrame.check(length: length, type: type, limits: limits)
    let payload = try take(upTo: count)
    let checksum = try take(upTo: 4)
    guard payload.count == count, checksum.count == 4 else { throw ContainerError.truncated("the file ends inside the chunk at byte \(start)") }
    var stored = ByteReader(checksum)
    guard try stored.littleEndian(UInt32.self) == crc32(payload, seed: crc32(prefix)) else {
      throw ContainerError.malformed("the checksum of the chunk at byte \(start) is wrong")
    }
    return (type, payload)
  }
}
