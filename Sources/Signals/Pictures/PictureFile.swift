import Bytes

/// What kinds of pictures there are, and what reads and writes them.
enum PictureFile {
  /// The kind that a file's name tells; nil for names of other files.
  static func kind(ofName path: String) -> PictureLayout.FileKind? {
    guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return nil }
    switch path[path.index(after: dot)...].lowercased() {
    case "png": return .png
    case "pnm", "pgm", "ppm", "pbm": return .pnm
    case "pam": return .pam
    case "tif", "tiff": return .tiff
    case "jpg", "jpeg": return .jpeg
    default: return nil
    }
  }

  /// The kind that a file's first bytes tell.
  static func kind(ofHead head: some Collection<UInt8>) -> PictureLayout.FileKind? {
    let head = Array(head.prefix(8))
    if head.starts(with: PNGSource.signature.prefix(4)) { return .png }
    if head.count >= 3, head[0] == UInt8(ascii: "P"), 0x31...0x37 ~= head[1], PNMHeader.isSpace(head[2]) || head[2] == UInt8(ascii: "#") {
      return head[1] == 0x37 ? .pam : .pnm
    }
    if head.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
    if [[0x49, 0x49, 42, 0], [0x4D, 0x4D, 0, 42], [0x49, 0x49, 43, 0], [0x4D, 0x4D, 0, 43]].contains(Array(head.prefix(4))) { return .tiff }
    return nil
  }

  /// Whether files of this kind are written too.
  static func writes(_ kind: PictureLayout.FileKind) -> Bool { kind != .jpeg }

  /// Opens a picture.
  /// - Parameter spreadsBits: whether grey of less than 8 bits in PNG files is spread over 8, so that pictures of a stack are alike.
  /// - Throws: `SignalError`.
  static func source(_ path: String, spreadsBits: Bool = false) throws -> any RowSource {
    let file = try InputFile(path: path)
    let head = try file.read(upTo: 8)
    guard !head.isEmpty else { throw SignalError.malformed("\(path): this file is empty; give a picture") }
    guard let kind = kind(ofHead: head) else {
      throw SignalError.malformed("\(path): does not begin as a PNG, JPEG, TIFF or PNM file does; give a picture of one of these kinds")
    }
    let bytes = HeadedFile(file, head)
    switch kind {
    case .png: return try PNGSource(bytes, chunks: PNGChunks(file), spreadsBits: spreadsBits, name: path)
    case .pnm, .pam: return try PNMSource(bytes, name: path)
    case .jpeg: return try JPEGSource(bytes, name: path)
    case .tiff: return try TIFFSource(path)
    }
  }

  /// What writes a picture of the layout's kind. Throws `SignalError`.
  static func sink(_ file: AtomicFile, _ layout: PictureLayout) throws -> any RowSink {
    switch layout.kind {
    case .png: try PNGSink(file, layout)
    case .pnm, .pam: try PNMSink(file, layout)
    case .tiff: try TIFFSink(file, layout)
    case .jpeg: preconditionFailure("pictures from JPEG files are written as PNG")
    }
  }

  /// The layout of a picture, within the limits. Throws `SignalError`.
  static func layout(
    _ name: String, _ kind: PictureLayout.FileKind, width: Int, height: Int, components: Int, maximum: Int,
    metadata: PictureLayout.Metadata = PictureLayout.Metadata()
  ) throws -> PictureLayout {
    guard width > 0, height > 0 else { throw SignalError.malformed("\(name): has no pixels (\(width)x\(height)); give a picture with some") }
    if let layout = PictureLayout(kind: kind, width: width, height: height, components: components, maximum: maximum, metadata: metadata) {
      return layout
    }
    throw SignalError.limit(
      "\(name): \(width)x\(height) pixels of \(components) samples are more than the limit of 2^30 samples, or 2^24 pixels a row; cut it into parts")
  }

  /// The layout in which a picture is written as another kind. Kinds that have 8 or 16 bits only take a scale from 0 to all of them.
  static func converted(_ layout: PictureLayout, to kind: PictureLayout.FileKind) -> PictureLayout {
    layout.with(kind: writes(kind) ? kind : .png)
  }
}

/// Samples from 0 to any maximum in a file whose samples have 8 or 16 bits, and all of them used.
struct SampleScale {
  private let table: [UInt16]?
  /// Bytes of a sample.
  let bytes: Int

  init(_ layout: PictureLayout) {
    bytes = layout.depth / 8
    let full = layout.depth == 8 ? 255 : 65535
    table = layout.maximum == full ? nil : (0...layout.maximum).map { UInt16(($0 * full + layout.maximum / 2) / layout.maximum) }
  }

  /// The bytes of a row. Samples are at most the layout's maximum.
  func pack(_ row: [UInt16], bigEndian: Bool, into bytes: inout [UInt8]) {
    let width = self.bytes
    bytes.withUnsafeMutableBytes { target in
      for (k, sample) in row.enumerated() {
        let value = table.map { $0[Int(sample)] } ?? sample
        if width == 1 {
          target[k] = UInt8(truncatingIfNeeded: value)
        } else {
          target.storeBytes(of: bigEndian ? value.bigEndian : value, toByteOffset: 2 * k, as: UInt16.self)
        }
      }
    }
  }
}
