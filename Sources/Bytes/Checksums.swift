import CZlib
import Crypto

/// CRC-32 (the polynomial of zlib, PNG and gzip) of some bytes, continuing from `seed`.
public func crc32(_ bytes: some Collection<UInt8>, seed: UInt32 = 0) -> UInt32 {
  let continued = bytes.withContiguousStorageIfAvailable { buffer in
    UInt32(truncatingIfNeeded: CZlib.crc32_z(UInt(seed), buffer.baseAddress, buffer.count))
  }
  return continued ?? crc32(Array(bytes), seed: seed)
}

/// SHA-256 of some bytes: 32 bytes.
public func sha256(_ bytes: some Sequence<UInt8>) -> [UInt8] {
  var hash = SHA256()
  hash.update(data: Array(bytes))
  return Array(hash.finalize())
}
