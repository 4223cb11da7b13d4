import Bytes
import Foundation
import Signals

/// PNG files made by hand, in every form that the format has.
struct PNGMaker {
  var width: Int
  var height: Int
  var bits = 8
  var type: UInt8 = 0
  var isInterlaced = false
  /// Chunks between header and pixels: names and contents.
  var extra: [(String, [UInt8])] = []

  /// Stored samples of a pixel.
  var stored: Int { [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][type]! }

  static func word(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }

  static func chunk(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
    let named = Array(name.utf8) + bytes
    return word(bytes.count) + named + word(Int(crc32(named)))
  }

  /// The file of such stored samples.
  func file(_ sample: (_ x: Int, _ y: Int, _ k: Int) -> Int) -> [UInt8] {
    func line(_ columns: [Int], _ y: Int) -> [UInt8] {
      var (bytes, value, held) = ([UInt8](), 0, 0)
      for x in columns {
        for k in 0..<stored {
          (value, held) = (value << bits | sample(x, y, k), held + bits)
          while held >= 8 {
            bytes.append(UInt8(value >> (held - 8) & 0xFF))
            held -= 8
          }
        }
      }
      if held > 0 { bytes.append(UInt8(value << (8 - held) & 0xFF)) }
      return [0] + bytes
    }
    // The passes of Adam7: first column and row, and their steps.
    let passes =
      isInterlaced
      ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)] : [(0, 0, 1, 1)]
    var lines: [UInt8] = []
    for (x0, y0, dx, dy) in passes {
      let columns = Array(stride(from: x0, to: width, by: dx))
      for y in stride(from: y0, to: height, by: dy) where !columns.isEmpty { lines += line(columns, y) }
    }
    let header = PNGMaker.word(width) + PNGMaker.word(height) + [UInt8(bits), type, 0, 0, isInterlaced ? 1 : 0]
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + PNGMaker.chunk("IHDR", header)
      + extra.flatMap { PNGMaker.chunk($0.0, $0.1) } + PNGMaker.chunk("IDAT", deflated(lines)) + PNGMaker.chunk("IEND", [])
  }
}

/// Writes a signal as a file and returns its path.
func written(_ samples: [[Int32]], _ info: SignalInfo, _ path: String, _ format: OutputFormat? = nil) throws -> String {
  let writer = try SignalFile.create(path, info: info, format: format, overwrite: true)
  defer { writer.abort() }
  // In pieces that cut rows.
  var start = 0
  for piece in [1, 7, 1000, Int.max] where start < samples[0].count {
    let end = piece == Int.max ? samples[0].count : min(samples[0].count, start + piece)
    try writer.write(samples.map { Array($0[start..<end]) })
    start = end
  }
  try writer.finish()
  return path
}

/// The pictures that the repository keeps.
let vectors = root.appendingPathComponent("Tests/Vectors/pictures")
