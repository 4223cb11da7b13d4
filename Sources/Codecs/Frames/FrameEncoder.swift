import Entropy
import Prediction

/// Chooses the symbols of a chunk of frames: for each frame what minimises squared error (in squared quantiser steps) plus `price` × bits,
/// the bits told by the prior in its present state.
///
/// The search: positions by the distance of the frame itself from what stands there, the nearest matches and their means, each with unit gain and
/// with the best; then the winner's codes are lowered one by one where that pays (rate-distortion-optimised quantisation).
struct FrameEncoder {
  /// How much the search does.
  struct Effort: Sendable {
    /// Positions tried by their distance from the frame.
    var shortlist: Int
    /// Candidates whose code length is measured rather than guessed.
    var measured: Int
    /// Candidates whose codes are optimised.
    var refined: Int
    /// Seconds of memory.
    var memorySeconds: Double

    init(_ effort: Int) {
      let level = min(max(effort, 1), 9) - 1
      shortlist = [3, 5, 8, 14, 24, 32, 48, 80, 128][level]
      measured = [3, 4, 6, 8, 12, 16, 24, 40, 64][level]
      refined = [1, 1, 1, 1, 1, 2, 4, 8, 12][level]
      memorySeconds = [20, 40, 100, 300, 300, 300, 600, 600, 600][level]
    }
  }

  let effort: Effort
  /// Squared quantiser steps that a bit is worth.
  var price: Float
  /// Root of the mean squared error, in quantiser steps, that no frame of any lead may exceed.
  let errorLimit: Float

  private static let deadZone: Float = 0.66
  private static let rounding: Float = 0.38
  private static let mostRefinedLeads = 16

  /// A choice for one frame; spectra in quantiser steps, leads × coefficients.
  private struct Candidate {
    var symbols: FrameSymbols
    var positions: ArraySlice<Int>
    var copySpectra: [Float]
    var innovation: [Float]
    var distortion: Float
    /// Bits, roughly.
    var guess: Float
  }

  /// - Parameter chunk: leads × samples.
  ///   - coder: takes the symbols by the prior.
  /// - Returns: the symbols of every frame; the state has decoded them.
  func encode(_ chunk: [[Int32]], state: FrameState, model: FrameModel, coder: inout some BinaryCoder) -> [FrameSymbols] {
    let (frame, coefficients, leads) = (state.geometry.frame, state.transform.coefficients, state.leadCount)
    let sampleCount = chunk[0].count
    var result: [FrameSymbols] = []
    var block = Array(repeating: [Int32](repeating: 0, count: frame), count: leads)
    var anchored = [Float](repeating: 0, count: frame)
    var target = [Float](repeating: 0, count: leads * coefficients)
    let frameCount = (sampleCount + frame - 1) / frame
    while state.memory.count < sampleCount {
      let start = state.memory.count
      for lead in 0..<leads {
        let inverse = 1 / state.steps[lead]
        for i in 0..<frame {
          let value = chunk[lead][min(start + i, sampleCount - 1)]
          block[lead][i] = value
          anchored[i] = Float(Int64(value) - Int64(state.last[lead])) * inverse
        }
        target.withUnsafeMutableBufferPointer { state.transform.analyse(anchored, into: $0.baseAddress! + lead * coefficients) }
      }
      state.prepare()
      var best = priced(at: result.count, of: frameCount).choose(block, target, state, model)
      if best.symbols.mode == FrameSymbols.copyMode { best.symbols.rank = state.memory.rank(of: best.positions.first!) }

      var copies = [Float](repeating: 0, count: leads * frame)
      var spectra = [Float](repeating: 0, count: leads * coefficients)
      for lead in 0..<leads { FramePrediction.copy(lead, best.positions, best.symbols, state, copies: &copies, spectra: &spectra) }
      code(best.symbols, spectra, best.innovation, state, model, &coder)
      model.remember(best.symbols)
      state.decode(best.symbols, copies: copies, innovation: best.innovation, copySpectra: spectra)
      result.append(best.symbols)
    }
    return result
  }

  /// Early frames of a chunk are copied from by all that follow: bits count less in them, so that they become better. In a chunk of two minutes or
  /// more the price begins at three tenths and reaches its full height after three tenths of the chunk.
  private func priced(at frame: Int, of frameCount: Int) -> FrameEncoder {
    let start = 1 - 0.7 * min(1, Float(frameCount) / 450)
    let ramp = max(1, 0.3 * Float(frameCount))
    var result = self
    result.price *= min(1, start + (1 - start) * Float(frame) / ramp)
    return result
  }

