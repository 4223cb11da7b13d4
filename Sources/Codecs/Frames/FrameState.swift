import CKernels
import Prediction

/// What encoder and decoder of a chunk of frames have in common: the memory, what is predicted from it, and what frames decode to.
///
/// For each frame: `prepare`, then the predictions that are needed, then `decode`, which takes the frame into the memory.
final class FrameState {
  let geometry: MemoryGeometry
  let transform: FrameTransform
  let parameters: FrameParameters
  let memory: Memory
  let leadCount: Int
  /// Quantiser steps and lowest and highest sample of each lead.
  let steps: [Float]
  private let ranges: [ClosedRange<Int32>]
  private(set) var context = FrameContext()
  /// The last decoded sample of each lead.
  private(set) var last: [Int32]
  /// The near matches; nil while the memory is empty.
  private(set) var nearest: NearestPositions?
  /// The separate ones among them, nearest first.
  private(set) var separate: [Int64] = []
  private var crossLead: CrossLead
  /// What the enhancer is told besides the decoded samples.
  private(set) var trace: FrameTrace
  /// Corrects frames before they are remembered; nil where nothing does.
  let synthesis: SynthesisState?
  /// What it says of a frame that nobody asked about before.
  private let corrected: SynthesisFrame?

  /// A frame's samples and its spectrum, while it is decoded.
  private let residual: UnsafeMutablePointer<Float>
  private let scaled: UnsafeMutablePointer<Float>
  /// Whether contexts have an outlook.
  private let looksAhead: Bool

  static let separateLimit = 16
  private static let nearestLimit = 400

  /// - Parameters:
  ///   - sampleCount: samples a lead in the chunk.
  ///   - looksAhead: whether the prior has a network that wants to know what comes.
  ///   - encodes: whether frames will be searched for in the memory.
  ///   - synthesis: of as many leads, at its start.
  init(
    geometry: MemoryGeometry, transform: FrameTransform, parameters: FrameParameters, ranges: [ClosedRange<Int32>], sampleCount: Int,
    looksAhead: Bool, encodes: Bool, synthesis: SynthesisState?
  ) {
    (self.synthesis, corrected) = (synthesis, synthesis?.makeFrame())
    self.geometry = geometry
    self.looksAhead = looksAhead
    self.transform = transform
    self.parameters = parameters
    self.ranges = ranges
    leadCount = parameters.leads.count
    steps = (0..<leadCount).map(parameters.step)
    let frames = (sampleCount + geometry.frame - 1) / geometry.frame
    memory = Memory(
      geometry: geometry, capacity: max(1, frames) * geometry.frame, scales: (0..<leadCount).map(parameters.scale),
      reachBack: parameters.memoryFrames * geometry.frame, comparesFrames: encodes)
    last = parameters.leads.map(\.offset)
    crossLead = CrossLead(leadCount: leadCount)
    trace = FrameTrace(leadCount: leadCount, frame: geometry.frame, frames: max(1, frames))
    residual = .allocate(capacity: geometry.frame)
    scaled = .allocate(capacity: transform.coefficients)
    residual.initialize(repeating: 0, count: geometry.frame)
    scaled.initialize(repeating: 0, count: transform.coefficients)
  }

  deinit {
    residual.deallocate()
    scaled.deallocate()
  }

  /// The number of positions that can be copied from.
  var positions: Int { memory.positionCount }

