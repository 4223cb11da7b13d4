import Bytes

/// Pseudo-random numbers (SplitMix64: Steele, Lea and Flood 2014), so that a case is known by its seed.
struct Dice: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64, _ number: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 ^ (number &+ 1) &* 0xD1B5_4A32_D192_ED03 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func below(_ count: Int) -> Int { Int(truncatingIfNeeded: next() >> 1) % max(1, count) }

  mutating func one(in count: Int) -> Bool { below(count) == 0 }

  /// A number of random magnitude.
  mutating func wild() -> UInt64 {
    switch below(4) {
    case 0: [0, 1, 2, 0x7F, 0x80, 0xFFFF, 1 << 20, 1 << 31, 1 << 32, 1 << 48, UInt64(Int64.max), UInt64.max, UInt64.max - 1][below(13)]
    default: next() >> UInt64(below(64))
    }
  }
}

/// Damages bytes.
struct Mutator {
  /// Text that numbers of a text format are replaced with; empty for binary formats.
  var words: [String] = []

  /// One to four changes.
  func mutate(_ bytes: [UInt8], with other: [UInt8], _ dice: inout Dice) -> [UInt8] {
    var result = bytes
    for _ in 0...dice.below(4) { change(&result, other, &dice) }
    return result
  }

  private func change(_ bytes: inout [UInt8], _ other: [UInt8], _ dice: inout Dice) {
    let place = dice.below(bytes.count + 1)
    guard place < bytes.count else {
      bytes.append(UInt8(truncatingIfNeeded: dice.next()))
      return
    }
    if !words.isEmpty, dice.one(in: 2) { return replaceWord(&bytes, place, &dice) }
    let length = min(bytes.count - place, dice.one(in: 4) ? dice.below(200) + 1 : dice.below(8) + 1)
    switch dice.below(13) {
    case 0, 1: bytes[place] ^= 1 << UInt8(dice.below(8))
    case 2: bytes[place] = UInt8(truncatingIfNeeded: dice.next())
    case 3: bytes[place] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF][dice.below(6)]
    case 4: bytes.removeSubrange(dice.one(in: 3) ? place..<bytes.count : place..<place + length)
    case 5: bytes.insert(contentsOf: (0..<length).map { _ in UInt8(truncatingIfNeeded: dice.next()) }, at: place)
    case 6: bytes.insert(contentsOf: bytes[place..<place + length], at: dice.below(bytes.count))
    case 7:
      let from = dice.below(bytes.count - length + 1)
      for k in 0..<length { bytes.swapAt(place + k, from + k) }
    case 8: replaceVarint(&bytes, place, &dice)
    case 9: for k in place..<place + length { bytes[k] = dice.one(in: 2) ? 0 : 0xFF }
    case 10: overwriteWord(&bytes, place, &dice)
    case 11:
      guard !other.isEmpty else { return }
      let from = dice.below(other.count)
      bytes.replaceSubrange(place..<place + length, with: other[from..<min(other.count, from + length)])
    default: bytes[place] = bytes[place] &+ (dice.one(in: 2) ? 1 : 255)
    }
  }

  /// Puts a number of another size in the place of a varint.
  private func replaceVarint(_ bytes: inout [UInt8], _ place: Int, _ dice: inout Dice) {
    var end = place
    while end < bytes.count - 1, bytes[end] >= 0x80, end - place < 9 { end += 1 }
    var writer = ByteWriter()
    writer.append(varint: dice.wild())
    bytes.replaceSubrange(place...end, with: writer.bytes)
  }

  /// Puts an integer or a float of four bytes at a multiple of four: limits, infinities, what is not a number.
  private func overwriteWord(_ bytes: inout [UInt8], _ place: Int, _ dice: inout Dice) {
    let values: [UInt32] = [
      0, 0x7FC0_0000, 0xFFC0_0000, 0x7F80_0000, 0xFF80_0000, 0x7F7F_FFFF, 0xFF7F_FFFF, 1, 0x8000_0000, 0x7FFF_FFFF, 0xFFFF_FFFF, 0x5000_0000,
    ]
    var value = dice.one(in: 4) ? UInt32(truncatingIfNeeded: dice.next()) : values[dice.below(values.count)]
    for k in place & ~3..<min(bytes.count, (place & ~3) + 4) {
      bytes[k] = UInt8(truncatingIfNeeded: value)
      value >>= 8
    }
  }

  /// Replaces what stands between two blanks, commas or other marks.
  private func replaceWord(_ bytes: inout [UInt8], _ place: Int, _ dice: inout Dice) {
    func isMark(_ byte: UInt8) -> Bool { " \t\n,;/()+:x".utf8.contains(byte) }
    var (start, end) = (place, place)
    while start > 0, !isMark(bytes[start - 1]) { start -= 1 }
    while end < bytes.count, !isMark(bytes[end]) { end += 1 }
    bytes.replaceSubrange(start..<end, with: words[dice.below(words.count)].utf8)
  }
}
