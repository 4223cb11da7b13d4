import Bytes
import Entropy

/// The first layout of symbols for zstd, which only decoders know: one zstd frame of all segments, and codes as bytes up to the last that is not zero.
///
/// Segments: those of `FrameStreams` for mode, gain and rank; a byte (two if a frame has more than 255 coefficients) a frame and lead for the number
/// of codes; codes, a byte each (zigzag; 255 stands for a varint in the last segment).
struct EndedStreams: FrameSource {
  private static let escape: UInt8 = 255

  private var side: SideStreams
  private var ends: ByteReader
  private var codes: ByteReader
  private var large: ByteReader
  private let coefficients: Int
  private let leadCount: Int

  /// - Throws: `BytesError`, `EntropyError`.
  init(_ bytes: ArraySlice<UInt8>, frameCount: Int, leadCount: Int, coefficients: Int) throws {
    self.coefficients = coefficients
    self.leadCount = leadCount
    var reader = ByteReader(bytes)
    let leadFrames = frameCount * leadCount
    let bucketCount = try reader.varint(atMost: frameCount, "the number of copies")
    let codeCount = try reader.varint(atMost: leadFrames * coefficients, "the number of codes")
    let largeCount = try reader.varint(atMost: 5 * codeCount, "the number of bytes of large codes")
    let endBytes = leadFrames * (coefficients > 255 ? 2 : 1)
    let total = frameCount + bucketCount + endBytes + codeCount + largeCount
    let content = try Zstd.decompress(try reader.counted(atMost: reader.remaining, "a zstd frame"), limit: total)
    guard content.count == total else { throw CodecError.malformed("the symbols of a chunk are \(content.count) bytes where \(total) are told") }
    var parts = ByteReader(content)
    let (heads, buckets) = (ByteReader(try parts.take(frameCount)), ByteReader(try parts.take(bucketCount)))
    ends = ByteReader(try parts.take(endBytes))
    codes = ByteReader(try parts.take(codeCount))
    large = ByteReader(try parts.take(largeCount))
    side = SideStreams(heads: heads, buckets: buckets, even: try reader.take(reader.remaining))
  }

  mutating func nextSide(_ context: FrameContext, positions: Int) throws -> FrameSymbols { try side.next(codes: leadCount * coefficients) }

  mutating func nextCodes(_ lead: Int, _ symbols: inout FrameSymbols, prediction: UnsafePointer<Float>, _ context: FrameContext) throws {
    let end = Int(try ends.byte()) | (coefficients > 255 ? Int(try ends.byte()) << 8 : 0)
    guard end <= coefficients else { throw CodecError.malformed("a frame has more codes than coefficients") }
    for k in 0..<end {
      var zigzag = UInt32(try codes.byte())
      if zigzag == UInt32(EndedStreams.escape) { zigzag = UInt32(try large.varint(atMost: 2 * Int(FrameSymbols.largestCode), "a code")) }
      symbols.codes[lead * coefficients + k] = Zigzag.decode(zigzag)
    }
  }

  mutating func finish() throws {
    guard side.isFinished, ends.remaining + codes.remaining + large.remaining == 0 else {
      throw CodecError.malformed("a chunk holds more symbols than its frames")
    }
  }
}