  /// Recalls what resembles the present, and sets the contexts of the next frame.
  func prepare() {
    context.match = 0
    context.disagreement = 0
    context.energy = 0
    context.size = 0
    nearest = nil
    separate = []
    defer {
      context.outlook = looksAhead ? FrameOutlook(self) : nil
      synthesis?.prepare(self)
    }
    guard memory.isReady else { return }
    memory.recall()
    let near = memory.nearest(FrameState.nearestLimit)
    nearest = near
    separate = near.separate(limit: FrameState.separateLimit).map(Int64.init)
    let unit = parameters.stepInLevels * parameters.stepInLevels * Float(leadCount)
    context.match = fineLogarithmicClass(memory.distance(of: Int(separate[0])) / (unit * Float(geometry.taps)))
    context.size = FrameSymbols.bucket(positions)

    // Mean and variance of what followed the separate matches, in squared steps a sample.
    var energy: Float = 0
    var variance: Float = 0
    let share = 1 / Float(separate.count)
    let start = memory.count
    for lead in 0..<leadCount {
      trace.expect(lead: lead, at: start) { mean, spread in
        ck_expect(geometry.frame, separate.count, memory.samples[lead], separate, 1 / steps[lead], share, mean, spread)
        for i in 0..<geometry.frame {
          energy += mean[i] * mean[i]
          variance += spread[i]
        }
      }
    }
    let count = Float(leadCount * geometry.frame)
    context.energy = logarithmicClass(energy / count)
    context.disagreement = logarithmicClass(variance / count)
  }

  /// Whether a mode can be used in the present frame.
  func allows(mode: Int) -> Bool {
    mode == 0 || mode == FrameSymbols.copyMode && positions > 0 || mode > 1 && separate.count >= FrameSymbols.matches(mode)
  }

  /// What a copy from some positions predicts of a lead, less the last decoded sample, with unit gain: their mean.
  func predict(_ lead: Int, from positions: UnsafeBufferPointer<Int64>, into prediction: UnsafeMutablePointer<Float>) {
    ck_mean(geometry.frame, positions.count, memory.samples[lead], positions.baseAddress!, 1 / Float(positions.count), prediction)
  }

  /// The spectrum of a lead's frame in quantiser steps.
  func analyse(_ samples: UnsafePointer<Float>, _ lead: Int, into spectrum: UnsafeMutablePointer<Float>) {
    transform.analyse(samples, into: spectrum)
    let inverse = 1 / steps[lead]
    for k in 0..<transform.coefficients { spectrum[k] *= inverse }
  }

  /// The positions that a frame's symbols copy from.
  func positions(of symbols: FrameSymbols) -> [Int64] {
    switch symbols.mode {
    case 0: []
    case FrameSymbols.copyMode: [Int64(memory.position(ofRank: symbols.rank))]
    default: Array(separate.prefix(FrameSymbols.matches(symbols.mode)))
    }
  }

  /// Adds to a lead's predicted spectrum what the leads before it say, all in quantiser steps.
  /// - Parameters:
  ///   - innovation: of each earlier lead: its decoded spectrum less that of its copy, at lead × coefficients.
  func addCrossLead(_ lead: Int, innovation: UnsafePointer<Float>, to spectrum: UnsafeMutablePointer<Float>) {
    for source in 0..<min(lead, CrossLead.maximumLeads) {
      let weight = crossLead.weight(of: source, in: lead)
      guard weight != 0 else { continue }
      let from = innovation + source * transform.coefficients
      for k in 0..<transform.coefficients { spectrum[k] += weight * from[k] }
    }
  }

  /// What `addCrossLead` adds to one coefficient.
  func crossLead(_ lead: Int, at k: Int, innovation: UnsafePointer<Float>) -> Float {
    var sum: Float = 0
    for source in 0..<min(lead, CrossLead.maximumLeads) {
      let weight = crossLead.weight(of: source, in: lead)
      if weight != 0 { sum += weight * innovation[source * transform.coefficients + k] }
    }
    return sum
  }

  /// Copy and transform of a lead's frame, less the last decoded sample.
  /// - Parameters:
  ///   - copy: samples of the copy with its gain.
  ///   - innovation: the spectrum to be added to it in quantiser steps.
  func synthesise(_ lead: Int, copy: UnsafePointer<Float>, innovation: UnsafePointer<Float>, into residual: UnsafeMutablePointer<Float>) {
    let step = steps[lead]
    for k in 0..<transform.coefficients { scaled[k] = innovation[k] * step }
    var end = transform.coefficients
    while end > 0, scaled[end - 1] == 0 { end -= 1 }
    residual.update(from: copy, count: geometry.frame)
    transform.addSynthesis(scaled, count: end, to: residual)
  }