  private func choose(_ block: [[Int32]], _ target: [Float], _ state: FrameState, _ model: FrameModel) -> Candidate {
    var candidates = [quantise(FrameSymbols(codes: []), [], [Float](repeating: 0, count: target.count), target, state, guess: 3)]
    func put(mode: Int, rank: Int, positions: ArraySlice<Int>) {
      let copy = spectra(of: positions, state)
      var (cross, energy) = (Float(0), Float(0))
      for k in copy.indices {
        cross += target[k] * copy[k]
        energy += copy[k] * copy[k]
      }
      let gain = cross / max(energy, 1e-6)
      let index = min(max(Int(((gain - 0.6) / 0.1).rounded()), 0), FrameSymbols.gains.count - 1)
      let side = mode == FrameSymbols.copyMode ? Float(FrameSymbols.bucket(rank)) + 4 : 3
      for g in Set([FrameSymbols.unitGain, index]) {
        var symbols = FrameSymbols(codes: [])
        (symbols.mode, symbols.rank, symbols.gain) = (mode, rank, g)
        let factor = FrameSymbols.gains[g]
        candidates.append(
          quantise(symbols, positions, copy.map { $0 * factor }, target, state, guess: side + (g == FrameSymbols.unitGain ? 0 : 3)))
      }
    }
    if state.positions > 0 {
      // Distances are of the compared samples only: one out of `decimation`.
      let levels = state.parameters.stepInLevels * state.parameters.stepInLevels
      let bitPrice = price * levels / Float(state.geometry.decimation)
      // Ranks of the nearest are known exactly, and there it matters.
      let nearest = state.nearest?.sorted() ?? []
      let ranks = Dictionary(uniqueKeysWithValues: nearest.enumerated().map { ($1, $0) })
      var tried = Set<Int>()
      for (position, rank) in state.memory.shortlist(block, limit: effort.shortlist, bitPrice: bitPrice) where tried.insert(position).inserted {
        put(mode: FrameSymbols.copyMode, rank: ranks[position] ?? min(max(rank, nearest.count), state.positions - 1), positions: [position])
      }
      for (rank, position) in nearest.prefix(effort.shortlist / 4 + 1).enumerated() where tried.insert(position).inserted {
        put(mode: FrameSymbols.copyMode, rank: rank, positions: [position])
      }
      for mode in 2..<FrameSymbols.modes where state.allows(mode: mode) {
        put(mode: mode, rank: 0, positions: state.separate.prefix(FrameSymbols.matches(mode)))
      }
    }
    candidates.sort { $0.distortion + price * $0.guess < $1.distortion + price * $1.guess }
    var measured: [(candidate: Candidate, cost: Float)] = []
    for candidate in candidates.prefix(effort.measured) { measured.append((candidate, total(candidate, state, model))) }
    measured.sort { $0.cost < $1.cost }
    var best: (candidate: Candidate, cost: Float)?
    for (candidate, _) in measured.prefix(effort.refined) {
      let refined = refine(candidate, target, state, model)
      if best == nil || refined.cost < best!.cost { best = refined }
    }
    guard let best, within(best.candidate, target, state) else {
      // Nothing cheap is near enough: the best candidate that keeps the limit, or the best with its codes simply rounded.
      for (candidate, _) in measured where within(candidate, target, state) { return candidate }
      return quantise(
        measured[0].candidate.symbols, measured[0].candidate.positions, measured[0].candidate.copySpectra, target, state, guess: 0, rounded: true)
    }
    return best.candidate
  }

  /// Spectra of a copy with unit gain, in quantiser steps.
  private func spectra(of positions: ArraySlice<Int>, _ state: FrameState) -> [Float] {
    let coefficients = state.transform.coefficients
    var result = [Float](repeating: 0, count: state.leadCount * coefficients)
    var copy = [Float](repeating: 0, count: state.geometry.frame)
    result.withUnsafeMutableBufferPointer { result in
      for lead in 0..<state.leadCount {
        state.predict(lead, from: positions, into: &copy)
        state.transform.analyse(copy, into: result.baseAddress! + lead * coefficients)
        let inverse = 1 / state.steps[lead]
        for k in 0..<coefficients { result[lead * coefficients + k] *= inverse }
      }
    }
    return result
  }

