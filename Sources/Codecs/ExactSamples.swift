import Signals

/// Encodes chunks sample by sample, exactly or within a bound: pictures in two dimensions, sound fast, all else along time with all that finds something.
struct ExactSamples: Sendable {
  let info: SignalInfo
  /// 1 (fastest) to 9 (smallest).
  let effort: Int

  /// What the samples of a chunk take in their source.
  func plainBytes(_ chunk: [[Int32]]) -> Int { chunk.indices.reduce(0) { $0 + info.storageBits($1) * chunk[0].count / 8 } }

  /// A chunk sample by sample; or stored, if that is not larger.
  /// - Parameter bound: largest error allowed, by channel.
  func encode(_ chunk: [[Int32]], bound: [Int32]) -> EncodedChunk {
    let stored = StoredSamples.encode(chunk, storageBits: chunk.indices.map(info.storageBits))
    let smallest = payloads(chunk, bound).min { $0.payload.count < $1.payload.count }!
    guard smallest.payload.count + 1 < stored.count, let decoded = try? decode(smallest.payload, smallest.method, sampleCount: chunk[0].count),
      zip(zip(decoded, chunk), bound).allSatisfy({ pair, limit in zip(pair.0, pair.1).allSatisfy { abs(Int64($0) - Int64($1)) <= Int64(limit) } })
    else { return EncodedChunk(payload: stored, decoded: chunk, needsCodec: false) }
    return EncodedChunk(payload: [smallest.method.rawValue] + smallest.payload, decoded: decoded, needsCodec: false)
  }

  /// Whether exact samples of a chunk may take fewer bytes than a payload. Finding out takes much longer than frames did: two pieces of a long chunk
  /// tell; what the predictors learn over all of it is taken off.
  /// - Parameter share: of what the pieces take, that all of it may take.
  func mayBeSmaller(_ chunk: [[Int32]], than bytes: Int, share: Double = 0.75) -> Bool {
    let count = chunk[0].count
    // Of a picture, whole rows.
    let unit = info.picture?.width ?? 1
    let piece = count / 64 / unit * unit
    guard piece >= 1024, bytes < plainBytes(chunk) else { return true }
    let taken = [count / 4, 3 * count / 4].reduce(0) { total, start in
      let start = start / unit * unit
      let taken = payloads(chunk.map { Array($0[start..<start + piece]) }, chunk.map { _ in 0 })
      return total + taken.map(\.payload.count).min()!
    }
    return Double(count / piece * taken) / 2 * share < Double(bytes)
  }

  /// Rates in Hz from which samples are coded as sound. Those of electrocardiograms and other signals of the body are below it; the slower coder, which looks for beats
  /// that repeat themselves, decodes some 90,000 samples a second, too few for what is above it.
  private static let soundRate = 4000.0
  /// The effort from which sound is tried with the slower coder too.
  private static let exhaustiveEffort = 9

  /// What the coders make of a chunk that its kind and the effort allow.
  private func payloads(_ chunk: [[Int32]], _ bound: [Int32]) -> [(method: ChunkMethod, payload: [UInt8])] {
    if let picture = info.picture, let payload = PixelCoder.encode(chunk, width: picture.width, bound: bound, effort: effort) {
      return [(.pixels, payload)]
    }
    func samples() -> (ChunkMethod, [UInt8]) { (.samples, SampleCoder.encode(chunk, bound: bound, effort: effort)) }
    guard isSound, let sound = SoundCoder.encode(chunk, bound: bound, level: SoundCoder.level(effort: effort)) else { return [samples()] }
    // Noise takes no more than its bits.
    return [(.sound, sound), effort < ExactSamples.exhaustiveEffort ? (.samples, StoredSampleBits.encode(chunk, bound: bound)) : samples()]
  }

  /// Whether the signal runs along time, so fast that it is taken for sound.
  private var isSound: Bool {
    switch info.format {
    case .picture, .stack: false
    case .raw, .wfdb, .csv, .sound: info.rate >= ExactSamples.soundRate
    }
  }

  private func decode(_ payload: [UInt8], _ method: ChunkMethod, sampleCount: Int) throws -> [[Int32]] {
    if method == .pixels, let picture = info.picture {
      return try PixelCoder.decode(payload, width: picture.width, components: info.channels.count, sampleCount: sampleCount)
    }
    if method == .sound { return try SoundCoder.decode(payload, channels: info.channels.count, sampleCount: sampleCount) }
    return try SampleCoder.decode(payload, channels: info.channels.count, sampleCount: sampleCount)
  }
}
