/// Which chunks may stand where behind the header of a file. All readers ask here, so that they refuse the same files.
struct ChunkOrder {
  /// What a reader does with a chunk.
  enum Role {
    case data, end, codec
    /// Not known, and not needed.
    case skipped
  }

  private let needsCodec: Bool
  private var hasCodec = false
  private var hasData = false

  init(_ header: ContainerHeader) { needsCodec = header.codec != nil }

  /// The role of the next chunk.
  /// - Parameter offset: where the chunk begins in the file, for messages.
  /// - Throws: `ContainerError` where such a chunk must not stand, or is critical and not known.
  mutating func role(of type: UInt8, at offset: Int) throws -> Role {
    switch type {
    case ChunkType.data:
      hasData = true
      return .data
    case ChunkType.end: return .end
    case ChunkType.header: throw ContainerError.malformed("a second header at byte \(offset)")
    case ChunkType.codec:
      guard needsCodec, !hasData else { throw ContainerError.malformed("a codec at byte \(offset), where none may be") }
      guard !hasCodec else { throw ContainerError.malformed("a second codec at byte \(offset)") }
      hasCodec = true
      return .codec
    default:
      guard !ChunkType.isCritical(type) else {
        throw ContainerError.unsupported("a chunk of type '\(Character(UnicodeScalar(type)))' that this program does not know: use a newer one")
      }
      return .skipped
    }
  }
}
