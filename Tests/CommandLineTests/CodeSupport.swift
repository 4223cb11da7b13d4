import Foundation
import Testing

/// Codecs of blocks that are trained in a second, for a test.
extension Workplace {
  /// A codec of pictures with principal components of the first hundred sample pictures.
  func trainPictures(_ name: String, numbers: Int) throws {
    let file = try Glyphs.file()
    try write(Glyphs.part(of: file, 60), "data-\(name)/a-idx3-ubyte")
    try write(Glyphs.part(of: file, 60, from: 60), "data-\(name)/b-idx3-ubyte")
    try train(name, #"{"kind": "linear", "block": [1, 28, 28], "code": \#(numbers)}"#, scaling: "range", data: "data-\(name)")
  }

  /// A codec of windows of 64 samples with principal components of the sample records.
  func trainWindows(_ name: String, numbers: Int) throws {
    for record in ["ecg1", "ecg2"] {
      for ending in ["hea", "dat"] { try write(bytes("\(record).\(ending)"), "data-\(name)/\(record).\(ending)") }
    }
    try train(name, #"{"kind": "linear", "block": [1, 64], "code": \#(numbers)}"#, scaling: "level", data: "data-\(name)")
  }

  func train(_ name: String, _ autoencoder: String, scaling: String, steps: Int = 0, data: String) throws {
    let recipe = #"""
      {"autoencoder": \#(autoencoder), "scaling": "\#(scaling)", "steps": \#(steps), "batch": 8, "chunkSeconds": 60, "secondsPerRecord": 60,
       "priorQualities": [50], "validationQualities": [50], "validation": 0.5}
      """#
    try write(Data(recipe.utf8), "\(name).json")
    try need("train", "--config", "\(name).json", "--data", data, "-o", name)
  }

  /// A file of codes as `aecodec codes` writes it, read without the program's help.
  func codes(_ name: String) throws -> [[Float]] {
    let bytes = [UInt8](try self.bytes(name))
    try #require(bytes.prefix(8) == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0])
    let start = 10 + Int(bytes[8]) + 256 * Int(bytes[9])
    let header = String(decoding: bytes[10..<start], as: UTF8.self)
    let match = try #require(header.wholeMatch(of: /\{'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), (\d+)\), \} *\n/))
    let (rows, columns) = (try #require(Int(match.1)), try #require(Int(match.2)))
    try #require(start % 64 == 0 && bytes.count == start + 4 * rows * columns)
    return (0..<rows).map { row in
      (0..<columns).map { column in
        let at = start + 4 * (row * columns + column)
        return Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << UInt32(8 * $1) })
      }
    }
  }
}
