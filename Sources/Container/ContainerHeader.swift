import Bytes

/// What the header chunk says.
public struct ContainerHeader: Equatable, Sendable {
  /// The codec that the data chunks need; nil if they need none.
  public var codec: CodecReference?
  /// Samples of every data chunk but the last; 0 in a file of one data chunk or none.
  public var chunkLength: Int
  /// What is to be known of the signal, as its owner serialised it.
  public var metadata: [UInt8]
  /// The metadata are a zstd frame of what was serialised.
  public var metadataIsCompressed: Bool

  public init(codec: CodecReference?, chunkLength: Int, metadata: [UInt8], metadataIsCompressed: Bool = false) {
    precondition(chunkLength >= 0, "a chunk has no negative length")
    self.codec = codec
    self.chunkLength = chunkLength
    self.metadata = metadata
    self.metadataIsCompressed = metadataIsCompressed
  }

  /// The payload of the header chunk.
  func payload() -> [UInt8] {
    var writer = ByteWriter()
    writer.append(containerVersion | (metadataIsCompressed ? 0x10 : 0))
    writer.append(UInt8(codec?.name.utf8.count ?? 0))
    if let codec {
      writer.append(contentsOf: codec.name.utf8)
      writer.append(contentsOf: codec.id)
    }
    writer.append(varint: UInt64(chunkLength))
    writer.append(contentsOf: metadata)
    return writer.bytes
  }

  /// Reads the payload of a header chunk.
  /// - Throws: `ContainerError`.
  init(payload: ArraySlice<UInt8>, limits: ContainerLimits) throws {
    var reader = ByteReader(payload)
    do {
      let first = try reader.byte()
      guard first & 0x0F == containerVersion else {
        throw ContainerError.unsupported(
          "the file is of format version \(first & 0x0F); this program reads version \(containerVersion): use a newer one")
      }
      guard first & 0xE0 == 0 else { throw ContainerError.unsupported("the header sets flags that this program does not know: use a newer one") }
      metadataIsCompressed = first & 0x10 != 0
      let nameLength = Int(try reader.byte())
      if nameLength > 0 {
        guard let name = String(validating: try reader.take(nameLength), as: UTF8.self), !name.unicodeScalars.contains(where: { $0.value < 0x20 })
        else {
          throw ContainerError.malformed("the name of the codec is not text")
        }
        codec = CodecReference(name: name, id: Array(try reader.take(8)))
      } else {
        codec = nil
      }
      let length = try reader.varint()
      guard length <= UInt64(limits.samplesPerChunk) else {
        throw ContainerError.limit("the file has chunks of \(length) samples, the limit is \(limits.samplesPerChunk)")
      }
      chunkLength = Int(length)
      metadata = Array(try reader.take(reader.remaining))
    } catch let error as BytesError {
      throw ContainerError.malformed("the header is malformed: \(error)")
    }
  }
}

/// One independent piece of the signal, or a packet of one: packets of a data chunk follow each other, and each can be decoded as soon as it is there.
public struct DataChunk: Equatable, Sendable {
  /// 0, 1, 2, ... in the order of the signal.
  public var index: Int
  /// Of a packet: samples of each channel that the packets before it in the same data chunk hold. Nil for a whole data chunk.
  public var packetStart: Int?
  /// Samples of each channel, at least 1.
  public var sampleCount: Int
  /// The first 8 bytes of the SHA-256 over the decoded samples, interleaved, as little-endian 32-bit integers.
  public var hash: [UInt8]
  /// What the codec made of the samples.
  public var payload: ArraySlice<UInt8>

  public init(index: Int, packetStart: Int? = nil, sampleCount: Int, hash: [UInt8], payload: ArraySlice<UInt8>) {
    precondition(index >= 0 && sampleCount >= 1 && hash.count == 8, "a data chunk has an index, samples, and a hash of 8 bytes")
    self.index = index
    self.packetStart = packetStart
    self.sampleCount = sampleCount
    self.hash = hash
    self.payload = payload
  }

  static let shortFlag: UInt64 = 1
  static let packetFlag: UInt64 = 2
  static let flagBits: UInt64 = 2

  /// The payload of the chunk as it stands in the file.
  func bytes(chunkLength: Int) -> [UInt8] {
    var writer = ByteWriter()
    let isShort = sampleCount != chunkLength
    let flags = (isShort ? DataChunk.shortFlag : 0) | (packetStart == nil ? 0 : DataChunk.packetFlag)
    writer.append(varint: UInt64(index) << DataChunk.flagBits | flags)
    if isShort { writer.append(varint: UInt64(sampleCount)) }
    if let packetStart { writer.append(varint: UInt64(packetStart)) }
    writer.append(contentsOf: hash)
    writer.append(contentsOf: payload)
    return writer.bytes
  }

  /// Reads the payload of a data chunk.
  /// - Throws: `ContainerError`.
  init(bytes: ArraySlice<UInt8>, chunkLength: Int, limits: ContainerLimits) throws {
    var reader = ByteReader(bytes)
    do {
      let tag = try reader.varint()
      guard tag >> DataChunk.flagBits <= UInt64(limits.totalSamples) else {
        throw ContainerError.limit("a data chunk has the index \(tag >> DataChunk.flagBits)")
      }
      index = Int(tag >> DataChunk.flagBits)
      if tag & DataChunk.shortFlag != 0 {
        let count = try reader.varint()
        guard count >= 1, chunkLength == 0 || count < UInt64(chunkLength) else {
          throw ContainerError.malformed("data chunk \(index) has \(count) samples where chunks have \(chunkLength)")
        }
        guard count <= UInt64(limits.samplesPerChunk) else {
          throw ContainerError.limit("data chunk \(index) has \(count) samples, the limit is \(limits.samplesPerChunk)")
        }
        sampleCount = Int(count)
      } else {
        guard chunkLength > 0 else { throw ContainerError.malformed("data chunk \(index) does not say how many samples it has") }
        sampleCount = chunkLength
      }
      if tag & DataChunk.packetFlag != 0 {
        let start = try reader.varint()
        guard start <= UInt64(chunkLength), sampleCount <= chunkLength - Int(start) else {
          throw ContainerError.malformed("data chunk \(index) has a packet of \(sampleCount) samples at \(start) where chunks have \(chunkLength)")
        }
        packetStart = Int(start)
      } else {
        packetStart = nil
      }
      guard chunkLength > 0 || index == 0 else { throw ContainerError.malformed("data chunk \(index) in a file of one chunk") }
      hash = Array(try reader.take(8))
      payload = try reader.take(reader.remaining)
    } catch let error as BytesError {
      throw ContainerError.malformed("a data chunk is malformed: \(error)")
    }
  }
}
