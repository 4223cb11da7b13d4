import CKernels
import Entropy
import Prediction

/// What the encoder tries for one frame after the other: sources to copy from, each with unit gain and with the best, judged first by a guess of
/// their bits; then those that promise most in full. Keeps all its space from frame to frame.
final class FrameSearch {
  /// The spectrum of the frame to be coded in quantiser steps, leads × coefficients.
  let target: UnsafeMutablePointer<Float>
  /// Squared quantiser steps that a bit is worth.
  var price: Float = 0

  let state: FrameState
  let model: FrameModel
  let coefficients: Int
  let leadCount: Int
  let count: Int
  let prediction: FramePrediction.Workspace
  let costs: FrameCosts
  private var pool: [FrameCandidate]
  private var used = 0

  /// Where to copy from: a position in mode 1.
  private struct Source {
    let mode: Int
    let rank: Int
    let position: Int64
  }
  private var sources: [Source] = []
  /// What sources hold, with unit gain: [source][lead][sample], and the spectra of that in quantiser steps.
  private var copies: UnsafeMutablePointer<Float>
  private var spectra: UnsafeMutablePointer<Float>
  private var room = 0

  private struct Attempt {
    let source: Int
    let mode: Int
    let rank: Int
    let gain: Int
    /// Distortion, and the price of the bits that it may take.
    let cost: Float
  }
  private var attempts: [Attempt] = []
  private let trial: FrameCandidate
  private var block: [[Int32]]
  /// Samples of the frame, less the last one before it, in quantiser steps: leads × samples.
  private(set) var anchored: [Float]
  /// A candidate's copy and its samples, of one lead.
  var copied: [Float]
  var decoded: [Float]

  private static let deadZone: Float = 0.66
  private static let rounding: Float = 0.38

  /// - Parameter candidates: how many are in use at a time.
  init(state: FrameState, model: FrameModel, candidates: Int) {
    (self.state, self.model) = (state, model)
    (coefficients, leadCount) = (state.transform.coefficients, state.leadCount)
    let count = coefficients * leadCount
    self.count = count
    prediction = FramePrediction.Workspace(coefficients: coefficients)
    costs = FrameCosts(count: count, leadCount: leadCount)
    target = .allocate(capacity: count)
    target.initialize(repeating: 0, count: count)
    (copies, spectra) = (.allocate(capacity: 0), .allocate(capacity: 0))
    trial = FrameCandidate(count: count)
    block = Array(repeating: Array(repeating: 0, count: state.geometry.frame), count: leadCount)
    anchored = Array(repeating: 0, count: leadCount * state.geometry.frame)
    (copied, decoded) = (Array(repeating: 0, count: state.geometry.frame), Array(repeating: 0, count: state.geometry.frame))
    pool = []
    for _ in 0..<candidates { pool.append(makeCandidate()) }
  }

  deinit {
    target.deallocate()
    copies.deallocate()
    spectra.deallocate()
  }

  /// Makes the frame that begins at a sample of `chunk` (leads × samples) the target. The last sample goes on behind the chunk's end.
  /// - Returns: its samples, leads × samples.
  func take(_ chunk: [[Int32]], at start: Int) -> [[Int32]] {
    for lead in 0..<leadCount {
      let inverse = 1 / state.steps[lead]
      let last = Int64(state.last[lead])
      for i in 0..<state.geometry.frame {
        let value = chunk[lead][min(start + i, chunk[lead].count - 1)]
        block[lead][i] = value
        anchored[lead * state.geometry.frame + i] = Float(Int64(value) - last) * inverse
      }
      anchored.withUnsafeBufferPointer {
        state.transform.analyse($0.baseAddress! + lead * state.geometry.frame, into: target + lead * coefficients)
      }
    }
    return block
  }

  /// Begins a frame.
  func begin() {
    used = 0
    sources.removeAll(keepingCapacity: true)
    attempts.removeAll(keepingCapacity: true)
  }

