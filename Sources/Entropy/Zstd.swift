import CZstd

/// Zstandard frames (RFC 8878) with content size and checksum.
public enum Zstd {
  /// The version of the library.
  public static var libraryVersion: String { String(cString: ZSTD_versionString()) }

  /// One frame holding `bytes`.
  /// - Parameter level: 1 to 22; 19 is what the codecs use.
  public static func compress(_ bytes: [UInt8], level: Int = 19) -> [UInt8] {
    precondition((1...22).contains(level), "zstd levels are 1 to 22")
    let context = compressor([(ZSTD_c_compressionLevel, level), (ZSTD_c_checksumFlag, 1)])
    defer { ZSTD_freeCCtx(context) }
    return compress(bytes, context)
  }

  /// The content of one frame, which must fill `bytes`. Untrusted bytes are welcome: never more than `limit` bytes are allocated for the content.
  /// Throws `EntropyError.limit` if the frame promises more, `EntropyError.damaged` for everything else.
  public static func decompress(_ bytes: some Collection<UInt8>, limit: Int) throws -> [UInt8] {
    let bytes = Array(bytes)
    let promised = ZSTD_getFrameContentSize(bytes, bytes.count)
    // The two largest values mean an unknown size and not a frame; our frames always carry their size.
    guard promised < UInt64.max - 1 else { throw EntropyError.damaged("not a zstd frame with a content size") }
    guard promised <= UInt64(max(0, limit)) else { throw EntropyError.limit("a zstd frame of \(promised) bytes where at most \(limit) are allowed") }
    let length = ZSTD_findFrameCompressedSize(bytes, bytes.count)
    guard ZSTD_isError(length) == 0, length == bytes.count else { throw EntropyError.damaged("a zstd frame that does not fill its place") }
    let context = decompressor()
    defer { ZSTD_freeDCtx(context) }
    return try [UInt8](unsafeUninitializedCapacity: Int(promised)) { output, count in
      let written = ZSTD_decompressDCtx(context, output.baseAddress, Int(promised), bytes, bytes.count)
      guard ZSTD_isError(written) == 0, written == promised else {
        // The library's own words hang on its version.
        throw EntropyError.damaged("a zstd frame")
      }
      count = written
    }
  }

  /// A context with these parameters, to be freed. Out of memory there is nothing left to do, as with any array.
  static func compressor(_ parameters: [(ZSTD_cParameter, Int)]) -> OpaquePointer {
    guard let context = ZSTD_createCCtx() else { fatalError("out of memory") }
    for (parameter, value) in parameters {
      precondition(ZSTD_isError(ZSTD_CCtx_setParameter(context, parameter, Int32(value))) == 0, "zstd parameters")
    }
    return context
  }

  static func decompressor() -> OpaquePointer {
    guard let context = ZSTD_createDCtx() else { fatalError("out of memory") }
    return context
  }

  /// One frame with the context's parameters.
  static func compress(_ bytes: [UInt8], _ context: OpaquePointer) -> [UInt8] {
    let bound = ZSTD_compressBound(bytes.count)
    return [UInt8](unsafeUninitializedCapacity: bound) { output, count in
      let written = ZSTD_compress2(context, output.baseAddress, bound, bytes, bytes.count)
      guard ZSTD_isError(written) == 0 else { fatalError("out of memory") }  // the only failure left: bound and parameters are right
      count = written
    }
  }
}
