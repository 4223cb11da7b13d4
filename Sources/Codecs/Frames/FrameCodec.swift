import Bytes
import Entropy
import Prediction
import Signals
import Synchronization

/// Codes chunks of a signal frame by frame: copies from the memory, the rest by a transform, symbols by the prior or by zstd.
///
/// Payload: the parameters, then the symbols in the layout of the entropy stage.
struct FrameCodec: Sendable {
  private let geometry: MemoryGeometry
  private let tables: FrameTables
  private let ranges: [ClosedRange<Int32>]
  private let rate: Double
  private let codec: CodecPackage?
  /// Whether what the prior's network is trained on is noted.
  private let recordsNetwork: Bool
  /// Whether what the synthesis is trained on is noted.
  private let recordsSynthesis: Bool

  init(info: SignalInfo, codec: CodecPackage?, recordsNetwork: Bool = false, recordsSynthesis: Bool = false) {
    (self.recordsNetwork, self.recordsSynthesis) = (recordsNetwork, recordsSynthesis)
    rate = info.rate
    geometry = MemoryGeometry(rate: info.rate)
    tables = FrameTables(frame: geometry.frame)
    ranges = info.channels.indices.map(info.sampleRange)
    self.codec = codec
  }

  private var transform: FrameTransform { tables.made.transform }
  private var grid: SynthesisGrid { tables.made.grid }

  /// Samples of a frame.
  var frameLength: Int { geometry.frame }

  /// Whether the codec has a synthesis for as many leads, and for as many samples a lead in a chunk.
  func canSynthesise(sampleCount: Int) -> Bool {
    guard let products = codec?.synthesisProducts, ranges.count <= SynthesisState.mostLeads else { return false }
    return frames(sampleCount) * ranges.count <= FrameCodec.mostCorrectionProducts / products
  }

  private func frames(_ sampleCount: Int) -> Int { (sampleCount + geometry.frame - 1) / geometry.frame }

  /// Products that the search in the memory of one chunk may take: its cost grows with the square of the chunk's length, which a few bytes can tell.
  private static let mostProducts = 1 << 43

  /// Products that the synthesis of one chunk may take: frames can be short and be told by next to nothing, and the network comes from anywhere.
  private static let mostCorrectionProducts = 1 << 41

  /// Samples times leads that a chunk of frames may have: it takes some 40 bytes of memory for each.
  private static let mostValues = 1 << 24

  /// - Throws: `CodecError.limit`.
  private func checkSize(_ sampleCount: Int) throws {
    guard sampleCount <= FrameCodec.mostValues / ranges.count else {
      throw CodecError.limit(
        "a chunk of \(sampleCount) samples of \(ranges.count) channels, more than \(FrameCodec.mostValues) in all; encode with --chunk and fewer seconds"
      )
    }
  }

  /// Frames of memory for so many seconds, as far as a decoder allows for a chunk of so many samples a lead.
  func memoryFrames(seconds: Double, sampleCount: Int) -> Int {
    let wanted = Int(min(max(seconds * rate / Double(geometry.frame), 1), Double(FrameParameters.largestMemory)))
    return max(1, min(wanted, FrameCodec.mostProducts / productsPerFrame(sampleCount)))
  }

  /// Products of a search one frame back, over all frames of a chunk.
  private func productsPerFrame(_ sampleCount: Int) -> Int {
    max(1, frames(sampleCount) * geometry.frame * geometry.taps * ranges.count)
  }

  /// A chunk on its way: what one packet of it leaves to the next.
  final class Progress {
    let state: FrameState
    private(set) lazy var model = make(state)
    private let make: (FrameState) -> FrameModel

    fileprivate init(state: FrameState, model: @escaping (FrameState) -> FrameModel) { (self.state, make) = (state, model) }

    /// Samples of each lead that are decoded.
    var count: Int { state.memory.count }
  }

