import Container
import Glibc
import Prediction
import Signals
import Synchronization

/// What became of a signal that was encoded.
public struct EncodeReport: Sendable {
  public let info: SignalInfo
  /// Samples of each channel.
  public let samples: Int
  /// Bytes of the file.
  public let bytes: Int
  /// Of the decoded samples against the original ones; no channels if there were no samples.
  public let distortion: Distortion

  /// Peak signal to noise ratio in dB, of a picture that of its colours, the peaks those of `SignalInfo.peak`; infinite without error.
  public var psnr: Double { -10 * log10(distortion.relativeError(peaks: info.channels.indices.map { info.peak($0) })) }
}

/// Encodes a signal into an `.aec` file: chunks are read one after the other, encoded on several threads, and written in their order.
///
/// The bytes depend on the samples, the codec, the settings and the chunk length only: not on the number of threads, nor on how the input came.
/// Memory holds a few chunks, whatever the length of the signal.
public struct FileEncoder {
  /// Samples times channels that a chunk has at most unless a length was asked for.
  private static let defaultValuesPerChunk = 1 << 22
  /// Samples of a channel that it has at least, whatever the rate: smaller ones would cost more than they hold.
  private static let defaultSamplesPerChunk = 4096.0

  private let codec: CodecPackage
  private let settings: EncodeSettings
  private let chunkSeconds: Double?
  private let packetSeconds: Double?
  private let embedsCodec: Bool
  private let jobs: Int

  /// - Parameters:
  ///   - chunkSeconds: length of a chunk; nil for 5 minutes, or less where there are very many values a second; of a picture, for about a million pixels; of speech, for 10 seconds.
  ///   - packetSeconds: for live signals: writes packets of about so many seconds, each as soon as its samples are there, on one thread; nil for whole chunks.
  ///   - embedsCodec: puts the codec into files that need it.
  ///   - jobs: threads that encode.
  public init(
    codec: CodecPackage, settings: EncodeSettings, chunkSeconds: Double?, packetSeconds: Double? = nil, embedsCodec: Bool = false, jobs: Int
  ) {
    precondition(
      jobs >= 1 && [chunkSeconds, packetSeconds].allSatisfy { $0.map { $0 > 0 } ?? true }, "at least one thread, and chunks of some length")
    (self.codec, self.settings, self.embedsCodec, self.jobs) = (codec, settings, embedsCodec, jobs)
    (self.chunkSeconds, self.packetSeconds) = (chunkSeconds, packetSeconds)
  }

  /// Seconds of a chunk of speech, unless a length was asked for.
  private static let speechSeconds = 10.0
  /// Pixels of a chunk of a picture, about, unless a length was asked for.
  private static let pixelsPerChunk = 1 << 20

  /// Samples of a channel in a chunk: of a stack, whole items; of a picture, whole rows.
  /// - Throws: `CodecError.limit` if a decoder with the default limits would refuse such chunks.
  func chunkLength(_ info: SignalInfo) throws -> Int {
    let limits = ContainerLimits()
    let channels = info.channels.count
    let unit = Double(info.unitSamples)
    func whole(_ samples: Double) -> Double { max(1, (samples / unit).rounded()) * unit }
    let longest = settings.bound == .none ? codec.longestSpeech(info) : nil
    let wanted = whole((chunkSeconds ?? (longest != nil ? FileEncoder.speechSeconds : 300)) * info.rate)
    guard chunkSeconds != nil else {
      if info.picture != nil { return Int(whole(Double(FileEncoder.pixelsPerChunk))) }
      let most = min(longest ?? longestOfBlocks(info) ?? .max, FileEncoder.mostSamples(info))
      return Int(whole(min(max(wanted, FileEncoder.defaultSamplesPerChunk), Double(most))))
    }
    let most = min(limits.samplesPerChunk, limits.valuesPerChunk / channels, longest ?? .max)
    guard wanted <= Double(most) else {
      throw CodecError.limit("a chunk would have \(wanted) samples of \(channels) channels, the limit is \(most): give --chunk fewer seconds")
    }
    return Int(wanted)
  }

