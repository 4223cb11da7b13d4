/// Reads PNM files: bitmaps, grey and colour, as text or as bytes, and PAM.
final class PNMSource: RowSource {
  let layout: PictureLayout
  private let header: PNMHeader
  private let bytes: ByteStream
  private let name: String
  private var packed: [UInt8]
  private var done = 0

  /// Throws `SignalError`.
  init(_ file: HeadedFile, name: String) throws {
    bytes = ByteStream(file, name: name)
    self.name = name
    header = try PNMHeader(bytes, name: name)
    layout = try PictureFile.layout(
      name, header.form == 7 ? .pam : .pnm, width: header.width, height: header.height, components: header.components, maximum: header.maximum)
    let samples = layout.width * layout.components
    packed = Array(repeating: 0, count: header.isText ? 0 : header.isBitmap ? (samples + 7) / 8 : samples * layout.depth / 8)
  }

  func read(into row: inout [UInt16]) throws {
    if header.isText {
      for k in row.indices {
        guard header.isBitmap else {
          row[k] = try sample(bytes.number("a sample"))
          continue
        }
        // Bits need no spaces between them.
        let bit = try bytes.nextOfWord()
        guard bit == 0x30 || bit == 0x31 else { throw SignalError.malformed("\(name): a bit of it is neither 0 nor 1; get a sound copy of the file") }
        row[k] = bit == 0x30 ? 1 : 0
      }
    } else {
      try bytes.read(into: &packed)
      for k in row.indices {
        if header.isBitmap {
          row[k] = UInt16(~packed[k / 8] >> UInt8(7 - k % 8) & 1)
        } else {
          row[k] = try sample(layout.depth == 8 ? Int(packed[k]) : Int(packed[2 * k]) << 8 | Int(packed[2 * k + 1]))
        }
      }
    }
    done += 1
    guard done == layout.height else { return }
    while let byte = try bytes.next() {
      guard header.isText && PNMHeader.isSpace(byte) else {
        throw SignalError.malformed("\(name): more bytes follow the \(layout.described) that its header states; give one picture a file")
      }
    }
  }

  private func sample(_ value: Int) throws -> UInt16 {
    guard value <= layout.maximum else {
      throw SignalError.malformed(
        "\(name): has a sample of \(value), above the \(layout.maximum) that its header states; get a sound copy of the file")
    }
    return UInt16(value)
  }
}

/// Writes PNM files of bytes.
final class PNMSink: RowSink {
  private let file: AtomicFile
  private let layout: PictureLayout
  private let isBitmap: Bool
  private var packed: [UInt8]

  /// Throws `SignalError`.
  init(_ file: AtomicFile, _ layout: PictureLayout) throws {
    (self.file, self.layout) = (file, layout)
    guard let header = PNMHeader.bytes(layout) else {
      throw SignalError.unsupported("\(file.path): PGM and PPM files have no alpha; choose .pam or .png")
    }
    isBitmap = layout.kind == .pnm && layout.components == 1 && layout.maximum == 1
    let samples = layout.width * layout.components
    packed = Array(repeating: 0, count: isBitmap ? (samples + 7) / 8 : samples * layout.depth / 8)
    try file.write(header)
  }

  func write(_ row: [UInt16]) throws {
    if isBitmap {
      for k in packed.indices { packed[k] = 0 }
      for (k, sample) in row.enumerated() where sample == 0 { packed[k / 8] |= 0x80 >> UInt8(k % 8) }
    } else if layout.depth == 8 {
      for (k, sample) in row.enumerated() { packed[k] = UInt8(truncatingIfNeeded: sample) }
    } else {
      for (k, sample) in row.enumerated() { (packed[2 * k], packed[2 * k + 1]) = (UInt8(sample >> 8), UInt8(sample & 0xFF)) }
    }
    try file.write(packed)
  }

  func finish() {}
}
