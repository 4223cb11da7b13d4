import Bytes

/// The orientation in a block of EXIF data: a TIFF structure whose first directory has it under tag 0x0112 (EXIF 2.32, section 4.6.4).
enum Exif {
  /// The orientation, 2 to 8, that a block states; 1 for all else, also for a damaged block: it is no part of the pixels.
  static func orientation(_ block: [UInt8]) -> UInt8 {
    guard block.count >= 14, let isLittle = [0x49: true, 0x4D: false][block[0]], block[1] == block[0] else { return 1 }
    func number(_ place: Int, _ count: Int) -> Int? {
      guard place >= 0, place <= block.count - count else { return nil }
      let bytes = block[place..<place + count]
      return (isLittle ? Array(bytes.reversed()) : Array(bytes)).reduce(0) { $0 << 8 | Int($1) }
    }
    guard number(2, 2) == 42, let start = number(4, 4), let entries = number(start, 2) else { return 1 }
    for entry in 0..<entries {
      let place = start + 2 + 12 * entry
      guard let tag = number(place, 2) else { return 1 }
      guard tag == 0x0112 else { continue }
      // A count of one 16-bit number.
      guard number(place + 2, 2) == 3, number(place + 4, 4) == 1, let value = number(place + 8, 2), (1...8).contains(value) else { return 1 }
      return UInt8(value)
    }
    return 1
  }

  /// A block that states an orientation and nothing else.
  static func block(orientation: UInt8) -> [UInt8] {
    [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
  }
}
