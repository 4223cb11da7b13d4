import Bytes
import Container
import Entropy
import Signals

/// The description of a signal as it stands in a file's header: the bytes of `SignalInfo`, as they are or, where that is smaller, their count as a
/// varint and a zstd frame of them, made with `SignalInfo.compressionDictionary`. The frame has no magic number, content size, dictionary id or
/// checksum: the header has all of that.
enum SignalMetadata {
  static func encode(_ info: SignalInfo) -> (bytes: [UInt8], isCompressed: Bool) {
    let plain = info.serialized()
    var writer = ByteWriter()
    writer.append(varint: UInt64(plain.count))
    writer.append(contentsOf: Zstd.compressBare(plain, dictionary: SignalInfo.compressionDictionary))
    return writer.bytes.count < plain.count ? (writer.bytes, true) : (plain, false)
  }

  /// - Throws: `ContainerError`.
  static func decode(_ header: ContainerHeader, limits: ContainerLimits) throws -> SignalInfo {
    do {
      let bytes = header.metadataIsCompressed ? try decompress(header.metadata, limits: limits) : header.metadata
      let info = try SignalInfo(serialized: bytes[...])
      guard info.channels.count <= limits.channels else {
        throw ContainerError.limit("the signal has \(info.channels.count) channels, the limit is \(limits.channels)")
      }
      return info
    } catch let error as BytesError {
      throw ContainerError.malformed("the description of the signal is malformed: \(error)")
    }
  }

  private static func decompress(_ bytes: [UInt8], limits: ContainerLimits) throws -> [UInt8] {
    var reader = ByteReader(bytes)
    let count = try reader.varint()
    guard count <= UInt64(limits.headerBytes) else {
      throw ContainerError.limit("the description of the signal has \(count) bytes, the limit is \(limits.headerBytes)")
    }
    let frame = Array(try reader.take(reader.remaining))
    do {
      return try Zstd.decompressBare(frame, count: Int(count), dictionary: SignalInfo.compressionDictionary)
    } catch is EntropyError {
      throw ContainerError.malformed("the description of the signal is not valid zstd data")
    }
  }
}
