import CZlib

/// Unpacks gzip data (RFC 1952) of one member or several, piece by piece with constant memory; checks each member's length and CRC-32.
public final class GzipDecoder {
  /// What gzip data begin with.
  public static let signature: [UInt8] = [0x1F, 0x8B]

  /// Fills a buffer with the next bytes; fewer come only at the end.
  public typealias Source = (UnsafeMutableRawBufferPointer) throws -> Int

  private let source: Source
  // zlib keeps this address.
  private let stream: UnsafeMutablePointer<z_stream>
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  private var isInsideMember = true

  /// - Parameter source: gives the compressed bytes.
  public init(_ source: @escaping Source) {
    self.source = source
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // 15: the largest window; 16 more: gzip's header and trailer.
    let status = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib is out of memory")
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
  }

  /// Fills the buffer with unpacked bytes; fewer come only at the end.
  /// - Throws: `BytesError.truncated` where the data end inside a member, `BytesError.malformed` for damage and for bytes behind the last member; what
  ///   the source throws.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    var filled = 0
    while filled < buffer.count {
      if stream.pointee.avail_in == 0 {
        let count = try source(input)
        stream.pointee.next_in = input.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_in = UInt32(count)
        guard count > 0 else {
          if isInsideMember { throw BytesError.truncated }
          return filled
        }
      }
      if !isInsideMember {
        guard stream.pointee.next_in.pointee == GzipDecoder.signature[0] else {
          throw BytesError.malformed("other bytes follow the compressed ones")
        }
        inflateReset(stream)
        isInsideMember = true
      }
      let room = UInt32(min(buffer.count - filled, 1 << 30))
      stream.pointee.next_out = (buffer.baseAddress! + filled).assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = room
      let status = inflate(stream, Z_NO_FLUSH)
      filled += Int(room - stream.pointee.avail_out)
      switch status {
      case Z_OK: break
      case Z_STREAM_END: isInsideMember = false
      // With input and room for output there is always progress, so that no other status is harmless.
      default: throw BytesError.malformed("the compressed bytes are damaged")
      }
    }
    return filled
  }
}