  /// Decodes a frame into the memory.
  /// - Parameters:
  ///   - copies: what the copy predicts of each lead with its gain, leads × samples.
  ///   - innovation: the spectrum to be added to it in quantiser steps, leads × coefficients.
  ///   - copySpectra: spectra of the copies in quantiser steps, for the learning of cross-lead weights; not used with one lead.
  ///   - isTrial: whether `restore` will take the frame back.
  ///   - known: what the synthesis said of this way to decode the frame, if it was asked.
  func decode(
    _ symbols: FrameSymbols, copies: UnsafePointer<Float>, innovation: UnsafePointer<Float>, copySpectra: UnsafePointer<Float>, isTrial: Bool = false,
    known: SynthesisFrame? = nil
  ) {
    let (frame, coefficients) = (geometry.frame, transform.coefficients)
    var band = 0
    for lead in 0..<leadCount {
      let step = steps[lead]
      let copy = copies + lead * frame
      let end = symbols.codes[lead * coefficients..<(lead + 1) * coefficients].lastIndex { $0 != 0 }
      if let end { band = max(band, Bands.ofCoefficient[end - lead * coefficients] + 1) }
      synthesise(lead, copy: copy, innovation: innovation + lead * coefficients, into: residual)
      if let synthesis, let result = known ?? corrected {
        if known == nil { synthesis.correct(lead, symbols, context, copy: copy, residual: residual, step: step, into: result) }
        let corrections = result.corrections + lead * frame
        for i in 0..<frame { residual[i] += corrections[i] * step }
      }
      let samples = memory.samples[lead] + memory.count
      let range = ranges[lead]
      if !isTrial { trace.add(symbols, context, copy: copy, residual: residual, step: step, lead: lead, at: memory.count) }
      ck_place(frame, residual, last[lead], range.lowerBound, range.upperBound, samples)
      if let synthesis, let result = known ?? corrected {
        if !isTrial { synthesis.record(lead, result, symbols, context, last: last[lead], step: step) }
        synthesis.remember(lead, result, samples: samples, last: last[lead], offset: parameters.leads[lead].offset)
      }
      last[lead] = samples[frame - 1]
    }
    if leadCount > 1 {
      let spectra = (0..<min(leadCount, CrossLead.maximumLeads)).map { lead in
        (0..<coefficients).map { copySpectra[lead * coefficients + $0] + innovation[lead * coefficients + $0] }
      }
      crossLead.learn(spectra, count: min(64, coefficients))
    }
    memory.advance()
    context.modeBefore = context.previousMode
    context.previousMode = symbols.mode
    if symbols.mode == FrameSymbols.copyMode { context.previousBucket = min(FrameSymbols.bucket(symbols.rank), 23) }
    context.previousBand = band
    context.previousGain = symbols.mode == 0 ? FrameSymbols.unitGain : symbols.gain
  }

  /// What changes when a frame is decoded, but for the memory.
  struct Mark {
    fileprivate let context: FrameContext
    fileprivate let last: [Int32]
    fileprivate let separate: [Int64]
    fileprivate let crossLead: CrossLead
    fileprivate let past: SynthesisState.Past?
  }

  /// The state before a frame that is tried.
  var mark: Mark { Mark(context: context, last: last, separate: separate, crossLead: crossLead, past: synthesis?.past) }

  /// Takes back the one frame that was decoded since the mark. What is near is not known any more.
  func restore(_ mark: Mark) {
    memory.retreat()
    (context, last, separate, crossLead, nearest) = (mark.context, mark.last, mark.separate, mark.crossLead, nil)
    if let past = mark.past { synthesis?.restore(past) }
  }
}
