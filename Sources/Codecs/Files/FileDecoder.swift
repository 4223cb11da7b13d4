import Bytes
import Container
import Signals

/// Takes decoded samples, channels × samples, in their order.
public typealias SampleSink = ([[Int32]]) throws -> Void

/// Decodes one data chunk and holds the result against its hash; for several threads.
struct HashedDecoder: Sendable {
  let info: SignalInfo
  private let decoder: ChunkDecoder
  private let limits: ContainerLimits
  private let chunkLength: Int
  /// Numbers in the networks of a codec that came with the file.
  private let foreignWeights: Int

  /// Samples times channels of a chunk times `foreignWeights`, at most: what somebody's networks may keep this machine busy with. Codecs that were
  /// installed are trusted.
  private static let mostForeignWork = 1 << 46

  /// - Parameter embedded: the payload of the file's codec chunk; without one `findCodec` is asked.
  /// - Throws: `ContainerError`, `CodecError`, and what `findCodec` throws.
  init(
    header: ContainerHeader, embedded: [UInt8]?, limits: ContainerLimits, findCodec: (CodecReference) throws -> CodecPackage
  ) throws {
    self.limits = limits
    chunkLength = header.chunkLength
    info = try SignalMetadata.decode(header, limits: limits)
    let own = try header.codec.flatMap { reference in try embedded.map { try EmbeddedCodec.decode($0, reference, limits: limits) } }
    foreignWeights = own?.weights.tensors.values.reduce(0) { $0 + $1.count } ?? 0
    let codec = try own ?? header.codec.map(findCodec)
    decoder = try ChunkDecoder(codec: codec, info: info)
  }

  /// What a data chunk begins with.
  func progress(_ chunk: DataChunk) -> ChunkProgress {
    ChunkProgress(capacity: chunk.packetStart == nil ? chunk.sampleCount : chunkLength)
  }

  /// Decodes a data chunk, or the next packet of one.
  /// - Throws: `ContainerError` in every case of damage.
  func decode(_ chunk: DataChunk, in progress: ChunkProgress) throws -> [[Int32]] {
    let values = progress.capacity.multipliedReportingOverflow(by: info.channels.count)
    guard !values.overflow, values.partialValue <= limits.valuesPerChunk else {
      throw ContainerError.limit("data chunk \(chunk.index) has \(progress.capacity) samples of \(info.channels.count) channels: more than the limit")
    }
    guard (chunk.packetStart ?? 0) == progress.count, chunk.sampleCount <= progress.capacity - progress.count else {
      throw ContainerError.malformed("data chunk \(chunk.index) is damaged: its packets do not follow each other")
    }
    // The networks see some samples again with each packet.
    let seen = values.partialValue + (progress.packets + 1) * ChunkDecoder.contextSamples * info.channels.count
    guard foreignWeights == 0 || seen <= HashedDecoder.mostForeignWork / foreignWeights else {
      throw ContainerError.limit("data chunk \(chunk.index) is too long for a codec as large as the one in the file")
    }
    let samples: [[Int32]]
    do {
      samples = try decoder.decode(chunk.payload, sampleCount: chunk.sampleCount, in: progress)
    } catch BytesError.truncated {
      throw ContainerError.malformed("data chunk \(chunk.index) is damaged: it ends early")
    } catch BytesError.malformed(let text) {
      throw ContainerError.malformed("data chunk \(chunk.index) is damaged: \(text)")
    } catch CodecError.codecMissing(let text) {
      throw CodecError.codecMissing(text)
    } catch CodecError.limit(let text) {
      throw ContainerError.limit("data chunk \(chunk.index): \(text)")
    } catch {
      // Whatever a stage of the codec finds wrong with the payload.
      throw ContainerError.malformed("data chunk \(chunk.index) is damaged: \(error)")
    }
    guard samples.count == info.channels.count, samples.allSatisfy({ $0.count == chunk.sampleCount }), chunkHash(samples) == chunk.hash else {
      throw ContainerError.malformed("data chunk \(chunk.index) is damaged, or was made by another build of the codec: its samples have another hash")
    }
    return samples
  }
}

/// Decodes an `.aec` file from front to back, a pipe too, and believes nothing.
///
/// Memory holds a few chunks, whatever the length of the signal.
public struct StreamDecoder<Source: ByteSource> {
  /// What the file says of its signal; the length is not known before the end.
  public var info: SignalInfo { decoder.info }
  public let header: ContainerHeader
  private var reader: ContainerReader<Source>
  private let decoder: HashedDecoder

  /// Reads the header, and the codec if the file holds it; otherwise asks `findCodec` for it.
  /// - Throws: `ContainerError`, `CodecError`, and what the source and `findCodec` throw.
  public init(_ source: Source, limits: ContainerLimits = ContainerLimits(), findCodec: (CodecReference) throws -> CodecPackage) throws {
    reader = try ContainerReader(source, limits: limits)
    header = reader.header
    decoder = try HashedDecoder(header: reader.header, embedded: reader.codec, limits: limits, findCodec: findCodec)
  }

  /// Decodes everything. Only if this returns, the file was sound.
  /// - Parameters:
  ///   - sink: is called by one thread at a time, for each chunk as soon as it is there.
  /// - Returns: samples of each channel.
  /// - Throws: `ContainerError`, and what source and sink throw.
  public mutating func decode(jobs: Int, progress: @escaping (Int) -> Void = { _ in }, to sink: @escaping SampleSink) throws -> Int {
    let decoder = self.decoder
    let counter = Counter()
    let workers = OrderedWorkers<Part, [[Int32]]>(threads: header.chunkLength == 0 ? 1 : jobs) { part in
      try decoder.decode(part.chunk, in: part.progress)
    } deliver: { samples in
      try sink(samples)
      counter.value += samples[0].count
      progress(counter.value)
    }
    defer { workers.stop() }
    do {
      var progress = ChunkProgress(capacity: 0)
      while let chunk = try reader.next() {
        if let start = chunk.packetStart, start > 0 {
          try workers.finish()  // a packet needs what those before it leave
        } else {
          progress = decoder.progress(chunk)
        }
        try workers.submit(Part(chunk: chunk, progress: progress))
      }
    } catch {
      // What stands before a cut or a damage comes out, whatever the number of threads.
      try workers.finish()
      throw error
    }
    try workers.finish()
    return counter.value
  }
}

/// A data chunk, or a packet of one and what those before it left. Packets of one data chunk are never worked on at the same time.
private struct Part: @unchecked Sendable {
  let chunk: DataChunk
  let progress: ChunkProgress
}

/// A number that is counted up by one thread at a time.
final class Counter { var value = 0 }
