import Bytes
import CZstd
import Container
import Signals

/// The description of a signal as it stands in a file's header: the bytes of `SignalInfo`, as they are or, where that is smaller, their count as a
/// varint and a zstd frame of them, made with `SignalInfo.compressionDictionary`. The frame has no magic number, content size, dictionary id or
/// checksum: the header has all of that.
enum SignalMetadata {
  /// `ZSTD_c_format` and `ZSTD_d_format` (stable in libzstd, though their names are not): 1 is a frame without magic number.
  private static let compressionFormat = ZSTD_c_experimentalParam2
  private static let decompressionFormat = ZSTD_d_experimentalParam1

  static func encode(_ info: SignalInfo) -> (bytes: [UInt8], isCompressed: Bool) {
    let plain = info.serialized()
    let dictionary = SignalInfo.compressionDictionary
    guard let context = ZSTD_createCCtx() else { return (plain, false) }
    defer { ZSTD_freeCCtx(context) }
    let parameters = [
      (ZSTD_c_compressionLevel, 19), (ZSTD_c_contentSizeFlag, 0), (ZSTD_c_checksumFlag, 0), (ZSTD_c_dictIDFlag, 0), (compressionFormat, 1),
    ]
    for (parameter, value) in parameters {
      guard ZSTD_isError(ZSTD_CCtx_setParameter(context, parameter, Int32(value))) == 0 else { return (plain, false) }
    }
    guard ZSTD_isError(ZSTD_CCtx_loadDictionary(context, dictionary, dictionary.count)) == 0 else { return (plain, false) }
    var frame = [UInt8](repeating: 0, count: ZSTD_compressBound(plain.count))
    let size = ZSTD_compress2(context, &frame, frame.count, plain, plain.count)
    guard ZSTD_isError(size) == 0 else { return (plain, false) }
    var writer = ByteWriter()
    writer.append(varint: UInt64(plain.count))
    writer.append(contentsOf: frame[..<size])
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
    let dictionary = SignalInfo.compressionDictionary
    guard let context = ZSTD_createDCtx() else { throw ContainerError.limit("there is no memory to read the description of the signal") }
    defer { ZSTD_freeDCtx(context) }
    var plain = [UInt8](repeating: 0, count: Int(count))
    guard ZSTD_isError(ZSTD_DCtx_setParameter(context, decompressionFormat, 1)) == 0,
      ZSTD_isError(ZSTD_DCtx_loadDictionary(context, dictionary, dictionary.count)) == 0,
      case let size = ZSTD_decompressDCtx(context, &plain, plain.count, frame, frame.count), ZSTD_isError(size) == 0, size == plain.count
    else { throw ContainerError.malformed("the description of the signal is not valid zstd data") }
    return plain
  }
}