  func tryCopy(_ position: Int, rank: Int) {
    withUnsafePointer(to: Int64(position)) {
      add(Source(mode: FrameSymbols.copyMode, rank: rank, position: Int64(position)), UnsafeBufferPointer(start: $0, count: 1))
    }
  }

  func tryMean(mode: Int) {
    state.separate.withUnsafeBufferPointer {
      add(Source(mode: mode, rank: 0, position: 0), UnsafeBufferPointer(rebasing: $0[..<FrameSymbols.matches(mode)]))
    }
  }

  private func add(_ source: Source, _ positions: UnsafeBufferPointer<Int64>) {
    if sources.count == room {
      room = 2 * room + 8
      func moved(_ old: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<Float> {
        let new = UnsafeMutablePointer<Float>.allocate(capacity: room * count)
        new.update(from: old, count: sources.count * count)
        old.deallocate()
        return new
      }
      (copies, spectra) = (moved(copies), moved(spectra))
    }
    let frame = state.geometry.frame
    for lead in 0..<leadCount { state.predict(lead, from: positions, into: copies + (sources.count * leadCount + lead) * frame) }
    sources.append(source)
  }

  /// Judges what was added, and to copy nothing, by a guess of its bits.
  func judge() {
    trial.copySpectra.update(repeating: 0, count: count)
    attempt(nil, mode: 0, rank: 0, gain: FrameSymbols.unitGain, guess: 3)
    guard !sources.isEmpty else { return }
    state.transform.estimate(copies, count: sources.count * leadCount, into: spectra)
    for (index, source) in sources.enumerated() {
      let own = spectra + index * count
      for lead in 0..<leadCount {
        let inverse = 1 / state.steps[lead]
        for k in lead * coefficients..<(lead + 1) * coefficients { own[k] *= inverse }
      }
      let gain = bounded(ck_dot(count, target, own) / max(ck_dot(count, own, own), 1e-6), 100)
      let best = min(max(Int(((gain - 0.6) / 0.1).rounded()), 0), FrameSymbols.gains.count - 1)
      let guess = source.mode == FrameSymbols.copyMode ? Float(FrameSymbols.bucket(source.rank)) + 4 : 3
      for gain in best == FrameSymbols.unitGain ? best...best : min(best, FrameSymbols.unitGain)...max(best, FrameSymbols.unitGain)
      where gain == best || gain == FrameSymbols.unitGain {
        scale(own, by: gain, into: trial)
        attempt(index, mode: source.mode, rank: source.rank, gain: gain, guess: guess + (gain == FrameSymbols.unitGain ? 0 : 3))
      }
    }
  }

  /// The positions that a candidate copies from.
  func positions(of candidate: FrameCandidate) -> [Int64] {
    switch candidate.mode {
    case 0: []
    case FrameSymbols.copyMode: [sources[candidate.source].position]
    default: Array(state.separate.prefix(FrameSymbols.matches(candidate.mode)))
    }
  }

  private func scale(_ copy: UnsafePointer<Float>, by gain: Int, into candidate: FrameCandidate) {
    let factor = FrameSymbols.gains[gain]
    for k in 0..<count { candidate.copySpectra[k] = copy[k] * factor }
  }

  /// An attempt with the copy's spectra of `trial`.
  private func attempt(_ source: Int?, mode: Int, rank: Int, gain: Int, guess: Float) {
    let bits = quantise(trial, deadZone: FrameSearch.deadZone, rounding: FrameSearch.rounding)
    attempts.append(Attempt(source: source ?? 0, mode: mode, rank: rank, gain: gain, cost: trial.distortion + price * (guess + bits)))
  }

  /// The attempts that promise most, quantised, the best first.
  func best(_ limit: Int) -> [FrameCandidate] {
    let order = attempts.indices.sorted { (attempts[$0].cost, $0) < (attempts[$1].cost, $1) }
    return order.prefix(limit).map { index in
      let attempt = attempts[index]
      let candidate = nextCandidate()
      (candidate.mode, candidate.rank, candidate.gain, candidate.source) = (attempt.mode, attempt.rank, attempt.gain, attempt.source)
      if attempt.mode == 0 {
        candidate.copySpectra.update(repeating: 0, count: count)
      } else {
        scale(spectra + attempt.source * count, by: attempt.gain, into: candidate)
      }
      _ = quantise(candidate, deadZone: FrameSearch.deadZone, rounding: FrameSearch.rounding)
      return candidate
    }
  }

  private func makeCandidate() -> FrameCandidate { FrameCandidate(count: count, synthesis: state.synthesis?.makeFrame()) }

  private func nextCandidate() -> FrameCandidate {
    if used == pool.count { pool.append(makeCandidate()) }
    used += 1
    return pool[used - 1]
  }

  /// A copy of a candidate.
  func duplicate(_ candidate: FrameCandidate) -> FrameCandidate {
    let result = nextCandidate()
    result.take(candidate)
    return result
  }

  /// A candidate with its codes simply rounded.
  func rounded(_ candidate: FrameCandidate) -> FrameCandidate {
    _ = quantise(candidate, deadZone: 0.5, rounding: 0.5)
    return candidate
  }

  /// Quantises what a copy leaves, lead after lead, each predicted from the decoded ones before it. Returns the bits it may take.
  private func quantise(_ candidate: FrameCandidate, deadZone: Float, rounding: Float) -> Float {
    var (bits, distortion) = (Float(0), Float(0))
    for lead in 0..<leadCount {
      let base = lead * coefficients
      let innovation = candidate.innovation + base
      innovation.update(repeating: 0, count: coefficients)
      if lead > 0 { state.addCrossLead(lead, innovation: candidate.innovation, to: innovation) }
      bits += ck_quantise(
        coefficients, target + base, candidate.copySpectra + base, deadZone, rounding, FrameSymbols.largestCode, innovation, candidate.codes + base,
        &distortion)
    }
    candidate.distortion = distortion
    return bits
  }

  /// Whether every lead's error stays below a limit.
  func isWithin(_ limit: Float, _ candidate: FrameCandidate) -> Bool {
    for lead in 0..<leadCount {
      var error = Float(0)
      for k in lead * coefficients..<(lead + 1) * coefficients {
        let difference = target[k] - candidate.copySpectra[k] - candidate.innovation[k]
        error += difference * difference
      }
      if error > limit * limit * Float(state.geometry.frame) { return false }
    }
    return true
  }

  /// What the codes of a lead of a candidate are coded in the light of; its prediction is that in the workspace.
  func context(_ lead: Int, _ candidate: FrameCandidate, prediction: UnsafePointer<Float>) -> FrameModel.LeadContext {
    let earlier = lead > 0 ? UnsafePointer(candidate.codes + (lead - 1) * coefficients) : nil
    return .init(lead: lead, prediction: prediction, earlier: earlier, mode: candidate.mode, rank: candidate.rank, frame: state.context)
  }

  /// Codes a candidate.
  func code(_ candidate: FrameCandidate, copySpectra: UnsafePointer<Float>, _ coder: inout some BinaryCoder) {
    var side = FrameSymbols(codes: [])
    (side.mode, side.rank, side.gain) = (candidate.mode, candidate.rank, candidate.gain)
    model.codeSide(&side, state.context, positions: state.positions, &coder)
    for lead in 0..<leadCount where !coder.isOver {
      prediction.set(lead, copySpectra, candidate.innovation, state)
      model.codeLead(candidate.codes + lead * coefficients, context(lead, candidate, prediction: prediction.spectrum), &coder)
    }
  }

  /// Distortion and price of all bits; if that is more than a limit, something above the limit.
  func measure(_ candidate: FrameCandidate, limit: Float) -> Float {
    let bits = (limit - candidate.distortion) / price
    var meter = CostMeter(limit: bits < 1e9 ? Int(max(bits, -1) * 4096) + 1 : .max)
    code(candidate, copySpectra: candidate.copySpectra, &meter)
    return candidate.distortion + price * Float(meter.cost) / 4096
  }
}
