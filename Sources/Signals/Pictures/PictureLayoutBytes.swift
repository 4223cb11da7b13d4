import Bytes

// The bytes of a picture's layout (docs/FORMAT.md): a byte of flags, one of the file's kind and of what metadata there is, the highest sample unless
// the flags tell it, width and height, the metadata; of those that came later, a byte of what there is first.
extension PictureLayout {
  /// The high four bits of the byte that tells the kind of signal: components less one, and 4 for the maximum 255, 8 for 65535, 0 for others.
  var flags: UInt8 { UInt8(components - 1) | (maximum == 255 ? 4 : maximum == 65535 ? 8 : 0) }

  /// The byte of what metadata there is of those that came later; 0 if there are none, and then it is not written.
  private var laterFlags: UInt8 { (metadata.chromaticities == nil ? 0 : 1) | (metadata.codePoints == nil ? 0 : 2) }

  func append(to writer: inout ByteWriter) {
    var head = kind.rawValue
    if laterFlags != 0 { head |= 0x08 }
    if !metadata.profile.isEmpty { head |= 0x10 }
    if metadata.orientation != 1 { head |= 0x20 }
    if metadata.gamma != nil { head |= 0x40 }
    if metadata.intent != nil { head |= 0x80 }
    writer.append(head)
    if flags & 12 == 0 { writer.append(varint: UInt64(maximum)) }
    writer.append(varint: UInt64(width))
    writer.append(varint: UInt64(height))
    if !metadata.profile.isEmpty { writer.append(counted: metadata.profile) }
    if metadata.orientation != 1 { writer.append(metadata.orientation) }
    if let gamma = metadata.gamma { writer.append(varint: UInt64(gamma)) }
    if let intent = metadata.intent { writer.append(intent) }
    guard laterFlags != 0 else { return }
    writer.append(laterFlags)
    for number in metadata.chromaticities ?? [] { writer.append(varint: UInt64(number)) }
    writer.append(contentsOf: metadata.codePoints ?? [])
  }

  /// Reads what `append` wrote, from untrusted bytes. Throws `BytesError`.
  init(_ reader: inout ByteReader, flags: UInt8) throws {
    let head = try reader.byte()
    guard let kind = FileKind(rawValue: head & 0x07), flags < 12 else { throw BytesError.malformed("a picture of an unknown kind") }
    let maximum = flags & 4 != 0 ? 255 : flags & 8 != 0 ? 65535 : try reader.varint(atMost: 65535, "the highest sample")
    let width = try reader.varint(atMost: PictureLayout.mostColumns, "the width")
    let height = try reader.varint(atMost: PictureLayout.mostSamples, "the height")
    var metadata = Metadata()
    if head & 0x10 != 0 { metadata.profile = Array(try reader.counted(atMost: PictureLayout.mostProfileBytes, "the colour profile")) }
    if head & 0x20 != 0 { metadata.orientation = try reader.byte() }
    if head & 0x40 != 0 { metadata.gamma = UInt32(try reader.varint(atMost: Int(Int32.max), "the gamma")) }
    if head & 0x80 != 0 { metadata.intent = try reader.byte() }
    if head & 0x08 != 0 {
      let later = try reader.byte()
      guard (1...3).contains(later) else { throw BytesError.malformed("metadata of a picture of unknown kinds") }
      if later & 1 != 0 { metadata.chromaticities = try (0..<8).map { _ in UInt32(try reader.varint(atMost: Int(Int32.max), "a chromaticity")) } }
      if later & 2 != 0 { metadata.codePoints = Array(try reader.take(4)) }
    }
    guard
      let layout = PictureLayout(
        kind: kind, width: width, height: height, components: Int(flags & 3) + 1, maximum: maximum, metadata: metadata)
    else { throw BytesError.malformed("a picture of \(width)x\(height) pixels with samples of 0 to \(maximum) is none, or too large") }
    self = layout
  }
}

extension PictureFolder {
  /// Names follow to the end: runs, each its number of names and the first one.
  func append(to writer: inout ByteWriter) {
    picture.append(to: &writer)
    for run in NameRuns.runs(names) {
      writer.append(varint: UInt64(run.count))
      writer.append(counted: Array(run.first.utf8))
    }
  }

  /// Reads what `append` wrote, from untrusted bytes. Throws `BytesError`.
  init(_ reader: inout ByteReader, flags: UInt8) throws {
    let picture = try PictureLayout(&reader, flags: flags)
    var names: [String] = []
    var bytes = 0
    while reader.remaining > 0 {
      let count = try reader.varint(atMost: PictureFolder.mostNames - names.count, "the number of pictures")
      var name = try BytesError.line(reader.counted(atMost: 255, "a name"))
      guard count > 0 else { throw BytesError.malformed("a run of no names") }
      for k in 0..<count {
        if k > 0 {
          guard let next = NameRuns.successor(of: name) else { throw BytesError.malformed("names that do not count up") }
          name = next
        }
        bytes += name.utf8.count
        guard bytes <= PictureFolder.mostNameBytes else { throw BytesError.malformed("the names of the pictures are too long") }
        names.append(name)
      }
    }
    guard let folder = PictureFolder(picture: picture, names: names) else {
      throw BytesError.malformed("the names of the pictures are none for files beside each other")
    }
    self = folder
  }
}
