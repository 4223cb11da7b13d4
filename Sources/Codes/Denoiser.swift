import Codecs
import Signals
import Tensors

/// Passes signals through an autoencoder that learned to undo noise, without quantising its codes.
///
/// Recordings go through several times, each time cut into blocks at other places, and the results are averaged with weights that fall off towards the ends of
/// blocks; chunks overlap and are blended. So neither blocks nor chunks leave edges. Items of a stack go through one by one.
public struct Denoiser {
  private let blocks: BlockCodes
  /// Ways to cut a recording into blocks.
  private static let most = 8
  /// Blocks that chunks have in common.
  private static let common = 2

  /// - Throws: `CodecError` for a codec of frames.
  public init(codec: CodecPackage, info: SignalInfo) throws { blocks = try BlockCodes(codec, info: info) }

  /// Denoises all that the reader gives.
  /// - Parameters:
  ///   - sink: takes leads × samples, as many as are read.
  ///   - progress: is told how many samples of each lead are done.
  /// - Throws: what reader, codec and sink throw.
  public func run(_ reader: any SignalReader, progress: (Int) -> Void, sink: ([[Int32]]) throws -> Void) throws {
    let length = try blocks.chunkLength()
    let overlap = blocks.info.stack != nil ? 0 : min(Denoiser.common * blocks.blockSize, length / 2)
    var chunk = try reader.read(length)
    // What the chunk before made of the first samples of this one.
    var before: [[Float]] = []
    var done = 0
    while let count = chunk.first?.count, count > 0 {
      let next = count < length ? [] : try reader.read(length - overlap)
      var restored = try restored(chunk)
      for lead in before.indices {
        for (i, old) in before[lead].enumerated() {
          let share = (Float(i) + 0.5) / Float(overlap)
          restored[lead][i] = (1 - share) * old + share * restored[lead][i]
        }
      }
      let isLast = next.first?.isEmpty ?? true
      let finished = isLast ? count : count - overlap
      try sink(rounded(restored.map { $0[..<finished] }))
      done += finished
      progress(done)
      if isLast { break }
      before = restored.map { Array($0[finished...]) }
      chunk = zip(chunk, next).map { Array($0[finished...]) + $1 }
    }
  }

  /// Denoised samples of a chunk, not rounded: leads × samples.
  private func restored(_ chunk: [[Int32]]) throws -> [[Float]] {
    let levels = blocks.levels(chunk)
    let (size, count) = (blocks.blockSize, chunk[0].count)
    let ways = blocks.info.stack != nil ? 1 : min(Denoiser.most, size)
    var sums = chunk.map { [Float](repeating: 0, count: $0.count) }
    var weights = [Float](repeating: 0, count: count)
    for way in 0..<ways {
      // So many samples before the chunk fill up its first block.
      let shift = way * size / ways
      let moved = shift == 0 ? chunk : chunk.map { Array(repeating: $0[0], count: shift) + $0 }
      let result = blocks.inOrder(blocks.decoded(blocks.encoded(try blocks.numbers(moved, levels))))
      for lead in chunk.indices {
        for i in 0..<count { sums[lead][i] += weight(i + shift, ways) * result[lead][i + shift] }
      }
      for i in 0..<count { weights[i] += weight(i + shift, ways) }
    }
    let scaled = sums.map { lead in zip(lead, weights).map { $0 / $1 } }
    return blocks.unscaled(scaled, levels)
  }

  /// Of a sample at a place, a triangle over its block.
  private func weight(_ place: Int, _ ways: Int) -> Float {
    guard ways > 1 else { return 1 }
    let inside = place % blocks.blockSize
    return Float(min(inside, blocks.blockSize - 1 - inside)) + 0.5
  }

  private func rounded(_ samples: [ArraySlice<Float>]) -> [[Int32]] {
    zip(samples, blocks.info.channels.indices).map { lead, channel in
      let range = blocks.info.sampleRange(channel)
      let (low, high) = (Double(range.lowerBound), Double(range.upperBound))
      return lead.map { value in
        let value = Double(value)
        return Int32(value.isNaN ? 0 : min(max(value.rounded(.toNearestOrEven), low), high))
      }
    }
  }
}
