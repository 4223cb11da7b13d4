import CKernels
import Entropy

/// What the model of sound is run against, as `BinaryCoder`, but with symbols of many values at once.
protocol ShareCoder: BinaryCoder {
  /// Codes one of `CK_SOUND_CLASSES` classes, of which class c begins at bounds[c] of 65536. Gives the class.
  mutating func code(_ symbol: Int, _ bounds: UnsafePointer<UInt16>) -> Int
  /// Codes so many even bits, at most 48. Gives them.
  mutating func bits(_ value: Int, count: Int) -> Int
}

/// Bits that are coded at once.
private let mostBits = 12

extension RansEncoder: ShareCoder {
  @inline(__always)
  mutating func code(_ symbol: Int, _ bounds: UnsafePointer<UInt16>) -> Int {
    let (start, width) = interval(symbol, bounds)
    append(start: start, width: width)
    return symbol
  }

  @inline(__always)
  mutating func bits(_ value: Int, count: Int) -> Int {
    var rest = count
    while rest > 0 {
      let some = min(rest, mostBits)
      rest &-= some
      append(start: UInt32(truncatingIfNeeded: (value >> rest) & (1 << some &- 1)) << UInt32(16 &- some), width: 1 << UInt32(16 &- some))
    }
    return value
  }
}

extension RansDecoder: ShareCoder {
  @inline(__always)
  mutating func code(_ symbol: Int, _ bounds: UnsafePointer<UInt16>) -> Int {
    let found = Int(ck_sound_find(bounds, place))
    let (start, width) = interval(found, bounds)
    take(start: start, width: width)
    return found
  }

  @inline(__always)
  mutating func bits(_ value: Int, count: Int) -> Int {
    var (rest, result) = (count, 0)
    while rest > 0 {
      let some = min(rest, mostBits)
      rest &-= some
      let shift = UInt32(16 &- some)
      let part = place >> shift
      take(start: part << shift, width: 1 << shift)
      result = result << some | Int(part)
    }
    return result
  }
}

@inline(__always)
private func interval(_ symbol: Int, _ bounds: UnsafePointer<UInt16>) -> (start: UInt32, width: UInt32) {
  let start = UInt32(bounds[symbol])
  return (start, (symbol == CK_SOUND_CLASSES - 1 ? 65536 : UInt32(bounds[symbol + 1])) &- start)
}
