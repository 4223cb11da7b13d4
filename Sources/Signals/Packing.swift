/// How integers lie in a file's bytes: the encodings of raw files and of uncompressed WFDB signal files.
enum Packing: UInt8, Sendable, CaseIterable {
  case s8, u8, s16le, s16be, u16le, s24le, s24be, s32le
  /// Offset binary: 128 or 32,768 is zero (WFDB formats 80 and 160).
  case offset8, offset16
  /// Two 12-bit samples in three bytes (WFDB format 212).
  case pairs12
  /// Three 10-bit samples in four bytes (WFDB formats 310 and 311).
  case triples310, triples311

  /// Samples that are packed together.
  var groupSamples: Int {
    switch self {
    case .pairs12: 2
    case .triples310, .triples311: 3
    default: 1
    }
  }

  /// Bytes of a whole group.
  var groupBytes: Int {
    switch self {
    case .s8, .u8, .offset8: 1
    case .s16le, .s16be, .u16le, .offset16: 2
    case .s24le, .s24be, .pairs12: 3
    case .s32le, .triples310, .triples311: 4
    }
  }

  /// Bits of a sample.
  var bits: Int {
    switch self {
    case .s8, .u8, .offset8: 8
    case .s16le, .s16be, .u16le, .offset16: 16
    case .s24le, .s24be: 24
    case .s32le: 32
    case .pairs12: 12
    case .triples310, .triples311: 10
    }
  }

  /// The values that can be stored.
  var range: ClosedRange<Int32> {
    switch self {
    case .u8: 0...255
    case .u16le: 0...65535
    default: Packing.signedRange(bits)
    }
  }

  /// Two's complement numbers of 1 to 32 bits.
  static func signedRange(_ bits: Int) -> ClosedRange<Int32> {
    let high = Int32(truncatingIfNeeded: (1 << (bits - 1)) - 1)
    return ~high...high
  }

  /// Bytes that so many samples need at least; nil if that overflows.
  func byteCount(_ samples: Int) -> Int? {
    let (groups, rest) = samples.quotientAndRemainder(dividingBy: groupSamples)
    let (whole, overflow) = groups.multipliedReportingOverflow(by: groupBytes)
    let (total, overflow2) = whole.addingReportingOverflow(tailBytes(rest))
    return overflow || overflow2 ? nil : total
  }

  /// Samples that so many bytes hold.
  func sampleCount(_ bytes: Int) -> Int {
    let (groups, rest) = bytes.quotientAndRemainder(dividingBy: groupBytes)
    var tail = groupSamples - 1
    while tailBytes(tail) > rest { tail -= 1 }
    return groups * groupSamples + tail
  }

  /// Bytes of an incomplete group at a file's end.
  private func tailBytes(_ samples: Int) -> Int {
    if samples == 0 { return 0 }
    return self == .triples310 && samples == 2 ? 4 : samples + 1
  }

