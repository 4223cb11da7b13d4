import Codecs
import Foundation
import Layers
import Signals
import Tensors
import Testing

/// The codecs of the golden files: written where they are not there yet, read otherwise.
extension VectorMaker {
  /// An enhancer of random weights, trained for some steps on the file that is to need it.
  func makeTinyCodec() throws -> CodecPackage {
    try make("tiny") { try write($0, [:], [:], enhancer: try train(Enhancer(width: 4, blocks: 1, random: &$1), try examine([:]))) }
  }

  /// A synthesis, an enhancer behind it, and those states of a prior that are small, all of one signal and a few steps.
  func makeSynthesisCodec() throws -> CodecPackage {
    try make("synthesis") { name, random in
      let examples = try examine([:]).synthesis
      let synthesis = try train(Synthesis(width: 8, blocks: 2, random: &random), examples)
      let seen = try examine(synthesis.tensors)
      let states = seen.states.filter { ["gain", "mantissa", "mode", "sign"].contains($0.key) }
      try write(name, synthesis.tensors, states, enhancer: try train(Enhancer(width: 4, blocks: 1, random: &random), seen))
    }
  }

  /// Codecs of blocks: convolutions along time beside a lapped transform, and in the plane beside a block transform.
  func makeBlockCodecs() throws -> (signals: CodecPackage, pictures: CodecPackage) {
    func make(_ name: String, _ autoencoder: String, scaling: String) throws -> CodecPackage {
      let path = Vectors.codecFolder(name).path
      if let codec = try? CodecPackage.load(path: path) { return codec }
      // States that are large are left out.
      let untrained = try BlockCodecs.codec(autoencoder, scaling: scaling)
      let samples = TestSamples.make("beats", leads: 2, count: 6000, bits: 15)
      let seen = try BlockExaminer(untrained, info: SignalInfo(raw: .s16le, rate: 360, channels: 2)).examine(samples, quality: 40, states: [:])
      let weights = try BlockCodecs.weights(autoencoder, states: seen.states.filter { $0.key == "blockSign" })
      try Self.write(weights.serialized(), "codecs/\(name)/model.safetensors")
      try Self.write(
        BlockCodecs.config(autoencoder, scaling: scaling, deviation: scaling == "range" ? "0.3" : "1") + [10], "codecs/\(name)/config.json")
      return try CodecPackage.load(path: path)
    }
    return (try make("blocks", BlockCodecs.conv, scaling: "level"), try make("pictures", BlockCodecs.plane, scaling: "range"))
  }

  /// Variational ones: of whole levels that depend on their neighbours, and of two.
  func makeVariationalCodecs() throws -> (levels: CodecPackage, binary: CodecPackage) {
    func make(_ name: String, _ autoencoder: String) throws -> CodecPackage {
      let path = Vectors.codecFolder(name).path
      if let codec = try? CodecPackage.load(path: path) { return codec }
      try Self.write(try VariationalCodecs.weights(autoencoder).serialized(), "codecs/\(name)/model.safetensors")
      try Self.write(VariationalCodecs.config(autoencoder) + [10], "codecs/\(name)/config.json")
      return try CodecPackage.load(path: path)
    }
    return (try make("variational", VariationalCodecs.context), try make("binary", VariationalCodecs.binary))
  }

