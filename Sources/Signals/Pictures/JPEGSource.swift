import CJpeg

/// Reads JPEG files through libjpeg-turbo: grey, and colours as red, green and blue.
final class JPEGSource: RowSource {
  let layout: PictureLayout
  let notes: [String]
  private let reader: OpaquePointer
  private let bytes: Unmanaged<ByteFlow>
  private let name: String
  private var packed: [UInt8]
  private var done = 0

  /// Throws `SignalError`.
  init(_ file: HeadedFile, name: String) throws {
    let bytes = Unmanaged.passRetained(ByteFlow(file))
    guard
      let reader = cjpeg_new(
        { user, target, count in Unmanaged<ByteFlow>.fromOpaque(user!).takeUnretainedValue().fill(target, count) }, bytes.toOpaque())
    else {
      bytes.release()
      throw SignalError.io("\(name): there is no memory left; close other programs")
    }
    (self.reader, self.bytes, self.name) = (reader, bytes, name)
    do {
      var header = cjpeg_header()
      try JPEGSource.need(cjpeg_read_header(reader, &header), reader, bytes, name)
      guard header.components > 0 else {
        throw SignalError.unsupported("\(name): its colours are neither grey nor RGB (CMYK, as for printing?); convert it to RGB")
      }
      var metadata = PictureLayout.Metadata()
      var notes: [String] = []
      var count = 0
      if let block = cjpeg_exif(reader, &count) { metadata.orientation = Exif.orientation(Array(UnsafeBufferPointer(start: block, count: count))) }
      if let profile = cjpeg_profile(reader, &count) {
        if count <= PictureLayout.mostProfileBytes {
          metadata.profile = Array(UnsafeBufferPointer(start: profile, count: count))
        } else {
          notes.append(PictureLayout.Metadata.tooLarge(count))
        }
      } else if cjpeg_profile_is_damaged(reader) != 0 {
        notes.append("its colour profile is damaged, and left out")
      }
      self.notes = notes
      layout = try PictureFile.layout(
        name, .jpeg, width: Int(header.width), height: Int(header.height), components: Int(header.components), maximum: 255, metadata: metadata)
    } catch {
      cjpeg_free(reader)
      bytes.release()
      throw error
    }
    packed = Array(repeating: 0, count: layout.width * layout.components)
  }

  deinit {
    cjpeg_free(reader)
    bytes.release()
  }

  func read(into row: inout [UInt16]) throws {
    if done == 0 { try need(cjpeg_start(reader)) }
    try need(cjpeg_read_row(reader, &packed))
    for (k, byte) in packed.enumerated() { row[k] = UInt16(byte) }
    done += 1
    if done == layout.height { try need(cjpeg_finish(reader)) }
  }

  private func need(_ code: Int32) throws { try JPEGSource.need(code, reader, bytes, name) }

  private static func need(_ code: Int32, _ reader: OpaquePointer, _ bytes: Unmanaged<ByteFlow>, _ name: String) throws {
    guard code != 0 else { return }
    if let failure = bytes.takeUnretainedValue().failure { throw failure }
    let text = clip(String(cString: cjpeg_message(reader)))
    switch Int(code) {
    case Int(CJPEG_CUT): throw SignalError.malformed("\(name): is cut short; get the whole file")
    case Int(CJPEG_TOO_LARGE): throw SignalError.limit("\(name): takes too much to be read (\(text)); store it as a baseline JPEG or PNG")
    default: throw SignalError.malformed("\(name): is no sound JPEG (\(text)); get a sound copy of the file")
    }
  }
}

/// Bytes of a file for a library of C that takes what comes.
private final class ByteFlow {
  private let file: HeadedFile
  /// What went wrong with the file itself.
  private(set) var failure: (any Error)?

  init(_ file: HeadedFile) { self.file = file }

  /// Fills what it can of a buffer; 0 at the end or after a failure.
  func fill(_ target: UnsafeMutablePointer<UInt8>?, _ count: Int) -> Int {
    do {
      return try file.read(into: UnsafeMutableRawBufferPointer(start: target, count: count))
    } catch {
      failure = error
      return 0
    }
  }
}