  /// Quantises what a copy leaves, lead after lead, each predicted from the decoded ones before it.
  private func quantise(
    _ symbols: FrameSymbols, _ positions: ArraySlice<Int>, _ copySpectra: [Float], _ target: [Float], _ state: FrameState,
    guess: Float, rounded: Bool = false
  ) -> Candidate {
    let (coefficients, leads) = (state.transform.coefficients, state.leadCount)
    var candidate = Candidate(
      symbols: symbols, positions: positions, copySpectra: copySpectra, innovation: Array(repeating: 0, count: copySpectra.count), distortion: 0,
      guess: guess)
    candidate.symbols.codes = Array(repeating: 0, count: copySpectra.count)
    let (deadZone, rounding): (Float, Float) = rounded ? (0.5, 0.5) : (FrameEncoder.deadZone, FrameEncoder.rounding)
    candidate.innovation.withUnsafeMutableBufferPointer { innovation in
      candidate.symbols.codes.withUnsafeMutableBufferPointer { codes in
        copySpectra.withUnsafeBufferPointer { copies in
          target.withUnsafeBufferPointer { target in
            for lead in 0..<leads {
              let base = lead * coefficients
              if lead > 0 { state.addCrossLead(lead, innovation: innovation.baseAddress!, to: innovation.baseAddress! + base) }
              var bits: Float = 0
              for k in base..<base + coefficients {
                let difference = target[k] - copies[k] - innovation[k]
                let size = abs(difference)
                if size >= deadZone {
                  let magnitude = min(Int32(min(size + rounding, 1e8)), FrameSymbols.largestCode)
                  codes[k] = difference < 0 ? -magnitude : magnitude
                  innovation[k] += Float(codes[k])
                  bits += 5 + 2 * Float(min(magnitude, 4))
                }
                let error = target[k] - copies[k] - innovation[k]
                candidate.distortion += error * error
              }
              candidate.guess += bits
            }
          }
        }
      }
    }
    return candidate
  }

  /// Whether every lead's error stays below the limit.
  private func within(_ candidate: Candidate, _ target: [Float], _ state: FrameState) -> Bool {
    let coefficients = state.transform.coefficients
    for lead in 0..<state.leadCount {
      var error = Float(0)
      for k in lead * coefficients..<(lead + 1) * coefficients {
        let difference = target[k] - candidate.copySpectra[k] - candidate.innovation[k]
        error += difference * difference
      }
      if error > errorLimit * errorLimit * Float(state.geometry.frame) { return false }
    }
    return true
  }

  private func total(_ candidate: Candidate, _ state: FrameState, _ model: FrameModel) -> Float {
    var meter = CostMeter()
    code(candidate.symbols, candidate.copySpectra, candidate.innovation, state, model, &meter)
    return candidate.distortion + price * Float(meter.cost) / 4096
  }

  private func code<Coder: BinaryCoder>(
    _ symbols: FrameSymbols, _ copySpectra: [Float], _ innovation: [Float], _ state: FrameState, _ model: FrameModel, _ coder: inout Coder
  ) {
    var symbols = symbols
    model.codeSide(&symbols, state.context, positions: state.positions, &coder)
    let side = symbols
    let coefficients = state.transform.coefficients
    var prediction = FramePrediction.Workspace(coefficients: coefficients)
    symbols.codes.withUnsafeMutableBufferPointer { codes in
      for lead in 0..<state.leadCount {
        prediction.set(lead, copySpectra, innovation, state)
        let own = codes.baseAddress! + lead * coefficients
        model.codeLead(
          lead, own, prediction: prediction.spectrum, earlier: lead > 0 ? UnsafePointer(own - coefficients) : nil, side, state.context, &coder)
      }
    }
  }

  /// Lowers codes one by one, from the highest frequency down, where bits saved outweigh the error.
  private func refine(_ candidate: Candidate, _ target: [Float], _ state: FrameState, _ model: FrameModel) -> (candidate: Candidate, cost: Float) {
    var best = candidate
    var cost = total(candidate, state, model)
    // A trial takes a look at all leads, and with them grows the number of trials.
    guard state.leadCount <= FrameEncoder.mostRefinedLeads else { return (best, cost) }
    // With several leads a change spreads to the leads predicted from it; only the last lead's codes stand alone.
    for k in stride(from: best.symbols.codes.count - 1, through: 0, by: -1) where best.symbols.codes[k] != 0 {
      var trial = best
      let change: Int32 = trial.symbols.codes[k] > 0 ? -1 : 1
      trial.symbols.codes[k] += change
      requantise(&trial, from: k / state.transform.coefficients, target, state)
      let trialCost = total(trial, state, model)
      if trialCost < cost { (best, cost) = (trial, trialCost) }
    }
    return (best, cost)
  }

  /// Innovation and distortion of a candidate after a change of codes in a lead; codes of other leads stay.
  private func requantise(_ candidate: inout Candidate, from first: Int, _ target: [Float], _ state: FrameState) {
    let coefficients = state.transform.coefficients
    candidate.innovation.withUnsafeMutableBufferPointer { innovation in
      for lead in first..<state.leadCount {
        let base = lead * coefficients
        for k in base..<base + coefficients { innovation[k] = 0 }
        if lead > 0 { state.addCrossLead(lead, innovation: innovation.baseAddress!, to: innovation.baseAddress! + base) }
        for k in base..<base + coefficients { innovation[k] += Float(candidate.symbols.codes[k]) }
      }
    }
    candidate.distortion = 0
    for k in target.indices {
      let error = target[k] - candidate.copySpectra[k] - candidate.innovation[k]
      candidate.distortion += error * error
    }
  }
}
