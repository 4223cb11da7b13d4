import Bytes

/// A chunk as it lies in the file: type (1 byte), length of the payload (varint), payload, CRC-32 over all of these (4 bytes, little-endian).
enum ChunkFrame {
  /// The most bytes that type and length take.
  static let longestPrefix = 1 + 10

  static func bytes(type: UInt8, payload: [UInt8]) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(type)
    writer.append(counted: payload)
    writer.append(littleEndian: crc32(writer.bytes))
    return writer.bytes
  }

  /// Holds the length of a payload against the limits.
  static func check(length: UInt64, type: UInt8, limits: ContainerLimits) throws -> Int {
    let limit =
      switch type {
      case ChunkType.header: limits.headerBytes
      case ChunkType.codec: limits.codecBytes
      default: limits.chunkBytes
      }
    guard length <= UInt64(limit) else { throw ContainerError.limit("a chunk of \(length) bytes, the limit is \(limit)") }
    return Int(length)
  }

  /// The prefix of a chunk at the beginning of `bytes`: its type, the bytes that the prefix takes, and the length of the payload.
  /// Nil if `bytes` hold no whole prefix or it breaks the format or a limit.
  static func prefix(_ bytes: ArraySlice<UInt8>, limits: ContainerLimits) -> (type: UInt8, prefix: Int, payload: Int)? {
    var reader = ByteReader(bytes)
    guard let type = try? reader.byte(), ChunkType.isLetter(type), let length = try? reader.varint(),
      let payload = try? check(length: length, type: type, limits: limits)
    else { return nil }
    return (type, reader.position - bytes.startIndex, payload)
  }

  /// The payload of one whole chunk of exactly these bytes; nil if the checksum is wrong.
  static func payload(_ chunk: ArraySlice<UInt8>, prefix: Int) -> ArraySlice<UInt8>? {
    guard chunk.count >= prefix + 4 else { return nil }
    var reader = ByteReader(chunk[(chunk.endIndex - 4)...])
    guard let stored = try? reader.littleEndian(UInt32.self), stored == crc32(chunk.dropLast(4)) else { return nil }
    return chunk[(chunk.startIndex + prefix)..<(chunk.endIndex - 4)]
  }
}

/// What the end chunk says: how long the signal is, and where the data chunks begin.
struct EndChunk: Equatable {
  var totalSamples: Int
  /// From the first byte of data chunk k to the first of data chunk k + 1, for every data chunk but the last.
  var distances: [Int]

  func payload() -> [UInt8] {
    var writer = ByteWriter()
    writer.append(varint: UInt64(totalSamples))
    for distance in distances { writer.append(varint: UInt64(distance)) }
    return writer.bytes
  }

  /// How many data chunks a signal makes.
  static func chunkCount(totalSamples: Int, chunkLength: Int) -> Int {
    chunkLength == 0 ? min(totalSamples, 1) : (totalSamples + chunkLength - 1) / chunkLength
  }

  init(totalSamples: Int, distances: [Int]) {
    self.totalSamples = totalSamples
    self.distances = distances
  }

  init(payload: ArraySlice<UInt8>, chunkLength: Int, limits: ContainerLimits) throws {
    var reader = ByteReader(payload)
    do {
      let total = try reader.varint()
      guard total <= UInt64(limits.totalSamples) else {
        throw ContainerError.limit("\(total) samples in the file, the limit is \(limits.totalSamples)")
      }
      totalSamples = Int(total)
      distances = []
      let count = EndChunk.chunkCount(totalSamples: totalSamples, chunkLength: chunkLength) - 1
      guard count <= reader.remaining else { throw ContainerError.malformed("the seek table is too short for \(total) samples") }
      while reader.remaining > 0 {
        let distance = try reader.varint()
        guard distance <= UInt64(Int32.max) else { throw ContainerError.malformed("the seek table has a distance of \(distance) bytes") }
        distances.append(Int(distance))
      }
      guard distances.count == max(0, count) else { throw ContainerError.malformed("the seek table does not fit \(total) samples") }
    } catch let error as BytesError {
      throw ContainerError.malformed("the end chunk is malformed: \(error)")
    }
  }

  /// The last bytes of a file: the size of the whole end chunk as a varint with its bytes in reverse order, so that it can be read from the end.
  static func trailer(endChunkBytes: Int) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(varint: UInt64(endChunkBytes))
    return writer.bytes.reversed()
  }
}
