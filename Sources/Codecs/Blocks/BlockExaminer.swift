import Autoencoders
import Bytes
import Layers
import Signals
import Tensors

/// What training needs of codecs of blocks: their numbers, what the prior learns of their codes, and a package from the parts.
public struct BlockExaminer: Sendable {
  private let codec: BlockCodec

  /// - Parameter package: a codec of blocks.
  public init(_ package: CodecPackage, info: SignalInfo) {
    guard let codec = BlockCodec(package, info) else { preconditionFailure("a codec of blocks is wanted") }
    self.codec = codec
  }

  /// Codes a chunk by the prior, beginning with `states`.
  /// - Returns: the bytes that it takes, and the states that it leaves.
  /// - Throws: `CodecError`.
  public func examine(_ chunk: [[Int32]], quality: Double, states: [String: [Int32]]) throws -> (bytes: Int, states: [String: [Int32]]) {
    let encoded = try codec.encode(chunk, quality: quality, entropy: .prior, states: states)
    return (encoded.chunk.prior?.count ?? 0, encoded.states)
  }

  /// Samples of a channel, whole items of a stack, that a chunk has at most where nobody asks for a length: what an encoder gives it, and a codec of
  /// blocks with that autoencoder takes. Nil if such a codec does not even take the shortest.
  public static func longestChunk(_ autoencoder: AutoencoderConfiguration, info: SignalInfo) -> Int? {
    let unit = info.unitSamples
    return BlockCodec.longestChunk(autoencoder, info).map { min($0, max(1, FileEncoder.mostSamples(info) / unit) * unit) }
  }

  /// The quantiser step of a quality, in numbers whose deviation is 1.
  public static func relativeStep(quality: Double) -> Double { FramePlanner.relativeStep(quality: quality) }

  /// States to begin with: those that training left, counters counting as `confidence` decisions at most, so that they still adapt.
  /// - Parameter channels: of the code.
  public static func settled(_ states: [String: [Int32]], channels: Int, confidence: Int) -> [String: [Int32]] {
    var result = states
    for (name, shape) in BlockModel.shapes(channels: channels) {
      guard var state = result[name] else { continue }
      let counters = shape.inputs.reduce(0) { $0 + $1.contexts * shape.nodes }
      for k in 0..<counters {
        let packed = UInt32(bitPattern: state[k])
        state[k] = Int32(bitPattern: packed & ~1023 | min(packed & 1023, UInt32(confidence)))
      }
      result[name] = state
    }
    return result
  }

  /// A codec's weights from its parts.
  /// - Parameters:
  ///   - network: tensors of the autoencoder.
  ///   - centres: what a code of 0 stands for, by channel.
  ///   - steps: the channels' quantiser steps, relative to that of the quality.
  public static func weights(network: [String: Tensor], centres: [Float], steps: [Float], states: [String: [Int32]]) -> Safetensors {
    var tensors = Dictionary(uniqueKeysWithValues: network.map { (BlockDesign.prefix + $0.key, $0.value) })
    (tensors[BlockDesign.centres], tensors[BlockDesign.steps]) = (Tensor(centres), Tensor(steps))
    return Safetensors(tensors: tensors, integers: Dictionary(uniqueKeysWithValues: states.map { ("prior." + $0.key, $0.value) }))
  }
}
