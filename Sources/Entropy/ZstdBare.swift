import CZstd

/// Frames for a few bytes: without magic number, content size, dictionary id and checksum, which may be made with a raw
/// dictionary that is known to both sides.
extension Zstd {
  /// `ZSTD_c_format` and `ZSTD_d_format` (stable in libzstd, though their names are not): 1 is a frame without magic number.
  private static let compressionFormat = ZSTD_c_experimentalParam2
  private static let decompressionFormat = ZSTD_d_experimentalParam1

  /// One such frame holding `bytes`.
  public static func compressBare(_ bytes: [UInt8], dictionary: [UInt8] = []) -> [UInt8] {
    let context = compressor([
      (ZSTD_c_compressionLevel, 19), (ZSTD_c_contentSizeFlag, 0), (ZSTD_c_checksumFlag, 0), (ZSTD_c_dictIDFlag, 0), (compressionFormat, 1),
    ])
    defer { ZSTD_freeCCtx(context) }
    precondition(ZSTD_isError(ZSTD_CCtx_loadDictionary(context, dictionary, dictionary.count)) == 0, "a damaged zstd dictionary")
    return compress(bytes, context)
  }

  /// The content of such a frame, which must have `count` bytes. Untrusted bytes are welcome; the caller limits `count`.
  /// Throws `EntropyError.damaged`.
  public static func decompressBare(_ bytes: [UInt8], count: Int, dictionary: [UInt8] = []) throws -> [UInt8] {
    let context = decompressor()
    defer { ZSTD_freeDCtx(context) }
    guard ZSTD_isError(ZSTD_DCtx_setParameter(context, decompressionFormat, 1)) == 0,
      ZSTD_isError(ZSTD_DCtx_loadDictionary(context, dictionary, dictionary.count)) == 0
    else { throw EntropyError.damaged("a zstd dictionary") }
    return try [UInt8](unsafeUninitializedCapacity: count) { output, used in
      let written = ZSTD_decompressDCtx(context, output.baseAddress, count, bytes, bytes.count)
      guard ZSTD_isError(written) == 0, written == count else { throw EntropyError.damaged("a zstd frame") }
      used = written
    }
  }
}