  /// - Parameters:
  ///   - capacity: samples a lead that the chunk will have at most.
  ///   - stage: how symbols are coded; the prior may have a network.
  ///   - encodes: whether `encode` will be called, rather than `decode`.
  /// - Throws: `CodecError.limit`, and `CodecError.malformed` if the parameters ask for a synthesis that there is not or cannot be.
  func begin(_ parameters: FrameParameters, capacity: Int, stage: SymbolStage, encodes: Bool = true) throws -> Progress {
    try checkSize(capacity)
    let reach = min(parameters.memoryFrames, frames(capacity))
    guard reach <= max(1, FrameCodec.mostProducts / productsPerFrame(capacity)) else {
      throw CodecError.limit("a memory of \(reach) frames for \(capacity) samples of \(ranges.count) channels takes too long to search")
    }
    guard !parameters.isSynthesised || ranges.count <= SynthesisState.mostLeads else {
      throw CodecError.malformed("a chunk has a synthesis of \(ranges.count) leads, more than \(SynthesisState.mostLeads)")
    }
    let network = parameters.isSynthesised ? codec?.synthesis() : nil
    guard network != nil || !parameters.isSynthesised else { throw CodecError.malformed("a chunk needs a synthesis that the codec does not have") }
    guard network == nil || canSynthesise(sampleCount: capacity) else {
      throw CodecError.limit("a synthesis of \(frames(capacity)) frames of \(ranges.count) channels takes too long with this codec")
    }
    var synthesis: SynthesisState?
    if network != nil || recordsSynthesis && ranges.count <= SynthesisState.mostLeads {
      synthesis = SynthesisState(
        network.map(SynthesisRunner.init), grid: grid, leadCount: ranges.count, rate: rate, records: recordsSynthesis)
    }
    let state = FrameState(
      geometry: geometry, transform: transform, parameters: parameters, ranges: ranges, sampleCount: capacity,
      looksAhead: stage == .prior && (recordsNetwork || codec?.hasNetwork ?? false), encodes: encodes, synthesis: synthesis)
    return Progress(state: state) { [codec, recordsNetwork] state in
      let (network, coefficients) = (stage == .prior ? codec?.frameNetwork() : nil, state.transform.coefficients)
      let runner =
        network == nil && !recordsNetwork ? nil : NetworkRunner(network: network, records: recordsNetwork, coefficients: coefficients)
      return FrameModel(leadCount: state.leadCount, coefficients: coefficients, states: codec?.frameStates ?? [:], network: runner)
    }
  }

  struct Encoded {
    /// Payloads of the two stages; nil where a stage was not asked for.
    var prior: [UInt8]?
    var zstd: [UInt8]?
    var decoded: [[Int32]]
    /// Whether networks of the codec worked on them: the synthesis or the enhancer.
    var usesNetworks: Bool
    /// Whether no frame of any lead is farther from the original than the encoder's limit, and half a step of the converter for rounding.
    var keepsLimit: Bool
    /// What the prior's models had learned in the end.
    var states: [String: [Int32]]
    /// What the enhancer was told, and the quantiser steps.
    var trace: (trace: FrameTrace, steps: [Float])
    /// What the prior's network can be trained on, if that was noted.
    var networkExample: NetworkExample?
    /// What the synthesis can be trained on, by lead, if that was noted.
    var synthesisExamples: [SynthesisExample]
  }

