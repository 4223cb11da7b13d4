import Bytes
import Entropy

/// The symbols of a chunk of frames laid out for zstd: one frame of it for each kind of symbol, because its parser looks twice only at a frame's
/// first block, and behind them bits that are even.
///
/// Segments: a byte a frame for mode and gain; a byte a copy for the bucket of its rank; for each lead of each frame a byte for every code that is
/// not zero, with the zeros before it and its value, and an end; varints of what does not fit into those bytes. Even bits: the rest of each rank.
struct FrameStreams: FrameSource {
  private static let valueBits = 3
  /// Runs of this many zeros and more, and values this far beyond the first, go on in the last segment.
  private static let longRun = (256 >> valueBits) - 2
  private static let largeValue: UInt32 = (1 << valueBits) - 1
  private static let mostBeyond = 2 * Int(FrameSymbols.largestCode) - 1 - Int(largeValue)
  private static let end = UInt8((longRun + 1) << valueBits)

  /// - Returns: the bytes behind the parameters of a chunk.
  static func encode(_ frames: [FrameSymbols], leadCount: Int, coefficients: Int) -> [UInt8] {
    var (heads, buckets, codes) = ([UInt8](), [UInt8](), [UInt8]())
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
        var run = 0
        for code in symbols.codes[lead * coefficients..<(lead + 1) * coefficients] {
          guard code != 0 else {
            run += 1
            continue
          }
          let value = Zigzag.encode(code) - 1
          codes.append(UInt8(min(run, longRun) << valueBits) | UInt8(min(value, largeValue)))
          if run >= longRun { large.append(varint: UInt64(run - longRun)) }
          if value >= largeValue { large.append(varint: UInt64(value - largeValue)) }
          run = 0
        }
        codes.append(end)
      }
    }
    var writer = ByteWriter()
    for segment in [buckets, codes, large.bytes] { writer.append(varint: UInt64(segment.count)) }
    for segment in [heads, buckets, codes, large.bytes] where !segment.isEmpty { writer.append(counted: Zstd.compressBare(segment)) }
    writer.append(contentsOf: rest.finish())
    return writer.bytes
  }

  private var side: SideStreams
  private var codes: ByteReader
  private var large: ByteReader
  private let coefficients: Int
  private let leadCount: Int

  /// - Throws: `BytesError`, `EntropyError`.
  init(_ bytes: ArraySlice<UInt8>, frameCount: Int, leadCount: Int, coefficients: Int) throws {
    self.coefficients = coefficients
    self.leadCount = leadCount
    var reader = ByteReader(bytes)
    let bucketCount = try reader.varint(atMost: frameCount, "the number of copies")
    let codeCount = try reader.varint(atMost: frameCount * leadCount * (coefficients + 1), "the number of codes")
    let largeCount = try reader.varint(atMost: 5 * codeCount, "the number of bytes of large codes")
    func segment(_ count: Int) throws -> ByteReader {
      guard count > 0 else { return ByteReader([]) }
      let frame = try reader.counted(atMost: reader.remaining, "a zstd frame")
      return ByteReader(try Zstd.decompressBare(Array(frame), count: count)[...])
    }
    let heads = try segment(frameCount)
    let buckets = try segment(bucketCount)
    codes = try segment(codeCount)
    large = try segment(largeCount)
    side = SideStreams(heads: heads, buckets: buckets, even: try reader.take(reader.remaining))
  }

  mutating func nextSide(_ context: FrameContext, positions: Int) throws -> FrameSymbols { try side.next(codes: leadCount * coefficients) }

  mutating func nextCodes(_ lead: Int, _ symbols: inout FrameSymbols, prediction: UnsafePointer<Float>, _ context: FrameContext) throws {
    var k = 0
    while case let symbol = try codes.byte(), symbol != FrameStreams.end {
      guard symbol < FrameStreams.end else { throw CodecError.malformed("a symbol that does not exist") }
      var run = Int(symbol >> FrameStreams.valueBits)
      var value = UInt32(symbol) & FrameStreams.largeValue
      if run == FrameStreams.longRun { run += try large.varint(atMost: coefficients, "a run of zeros") }
      if value == FrameStreams.largeValue { value += UInt32(try large.varint(atMost: FrameStreams.mostBeyond, "a code")) }
      k += run + 1
      guard k <= coefficients else { throw CodecError.malformed("a frame has more codes than coefficients") }
      symbols.codes[lead * coefficients + k - 1] = Zigzag.decode(value + 1)
    }
  }

  mutating func finish() throws {
    guard side.isFinished, codes.remaining + large.remaining == 0 else {
      throw CodecError.malformed("a chunk holds more symbols than its frames")
    }
  }
}
