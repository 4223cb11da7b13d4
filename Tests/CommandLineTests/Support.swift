import Foundation
import TestSupport
import Testing

/// The package's folder.
let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

extension Outcome {
  /// The objects on standard output, one a line.
  var objects: [[String: Any]] {
    String(decoding: out, as: UTF8.self).split(separator: "\n").compactMap {
      (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
    }
  }
}

/// A folder of its own for one test, with the project's samples in it; removed afterwards.
final class Workplace {
  let folder: URL
  /// The shipped codec or, where there is none yet, one that is made up.
  let codec: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "aecodec-test-\(UUID().uuidString)").resolvingSymlinksInPath()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let shipped = root.appending(path: "codecs/ecg")
    if FileManager.default.fileExists(atPath: shipped.appending(path: "config.json").path) {
      codec = shipped.path
    } else {
      codec = folder.appending(path: "codecs/made-up").path
      try FileManager.default.createDirectory(atPath: codec, withIntermediateDirectories: true)
      try Data("{}".utf8).write(to: URL(filePath: codec).appending(path: "config.json"))
      try Data("weights".utf8).write(to: URL(filePath: codec).appending(path: "model.safetensors"))
    }
    for name in ["ecg1.hea", "ecg1.dat", "ecg2.hea", "ecg2.dat", "ecg12.hea", "ecg12.dat", "ecg.csv"] {
      try FileManager.default.copyItem(at: root.appending(path: "samples/\(name)"), to: folder.appending(path: name))
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> URL { folder.appending(path: name) }

  func bytes(_ name: String) throws -> Data { try Data(contentsOf: path(name)) }

  func write(_ bytes: Data, _ name: String) throws {
    try FileManager.default.createDirectory(at: path(name).deletingLastPathComponent(), withIntermediateDirectories: true)
    try bytes.write(to: path(name))
  }

  /// Every file below the folder, by its path.
  func contents() throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: path(name).path, isDirectory: &isFolder), !isFolder.boolValue { files[name] = try bytes(name) }
    }
    return files
  }

  /// Runs the program in the folder.
  func run(_ arguments: String..., stdin: Data = Data()) throws -> Outcome { try run(arguments, stdin: stdin) }

  func run(_ arguments: [String], stdin: Data = Data()) throws -> Outcome { try Outcome(built("aecodec"), arguments, in: folder, stdin: stdin) }

  /// Runs the program, which must end well.
  @discardableResult
  func need(_ arguments: String..., stdin: Data = Data(), at location: SourceLocation = #_sourceLocation) throws -> Outcome {
    let outcome = try run(arguments, stdin: stdin)
    try #require(outcome.code == 0, "\(arguments.joined(separator: " ")): \(outcome.err)", sourceLocation: location)
    return outcome
  }
}

/// 16-bit samples of every value, always the same.
func noise(_ count: Int) -> Data {
  var state: UInt64 = 88_172_645_463_325_252
  return Data(
    (0..<2 * count).map { _ in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return UInt8(truncatingIfNeeded: state >> 20)
    })
}

/// 16-bit samples of something like a heartbeat, interleaved.
func beats(_ count: Int, channels: Int) -> Data {
  var bytes = Data(capacity: 2 * count * channels)
  for k in 0..<count {
    for c in 0..<channels {
      let phase = k % 300
      let value = Int16(truncatingIfNeeded: (phase < 20 ? 40 * phase : phase < 40 ? 40 * (40 - phase) : (k * 7919 + c * 31) % 9) / (c + 1))
      withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
  }
  return bytes
}

func int16(_ data: Data) -> [Int] {
  let bytes = [UInt8](data)
  return stride(from: 0, to: bytes.count - 1, by: 2).map { Int(Int16(truncatingIfNeeded: Int(bytes[$0]) | Int(bytes[$0 + 1]) << 8)) }
}

/// The sample stack of pictures.
enum Glyphs {
  static let name = "glyphs-images-idx3-ubyte"
  static let labels = "glyphs-labels-idx1-ubyte"

  /// All of its bytes.
  static func file() throws -> Data { try Data(contentsOf: root.appending(path: "samples/\(name)")) }

  /// The header and some of the pictures of such a file, as a file.
  static func part(of file: Data, _ count: Int, from start: Int = 0) -> Data {
    file[..<6] + Data([UInt8(count >> 8), UInt8(count & 0xFF)]) + file[8..<16] + file[16 + 784 * start..<16 + 784 * (start + count)]
  }
}