  /// - Parameters:
  ///   - chunk: leads × samples, at least one: what follows those that `progress` has decoded.
  ///   - progress: takes in the samples; nothing may follow unless their number is a multiple of the frame.
  func encode(_ chunk: [[Int32]], in progress: Progress, encoder: FrameEncoder, entropy: EntropyChoice) -> Encoded {
    let (state, model, start) = (progress.state, progress.model, progress.count)
    var coder = RansEncoder()
    let frames = encoder.encode(chunk, state: state, model: model, coder: &coder)
    let range = start..<start + chunk[0].count
    var (decoded, parameters) = (decoded(state, range), state.parameters)
    var keepsLimit = keepsLimit(decoded, chunk, state, encoder.errorLimit)
    if let enhanced = enhance(state, range), FrameCodec.error(enhanced, chunk, state) < FrameCodec.error(decoded, chunk, state),
      self.keepsLimit(enhanced, chunk, state, encoder.errorLimit)
    {
      decoded = enhanced
      parameters.isEnhanced = true
      keepsLimit = true
    }
    var head = ByteWriter()
    if start == 0 { parameters.write(to: &head) } else { head.append(parameters.isEnhanced ? 1 : 0) }
    let zstd = entropy == .prior ? nil : FrameStreams.encode(frames, leadCount: chunk.count, coefficients: transform.coefficients)
    return Encoded(
      prior: entropy == .zstd ? nil : head.bytes + coder.finish(), zstd: zstd.map { head.bytes + $0 },
      decoded: decoded, usesNetworks: parameters.isEnhanced || parameters.isSynthesised, keepsLimit: keepsLimit, states: model.states,
      trace: (state.trace, state.steps),
      networkExample: model.network?.record?.example, synthesisExamples: examples(chunk, state, start))
  }

  /// What the synthesis was seen to do, with what it should have done.
  private func examples(_ chunk: [[Int32]], _ state: FrameState, _ start: Int) -> [SynthesisExample] {
    guard var examples = state.synthesis?.examples else { return [] }
    var (samples, points) = ([Float](repeating: 0, count: geometry.frame), [Float](repeating: 0, count: Synthesis.gridLength))
    for lead in chunk.indices {
      let inverse = 1 / state.steps[lead]
      for time in stride(from: 0, to: chunk[lead].count, by: geometry.frame) {
        let at = start + time
        let last = at > 0 ? state.memory.samples[lead][at - 1] : state.parameters.leads[lead].offset
        for i in 0..<geometry.frame {
          samples[i] = Float(Int64(chunk[lead][min(time + i, chunk[lead].count - 1)]) - Int64(last)) * inverse
        }
        grid.sample(samples, into: &points)
        examples[lead].append(target: points)
      }
    }
    return examples
  }

  /// Decodes a chunk, or the first packet of one.
  /// - Parameter capacity: samples a lead that the chunk will have at most.
  /// - Throws: `CodecError`, `BytesError`, `EntropyError` on damage.
  func decode(_ reader: inout ByteReader, stage: SymbolStage, sampleCount: Int, capacity: Int) throws -> (samples: [[Int32]], progress: Progress) {
    let parameters = try FrameParameters(from: &reader, leadCount: ranges.count)
    let progress = try begin(parameters, capacity: capacity, stage: stage, encodes: false)
    return (try decode(&reader, stage: stage, sampleCount: sampleCount, isEnhanced: parameters.isEnhanced, progress), progress)
  }

  /// Decodes a packet that goes on where `progress` is.
  /// - Throws: `CodecError`, `BytesError`, `EntropyError` on damage.
  func decode(_ reader: inout ByteReader, stage: SymbolStage, sampleCount: Int, in progress: Progress) throws -> [[Int32]] {
    let flags = try reader.byte()
    guard flags <= 1 else { throw CodecError.malformed("a packet has the flags \(flags)") }
    return try decode(&reader, stage: stage, sampleCount: sampleCount, isEnhanced: flags == 1, progress)
  }

