import Bytes

/// Writes an `.aec` file from front to back. Nothing is ever written twice, so the sink may be a pipe.
///
/// Memory grows by the seek table only: one number a data chunk.
public struct ContainerWriter {
  private let sink: ([UInt8]) throws -> Void
  private let chunkLength: Int
  private var end = EndChunk(totalSamples: 0, distances: [])
  private var lastSize: Int?
  /// Samples of the last data chunk so far.
  private var samplesInChunk = 0
  /// Bytes given to the sink so far.
  public private(set) var byteCount = 0

  /// Writes signature and header.
  /// - Parameters:
  ///   - codec: the payload of the codec chunk; nil for a file that only names its codec.
  ///   - sink: takes the bytes of the file, in order.
  /// - Throws: what `sink` throws.
  public init(header: ContainerHeader, codec: [UInt8]? = nil, sink: @escaping ([UInt8]) throws -> Void) throws {
    self.sink = sink
    chunkLength = header.chunkLength
    try write(containerSignature + ChunkFrame.bytes(type: ChunkType.header, payload: header.payload()))
    if let codec { try write(ChunkFrame.bytes(type: ChunkType.codec, payload: codec)) }
  }

  /// Writes one data chunk, or a packet of one. Every data chunk but the last has the header's chunk length.
  /// - Parameter packetStart: of a packet, the samples that the packets before it in the same data chunk hold.
  /// - Throws: what the sink throws.
  public mutating func append(packetStart: Int? = nil, sampleCount: Int, hash: [UInt8], payload: [UInt8]) throws {
    let goesOn = (packetStart ?? 0) > 0
    let index = lastSize == nil ? 0 : end.distances.count + (goesOn ? 0 : 1)
    let start = packetStart ?? 0
    precondition(
      goesOn ? start == samplesInChunk : lastSize == nil || samplesInChunk == chunkLength, "only the last chunk may be short; packets have no gaps")
    precondition(chunkLength == 0 ? index == 0 && packetStart == nil : start + sampleCount <= chunkLength, "chunks have a length")
    let chunk = DataChunk(index: index, packetStart: packetStart, sampleCount: sampleCount, hash: hash, payload: payload[...])
    let bytes = ChunkFrame.bytes(type: ChunkType.data, payload: chunk.bytes(chunkLength: chunkLength))
    try write(bytes)
    if goesOn {
      lastSize! += bytes.count
    } else {
      if let lastSize { end.distances.append(lastSize) }
      lastSize = bytes.count
    }
    end.totalSamples += sampleCount
    samplesInChunk = start + sampleCount
  }

  /// Writes the end chunk with the seek table, and the trailer.
  /// - Throws: what the sink throws.
  public mutating func finish() throws {
    let chunk = ChunkFrame.bytes(type: ChunkType.end, payload: end.payload())
    try write(chunk + EndChunk.trailer(endChunkBytes: chunk.count))
  }

  private mutating func write(_ bytes: [UInt8]) throws {
    try sink(bytes)
    byteCount += bytes.count
  }
}