  /// Takes whole groups out of bytes. `samples` has room for `groups * groupSamples`.
  func unpack(_ bytes: UnsafeRawPointer, groups: Int, into samples: UnsafeMutablePointer<Int32>) {
    switch self {
    case .s8: for i in 0..<groups { samples[i] = Int32(bytes.load(fromByteOffset: i, as: Int8.self)) }
    case .u8: for i in 0..<groups { samples[i] = Int32(bytes.load(fromByteOffset: i, as: UInt8.self)) }
    case .offset8: for i in 0..<groups { samples[i] = Int32(bytes.load(fromByteOffset: i, as: UInt8.self)) - 128 }
    case .s16le:
      for i in 0..<groups { samples[i] = Int32(Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * i, as: Int16.self))) }
    case .s16be:
      for i in 0..<groups { samples[i] = Int32(Int16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2 * i, as: Int16.self))) }
    case .u16le:
      for i in 0..<groups { samples[i] = Int32(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))) }
    case .offset16:
      for i in 0..<groups { samples[i] = Int32(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))) - 32768 }
    case .s24le, .s24be:
      let (low, high) = self == .s24le ? (0, 2) : (2, 0)
      for i in 0..<groups {
        let b = bytes + 3 * i
        samples[i] = Int32(b.load(fromByteOffset: high, as: Int8.self)) << 16 | byte(b, 1) << 8 | byte(b, low)
      }
    case .s32le:
      for i in 0..<groups { samples[i] = Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * i, as: Int32.self)) }
    case .pairs12:
      for i in 0..<groups {
        let b = bytes + 3 * i
        let middle = byte(b, 1)
        samples[2 * i] = signed(byte(b, 0) | (middle & 0x0F) << 8, 12)
        samples[2 * i + 1] = signed(byte(b, 2) | (middle & 0xF0) << 4, 12)
      }
    case .triples310:
      for i in 0..<groups {
        let word = Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * i, as: Int32.self))
        samples[3 * i] = signed(word >> 1, 10)
        samples[3 * i + 1] = signed(word >> 17, 10)
        samples[3 * i + 2] = signed((word >> 11 & 0x1F) | (word >> 27 & 0x1F) << 5, 10)
      }
    case .triples311:
      for i in 0..<groups {
        let word = Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * i, as: Int32.self))
        for k in 0..<3 { samples[3 * i + k] = signed(word >> Int32(10 * k), 10) }
      }
    }
  }

  /// Puts whole groups into bytes; only the low bits of a sample are stored. `bytes` has room for `groups * groupBytes`.
  func pack(_ samples: UnsafePointer<Int32>, groups: Int, into bytes: UnsafeMutableRawPointer) {
    func store<T: FixedWidthInteger>(_ value: T, _ i: Int) { bytes.storeBytes(of: value, toByteOffset: i * MemoryLayout<T>.size, as: T.self) }
    switch self {
    case .s8, .u8: for i in 0..<groups { store(UInt8(truncatingIfNeeded: samples[i]), i) }
    case .offset8: for i in 0..<groups { store(UInt8(truncatingIfNeeded: samples[i] &+ 128), i) }
    case .s16le, .u16le: for i in 0..<groups { store(UInt16(truncatingIfNeeded: samples[i]).littleEndian, i) }
    case .s16be: for i in 0..<groups { store(UInt16(truncatingIfNeeded: samples[i]).bigEndian, i) }
    case .offset16: for i in 0..<groups { store(UInt16(truncatingIfNeeded: samples[i] &+ 32768).littleEndian, i) }
    case .s24le, .s24be:
      let (low, high) = self == .s24le ? (0, 2) : (2, 0)
      for i in 0..<groups {
        let s = samples[i]
        store(UInt8(truncatingIfNeeded: s), 3 * i + low)
        store(UInt8(truncatingIfNeeded: s >> 8), 3 * i + 1)
        store(UInt8(truncatingIfNeeded: s >> 16), 3 * i + high)
      }
    case .s32le: for i in 0..<groups { store(samples[i].littleEndian, i) }
    case .pairs12:
      for i in 0..<groups {
        let (a, b) = (samples[2 * i], samples[2 * i + 1])
        store(UInt8(truncatingIfNeeded: a), 3 * i)
        store(UInt8(truncatingIfNeeded: (a >> 8 & 0x0F) | (b >> 4 & 0xF0)), 3 * i + 1)
        store(UInt8(truncatingIfNeeded: b), 3 * i + 2)
      }
    case .triples310:
      for i in 0..<groups {
        let (a, b, c) = (UInt32(bitPattern: samples[3 * i]), UInt32(bitPattern: samples[3 * i + 1]), UInt32(bitPattern: samples[3 * i + 2]))
        let first = (a & 0x3FF) << 1 | (c & 0x1F) << 11
        let second = (b & 0x3FF) << 1 | (c >> 5 & 0x1F) << 11
        store((first | second << 16).littleEndian, i)
      }
    case .triples311:
      for i in 0..<groups {
        let (a, b, c) = (UInt32(bitPattern: samples[3 * i]), UInt32(bitPattern: samples[3 * i + 1]), UInt32(bitPattern: samples[3 * i + 2]))
        store((a & 0x3FF | (b & 0x3FF) << 10 | (c & 0x3FF) << 20).littleEndian, i)
      }
    }
  }
}

@inline(__always) private func byte(_ pointer: UnsafeRawPointer, _ offset: Int) -> Int32 {
  Int32(pointer.load(fromByteOffset: offset, as: UInt8.self))
}

/// The low `bits` bits as a two's complement number.
@inline(__always) private func signed(_ value: Int32, _ bits: Int32) -> Int32 { (value << (32 - bits)) >> (32 - bits) }
