import Bytes
import Codecs
import Container
import Foundation
import Signals

/// The golden files: `Tests/Vectors`.
enum Vectors {
  static let folder = packageFolder.appending(path: "Tests/Vectors")
  /// Their codecs: the first has an enhancer and no synthesis, the others are of blocks, two of them variational, and the last of pictures.
  static let codecNames = ["tiny", "synthesis", "blocks", "pictures", "variational", "binary", "photo", "photo-signs"]

  static func codecFolder(_ name: String) -> URL { folder.appending(path: "codecs/\(name)") }

  /// That of speech is made each time: its weights follow from their names.
  static func codecs() throws -> [CodecPackage] {
    try codecNames.map { try CodecPackage.load(path: codecFolder($0).path) } + [SpeechCodecs.codec.get()]
  }

  /// Files of a folder of vectors, by name.
  static func files(_ kind: String) -> [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: kind).path)) ?? []
    return all.filter { $0.hasSuffix(".aec") }.sorted()
  }

  static func bytes(_ kind: String, _ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appending(path: kind).appending(path: name)))
  }

  /// What a folder's list says of each file: lines of a name, a tab, and the rest.
  static func list(_ kind: String) throws -> [String: String] {
    let text = try String(contentsOf: folder.appending(path: kind).appending(path: "LIST"), encoding: .utf8)
    let lines = text.split(separator: "\n").map { $0.split(separator: "\t", maxSplits: 1).map(String.init) }
    return Dictionary(uniqueKeysWithValues: lines.map { ($0[0], $0.count > 1 ? $0[1] : "") })
  }

  /// SHA-256 over samples, interleaved, as little-endian 32-bit integers, in hexadecimal.
  static func hash(_ samples: [[Int32]]) -> String {
    var writer = ByteWriter()
    for k in samples[0].indices { for channel in samples { writer.append(littleEndian: channel[k]) } }
    return sha256(writer.bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Decodes with one of the codecs of the vectors, which the file has to name.
  static func decode(_ bytes: [UInt8], _ codecs: [CodecPackage]) throws -> [[Int32]] {
    var decoder = try StreamDecoder(HeldFile(bytes)) { reference in
      guard let codec = codecs.first(where: { $0.reference.id == reference.id }) else {
        throw CodecError.codecMissing("the file names another codec than those of the vectors")
      }
      return codec
    }
    let parts = Collector<[[Int32]]>()
    _ = try decoder.decode(jobs: 1) { parts.all.append($0) }
    return decoder.info.channels.indices.map { channel in parts.all.flatMap { $0[channel] } }
  }

  /// Which error a file meets, and its words.
  static func refusal(_ bytes: [UInt8], _ codecs: [CodecPackage]) -> String {
    do {
      _ = try decode(bytes, codecs)
      return "none"
    } catch let error as ContainerError {
      return switch error {
      case .notAnAecFile: "not an .aec file: \(error)"
      case .truncated: "truncated: \(error)"
      case .malformed: "malformed: \(error)"
      case .unsupported: "unsupported: \(error)"
      case .limit: "limit: \(error)"
      }
    } catch {
      return "another error: \(error)"
    }
  }

  /// The data chunks of a file.
  static func chunks(_ bytes: [UInt8]) throws -> (header: ContainerHeader, chunks: [DataChunk]) {
    var reader = try ContainerReader(HeldFile(bytes))
    var chunks: [DataChunk] = []
    while let chunk = try reader.next() { chunks.append(chunk) }
    return (reader.header, chunks)
  }

  /// Of each data chunk of frames that begins anew, its method and its flags.
  static func frameFlags(_ bytes: [UInt8]) throws -> [(method: UInt8, flags: UInt64)] {
    try chunks(bytes).chunks.compactMap { chunk in
      var reader = ByteReader(chunk.payload)
      let method = try reader.byte()
      guard [2, 3, 6].contains(method) else { return nil }
      _ = try reader.varint()
      return (method, try reader.varint())
    }
  }
}
