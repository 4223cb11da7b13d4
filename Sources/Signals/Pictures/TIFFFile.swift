import CTiff

/// A TIFF file open through libtiff.
private final class TIFFHandle {
  private var file: OpaquePointer?
  /// The descriptor's owner, which libtiff has a copy of.
  private let owner: AnyObject

  /// - Parameter fails: makes an error of libtiff's words.
  init(_ descriptor: Int32, _ owner: AnyObject, writes: Bool, fails: (String) -> SignalError) throws {
    self.owner = owner
    var message = [CChar](repeating: 0, count: 256)
    file = ctiff_open(descriptor, writes ? 1 : 0, &message, Int32(message.count))
    guard file != nil else { throw fails(String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)) }
  }

  var pointer: OpaquePointer { file! }
  var message: String { clip(String(cString: ctiff_message(pointer))) }

  /// Whether all was well.
  func close() -> Bool {
    guard let file else { return true }
    self.file = nil
    return ctiff_close(file) == 0
  }

  deinit { _ = close() }
}

/// Reads TIFF files of one picture: grey and RGB, with alpha or without, 8 and 16 bits, in strips or tiles.
final class TIFFSource: RowSource {
  let layout: PictureLayout
  let notes: [String]
  private let handle: TIFFHandle
  private let name: String
  private let header: ctiff_header
  /// A row, or a band of tiles.
  private var packed: [UInt8]
  private var tile: [UInt8] = []
  private var done = 0
  /// The most bytes of a band of tiles, and of a tile.
  private static let mostHeldBytes = 1 << 27

  /// Throws `SignalError`.
  init(_ path: String) throws {
    name = path
    let file = try InputFile(path: path)
    handle = try TIFFHandle(file.rawDescriptor, file, writes: false) { TIFFSource.damage(path, $0) }
    var header = ctiff_header()
    guard ctiff_read_header(handle.pointer, &header) == 0 else { throw TIFFSource.damage(path, "it states no size") }
    self.header = header
    func refuse(_ what: String, _ advice: String) -> SignalError { .unsupported("\(path): \(what), which is not read; \(advice)") }
    guard header.more == 0 else { throw refuse("holds more pictures than one", "store each in a file of its own") }
    guard header.format == 1, header.bits == 8 || header.bits == 16 else {
      let kind = header.format == 3 ? "floating-point numbers" : header.format == 1 ? "unsigned numbers" : "signed or other numbers"
      throw refuse("its samples are \(kind) of \(header.bits) bits", "convert it to unsigned 8 or 16 bits")
    }
    guard header.planar == 1 || header.samples == 1 else { throw refuse("stores its colours apart", "store them pixel by pixel") }
    let colours = header.photometric == 2 ? 3 : 1
    guard header.photometric <= 2, header.samples == colours || header.samples == colours + 1 else {
      throw refuse("is neither grey nor RGB (\(header.samples) samples a pixel)", "convert it")
    }
    guard header.samples == colours || header.extra != 1 else { throw refuse("has its alpha in its colours", "store them apart") }
    var metadata = PictureLayout.Metadata()
    if (1...8).contains(header.orientation) { metadata.orientation = UInt8(header.orientation) }
    var count = UInt32(0)
    let profile = ctiff_profile(handle.pointer, &count)
    let isTooLarge = count > PictureLayout.mostProfileBytes
    if let profile, !isTooLarge { metadata.profile = Array(UnsafeBufferPointer(start: profile, count: Int(count))) }
    notes = isTooLarge ? [PictureLayout.Metadata.tooLarge(Int(count))] : []
    layout = try PictureFile.layout(
      path, .tiff, width: Int(header.width), height: Int(header.height), components: Int(header.samples), maximum: header.bits == 8 ? 255 : 65535,
      metadata: metadata)
    let rowBytes = layout.width * layout.components * layout.depth / 8
    if header.tile_width == 0 {
      guard ctiff_row_bytes(handle.pointer) == rowBytes else { throw TIFFSource.damage(path, "its rows are not as long as it says") }
      packed = Array(repeating: 0, count: rowBytes)
    } else {
      let (width, height) = (Int(header.tile_width), Int(header.tile_height))
      let pixel = layout.components * layout.depth / 8
      guard width <= PictureLayout.mostColumns, height <= TIFFSource.mostHeldBytes / (max(layout.width, width) * pixel) else {
        throw SignalError.limit("\(path): its tiles of \(width)x\(height) pixels are too large; store it in strips")
      }
      guard ctiff_tile_bytes(handle.pointer) == width * height * pixel else { throw TIFFSource.damage(path, "its tiles are not as large as it says") }
      packed = Array(repeating: 0, count: rowBytes * min(height, layout.height))
      tile = Array(repeating: 0, count: width * height * pixel)
    }
  }

