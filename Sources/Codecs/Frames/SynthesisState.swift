import CKernels

/// One way to decode a frame, as the synthesis sees it, and what it says.
final class SynthesisFrame {
  /// What is kept of the frame for the next: leads × signals × points, the corrections among them.
  fileprivate let signals: UnsafeMutablePointer<Float>
  /// Corrections of the samples, in quantiser steps: leads × samples.
  let corrections: UnsafeMutablePointer<Float>
  private let count: Int

  fileprivate init(leadCount: Int, frame: Int) {
    count = leadCount * SynthesisState.leadSize
    signals = .allocate(capacity: count)
    corrections = .allocate(capacity: leadCount * frame)
    signals.initialize(repeating: 0, count: count)
    corrections.initialize(repeating: 0, count: leadCount * frame)
  }

  deinit {
    signals.deallocate()
    corrections.deallocate()
  }
}

/// What the synthesis of a chunk sees of the past, and what it is told of the present frame.
///
/// Signals of each lead on the grid's points, in quantiser steps: 0: what is decoded (of the present frame: copy and transform) less the last sample
/// before the present frame, in four steps; of each frame as it was decoded, less copy and transform: 1: the mean of what followed the separate
/// matches, 4 and 5: means of it with weights that fall with the distance from the frame; 2: the root of its variance; 3: what the transform added
/// to the copy; 6: the correction.
final class SynthesisState {
  /// Numbers of a lead and frame.
  static let leadSize = Synthesis.signalCount * Synthesis.gridLength
  /// Leads that a chunk with a synthesis may have.
  static let mostLeads = 64
  /// Quantiser steps.
  static let largestCorrection: Float = 64
  static let largestSample: Float = 64
  private static let largestSignal: Float = 8
  /// Squared steps a sample by which a match must be farther from the frame than the nearest to weigh 1/e.
  private static let reaches: [Float] = [0.03, 0.2]
  /// Distances beyond so many reaches weigh nothing: smaller weights would be denormal numbers.
  private static let farthest: Float = 60
  private static let points = Synthesis.gridLength

  /// What runs on from frame to frame.
  struct Past {
    /// Of the frame before: leads × signals × points; signal 0 in samples less `anchors`.
    fileprivate var signals: [Float]
    fileprivate var anchors: [Int32]
    /// Sums of all decoded samples less the leads' offsets, and of their squares.
    fileprivate var count = 0.0
    fileprivate var sums: [Double]
    fileprivate var squares: [Double]
  }
  private(set) var past: Past

  private let runner: SynthesisRunner?
  /// By lead, what it can be trained on; nil if that is not wanted.
  private(set) var examples: [SynthesisExample]?
  private let grid: SynthesisGrid
  private let leadCount: Int
  private let speed: Float

  // What the present frame has in common, whatever way it is decoded.
  /// leads × signals × points
  private let before: UnsafeMutablePointer<Float>
  /// What followed the separate matches: leads × matches × points, and leads × points × matches.
  private let matches: UnsafeMutablePointer<Float>
  private let beside: UnsafeMutablePointer<Float>
  /// Their mean and the root of their variance: leads × points.
  private let expected: UnsafeMutablePointer<Float>
  private let spread: UnsafeMutablePointer<Float>
  /// How large each lead's step is beside what was decoded.
  private var sizes: [Float]
  private var matchCount = 0
  /// Of `frame` or `points`, or `signals`.
  private let scratch: UnsafeMutablePointer<Float>

  /// - Parameters:
  ///   - runner: of the network; nil: nothing is corrected.
  ///   - records: whether examples are wanted.
  init(_ runner: SynthesisRunner?, grid: SynthesisGrid, leadCount: Int, rate: Double, records: Bool) {
    precondition(leadCount <= SynthesisState.mostLeads)
    examples = records ? Array(repeating: SynthesisExample(), count: leadCount) : nil
    (self.runner, self.grid, self.leadCount) = (runner, grid, leadCount)
    speed = SynthesisState.logarithm(Float(rate) / 360) / 2
    let (points, all) = (SynthesisState.points, leadCount * SynthesisState.leadSize)
    past = Past(
      signals: Array(repeating: 0, count: all), anchors: Array(repeating: 0, count: leadCount), sums: Array(repeating: 0, count: leadCount),
      squares: Array(repeating: 0, count: leadCount))
    sizes = Array(repeating: 0, count: leadCount)
    func space(_ count: Int) -> UnsafeMutablePointer<Float> {
      let pointer = UnsafeMutablePointer<Float>.allocate(capacity: count)
      pointer.initialize(repeating: 0, count: count)
      return pointer
    }
    before = space(all)
    matches = space(leadCount * points * FrameState.separateLimit)
    beside = space(leadCount * points * FrameState.separateLimit)
    expected = space(leadCount * points)
    spread = space(leadCount * points)
    scratch = space(max(grid.frame * FrameState.separateLimit, SynthesisState.leadSize))
  }