  /// One of pictures, with a network beside the prior and an enhancer that does a little.
  func makePictureCodec(_ name: String) throws -> CodecPackage {
    let path = Vectors.codecFolder(name).path
    if let codec = try? CodecPackage.load(path: path) { return codec }
    let package = try PictureCodecs.package(hasNetwork: true, enhancer: 1e-4)
    try Self.write(package.weights.serialized(), "codecs/\(name)/model.safetensors")
    try Self.write(#"{"format": 1, "kind": "picture"}"#.utf8 + [10], "codecs/\(name)/config.json")
    return try CodecPackage.load(path: path)
  }

  /// The signal that they are trained on, as both enhancers' file holds it.
  func enhanced(_ codec: CodecPackage, _ entropy: EntropyChoice) throws -> [UInt8] {
    var settings = EncodeSettings(quality: 50, effort: 5, entropy: entropy)
    if codec.name == "synthesis" { settings.frameErrorLimit = 4 }
    return try made("beats", .s24le, 360, leads: 1, count: 6000, bits: 23, codec, settings)
  }

  private func examine(_ synthesis: [String: Tensor]) throws -> FrameExaminer.Result {
    let samples = TestSamples.make("beats", leads: 1, count: 6000, bits: 23)
    let examiner = FrameExaminer(info: SignalInfo(raw: .s24le, rate: 360, channels: 1), quality: 50, effort: 5, synthesis: synthesis)
    return try examiner.examine(samples, states: [:], recordsSynthesis: true)
  }

  private func make(_ name: String, _ write: (String, inout RandomSource) throws -> Void) throws -> CodecPackage {
    let path = Vectors.codecFolder(name).path
    if let codec = try? CodecPackage.load(path: path) { return codec }
    var random = RandomSource(seed: 9)
    try write(name, &random)
    let codec = try CodecPackage.load(path: path)
    let flags = try Vectors.frameFlags(enhanced(codec, .prior))
    #expect(flags.allSatisfy { $0.flags & 1 == 1 }, "the enhancer does not help where it should")
    return codec
  }

  private func write(_ name: String, _ synthesis: [String: Tensor], _ states: [String: [Int32]], enhancer: Enhancer) throws {
    let tensors = synthesis.map { ("synthesis." + $0.key, $0.value) } + enhancer.tensors.map { ("enhancer." + $0.key, $0.value) }
    let integers = states.map { ("prior." + $0.key, $0.value) }
    let weights = Safetensors(tensors: Dictionary(uniqueKeysWithValues: tensors), integers: Dictionary(uniqueKeysWithValues: integers))
    try Self.write(weights.serialized(), "codecs/\(name)/model.safetensors")
    try Self.write(#"{"format": 1, "kind": "test vectors"}"#.utf8 + [10], "codecs/\(name)/config.json")
  }

  private func train(_ enhancer: Enhancer, _ seen: FrameExaminer.Result) throws -> Enhancer {
    let example = try #require(seen.examples.first)
    let adam = Adam(enhancer.namedParameters)
    let (input, length) = (example.input, example.input.length)
    let signals = Tensor(input.signals, shape: [1, input.signals.count / length, length])
    let features = Tensor(input.features, shape: [1, input.features.count * 8 / length, length / 8])
    for _ in 0..<200 {
      let tape = Tape()
      let found = enhancer(signals: tape.constant(signals), features: tape.constant(features))
      found.squaredError(tape.constant(Tensor(example.target, shape: [1, 1, length]))).backward()
      adam.step(learningRate: 0.01)
    }
    return enhancer
  }

  /// Every step takes all frames.
  private func train(_ synthesis: Synthesis, _ examples: [SynthesisExample]) throws -> Synthesis {
    let example = try #require(examples.first)
    let (points, count) = (Synthesis.gridLength, example.usable.count)
    let (signals, features) = (Synthesis.signalCount * 2 * points, Synthesis.featureCount)
    var (x, f) = ([Float](repeating: 0, count: count * signals), [Float](repeating: 0, count: count * features))
    var y = [Float](repeating: 0, count: count * points)
    for (k, frame) in example.usable.enumerated() {
      x.withUnsafeMutableBufferPointer { x in
        f.withUnsafeMutableBufferPointer { f in
          y.withUnsafeMutableBufferPointer { y in
            example.write(
              frame, sign: 1, signals: x.baseAddress! + k * signals, features: f.baseAddress! + k * features, target: y.baseAddress! + k * points)
          }
        }
      }
    }
    let adam = Adam(synthesis.namedParameters)
    for _ in 0..<150 {
      let tape = Tape()
      let seen = tape.constant(Tensor(x, shape: [count, Synthesis.signalCount, 2 * points]))
      let found = synthesis(signals: seen, features: tape.constant(Tensor(f, shape: [count, features, 1])))
      found.squaredError(tape.constant(Tensor(y, shape: [count, 1, points]))).backward()
      adam.step(learningRate: 0.002)
    }
    return synthesis
  }
}
