import Bytes
import Container
import Entropy

/// An `.aec` file in its parts, to be changed and put together again with right checksums: otherwise nothing behind them would ever be reached.
struct ContainerParts {
  struct Part {
    var type: UInt8
    var payload: [UInt8]
  }

  var parts: [Part] = []

  /// Takes a sound file apart.
  init?(_ file: [UInt8]) {
    var reader = ByteReader(file)
    guard (try? reader.take(containerSignature.count)) != nil else { return nil }
    while let type = try? reader.byte(), type >= 0x41 {
      guard let payload = try? reader.counted(atMost: 1 << 24, "a payload"), (try? reader.take(4)) != nil else { return nil }
      parts.append(Part(type: type, payload: Array(payload)))
      if type == UInt8(ascii: "E") { return }
    }
    return nil
  }

  /// The file: every checksum right, the trailer that of the last part.
  var file: [UInt8] {
    var bytes = containerSignature
    var last = 0
    for part in parts {
      var writer = ByteWriter()
      writer.append(part.type)
      writer.append(counted: part.payload)
      writer.append(littleEndian: crc32(writer.bytes))
      bytes += writer.bytes
      last = writer.bytes.count
    }
    var trailer = ByteWriter()
    trailer.append(varint: UInt64(last))
    return bytes + trailer.bytes.reversed()
  }

  /// Changes parts, their order and number.
  mutating func mutate(_ mutator: Mutator, with other: [UInt8], _ dice: inout Dice) {
    for _ in 0...dice.below(2) {
      guard !parts.isEmpty else { return }
      let k = dice.below(parts.count)
      switch dice.below(12) {
      case 0: parts.remove(at: k)
      case 1: parts.insert(parts[k], at: dice.below(parts.count + 1))
      case 2: parts.swapAt(k, dice.below(parts.count))
      case 3: parts[k].type = UInt8(ascii: "A") + UInt8(dice.below(26)) | (dice.one(in: 2) ? 0x20 : 0)
      case 4...6: parts[k].payload = SymbolFrame.mutated(parts[k].payload, mutator, &dice)
      default: parts[k].payload = mutator.mutate(parts[k].payload, with: other, &dice)
      }
    }
  }
}

/// The zstd frame inside a payload, whose own checksum hides all behind it from plain damage: content is changed and compressed anew.
enum SymbolFrame {
  private static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

  /// The payload with other symbols; with other bytes anywhere if it has no such frame.
  static func mutated(_ payload: [UInt8], _ mutator: Mutator, _ dice: inout Dice) -> [UInt8] {
    guard let (start, frame) = find(payload), let content = try? Zstd.decompress(payload[frame], limit: 1 << 24) else {
      return mutator.mutate(payload, with: payload, &dice)
    }
    var changed = mutator.mutate(content, with: content, &dice)
    if dice.below(4) > 0 {  // as many symbols as the payload says
      changed = Array(changed.prefix(content.count))
      changed += content.dropFirst(changed.count)
    }
    var writer = ByteWriter()
    writer.append(contentsOf: payload[..<start])
    writer.append(counted: Zstd.compress(changed, level: 1))
    writer.append(contentsOf: payload[frame.upperBound...])
    return dice.one(in: 4) ? mutator.mutate(writer.bytes, with: payload, &dice) : writer.bytes
  }

  /// Where the frame's length begins, and the frame.
  private static func find(_ payload: [UInt8]) -> (Int, Range<Int>)? {
    guard payload.count > 8 else { return nil }
    for place in 2..<payload.count - 4 where payload[place..<place + 4].elementsEqual(magic) {
      for width in 1...min(4, place) {
        var reader = ByteReader(payload[(place - width)...])
        if let length = try? reader.varint(), reader.position == place, length <= UInt64(payload.count - place) {
          return (place - width, place..<place + Int(length))
        }
      }
    }
    return nil
  }
}