  deinit { for space in [before, matches, beside, expected, spread, scratch] { space.deallocate() } }

  /// Space for one way to decode a frame.
  func makeFrame() -> SynthesisFrame { SynthesisFrame(leadCount: leadCount, frame: grid.frame) }

  /// Puts back what was taken before a trial.
  func restore(_ past: Past) { self.past = past }

  /// Looks at what is known of the next frame, the state being prepared for it.
  func prepare(_ state: FrameState) {
    let (points, frame, limit) = (SynthesisState.points, grid.frame, FrameState.separateLimit)
    matchCount = state.separate.count
    for lead in 0..<leadCount {
      let inverse = 1 / state.steps[lead]
      setBefore(lead, last: state.last[lead], inverse)
      sizes[lead] = size(lead, state.steps[lead])
      let (own, mean, deviation) = (matches + lead * points * limit, expected + lead * points, spread + lead * points)
      guard matchCount > 0 else {
        deviation.update(repeating: 0, count: points)
        continue
      }
      ck_follow(frame, matchCount, state.memory.samples[lead], state.separate, inverse, scratch)
      for k in 0..<matchCount { grid.sample(scratch + k * frame, into: own + k * points) }
      let side = beside + lead * points * limit
      for i in 0..<points { for k in 0..<matchCount { side[i * limit + k] = own[k * points + i] } }
      state.trace.expectation(lead: lead, at: state.memory.count) { expectation, variance in
        grid.sample(expectation, into: mean)
        for i in 0..<frame { scratch[i] = variance[i].squareRoot() }
      }
      grid.sample(scratch, into: deviation)
      for i in 0..<points { deviation[i] = bounded(deviation[i], SynthesisState.largestSignal) }
    }
  }

  /// The frame before as it is seen from the present one.
  private func setBefore(_ lead: Int, last: Int32, _ inverse: Float) {
    let (points, own) = (SynthesisState.points, before + lead * SynthesisState.leadSize)
    past.signals.withUnsafeBufferPointer { own.update(from: $0.baseAddress! + lead * SynthesisState.leadSize, count: SynthesisState.leadSize) }
    let shift = Float(Int64(past.anchors[lead]) - Int64(last))
    for i in 0..<points { own[i] = bounded((own[i] + shift) * inverse * 0.25, SynthesisState.largestSample) }
  }

  /// Half the logarithm to base 2 of a step beside the deviation of what was decoded.
  private func size(_ lead: Int, _ step: Float) -> Float {
    guard past.count > 0 else { return 0 }
    let mean = past.sums[lead] / past.count
    let deviation = Float(max(0, past.squares[lead] / past.count - mean * mean).squareRoot())
    return SynthesisState.logarithm(step / max(deviation, 0.25)) / 2
  }

  /// log2 of a positive number.
  private static func logarithm(_ x: Float) -> Float {
    var result: Float = 0
    withUnsafePointer(to: bounded(x, 1e9)) { ck_unary(Int32(CK_LOG.rawValue), 1, $0, &result, 0) }
    return result * 1.442695
  }

  /// Lets the network correct one lead of the present frame, and notes it in `result`.
  /// - Parameters:
  ///   - symbols: all but the codes matter.
  ///   - copy: samples of the copy with its gain, less the last sample.
  ///   - residual: copy and transform, less the last sample.
  func correct(
    _ lead: Int, _ symbols: FrameSymbols, _ context: FrameContext, copy: UnsafePointer<Float>, residual: UnsafePointer<Float>, step: Float,
    into result: SynthesisFrame
  ) {
    let (points, limit) = (SynthesisState.points, SynthesisState.largestSignal)
    let own = result.signals + lead * SynthesisState.leadSize
    let plane = { (k: Int) in own + k * points }
    let inverse = 1 / step
    // Planes 0 and 3 begin as frame and copy, in steps.
    grid.sample(residual, into: plane(0))
    grid.sample(copy, into: plane(3))
    let (frame, added, deviation, mean) = (plane(0), plane(3), plane(2), plane(1))
    for i in 0..<points {
      added[i] = bounded((frame[i] - added[i]) * inverse, limit)
      frame[i] *= inverse
      deviation[i] = spread[lead * points + i]
    }
    if matchCount > 0 {
      for i in 0..<points { mean[i] = bounded(expected[lead * points + i] - frame[i], limit) }
      blend(lead, frame, into: plane(4))
    } else {
      for k in [1, 4, 5] { plane(k).update(repeating: 0, count: points) }
    }
    for i in 0..<points { frame[i] = bounded(frame[i] * 0.25, SynthesisState.largestSample) }
    let corrections = plane(6)
    corrections.update(repeating: 0, count: points)
    let samples = result.corrections + lead * grid.frame
    guard past.count > 0, let runner else {
      samples.update(repeating: 0, count: grid.frame)
      return
    }
    let features = features(symbols, context, size: sizes[lead])
    runner.correct(before: before + lead * SynthesisState.leadSize, now: own, features: features, into: scratch)
    corrections.update(from: scratch, count: points)
    grid.restore(corrections, into: samples)
  }

