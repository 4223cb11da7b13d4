import Bytes
import Entropy

/// The symbols of a chunk of frames laid out for zstd: one frame whose blocks hold one kind of symbol each, and behind it bits that are even.
///
/// Segments: a byte a frame for mode and gain; a byte a copy for the bucket of its rank; a byte (two if a frame has more than 255 coefficients) a frame
/// and lead for the number of codes;
/// codes, a byte each (zigzag; 255 stands for a varint in the last segment). Even bits: the rest of each rank.
struct FrameStreams: FrameSource {
  private static let escape: UInt8 = 255

  /// - Returns: the bytes behind the parameters of a chunk.
  static func encode(_ frames: [FrameSymbols], leadCount: Int, coefficients: Int) -> [UInt8] {
    var (heads, buckets, ends, codes) = ([UInt8](), [UInt8](), [UInt8](), [UInt8]())
    var large = ByteWriter()
    var rest = BitPacker(bytes: [])
    for symbols in frames {
      heads.append(UInt8(symbols.mode | symbols.gain << 3))
      if symbols.mode == FrameSymbols.copyMode {
        let bucket = FrameSymbols.bucket(symbols.rank)
        buckets.append(UInt8(bucket))
        rest.append(UInt64(symbols.rank + 1 - 1 << bucket), bits: bucket)
      }
      for lead in 0..<leadCount {
        let own = symbols.codes[lead * coefficients..<(lead + 1) * coefficients]
        let end = (own.lastIndex { $0 != 0 } ?? own.startIndex - 1) + 1 - own.startIndex
        ends.append(UInt8(end & 0xFF))
        if coefficients > 255 { ends.append(UInt8(end >> 8)) }
        for code in own.prefix(end) {
          let zigzag = UInt32(bitPattern: (code << 1) ^ (code >> 31))
          codes.append(zigzag < UInt32(escape) ? UInt8(zigzag) : escape)
          if zigzag >= UInt32(escape) { large.append(varint: UInt64(zigzag)) }
        }
      }
    }
    var writer = ByteWriter()
    for segment in [buckets, codes, large.bytes] { writer.append(varint: UInt64(segment.count)) }
    writer.append(counted: Zstd.compress(segments: [heads, buckets, ends, codes, large.bytes].filter { !$0.isEmpty }))
    writer.append(contentsOf: rest.finish())
    return writer.bytes
  }

  private var heads: ByteReader
  private var buckets: ByteReader
  private var ends: ByteReader
  private var codes: ByteReader
  private var large: ByteReader
  private var rest: BitUnpacker
  /// Bytes of even bits there are, and bits taken from them.
  private let evenBytes: Int
  private var evenBits = 0
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
    heads = ByteReader(try parts.take(frameCount))
    buckets = ByteReader(try parts.take(bucketCount))
    ends = ByteReader(try parts.take(endBytes))
    codes = ByteReader(try parts.take(codeCount))
    large = ByteReader(try parts.take(largeCount))
    evenBytes = reader.remaining
    rest = BitUnpacker(try reader.take(reader.remaining))
  }

  mutating func nextSide(_ context: FrameContext, positions: Int) throws -> FrameSymbols {
    var symbols = FrameSymbols(codes: Array(repeating: 0, count: leadCount * coefficients))
    let head = Int(try heads.byte())
    (symbols.mode, symbols.gain) = (head & 7, head >> 3)
    guard symbols.mode < FrameSymbols.modes, symbols.gain < FrameSymbols.gains.count else {
      throw CodecError.malformed("a frame has a mode or gain that does not exist")
    }
    if symbols.mode == FrameSymbols.copyMode {
      let bucket = Int(try buckets.byte())
      guard bucket < 24 else { throw CodecError.malformed("a rank is beyond every memory") }
      symbols.rank = Int(rest.next(bucket)) + 1 << bucket - 1
      evenBits += bucket
    }
    return symbols
  }

  mutating func nextCodes(_ lead: Int, _ symbols: inout FrameSymbols, prediction: UnsafePointer<Float>, _ context: FrameContext) throws {
    let end = Int(try ends.byte()) | (coefficients > 255 ? Int(try ends.byte()) << 8 : 0)
    guard end <= coefficients else { throw CodecError.malformed("a frame has more codes than coefficients") }
    for k in 0..<end {
      var zigzag = UInt32(try codes.byte())
      if zigzag == UInt32(FrameStreams.escape) { zigzag = UInt32(try large.varint(atMost: 2 * Int(FrameSymbols.largestCode), "a code")) }
      symbols.codes[lead * coefficients + k] = Int32(zigzag >> 1) ^ -Int32(zigzag & 1)
    }
  }

  mutating func finish() throws {
    guard heads.remaining + buckets.remaining + ends.remaining + codes.remaining + large.remaining == 0, evenBytes == (evenBits + 7) / 8 else {
      throw CodecError.malformed("a chunk holds more symbols than its frames")
    }
  }
}
