import Signals

/// A WAV file by hand. `riff` and `data` are the sizes that it states.
func wave(
  _ samples: [UInt8], tag: UInt16 = 1, channels: UInt16 = 1, rate: UInt32 = 8000, bits: UInt16 = 16, riff: UInt32? = nil, data: UInt32? = nil
) -> [UInt8] {
  let block = channels * bits / 8
  var bytes = Array("RIFF".utf8) + le(riff ?? UInt32(36 + samples.count))
  bytes += Array("WAVEfmt ".utf8) + le(UInt32(16))
  bytes += le(tag) + le(channels) + le(rate)
  bytes += le(rate &* UInt32(block)) + le(block) + le(bits)
  bytes += Array("data".utf8) + le(data ?? UInt32(samples.count))
  return bytes + samples
}

/// Least significant byte first.
func le<T: FixedWidthInteger>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }

/// A chunk as it stands in a WAV file.
func chunk(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
  Array(name.utf8) + le(UInt32(bytes.count)) + bytes + (bytes.count % 2 == 0 ? [] : [0])
}

/// The description of two channels of sound at 8000 Hz: container and type of samples, then the rest.
func described(_ container: UInt8, _ type: UInt8, _ rest: [UInt8] = [0]) throws -> SignalInfo {
  try SignalInfo(serialized: [0xC3, 0x80, 0x7D, 2, 0, container, type] + rest)
}
