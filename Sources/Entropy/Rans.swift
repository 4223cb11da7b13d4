/// Range variant of asymmetric numeral systems (Duda, arXiv:1311.2540) with a 32-bit state, byte-wise renormalisation and probabilities
/// in 1/65536. The state lies in 2^24 ..< 2^32, so that rounding costs less than 0.1 % even for rare symbols.
///
/// Stream: the encoder's last state, four bytes, most significant first; then the renormalisation bytes in the order of reading.
/// A decoder that has read everything stands at the state 2^24 with no byte left over.
public enum Rans {
  /// The lowest state, with which encoding starts and decoding ends.
  public static let lowest: UInt32 = 1 << 24
}

/// Collects decisions in coding order; `finish` codes them backwards.
@frozen
public struct RansEncoder: BinaryCoder {
  /// Interval start in the high half, width - 1 in the low half.
  @usableFromInline var intervals: [UInt32] = []

  @inlinable public init() {}
  @inlinable public static var learns: Bool { true }

  @inlinable
  public mutating func code(_ bit: Int, probability: UInt32) -> Int {
    intervals.append(bit != 0 ? probability &- 1 : (probability << 16) | (65535 &- probability))
    return bit
  }

  /// The stream of everything collected; the encoder can be used on.
  public func finish() -> [UInt8] {
    var reversed: [UInt8] = []
    reversed.reserveCapacity(intervals.count / 8 + 16)
    var state = Rans.lowest
    intervals.withUnsafeBufferPointer { intervals in
      for index in stride(from: intervals.count - 1, through: 0, by: -1) {
        let start = intervals[index] >> 16
        let width = (intervals[index] & 0xFFFF) + 1
        let ceiling = UInt64(width) << 16
        while UInt64(state) >= ceiling {
          reversed.append(UInt8(truncatingIfNeeded: state))
          state >>= 8
        }
        state = ((state / width) << 16) &+ start &+ state % width
      }
    }
    for shift in stride(from: UInt32(0), to: 32, by: 8) { reversed.append(UInt8(truncatingIfNeeded: state >> shift)) }
    reversed.reverse()
    return reversed
  }
}

/// Reads what `RansEncoder` wrote. Any bytes can be read: past the end it reads zeros, and `isComplete` tells whether all was as written.
@frozen
public struct RansDecoder: BinaryCoder {
  @usableFromInline let bytes: [UInt8]
  @usableFromInline var position: Int
  @usableFromInline var state: UInt32

  public init(_ bytes: some Sequence<UInt8>) {
    self.bytes = Array(bytes)
    position = 0
    state = 0
    for _ in 0..<4 {
      state = state << 8 | (position < self.bytes.count ? UInt32(self.bytes[position]) : 0)
      position += 1
    }
    if state < Rans.lowest {  // no encoder ends so: make `isExhausted` true and go on from a legal state
      position = self.bytes.count + 1
      state = Rans.lowest
    }
  }

  @inlinable public static var learns: Bool { true }

  /// More was read than there is: the bytes are damaged or too much was asked for.
  @inlinable public var isExhausted: Bool { position > bytes.count }

  /// Everything was read, and nothing beyond it: true after the last symbol of an undamaged stream.
  @inlinable public var isComplete: Bool { position == bytes.count && state == Rans.lowest }

  @inlinable
  public mutating func code(_ bit: Int, probability: UInt32) -> Int {
    if state & 0xFFFF < probability {
      advance(start: 0, width: probability)
      return 1
    }
    advance(start: probability, width: 65536 &- probability)
    return 0
  }

  @inlinable
  mutating func advance(start: UInt32, width: UInt32) {
    // Since state >= 2^24 and width >= 1, the new state is at least 2^8: two bytes bring it back, zeros past the end included.
    state = (width &* (state >> 16)) &+ (state & 0xFFFF) &- start
    while state < Rans.lowest {
      state = state << 8 | (position < bytes.count ? UInt32(bytes[position]) : 0)
      position &+= 1
    }
  }
}

/// Symbols of more than two values: intervals start ..< start + width of 65536.
extension RansEncoder {
  /// Codes a symbol of that interval; width at least 1 and below 65536.
  @inlinable
  public mutating func append(start: UInt32, width: UInt32) { intervals.append(start << 16 | (width &- 1)) }
}

extension RansDecoder {
  /// Where in 0 ..< 65536 the next symbol lies.
  @inlinable public var place: UInt32 { state & 0xFFFF }

  /// Takes the symbol of the interval that `place` lies in.
  @inlinable
  public mutating func take(start: UInt32, width: UInt32) { advance(start: start, width: width) }
}
