import Bytes
import Entropy

/// What the layouts of the zstd stage share: modes and gains, ranks, and the even bits behind everything.
struct SideStreams {
  private var heads: ByteReader
  private var buckets: ByteReader
  private var rest: BitUnpacker
  /// Bytes of even bits there are, and bits taken from them.
  private let evenBytes: Int
  private var evenBits = 0

  /// - Parameters:
  ///   - heads: a byte a frame, mode + 8 × gain.
  ///   - buckets: a byte a copy, floor(log2(rank + 1)).
  ///   - even: what remains of the ranks.
  init(heads: ByteReader, buckets: ByteReader, even: ArraySlice<UInt8>) {
    (self.heads, self.buckets) = (heads, buckets)
    evenBytes = even.count
    rest = BitUnpacker(even)
  }

  /// Mode, gain and rank of the next frame.
  /// - Throws: `CodecError`, `BytesError`.
  mutating func next(codes: Int) throws -> FrameSymbols {
    var symbols = FrameSymbols(codes: Array(repeating: 0, count: codes))
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

  var isFinished: Bool { heads.remaining + buckets.remaining == 0 && evenBytes == (evenBits + 7) / 8 }
}

/// What stands for a code in a byte stream: 0, -1, 1, -2, 2, ... are 0, 1, 2, 3, 4, ...
enum Zigzag {
  static func encode(_ code: Int32) -> UInt32 { UInt32(bitPattern: (code << 1) ^ (code >> 31)) }
  static func decode(_ zigzag: UInt32) -> Int32 { Int32(zigzag >> 1) ^ -Int32(zigzag & 1) }
}