  /// The matches' means with weights that fall with their distance from a frame, less it: two signals.
  private func blend(_ lead: Int, _ frame: UnsafePointer<Float>, into planes: UnsafeMutablePointer<Float>) {
    let (points, limit) = (SynthesisState.points, FrameState.separateLimit)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * limit) { space in
      let (distances, weights) = (space.baseAddress!, space.baseAddress! + limit)
      ck_nearness(points, beside + lead * points * limit, frame, 1 / Float(points), distances)
      var least = distances[0]
      for k in 1..<max(1, matchCount) where distances[k] < least { least = distances[k] }
      for (index, reach) in SynthesisState.reaches.enumerated() {
        for k in 0..<matchCount { weights[k] = -min((distances[k] - least) / reach, SynthesisState.farthest) }
        ck_unary(Int32(CK_EXP.rawValue), matchCount, weights, weights, 0)
        var sum: Float = 0
        for k in 0..<matchCount { sum += weights[k] }
        let share = 1 / sum
        let plane = planes + index * points
        ck_blend(points, matchCount, matches + lead * points * limit, weights, plane)
        for i in 0..<points { plane[i] = bounded(plane[i] * share - frame[i], SynthesisState.largestSignal) }
      }
    }
  }

  private func features(_ symbols: FrameSymbols, _ context: FrameContext, size: Float) -> [Float] {
    let isCopy = symbols.mode == FrameSymbols.copyMode
    return [
      symbols.mode == 0 ? 1 : 0, isCopy ? 1 : 0, symbols.mode > FrameSymbols.copyMode ? 1 : 0, Float(context.match) / 8 - 1,
      Float(context.disagreement) / 8 - 1, Float(context.energy) / 8 - 1, isCopy ? Float(FrameSymbols.bucket(symbols.rank)) / 12 - 1 : 0,
      Float(symbols.mode) / 5, Float(symbols.gain - FrameSymbols.unitGain) / 4, size, speed,
    ]
  }

  /// Notes one lead of a frame that is decoded and not yet remembered, for training.
  func record(_ lead: Int, _ result: SynthesisFrame, _ symbols: FrameSymbols, _ context: FrameContext, last: Int32, step: Float) {
    guard examples != nil else { return }
    // What was prepared may belong to a frame that was tried since.
    setBefore(lead, last: last, 1 / step)
    let earlier = Array(UnsafeBufferPointer(start: before + lead * SynthesisState.leadSize, count: SynthesisState.points))
    examples?[lead].append(
      before: earlier, signals: result.signals + lead * SynthesisState.leadSize, features: features(symbols, context, size: size(lead, step)))
  }

  /// Takes in one lead of the frame that was decoded.
  /// - Parameters:
  ///   - samples: of the frame.
  ///   - last: the sample before it.
  ///   - offset: of the lead.
  func remember(_ lead: Int, _ result: SynthesisFrame, samples: UnsafePointer<Int32>, last: Int32, offset: Int32) {
    let (frame, size) = (grid.frame, SynthesisState.leadSize)
    var (sum, squares) = (0.0, 0.0)
    for i in 0..<frame {
      scratch[i] = Float(Int64(samples[i]) - Int64(last))
      let value = Double(Int64(samples[i]) - Int64(offset))
      sum += value
      squares += value * value
    }
    past.signals.withUnsafeMutableBufferPointer {
      let own = $0.baseAddress! + lead * size
      own.update(from: result.signals + lead * size, count: size)
      grid.sample(scratch, into: own)
    }
    past.anchors[lead] = last
    past.sums[lead] += sum
    past.squares[lead] += squares
    if lead == leadCount - 1 { past.count += Double(frame) }
  }
}
