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
  private(set) var separate: [Int] = []
  private var crossLead: CrossLead
  /// What the enhancer is told besides the decoded samples.
  private(set) var trace: FrameTrace

  /// Whether contexts have an outlook.
  private let looksAhead: Bool

  static let separateLimit = 16
  private static let nearestLimit = 400

  /// - Parameters:
  ///   - sampleCount: samples a lead in the chunk.
  ///   - looksAhead: whether the prior has a network that wants to know what comes.
  init(
    geometry: MemoryGeometry, transform: FrameTransform, parameters: FrameParameters, ranges: [ClosedRange<Int32>], sampleCount: Int,
    looksAhead: Bool
  ) {
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
      reachBack: parameters.memoryFrames * geometry.frame)
    last = parameters.leads.map(\.offset)
    crossLead = CrossLead(leadCount: leadCount)
    trace = FrameTrace(leadCount: leadCount, frame: geometry.frame, frames: max(1, frames))
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
    defer { context.outlook = looksAhead ? FrameOutlook(self) : nil }
    guard memory.isReady else { return }
    memory.recall()
    let near = memory.nearest(FrameState.nearestLimit)
    nearest = near
    separate = near.separate(limit: FrameState.separateLimit)
    let unit = parameters.stepInLevels * parameters.stepInLevels * Float(leadCount)
    context.match = fineLogarithmicClass(memory.distance(of: separate[0]) / (unit * Float(geometry.taps)))
    context.size = FrameSymbols.bucket(positions)

    // Mean and variance of what followed the separate matches, in squared steps a sample.
    var energy: Float = 0
    var variance: Float = 0
    let share = 1 / Float(separate.count)
    let start = memory.count
    for lead in 0..<leadCount {
      let samples = memory.samples[lead]
      let inverse = 1 / steps[lead]
      for i in 0..<geometry.frame {
        var (sum, squares) = (Float(0), Float(0))
        for position in separate {
          let value = Float(samples[position + i] &- samples[position - 1]) * inverse
          sum += value
          squares += value * value
        }
        let mean = sum * share
        let spread = max(0, squares * share - mean * mean)
        energy += mean * mean
        variance += spread
        trace.expect(mean, spread: spread, lead: lead, at: start + i)
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
  func predict(_ lead: Int, from positions: ArraySlice<Int>, into prediction: UnsafeMutablePointer<Float>) {
    let samples = memory.samples[lead]
    let share = 1 / Float(positions.count)
    for i in 0..<geometry.frame {
      var sum: Int64 = 0
      for position in positions { sum += Int64(samples[position + i]) - Int64(samples[position - 1]) }
      prediction[i] = Float(sum) * share
    }
  }

  /// The positions that a frame's symbols copy from.
  func positions(of symbols: FrameSymbols) -> ArraySlice<Int> {
    switch symbols.mode {
    case 0: []
    case FrameSymbols.copyMode: [memory.position(ofRank: symbols.rank)]
    default: separate.prefix(FrameSymbols.matches(symbols.mode))
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

  /// Decodes a frame into the memory.
  /// - Parameters:
  ///   - copies: what the copy predicts of each lead with its gain, leads × samples.
  ///   - innovation: the spectrum to be added to it in quantiser steps, leads × coefficients.
  ///   - copySpectra: spectra of the copies in quantiser steps, for the learning of cross-lead weights; not used with one lead.
  func decode(_ symbols: FrameSymbols, copies: UnsafePointer<Float>, innovation: UnsafePointer<Float>, copySpectra: UnsafePointer<Float>) {
    let (frame, coefficients) = (geometry.frame, transform.coefficients)
    var residual = [Float](repeating: 0, count: frame)
    var scaled = [Float](repeating: 0, count: coefficients)
    var band = 0
    for lead in 0..<leadCount {
      var end = 0
      for k in 0..<coefficients {
        scaled[k] = innovation[lead * coefficients + k] * steps[lead]
        if scaled[k] != 0 { end = k + 1 }
        if symbols.codes[lead * coefficients + k] != 0 { band = max(band, Bands.ofCoefficient[k] + 1) }
      }
      for i in 0..<frame { residual[i] = copies[lead * frame + i] }
      transform.addSynthesis(scaled, count: end, to: &residual)
      let samples = memory.samples[lead] + memory.count
      let range = ranges[lead]
      trace.add(symbols, context, copy: copies + lead * frame, residual: residual, step: steps[lead], lead: lead, at: memory.count)
      for i in 0..<frame {
        let change = Int64(bounded(residual[i], 1e10).rounded(.toNearestOrEven))
        samples[i] = Int32(min(max(Int64(last[lead]) + change, Int64(range.lowerBound)), Int64(range.upperBound)))
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
}
