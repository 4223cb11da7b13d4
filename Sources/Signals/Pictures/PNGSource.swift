import CSpng

/// Reads PNG files through libspng: rows one by one, or all of an interlaced picture.
final class PNGSource: RowSource {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  /// The most bytes of an interlaced picture, whose rows are there only with its last bytes.
  private static let mostHeldBytes = 1 << 28

  let layout: PictureLayout
  let notes: [String]
  private let context: OpaquePointer
  private let bytes: Unmanaged<ByteSupply>
  private let name: String
  private let expansion: PNGExpansion
  private let rowBytes: Int
  /// Of an interlaced picture all rows; of others the last that was read.
  private var packed: [UInt8]
  private var done = 0
  private let isInterlaced: Bool

  /// - Parameters:
  ///   - chunks: those of the file, where it can be read out of order.
  ///   - spreadsBits: whether grey of less than 8 bits is spread over 8, so that pictures of a stack are alike.
  /// - Throws: `SignalError`.
  init(_ file: HeadedFile, chunks: PNGChunks?, spreadsBits: Bool, name: String) throws {
    let bytes = Unmanaged.passRetained(ByteSupply(file))
    guard let context = spng_ctx_new(0) else {
      bytes.release()
      throw SignalError.io("\(name): there is no memory left; close other programs")
    }
    (self.name, self.bytes, self.context) = (name, bytes, context)
    func fail(_ code: Int32) -> any Error {
      defer {
        spng_ctx_free(context)
        bytes.release()
      }
      return PNGSource.failure(code, name, bytes.takeUnretainedValue())
    }
    func need(_ code: Int32) throws { if code != 0 { throw fail(code) } }
    var header = spng_ihdr()
    try need(spng_set_chunk_limits(context, 1 << 24, 1 << 26))
    try need(spng_set_option(context, SPNG_KEEP_UNKNOWN_CHUNKS, 1))
    try need(
      spng_set_png_stream(
        context, { _, user, target, count in Unmanaged<ByteSupply>.fromOpaque(user!).takeUnretainedValue().fill(target, count) }, bytes.toOpaque()))
    try need(spng_get_ihdr(context, &header))
    do {
      let found = try PNGMetadata(context, chunks) { PNGSource.failure($0, name, bytes.takeUnretainedValue()) }
      guard !found.isAnimated else { throw SignalError.unsupported("\(name): is an animated PNG; give its pictures one by one") }
      notes = found.notes
      expansion = PNGExpansion(context, header, spreadsBits: spreadsBits)
      layout = try PictureFile.layout(
        name, .png, width: Int(header.width), height: Int(header.height), components: expansion.components, maximum: expansion.maximum,
        metadata: found.metadata)
      isInterlaced = header.interlace_method != 0
      rowBytes = (layout.width * expansion.storedSamples * Int(header.bit_depth) + 7) / 8
      guard !isInterlaced || rowBytes <= PNGSource.mostHeldBytes / layout.height else {
        throw SignalError.limit("\(name): is interlaced and takes more than \(PNGSource.mostHeldBytes >> 20) MiB; store it without interlacing")
      }
      packed = Array(repeating: 0, count: isInterlaced ? rowBytes * layout.height : rowBytes)
    } catch {
      spng_ctx_free(context)
      bytes.release()
      throw error
    }
    let code = spng_decode_image(context, nil, 0, Int32(SPNG_FMT_PNG.rawValue), Int32(SPNG_DECODE_PROGRESSIVE.rawValue))
    // From here on `deinit` frees what is held.
    guard code == 0 else { throw PNGSource.failure(code, name, bytes.takeUnretainedValue()) }
  }

  deinit {
    spng_ctx_free(context)
    bytes.release()
  }

  func read(into row: inout [UInt16]) throws {
    if !isInterlaced {
      try decodeRow(at: 0)
    } else if done == 0 {
      var place = spng_row_info()
      while true {
        // A row of any pass but the last comes without a word of the end.
        let code = spng_get_row_info(context, &place)
        if code == SPNG_EOI.rawValue { break }
        guard code == 0, Int(place.row_num) < layout.height else { throw failure(SPNG_EINTERNAL.rawValue) }
        if try decodeRow(at: rowBytes * Int(place.row_num)) { break }
      }
    }
    expansion.expand(packed, from: isInterlaced ? done * rowBytes : 0, width: layout.width, into: &row)
    done += 1
    guard done == layout.height else { return }
    let code = spng_decode_chunks(context)
    guard code == 0 else { throw failure(code) }
  }

  /// Decodes the next row to a place in `packed`; true where it was the last one.
  @discardableResult
  private func decodeRow(at place: Int) throws -> Bool {
    let code = packed.withUnsafeMutableBytes { spng_decode_row(context, $0.baseAddress! + place, rowBytes) }
    if code == SPNG_EOI.rawValue { return true }
    guard code == 0 else { throw failure(code) }
    return false
  }

  private func failure(_ code: Int32) -> any Error { PNGSource.failure(code, name, bytes.takeUnretainedValue()) }

  private static func failure(_ code: Int32, _ name: String, _ supply: ByteSupply) -> any Error {
    if let error = supply.failure { return error }
    switch code {
    case SPNG_IO_EOF.rawValue, SPNG_EIDAT_TOO_SHORT.rawValue: return SignalError.malformed("\(name): is cut short; get the whole file")
    case SPNG_EWIDTH.rawValue, SPNG_EHEIGHT.rawValue:
      return SignalError.malformed("\(name): states no pixels, or more than PNG allows; give a sound picture")
    case SPNG_ECHUNK_LIMITS.rawValue:
      return SignalError.limit("\(name): its texts or profiles are more than 64 MiB, or one of them is more than 16 MiB; remove them")
    case SPNG_EMEM.rawValue: return SignalError.io("\(name): there is no memory left; close other programs")
    default: return SignalError.malformed("\(name): is no sound PNG (\(String(cString: spng_strerror(code)))); get a sound copy of the file")
    }
  }
}

/// Bytes of a file for a library of C that asks for them.
final class ByteSupply {
  private let file: HeadedFile
  /// What went wrong with the file itself.
  private(set) var failure: (any Error)?

  init(_ file: HeadedFile) { self.file = file }

  /// Fills all of a buffer. Returns a code of libspng.
  func fill(_ target: UnsafeMutableRawPointer?, _ count: Int) -> Int32 {
    do {
      let came = try file.read(into: UnsafeMutableRawBufferPointer(start: target, count: count))
      return came == count ? 0 : SPNG_IO_EOF.rawValue
    } catch {
      failure = error
      return SPNG_IO_ERROR.rawValue
    }
  }
}
