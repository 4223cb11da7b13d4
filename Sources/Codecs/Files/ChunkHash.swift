import Bytes

/// The first 8 bytes of the SHA-256 over samples, interleaved, as little-endian 32-bit integers.
func chunkHash(_ samples: [[Int32]]) -> [UInt8] {
  let (channels, count) = (samples.count, samples.first?.count ?? 0)
  let bytes = [UInt8](unsafeUninitializedCapacity: 4 * channels * count) { buffer, used in
    let raw = UnsafeMutableRawBufferPointer(buffer)
    for (c, channel) in samples.enumerated() {
      precondition(channel.count == count, "channels of one length")
      channel.withUnsafeBufferPointer { source in
        for k in 0..<count { raw.storeBytes(of: source[k].littleEndian, toByteOffset: 4 * (k * channels + c), as: Int32.self) }
      }
    }
    used = 4 * channels * count
  }
  return Array(sha256(bytes).prefix(8))
}
