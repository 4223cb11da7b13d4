import Codecs
import Foundation
import Layers
import Tensors
import Testing

/// A codec's folder is taken or refused as a whole.
@Suite struct PackageTests {
  /// Writes a codec's folder, loads it, and removes it.
  static func load(config: [UInt8]? = Array("{}".utf8), weights: [UInt8]?) throws -> CodecPackage {
    let folder = FileManager.default.temporaryDirectory.appending(path: "codec-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    if let config { try Data(config).write(to: folder.appending(path: "config.json")) }
    if let weights { try Data(weights).write(to: folder.appending(path: "model.safetensors")) }
    return try CodecPackage.load(path: folder.path)
  }

  static func refuses(_ weights: [UInt8]?, config: [UInt8]? = Array("{}".utf8), at location: SourceLocation = #_sourceLocation) {
    let error = #expect(throws: CodecError.self, sourceLocation: location) { try load(config: config, weights: weights) }
    guard case .notACodec(let text) = error else {
      Issue.record("not refused as a codec: \(String(describing: error))", sourceLocation: location)
      return
    }
    #expect(!text.isEmpty, sourceLocation: location)
  }

  static let good = TestCodec.weights(seed: 1, width: 4, blocks: 1, size: 0.1)

  @Test func goodOnesAreTaken() throws {
    let empty = try Self.load(weights: Safetensors(tensors: [:]).serialized())
    let whole = try Self.load(weights: Self.good.serialized())
    #expect(empty.id.count == 32 && empty.id != whole.id && whole.weights == Self.good)
    #expect(try Self.load(config: Array("{ }".utf8), weights: Self.good.serialized()).id != whole.id)
  }

  @Test func whatIsNoCodecIsRefused() {
    let bytes = Self.good.serialized()
    Self.refuses(nil)
    Self.refuses(bytes, config: nil)
    Self.refuses([])
    Self.refuses(Array("not weights at all".utf8))
    Self.refuses(Array(bytes.dropLast(5)))
    Self.refuses(bytes + [0])
    #expect(throws: CodecError.self) { try CodecPackage.load(path: "/nowhere/at/all") }
  }

  @Test func wrongShapesAreRefused() {
    for (name, tensor) in Self.good.tensors {
      var missing = Self.good
      missing.tensors[name] = nil
      Self.refuses(missing.serialized())
      var longer = Self.good
      longer.tensors[name] = Tensor(zeros: tensor.shape.dropLast() + [tensor.shape[tensor.shape.count - 1] + 1])
      Self.refuses(longer.serialized())
    }
    var extra = Self.good
    extra.tensors["enhancer.more"] = Tensor(zeros: [1])
    Self.refuses(extra.serialized())
    for name in ["mode", "bucket", "mantissa", "gain", "last", "magnitude", "sign"] {
      Self.refuses(Safetensors(tensors: [:], integers: ["prior." + name: [1, 2, 3]]).serialized())
    }
  }

  @Test func damageNeverCrashes() throws {
    let bytes = Self.good.serialized()
    var random = RandomSource(seed: 2)
    for _ in 0..<300 {
      var damaged = bytes
      for _ in 0..<3 { damaged[random.integer(below: min(1200, damaged.count))] = UInt8(random.integer(below: 256)) }
      do { _ = try Self.load(weights: damaged) } catch { #expect(error is CodecError) }
    }
  }
}