  private static func damage(_ path: String, _ text: String) -> SignalError {
    .malformed("\(path): is no sound TIFF (\(clip(text))), or is cut short; get a sound copy of the file")
  }

  func read(into row: inout [UInt16]) throws {
    let start: Int
    if tile.isEmpty {
      let code = packed.withUnsafeMutableBytes { ctiff_read_row(handle.pointer, $0.baseAddress, UInt32(done)) }
      guard code == 0 else { throw TIFFSource.damage(name, handle.message) }
      start = 0
    } else {
      let line = done % Int(header.tile_height)
      if line == 0 { try readBand() }
      start = line * row.count * layout.depth / 8
    }
    let isWide = layout.depth == 16
    packed.withUnsafeBytes { source in
      for k in row.indices {
        row[k] = isWide ? source.loadUnaligned(fromByteOffset: start + 2 * k, as: UInt16.self) : UInt16(source[start + k])
      }
    }
    // Grey that counts from white.
    if header.photometric == 0 {
      for k in stride(from: 0, to: row.count, by: layout.components) { row[k] = UInt16(layout.maximum) - row[k] }
    }
    done += 1
  }

  /// Reads the tiles beside each other that begin at the next row.
  private func readBand() throws {
    let pixel = layout.components * layout.depth / 8
    let (width, height) = (Int(header.tile_width), Int(header.tile_height))
    for column in stride(from: 0, to: layout.width, by: width) {
      let code = tile.withUnsafeMutableBytes { ctiff_read_tile(handle.pointer, $0.baseAddress, UInt32(column), UInt32(done)) }
      guard code == 0 else { throw TIFFSource.damage(name, handle.message) }
      let count = min(width, layout.width - column) * pixel
      for line in 0..<min(height, layout.height - done) {
        let (from, to) = (line * width * pixel, (line * layout.width + column) * pixel)
        packed.replaceSubrange(to..<to + count, with: tile[from..<from + count])
      }
    }
  }
}

/// Writes TIFF files in strips, compressed by deflate.
final class TIFFSink: RowSink {
  private let handle: TIFFHandle
  private let name: String
  private let scale: SampleScale
  private var packed: [UInt8]
  private var done = 0

  /// Throws `SignalError`.
  init(_ file: AtomicFile, _ layout: PictureLayout) throws {
    let path = file.path
    name = path
    handle = try TIFFHandle(file.rawDescriptor, file, writes: true) {
      .cannotCreate("\(path): \(clip($0)); TIFF files need a place that can be gone back in")
    }
    scale = SampleScale(layout)
    packed = Array(repeating: 0, count: layout.width * layout.components * scale.bytes)
    var header = ctiff_header()
    (header.width, header.height) = (UInt32(layout.width), UInt32(layout.height))
    (header.samples, header.bits) = (UInt16(layout.components), UInt16(layout.depth))
    (header.orientation, header.extras) = (UInt16(layout.metadata.orientation), layout.components % 2 == 0 ? 1 : 0)
    let profile = layout.metadata.profile
    try need(ctiff_write_header(handle.pointer, &header, profile, UInt32(profile.count)))
  }

  func write(_ row: [UInt16]) throws {
    scale.pack(row, bigEndian: false, into: &packed)
    try need(packed.withUnsafeMutableBytes { ctiff_write_row(handle.pointer, $0.baseAddress, UInt32(done)) })
    done += 1
  }

  func finish() throws {
    guard handle.close() else { throw SignalError.io("\(name): writing failed; check the free space") }
  }

  private func need(_ code: Int32) throws {
    guard code == 0 else { throw SignalError.io("\(name): writing failed: \(handle.message); check the free space") }
  }
}
