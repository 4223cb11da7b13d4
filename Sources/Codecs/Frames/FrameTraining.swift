import Entropy
import Layers
import Prediction
import Signals
import Tensors

/// Runs the codec over training signals: what it learns of symbols becomes the prior's states, what it decodes becomes examples for the enhancer.
public struct FrameExaminer: Sendable {
  /// One lead of a decoded chunk and what it should have been.
  public struct Example: Sendable {
    public let input: EnhancerInput
    /// Original less decoded, in quantiser steps; `input.length` of them, zero beyond the signal.
    public let target: [Float]
    /// How many of the samples are signal.
    public let count: Int
    /// The quantiser step of the lead, in steps of the converter.
    public let step: Float
  }

  /// What became of a chunk.
  public struct Result: Sendable {
    /// States of the prior's models after the chunk, by name.
    public let states: [String: [Int32]]
    /// One a lead.
    public let examples: [Example]
    /// Bytes of the chunk by the prior.
    public let bytes: Int
    /// What the network beside the prior can be trained on; empty unless it was asked for.
    public let network: NetworkExample
    /// What the synthesis can be trained on, one a lead; empty unless it was asked for.
    public let synthesis: [SynthesisExample]
  }

  private let info: SignalInfo
  private let quality: Double
  private let effort: FrameEncoder.Effort
  private let synthesis: [String: Tensor]

  /// - Parameters:
  ///   - quality: 0 to 100.
  ///   - effort: 1 to 9.
  ///   - synthesis: the tensors of the synthesis inside the loop; none: frames are decoded by copy and transform alone.
  public init(info: SignalInfo, quality: Double, effort: Int, synthesis: [String: Tensor] = [:]) {
    (self.info, self.quality, self.synthesis) = (info, quality, synthesis)
    self.effort = FrameEncoder.Effort(effort)
  }

  /// Encodes a chunk by the prior, without an enhancer.
  /// - Parameters:
  ///   - chunk: channels × samples, not empty.
  ///   - states: what the prior begins with; models that are missing begin untrained.
  ///   - recordsNetwork: whether the result holds what the network is trained on.
  ///   - recordsSynthesis: whether it holds what the synthesis is trained on.
  public func examine(
    _ chunk: [[Int32]], states: [String: [Int32]], recordsNetwork: Bool = false, recordsSynthesis: Bool = false
  ) throws -> Result {
    let weights = Safetensors(
      tensors: Dictionary(uniqueKeysWithValues: synthesis.map { ("synthesis." + $0.key, $0.value) }),
      integers: Dictionary(uniqueKeysWithValues: states.map { ("prior." + $0.key, $0.value) }))
    let package = CodecPackage(name: "training", weights: weights)
    let codec = FrameCodec(info: info, codec: package, recordsNetwork: recordsNetwork, recordsSynthesis: recordsSynthesis)
    var planner = FramePlanner(info: info, quality: quality)
    var parameters = planner.plan(chunk, memoryFrames: codec.memoryFrames(seconds: effort.memorySeconds, sampleCount: chunk[0].count))
    parameters.isSynthesised = codec.canSynthesise(sampleCount: chunk[0].count)
    let encoder = FrameEncoder(effort: effort, price: ChunkEncoder.price, errorLimit: 1)
    let encoded = codec.encode(chunk, in: try codec.begin(parameters, capacity: chunk[0].count, stage: .prior), encoder: encoder, entropy: .prior)
    let examples = chunk.indices.map { lead in
      let step = encoded.trace.steps[lead]
      let input = encoded.decoded[lead].withUnsafeBufferPointer { decoded in
        let view = EnhancerView(encoded.trace.trace, lead: lead, decoded: decoded, step: step, rate: info.rate)
        return view.input(0..<view.positions)
      }
      var target = [Float](repeating: 0, count: input.length)
      for i in chunk[lead].indices { target[i] = Float(Int64(chunk[lead][i]) - Int64(encoded.decoded[lead][i])) / step }
      return Example(input: input, target: target, count: chunk[lead].count, step: step)
    }
    return Result(
      states: encoded.states, examples: examples, bytes: encoded.prior?.count ?? 0,
      network: encoded.networkExample ?? NetworkExample(), synthesis: encoded.synthesisExamples)
  }

  /// By the names of the prior's models: how many integers of a state are bit counters (`BitCounter`); they stand before everything else.
  public static let counterCounts: [String: Int] = Dictionary(
    uniqueKeysWithValues: FrameModel.shapes.map { name, shape in (name, shape.inputs.reduce(0) { $0 + $1.contexts * shape.nodes }) })
}
