import Bytes
import Entropy
import Prediction
import Signals

/// Codes chunks of a signal frame by frame: copies from the memory, the rest by a transform, symbols by the prior or by zstd.
///
/// Payload: the parameters, then the symbols in the layout of the entropy stage.
struct FrameCodec: Sendable {
  private let geometry: MemoryGeometry
  private let transform: FrameTransform
  private let ranges: [ClosedRange<Int32>]
  private let states: [String: [Int32]]

  init(info: SignalInfo, states: [String: [Int32]]) {
    geometry = MemoryGeometry(rate: info.rate)
    transform = FrameTransform(frame: geometry.frame)
    ranges = info.channels.indices.map(info.sampleRange)
    self.states = states
  }

  func memoryFrames(seconds: Double, rate: Double) -> Int {
    Int(min(max(seconds * rate / Double(geometry.frame), 1), Double(FrameParameters.largestMemory)))
  }

  private func state(_ parameters: FrameParameters, sampleCount: Int) -> FrameState {
    FrameState(geometry: geometry, transform: transform, parameters: parameters, ranges: ranges, sampleCount: sampleCount)
  }

  private func model(_ leadCount: Int) -> FrameModel {
    FrameModel(leadCount: leadCount, coefficients: transform.coefficients, states: states)
  }

  struct Encoded {
    /// Payloads of the two stages; nil where a stage was not asked for.
    var prior: [UInt8]?
    var zstd: [UInt8]?
    var decoded: [[Int32]]
    /// What the prior's models had learned in the end.
    var states: [String: [Int32]]
  }

  /// - Parameter chunk: leads × samples, at least one.
  func encode(_ chunk: [[Int32]], parameters: FrameParameters, encoder: FrameEncoder, entropy: EntropyChoice) -> Encoded {
    let state = state(parameters, sampleCount: chunk[0].count)
    let model = model(chunk.count)
    var coder = RansEncoder()
    let frames = encoder.encode(chunk, state: state, model: model, coder: &coder)
    var head = ByteWriter()
    parameters.write(to: &head)
    let zstd = entropy == .prior ? nil : FrameStreams.encode(frames, leadCount: chunk.count, coefficients: transform.coefficients)
    return Encoded(
      prior: entropy == .zstd ? nil : head.bytes + coder.finish(), zstd: zstd.map { head.bytes + $0 },
      decoded: chunk.indices.map { Array(UnsafeBufferPointer(start: state.memory.samples[$0], count: chunk[0].count)) }, states: model.states)
  }

  /// - Throws: `CodecError`, `BytesError`, `EntropyError` on damage.
  func decode(_ reader: inout ByteReader, usesPrior: Bool, sampleCount: Int) throws -> [[Int32]] {
    let parameters = try FrameParameters(from: &reader, leadCount: ranges.count)
    let state = state(parameters, sampleCount: sampleCount)
    let rest = try reader.take(reader.remaining)
    if usesPrior {
      var source = PriorSource(rest, model: model(ranges.count), leadCount: ranges.count, coefficients: transform.coefficients)
      return try FrameDecoder.decode(&source, state: state, sampleCount: sampleCount)
    }
    let frameCount = (sampleCount + geometry.frame - 1) / geometry.frame
    var source = try FrameStreams(rest, frameCount: frameCount, leadCount: ranges.count, coefficients: transform.coefficients)
    return try FrameDecoder.decode(&source, state: state, sampleCount: sampleCount)
  }
}
