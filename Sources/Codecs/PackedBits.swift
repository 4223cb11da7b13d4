/// Appends integers of few bits to bytes, least significant bit first.
struct BitPacker {
  private var bytes: [UInt8]
  private var pending: UInt64 = 0
  private var pendingBits = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func append(_ value: UInt64, bits: Int) {
    pending |= value << UInt64(pendingBits)
    pendingBits += bits
    while pendingBits >= 8 {
      bytes.append(UInt8(truncatingIfNeeded: pending))
      pending >>= 8
      pendingBits -= 8
    }
  }

  consuming func finish() -> [UInt8] {
    if pendingBits > 0 { bytes.append(UInt8(truncatingIfNeeded: pending)) }
    return bytes
  }
}

/// Takes integers of few bits from bytes, least significant bit first. Behind the last byte there are zeros.
struct BitUnpacker {
  private let bytes: ArraySlice<UInt8>
  private var position: Int
  private var pending: UInt64 = 0
  private var pendingBits = 0

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  mutating func next(_ bits: Int) -> UInt64 {
    while pendingBits < bits {
      if position < bytes.endIndex {
        pending |= UInt64(bytes[position]) << UInt64(pendingBits)
        position += 1
      }
      pendingBits += 8
    }
    defer {
      pending >>= UInt64(bits)
      pendingBits -= bits
    }
    return pending & (1 << UInt64(bits) - 1)
  }
}
