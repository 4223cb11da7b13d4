import Signals

/// Encodes chunks sample by sample, exactly or within a bound: pictures in two dimensions, all else along time.
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
    let (method, payload) = payload(chunk, bound)
    guard payload.count + 1 < stored.count, let decoded = try? decode(payload, method, sampleCount: chunk[0].count),
      zip(zip(decoded, chunk), bound).allSatisfy({ pair, limit in zip(pair.0, pair.1).allSatisfy { abs(Int64($0) - Int64($1)) <= Int64(limit) } })
    else { return EncodedChunk(payload: stored, decoded: chunk, needsCodec: false) }
    return EncodedChunk(payload: [method.rawValue] + payload, decoded: decoded, needsCodec: false)
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
      return total + payload(chunk.map { Array($0[start..<start + piece]) }, chunk.map { _ in 0 }).payload.count
    }
    return Double(count / piece * taken) / 2 * share < Double(bytes)
  }

  private func payload(_ chunk: [[Int32]], _ bound: [Int32]) -> (method: ChunkMethod, payload: [UInt8]) {
    if let picture = info.picture, let payload = PixelCoder.encode(chunk, width: picture.width, bound: bound, effort: effort) {
      return (.pixels, payload)
    }
    return (.samples, SampleCoder.encode(chunk, bound: bound, effort: effort))
  }

  private func decode(_ payload: [UInt8], _ method: ChunkMethod, sampleCount: Int) throws -> [[Int32]] {
    if method == .pixels, let picture = info.picture {
      return try PixelCoder.decode(payload, width: picture.width, components: info.channels.count, sampleCount: sampleCount)
    }
    return try SampleCoder.decode(payload, channels: info.channels.count, sampleCount: sampleCount)
  }
}