  /// Samples of a channel that a chunk has at most unless a length was asked for.
  static func mostSamples(_ info: SignalInfo) -> Int { max(1, defaultValuesPerChunk / info.channels.count) }

  /// The most samples of a channel that a chunk of a codec of blocks has; nil for other codecs and exact files.
  private func longestOfBlocks(_ info: SignalInfo) -> Int? {
    guard settings.bound == .none, case .blocks(let design) = codec.design else { return nil }
    return BlockCodec.longestChunk(design.autoencoder, info)
  }

  private struct Job: Sendable {
    let chunk: [[Int32]]
    let plan: ChunkPlan
  }

  private struct Done: Sendable {
    let sampleCount: Int
    let encoded: EncodedChunk
    let hash: [UInt8]
    let distortion: Distortion

    /// - Throws: `CodecError.boundMissed`.
    init(_ chunk: [[Int32]], _ encoded: EncodedChunk, _ info: SignalInfo, bound: ErrorBound) throws {
      distortion = Distortion(
        original: chunk, decoded: encoded.decoded, frame: MemoryGeometry(rate: info.rate).frame, judged: info.judgedChannels)
      try FileEncoder.hold(distortion, to: bound)
      (sampleCount, self.encoded, hash) = (chunk[0].count, encoded, chunkHash(encoded.decoded))
    }
  }

  /// Encodes all that the reader gives.
  /// - Parameters:
  ///   - sink: takes the bytes of the file in order, each chunk as soon as it is complete.
  ///   - progress: is told how many samples of each channel are done, from any thread.
  /// - Throws: what reader, codec and sink throw.
  public func encode(
    _ reader: any SignalReader, sink: @escaping ([UInt8]) throws -> Void, progress: @escaping (Int) -> Void = { _ in }
  ) throws -> EncodeReport {
    let info = reader.info
    let length = try chunkLength(info)
    var encoder = try ChunkEncoder(codec: codec, info: info, settings: settings)
    let embedded = embedsCodec ? try EmbeddedCodec.encode(codec) : nil
    if let packetSeconds, case let packet = encoder.packetLength(seconds: packetSeconds), packet < length {
      let output = Output(info: info, chunkLength: length, mayNeedCodec: encoder.mayNeedCodec, codec: codec.reference, embedded: embedded, sink: sink)
      return try encodePackets(reader, length, packet, &encoder, to: output, WorkDone(progress))
    }
    let done = WorkDone(progress)
    let first = try reader.read(length)
    let firstCount = first.first?.count ?? 0

    // A signal that ends inside its first chunk says nothing of chunks, nor of the codec if it does not need it.
    let isSingle = firstCount < length
    let output = Output(
      info: info, chunkLength: isSingle ? 0 : length, mayNeedCodec: encoder.mayNeedCodec, codec: codec.reference, embedded: embedded, sink: sink)
    let settled = encoder
    let workers = OrderedWorkers<Job, Done>(threads: isSingle ? 1 : jobs) { [settings] job in
      let count = job.chunk[0].count
      var told = 0
      func tell(_ samples: Int) {
        done.add(samples - told)
        told = samples
      }
      let encoded = try settled.encode(job.chunk, plan: job.plan) { tell(Int(Double(count) * $0)) }
      tell(count)
      return try Done(job.chunk, encoded, info, bound: settings.bound)
    } deliver: { done in
      try output.append(done)
    }
    defer { workers.stop() }
    var chunk = first
    while let count = chunk.first?.count, count > 0 {
      try workers.submit(Job(chunk: chunk, plan: encoder.plan(chunk)))
      chunk = count < length ? [] : try reader.read(length)
    }
    try workers.finish()
    return try output.finish()
  }

