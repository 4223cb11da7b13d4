import Autoencoders
import Codecs
import Signals
import Tensors

/// Codes as signals again.
public enum DecodedCodes {
  /// The signal of codes whose samples' scale the codec knows: a stack of the blocks, one item each.
  /// - Returns: what describes it.
  /// - Parameter advice: what to do if a block is more than an item of a stack may be.
  /// - Throws: `SignalError` then.
  public static func stack(_ codec: CodecPackage, items: Int, advice: String = "take a codec of smaller blocks") throws -> SignalInfo {
    let shape = try BlockCodes(codec, info: SignalInfo(raw: .u8, rate: 1, channels: 1)).blockShape
    // A stack of grey pictures has no extent for colours, others have it last.
    guard let layout = StackLayout(extents: Array(shape.dropFirst()) + (shape[0] == 1 ? [] : [shape[0]])) else {
      throw SignalError.limit("a block of \(shape.map(String.init).joined(separator: "x")) is more than an item of a stack may be; \(advice)")
    }
    return SignalInfo(stack: layout, items: items)
  }

  /// The largest magnitude of a number of a code: decoders of such numbers stay finite.
  private static let largest: Float = 1e9

  /// Numbers that may be decoded together.
  private static let mostNumbers = 1 << 28

  /// Products that decoding of codes may take together: as for a chunk of a file.
  private static let mostProducts = 1 << 43

  /// Whether so many codes and what they decode to fit the memory, and are no more work than a codec's file may make.
  public static func fits(_ count: Int, _ blocks: BlockCodes) -> Bool {
    count <= min(mostNumbers / max(blocks.blockSize, blocks.codeSize), mostProducts / max(1, blocks.products))
  }

  /// Holds codes that may come from anywhere against the codec.
  /// - Throws: `SignalError.malformed`.
  public static func check(_ codes: Tensor, _ blocks: BlockCodes, _ codec: CodecPackage, name: String) throws {
    guard codes.shape[1] == blocks.codeSize else {
      throw SignalError.malformed(
        "\(name): has \(codes.shape[1]) numbers a row, and a code of \(codec.name) has \(blocks.codeSize); give codes of that codec")
    }
    guard fits(codes.shape[0], blocks) else {
      throw SignalError.malformed(
        "\(name): \(codes.shape[0]) codes of blocks of \(blocks.blockSize) numbers are too many to be decoded together; give some at a time")
    }
    let limit = largest
    if let far = codes.withValues({ $0.firstIndex { $0.magnitude > limit } }) {
      throw SignalError.malformed("\(name): the number in row \(far / codes.shape[1]) is beyond any code's (\(limit)); give codes of that codec")
    }
  }

  /// Numbers that rows of codes decode to, each by itself, some at a time: [rows, numbers of a block].
  public static func numbers(_ codes: Tensor, _ blocks: BlockCodes) -> Tensor {
    precondition(!blocks.network.isSequential, "codes that depend on those before them, each by itself")
    return blocks.decoded(codes.reshaped([codes.shape[0], 1, codes.shape[1]])).reshaped([codes.shape[0], blocks.blockSize])
  }

  /// New codes from the autoencoder's prior, and the numbers of their blocks: drawn as well, or their means. Some at a time, each part with random numbers of
  /// its own.
  /// - Returns: [count, numbers of a code] and [count, numbers of a block].
  public static func drawn(
    _ network: any GenerativeAutoencoder, _ blocks: BlockCodes, count: Int, seed: UInt64, means: Bool
  ) -> (codes: Tensor, numbers: Tensor) {
    let random = RandomSource(seed: seed)
    let atOnce = max(1, mostAtOnce / blocks.widest)
    var (codes, numbers) = ([Float](), [Float]())
    for (part, start) in stride(from: 0, to: count, by: partCount).enumerated() {
      var own = random.stream(UInt64(part))
      let drawn = network.drawCodes(count: min(partCount, count - start), random: &own)
      codes += drawn.values
      if means {
        numbers += blocks.decoded(drawn).values
        continue
      }
      let size = blocks.codeSize
      for first in stride(from: 0, to: drawn.shape[1], by: atOnce) {
        let end = min(drawn.shape[1], first + atOnce)
        let some = drawn.withValues { Tensor($0[first * size..<end * size], shape: [1, end - first, size]) }
        numbers += network.drawSamples(codes: some, random: &own).values
      }
    }
    return (Tensor(codes, shape: [count, blocks.codeSize]), Tensor(numbers, shape: [count, blocks.blockSize]))
  }
  private static let partCount = 64
  /// Numbers that may stand between two layers while samples are drawn. What is drawn depends on it, but where a whole part passes at once.
  private static let mostAtOnce = 1 << 26

  /// The samples of the codes of a recording, cut and scaled as `like` is: its chunks, the levels of its leads in each, and its length.
  /// - Parameters:
  ///   - seconds: of the chunks that the codes are of; nil for those that an encoder makes where it is told nothing.
  ///   - sink: takes leads × samples.
  /// - Throws: `SignalError.malformed` unless there is a row for each block of `like`; `CodecError.limit` for chunks that no encoder takes; what reader and
  ///   sink throw.
  public static func samples(
    _ codes: Tensor, _ blocks: BlockCodes, like reader: any SignalReader, chunkSeconds seconds: Double?, name: String,
    sink: ([[Int32]]) throws -> Void
  ) throws {
    let length = try blocks.chunkLength(seconds: seconds)
    var chunks: [(levels: BlockCodes.Levels, samples: Int)] = []
    while case let chunk = try reader.read(length), let count = chunk.first?.count, count > 0 {
      try blocks.checkSize(count)
      chunks.append((blocks.levels(chunk), count))
    }
    let leads = blocks.info.channels.count
    let own = chunks.reduce(0) { $0 + blocks.blockCount($1.samples) }
    guard codes.shape[0] == leads * own else {
      throw SignalError.malformed(
        """
        \(name): has \(codes.shape[0]) codes, and the signal of --like has \(leads * own) blocks; give the signal that the codes are of, and with --chunk \
        the seconds of its chunks, if they are not the standing ones
        """)
    }
    var start = 0
    let width = blocks.codeSize
    for (levels, count) in chunks {
      let number = blocks.blockCount(count)
      let part = codes.withValues { values in
        Tensor(shape: [leads, number, width]) { out in
          for lead in 0..<leads {
            for k in 0..<number * width { out[lead * number * width + k] = values[(lead * own + start) * width + k] }
          }
        }
      }
      start += number
      try sink(blocks.samples(blocks.decoded(part), levels, sampleCount: count))
    }
  }
}
