import Container
import Signals

/// A stretch of signal that could not be decoded.
public struct LostChunk: Equatable, Sendable {
  public let index: Int
  /// Its samples in each channel.
  public let samples: Range<Int>
  /// A sentence.
  public let reason: String
}

/// Decodes parts of an `.aec` file, or what is left of a damaged one; reads only the chunks that it needs.
public struct IndexedDecoder<File: RandomAccessBytes & Sendable> {
  public let index: ContainerIndex<File>
  /// What the file says of its signal, with the length if that is known.
  public let info: SignalInfo
  private let decoder: HashedDecoder

  /// - Throws: `ContainerError`, `CodecError`, and what `findCodec` throws.
  public init(_ index: ContainerIndex<File>, limits: ContainerLimits = ContainerLimits(), findCodec: (CodecReference) throws -> CodecPackage) throws {
    self.index = index
    decoder = try HashedDecoder(header: index.header, embedded: try index.codec(), limits: limits, findCodec: findCodec)
    var info = decoder.info
    info.length = index.totalSamples
    self.info = info
  }

  private func chunks(touching range: Range<Int>) -> [Int] {
    var wanted: [Int] = []
    for number in index.entries.indices where index.sampleRange(number).overlaps(range) { wanted.append(number) }
    return wanted
  }

  /// What the threads share.
  private struct Source: Sendable {
    let index: ContainerIndex<File>
    let decoder: HashedDecoder
    let fillsGaps: Bool

    func piece(_ number: Int) throws -> Piece {
      let whole = index.sampleRange(number)
      let nothing: [[Int32]] = decoder.info.channels.map { _ in [] }
      var samples = nothing
      do {
        let first = try index.chunk(number)
        let progress = decoder.progress(first)
        for part in 0..<(index.entries[number]?.parts.count ?? 0) {
          let more = try decoder.decode(part == 0 ? first : try index.chunk(number, part: part), in: progress)
          if part == 0 {
            samples = more
          } else {
            for c in more.indices { samples[c] += more[c] }
          }
        }
        guard progress.count == whole.count else {
          throw ContainerError.malformed("data chunk \(number) has \(progress.count) samples where \(whole.count) were expected")
        }
        return Piece(number: number, whole: whole, samples: samples, reason: nil)
      } catch let error as ContainerError where fillsGaps {
        // Packets that hold more than the table says are not those that it means.
        return Piece(number: number, whole: whole, samples: samples[0].count < whole.count ? samples : nothing, reason: error.description)
      }
    }
  }

  /// Decodes the samples of a range, as far as there are any.
  ///
  /// In the place of a chunk that is missing or damaged the last sample before it is held in each channel
  /// (before the first decoded chunk: the channel's baseline), if `fillsGaps`.
  /// - Parameters:
  ///   - range: samples of each channel, within the signal.
  ///   - fillsGaps: goes on where a chunk cannot be decoded, and says so in the result.
  ///   - sink: is called by one thread at a time.
  /// - Returns: what was filled.
  /// - Throws: `ContainerError` for a chunk that cannot be decoded unless `fillsGaps`; what `sink` throws.
  public func decode(
    _ range: Range<Int>, jobs: Int, fillsGaps: Bool, progress: @escaping (Int) -> Void = { _ in }, to sink: @escaping SampleSink
  ) throws -> [LostChunk] {
    let wanted = chunks(touching: range)
    let source = Source(index: index, decoder: decoder, fillsGaps: fillsGaps)
    let state = State(info: info)
    let workers = OrderedWorkers<Int, Piece>(threads: min(jobs, max(1, wanted.count)), work: source.piece) { piece in
      let part = piece.whole.clamped(to: range)
      try state.deliver(piece, part, to: sink)
      progress(part.upperBound - range.lowerBound)
    }
    defer { workers.stop() }
    for number in wanted { try workers.submit(number) }
    try workers.finish()
    return state.lost
  }
}

/// A chunk as far as it could be decoded, and why not all of it.
private struct Piece: Sendable {
  let number: Int
  let whole: Range<Int>
  let samples: [[Int32]]
  let reason: String?
}

/// What runs on from chunk to chunk.
private final class State {
  var last: [Int32]
  var lost: [LostChunk] = []

  init(info: SignalInfo) {
    last = info.channels.indices.map { c in
      let allowed = info.sampleRange(c)
      return Int32(max(Int(allowed.lowerBound), min(Int(allowed.upperBound), info.channels[c].baseline)))
    }
  }

  /// Passes on a part of a chunk, or what fills its place.
  func deliver(_ piece: Piece, _ part: Range<Int>, to sink: SampleSink) throws {
    let found = (piece.whole.lowerBound..<piece.whole.lowerBound + piece.samples[0].count).clamped(to: part)
    if !found.isEmpty {
      let (start, end) = (found.lowerBound - piece.whole.lowerBound, found.upperBound - piece.whole.lowerBound)
      for (c, channel) in piece.samples.enumerated() { last[c] = channel[end - 1] }
      try sink(found == piece.whole ? piece.samples : piece.samples.map { Array($0[start..<end]) })
    }
    if let reason = piece.reason {
      let rest = max(part.lowerBound, found.upperBound)..<part.upperBound
      guard !rest.isEmpty else { return }
      lost.append(LostChunk(index: piece.number, samples: rest, reason: reason))
      try hold(rest.count, to: sink)
    }
  }

  /// Holds the last sample of each channel for `count` samples.
  func hold(_ count: Int, to sink: SampleSink) throws {
    var rest = count
    while rest > 0 {
      let part = min(rest, 1 << 16)
      try sink(last.map { Array(repeating: $0, count: part) })
      rest -= part
    }
  }
}