  /// Reads, encodes and writes packet by packet.
  private func encodePackets(
    _ reader: any SignalReader, _ length: Int, _ packet: Int, _ encoder: inout ChunkEncoder, to output: Output, _ done: WorkDone
  ) throws -> EncodeReport {
    while true {
      let progress = ChunkProgress(capacity: length)
      var plan: ChunkPlan?
      while progress.count < length {
        let start = progress.count
        let samples = try reader.read(min(packet, length - start))
        guard let count = samples.first?.count, count > 0 else { return try output.finish() }
        let current = plan ?? encoder.plan(samples, capacity: length)
        plan = current
        let encoded = try encoder.encode(samples, plan: current, in: progress)
        try output.append(Done(samples, encoded, reader.info, bound: settings.bound), packetStart: start)
        done.add(count)
        if count < min(packet, length - start) { return try output.finish() }
      }
    }
  }

  /// The encoder has seen to its bound itself; a promise is worth a second look.
  private static func hold(_ distortion: Distortion, to bound: ErrorBound) throws {
    let limits: [Int64]
    switch bound {
    case .none: return
    case .lossless: limits = distortion.channels.map { _ in 0 }
    case .maximum(let steps): limits = steps.map(Int64.init)
    }
    for (channel, limit) in zip(distortion.channels, limits) where channel.maximumError > limit {
      throw CodecError.boundMissed("an error of \(channel.maximumError) steps where \(limit) were promised; nothing was written: please report this")
    }
  }

  /// How many samples of each channel are done; told by several threads, one at a time.
  private final class WorkDone: @unchecked Sendable {
    private let samples = Mutex(0)
    /// Called with the lock held: never by two threads at once.
    private let progress: (Int) -> Void

    init(_ progress: @escaping (Int) -> Void) { self.progress = progress }

    func add(_ count: Int) {
      samples.withLock { samples in
        samples += count
        progress(samples)
      }
    }
  }

  /// The file as it grows; used by one thread at a time.
  private final class Output {
    private let info: SignalInfo
    private let chunkLength: Int
    /// Whether chunks to come may need the codec.
    private let mayNeedCodec: Bool
    private let codec: CodecReference
    private let embedded: [UInt8]?
    private let sink: ([UInt8]) throws -> Void
    private var writer: ContainerWriter?
    private var samples = 0
    private var distortion: Distortion

    init(
      info: SignalInfo, chunkLength: Int, mayNeedCodec: Bool, codec: CodecReference, embedded: [UInt8]?, sink: @escaping ([UInt8]) throws -> Void
    ) {
      (self.info, self.chunkLength, self.codec, self.embedded, self.sink) = (info, chunkLength, codec, embedded, sink)
      self.mayNeedCodec = mayNeedCodec
      let none = info.channels.map { _ in [Int32]() }
      distortion = Distortion(original: none, decoded: none, frame: 1, judged: info.judgedChannels)
    }

    private func begin(needsCodec: Bool) throws -> ContainerWriter {
      // The length stands in the end chunk: here it would differ between a file and a pipe.
      var description = info
      description.length = nil
      let metadata = SignalMetadata.encode(description)
      let header = ContainerHeader(
        codec: needsCodec ? codec : nil, chunkLength: chunkLength, metadata: metadata.bytes, metadataIsCompressed: metadata.isCompressed)
      return try ContainerWriter(header: header, codec: needsCodec ? embedded : nil, sink: sink)
    }

    func append(_ done: Done, packetStart: Int? = nil) throws {
      var current = try writer ?? begin(needsCodec: chunkLength > 0 && mayNeedCodec || done.encoded.needsCodec)
      try current.append(packetStart: packetStart, sampleCount: done.sampleCount, hash: done.hash, payload: done.encoded.payload)
      writer = current
      samples += done.sampleCount
      distortion.append(done.distortion)
    }

    func finish() throws -> EncodeReport {
      var current = try writer ?? begin(needsCodec: false)
      try current.finish()
      return EncodeReport(info: info, samples: samples, bytes: current.byteCount, distortion: distortion)
    }
  }
}
