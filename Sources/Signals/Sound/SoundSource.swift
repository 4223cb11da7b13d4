/// What a sound file says of its samples.
struct SoundShape {
  var rate: Int
  var channels: Int
  /// Samples of each channel; nil where only the end tells.
  var frames: Int?
  var container: SoundLayout.Container
  /// Bits of a sample in the file; of lossy files, those that its decoded samples are given.
  var bits: Int
  var isFloat = false
  var speakers: UInt32?
  var tags: [SoundTag: String] = [:]
  var chunks: [WaveChunk] = []
  /// What of the file is not kept, in words.
  var notes: [String] = []
}

/// The samples of a sound file as they stand in it, from front to back.
protocol SoundSource: AnyObject {
  var name: String { get }
  var shape: SoundShape { get }

  /// Appends up to `count` samples to each channel: integers, or the bits of 32-bit floating-point numbers. Returns how many came: fewer only at the
  /// end. Throws `SignalError`.
  func read(_ count: Int, into output: inout [[Int32]]) throws -> Int

  /// Up to `count` samples of each channel of a file of 64-bit floating-point numbers. Throws `SignalError`.
  func readDoubles(_ count: Int) throws -> [[Double]]
}

/// The samples of WAV and RF64 files of plain numbers.
final class WaveSource: SoundSource {
  let name: String
  let shape: SoundShape
  private let source: PackedSource

  /// Nil for files of other kinds and formats. Throws `SignalError`.
  init?(_ file: InputFile) throws {
    guard let header = try WaveHeader(file) else { return nil }
    name = file.name
    shape = SoundShape(
      rate: header.rate, channels: header.channels, frames: header.frames, container: header.isRF64 ? .rf64 : .wav, bits: header.bits,
      isFloat: header.isFloat, speakers: header.speakers, tags: header.tags, chunks: header.chunks, notes: header.notes)
    // Not told the length: `SoundReader` knows better what to say of a file that ends early.
    source = PackedSource(
      file, packing: WaveSource.packing(bits: header.bits), channels: header.channels * (header.bits == 64 ? 2 : 1), frames: nil,
      mayEndInside: header.frames == nil)
  }

  /// How samples lie in WAV files; numbers of 64 bits are two of 32, the lower one first.
  static func packing(bits: Int) -> Packing { bits == 8 ? .offset8 : bits == 16 ? .s16le : bits == 24 ? .s24le : .s32le }

  func read(_ count: Int, into output: inout [[Int32]]) throws -> Int { try source.read(count, into: &output, at: Array(output.indices)) }

  func readDoubles(_ count: Int) throws -> [[Double]] {
    var words = [[Int32]](repeating: [], count: 2 * shape.channels)
    let came = try read(count, into: &words)
    return (0..<shape.channels).map { c in
      let (low, high) = (words[2 * c], words[2 * c + 1])
      return (0..<came).map { Double(bitPattern: UInt64(UInt32(bitPattern: high[$0])) << 32 | UInt64(UInt32(bitPattern: low[$0]))) }
    }
  }
}
