import CSpng

/// Writes PNG files through libspng.
final class PNGSink: RowSink {
  private let context: OpaquePointer
  private let output: Unmanaged<ByteDrain>
  private let name: String
  private let scale: SampleScale
  /// Of a sample in the file.
  private let bits: Int
  private var packed: [UInt8]
  /// What libspng reads when it comes to it.
  private let profile: UnsafeMutablePointer<CChar>
  private let exif: UnsafeMutablePointer<CChar>
  private let codePoints: UnsafeMutablePointer<CChar>
  private let unknown: UnsafeMutablePointer<spng_unknown_chunk>
  private var isComplete = false

  /// Throws `SignalError`.
  convenience init(_ file: AtomicFile, _ layout: PictureLayout) throws {
    try self.init(ByteDrain { try file.write($0) }, name: file.path, layout)
  }

  /// Throws `SignalError`.
  init(_ drain: ByteDrain, name: String, _ layout: PictureLayout) throws {
    guard let context = spng_ctx_new(Int32(SPNG_CTX_ENCODER.rawValue)) else {
      throw SignalError.io("\(name): there is no memory left; close other programs")
    }
    (self.context, self.name, output) = (context, name, Unmanaged.passRetained(drain))
    scale = SampleScale(layout)
    bits = PNGSink.bits(layout)
    packed = Array(repeating: 0, count: (layout.width * layout.components * bits + 7) / 8)
    let metadata = layout.metadata
    profile = PNGSink.copy(metadata.profile)
    exif = PNGSink.copy(Exif.block(orientation: metadata.orientation))
    codePoints = PNGSink.copy(metadata.codePoints ?? [])
    unknown = .allocate(capacity: 1)
    unknown.initialize(to: spng_unknown_chunk())
    let types = [
      SPNG_COLOR_TYPE_GRAYSCALE, SPNG_COLOR_TYPE_GRAYSCALE_ALPHA, SPNG_COLOR_TYPE_TRUECOLOR, SPNG_COLOR_TYPE_TRUECOLOR_ALPHA,
    ]
    var header = spng_ihdr(
      width: UInt32(layout.width), height: UInt32(layout.height), bit_depth: UInt8(bits),
      color_type: UInt8(types[layout.components - 1].rawValue), compression_method: 0, filter_method: 0, interlace_method: 0)
    try need(
      spng_set_png_stream(
        context, { _, user, source, count in Unmanaged<ByteDrain>.fromOpaque(user!).takeUnretainedValue().take(source, count) }, output.toOpaque()))
    try need(spng_set_ihdr(context, &header))
    if let gamma = metadata.gamma { try need(spng_set_gama_int(context, gamma)) }
    if let intent = metadata.intent { try need(spng_set_srgb(context, intent)) }
    if let c = metadata.chromaticities {
      var points = spng_chrm_int(
        white_point_x: c[0], white_point_y: c[1], red_x: c[2], red_y: c[3], green_x: c[4], green_y: c[5], blue_x: c[6], blue_y: c[7])
      try need(spng_set_chrm_int(context, &points))
    }
    if let points = metadata.codePoints {
      unknown.pointee.type = (0x63, 0x49, 0x43, 0x50)  // cICP
      (unknown.pointee.length, unknown.pointee.data, unknown.pointee.location) = (points.count, UnsafeMutableRawPointer(codePoints), SPNG_AFTER_IHDR)
      try need(spng_set_unknown_chunks(context, unknown, 1))
    }
    if !metadata.profile.isEmpty {
      var chunk = spng_iccp()
      withUnsafeMutableBytes(of: &chunk.profile_name) { $0.copyBytes(from: Array("ICC profile".utf8)) }
      (chunk.profile_len, chunk.profile) = (metadata.profile.count, profile)
      try need(spng_set_iccp(context, &chunk))
    }
    if metadata.orientation != 1 {
      var chunk = spng_exif(length: Exif.block(orientation: metadata.orientation).count, data: exif)
      try need(spng_set_exif(context, &chunk))
    }
    let flags = SPNG_ENCODE_PROGRESSIVE.rawValue | SPNG_ENCODE_FINALIZE.rawValue
    try need(spng_encode_image(context, nil, 0, Int32(SPNG_FMT_PNG.rawValue), Int32(flags)))
  }

  deinit {
    spng_ctx_free(context)
    output.release()
    profile.deallocate()
    exif.deallocate()
    codePoints.deallocate()
    unknown.deallocate()
  }

  /// Bits of a sample: those that grey needs where it uses all that they can be, and else 8 or 16.
  private static func bits(_ layout: PictureLayout) -> Int {
    layout.components == 1 && [1, 3, 15].contains(layout.maximum) ? layout.bits : layout.depth
  }

  private static func copy(_ bytes: [UInt8]) -> UnsafeMutablePointer<CChar> {
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: max(1, bytes.count))
    for (k, byte) in bytes.enumerated() { copy[k] = CChar(bitPattern: byte) }
    return copy
  }

  func write(_ row: [UInt16]) throws {
    if bits < 8 {
      for k in packed.indices { packed[k] = 0 }
      for (k, sample) in row.enumerated() { packed[k * bits / 8] |= UInt8(truncatingIfNeeded: sample) << UInt8(8 - bits - k * bits % 8) }
    } else {
      scale.pack(row, bigEndian: false, into: &packed)
    }
    let code = packed.withUnsafeBytes { spng_encode_row(context, $0.baseAddress, $0.count) }
    isComplete = code == SPNG_EOI.rawValue
    if !isComplete { try need(code) }
  }

  func finish() throws {
    guard isComplete else { throw SignalError.io("\(name): writing failed: rows are missing; try again") }
  }

  private func need(_ code: Int32) throws {
    guard code != 0 else { return }
    if let failure = output.takeUnretainedValue().failure { throw failure }
    throw SignalError.unsupported("\(name): cannot be written as PNG (\(String(cString: spng_strerror(code)))); choose another format")
  }
}

extension PictureLayout {
  /// The bytes of a PNG file of a picture.
  /// - Parameter pixels: rows from the top, components beside each other, at most `maximum`.
  /// - Throws: `SignalError`.
  public func png(_ pixels: [UInt8]) throws -> [UInt8] {
    precondition(pixels.count == self.pixels * components, "pixels of another picture")
    var bytes: [UInt8] = []
    let sink = try PNGSink(ByteDrain { bytes += $0 }, name: "a picture", self)
    let size = width * components
    for row in 0..<height { try sink.write(pixels[row * size..<(row + 1) * size].map(UInt16.init)) }
    try sink.finish()
    return bytes
  }
}

/// Takes bytes from a library of C to where they go.
final class ByteDrain {
  private let write: (UnsafeRawBufferPointer) throws -> Void
  /// What went wrong there.
  private(set) var failure: (any Error)?

  init(_ write: @escaping (UnsafeRawBufferPointer) throws -> Void) { self.write = write }

  /// Writes all of a buffer. Returns a code of libspng.
  func take(_ source: UnsafeRawPointer?, _ count: Int) -> Int32 {
    do {
      try write(UnsafeRawBufferPointer(start: source, count: count))
      return 0
    } catch {
      failure = error
      return SPNG_IO_ERROR.rawValue
    }
  }
}