  private func decode(
    _ reader: inout ByteReader, stage: SymbolStage, sampleCount: Int, isEnhanced: Bool, _ progress: Progress
  ) throws -> [[Int32]] {
    let state = progress.state
    let range = progress.count..<progress.count + sampleCount
    precondition(range.upperBound <= state.memory.capacity, "more samples than the chunk holds")
    let rest = try reader.take(reader.remaining)
    let frameCount = (sampleCount + geometry.frame - 1) / geometry.frame
    func decode(_ source: some FrameSource) throws {
      var source = source
      try FrameDecoder.decode(&source, state: state, sampleCount: sampleCount)
    }
    switch stage {
    case .prior: try decode(PriorSource(rest, model: progress.model, leadCount: ranges.count, coefficients: transform.coefficients))
    case .runs: try decode(FrameStreams(rest, frameCount: frameCount, leadCount: ranges.count, coefficients: transform.coefficients))
    case .ends: try decode(EndedStreams(rest, frameCount: frameCount, leadCount: ranges.count, coefficients: transform.coefficients))
    }
    guard isEnhanced else { return decoded(state, range) }
    guard let enhanced = enhance(state, range) else { throw CodecError.malformed("a chunk needs an enhancer that the codec does not have") }
    return enhanced
  }

  private func decoded(_ state: FrameState, _ range: Range<Int>) -> [[Int32]] {
    (0..<state.leadCount).map { Array(UnsafeBufferPointer(start: state.memory.samples[$0] + range.lowerBound, count: range.count)) }
  }

  /// Decoded samples with the enhancer's corrections; nil if the codec has no enhancer. Of the samples before the range it sees as many as
  /// change its output.
  private func enhance(_ state: FrameState, _ range: Range<Int>) -> [[Int32]]? {
    guard let enhancer = codec?.enhancer() else { return nil }
    let seen = max(0, range.lowerBound - Enhancer.context)..<range.upperBound
    return (0..<state.leadCount).map { lead in
      let samples = UnsafeBufferPointer(start: state.memory.samples[lead] + seen.lowerBound, count: seen.count)
      let view = EnhancerView(state.trace, lead: lead, decoded: samples, from: seen.lowerBound, step: state.steps[lead], rate: rate)
      let corrections = enhancer.corrections(positions: view.positions, of: view.input)
      let (step, bounds) = (state.steps[lead], ranges[lead])
      return (range.lowerBound - seen.lowerBound..<seen.count).map { i in
        let change = Int64(bounded(corrections[i] * step, 1e9).rounded(.toNearestOrEven))
        return Int32(min(max(Int64(samples[i]) + change, Int64(bounds.lowerBound)), Int64(bounds.upperBound)))
      }
    }
  }

  private func keepsLimit(_ decoded: [[Int32]], _ chunk: [[Int32]], _ state: FrameState, _ limit: Float) -> Bool {
    for lead in chunk.indices {
      let largest = Double(limit * state.steps[lead]) + 0.5
      for start in stride(from: 0, to: chunk[lead].count, by: geometry.frame) {
        var sum = 0.0
        for i in start..<min(start + geometry.frame, chunk[lead].count) {
          let difference = Double(Int64(decoded[lead][i]) - Int64(chunk[lead][i]))
          sum += difference * difference
        }
        if sum > largest * largest * Double(geometry.frame) { return false }
      }
    }
    return true
  }

  /// Squared error in squared quantiser steps.
  private static func error(_ decoded: [[Int32]], _ chunk: [[Int32]], _ state: FrameState) -> Double {
    var total = 0.0
    for lead in chunk.indices {
      var sum = 0.0
      for (a, b) in zip(decoded[lead], chunk[lead]) {
        let difference = Double(Int64(a) - Int64(b))
        sum += difference * difference
      }
      total += sum / Double(state.steps[lead] * state.steps[lead])
    }
    return total
  }
}

/// What all chunks of frames need, made when the first of them does: codecs of other kinds come without.
private final class FrameTables: Sendable {
  private let frame: Int
  private let tables = Mutex<(transform: FrameTransform, grid: SynthesisGrid)?>(nil)

  init(frame: Int) { self.frame = frame }

  var made: (transform: FrameTransform, grid: SynthesisGrid) {
    tables.withLock { tables in
      if let tables { return tables }
      let made = (FrameTransform(frame: frame), SynthesisGrid(frame: frame))
      tables = made
      return made
    }
  }
}
