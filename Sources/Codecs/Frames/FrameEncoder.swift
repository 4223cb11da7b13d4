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
      memorySeconds = [20, 40, 100, 100, 100, 150, 300, 300, 300][level]
    }
  }

  let effort: Effort
  /// Squared quantiser steps that a bit is worth.
  var price: Float
  /// Root of the mean squared error, in quantiser steps, that no frame of any lead may exceed.
  let errorLimit: Float

  /// Long frames, of rates beyond 1000 Hz, are tried less often: a trial costs the square of their length.
  private func tries(_ wanted: Int, _ state: FrameState) -> Int { max(3, wanted * min(267, state.geometry.frame) / state.geometry.frame) }

  /// - Parameter chunk: leads × samples: what follows those that the state has decoded already.
  ///   - coder: takes the symbols by the prior.
  /// - Returns: the symbols of every frame; the state has decoded them.
  func encode(_ chunk: [[Int32]], state: FrameState, model: FrameModel, coder: inout some BinaryCoder) -> [FrameSymbols] {
    let (frame, coefficients, leads) = (state.geometry.frame, state.transform.coefficients, state.leadCount)
    let (begin, sampleCount) = (state.memory.count, chunk[0].count)
    let search = FrameSearch(state: state, model: model, candidates: effort.measured + effort.refined + 1)
    var result: [FrameSymbols] = []
    var block = Array(repeating: [Int32](repeating: 0, count: frame), count: leads)
    var anchored = [Float](repeating: 0, count: frame)
    var copies = [Float](repeating: 0, count: leads * frame)
    var spectra = [Float](repeating: 0, count: leads * coefficients)
    while state.memory.count - begin < sampleCount {
      let start = state.memory.count - begin
      for lead in 0..<leads {
        let inverse = 1 / state.steps[lead]
        let last = Int64(state.last[lead])
        for i in 0..<frame {
          let value = chunk[lead][min(start + i, sampleCount - 1)]
          block[lead][i] = value
          anchored[i] = Float(Int64(value) - last) * inverse
        }
        state.transform.analyse(anchored, into: search.target + lead * coefficients)
      }
      state.prepare()
      search.price = price(at: state.memory.count / frame, of: state.memory.capacity / frame)
      let best = choose(block, search, state)
      let positions = search.positions(of: best)
      var symbols = FrameSymbols(codes: Array(UnsafeBufferPointer(start: best.codes, count: leads * coefficients)))
      (symbols.mode, symbols.rank, symbols.gain) = (best.mode, best.rank, best.gain)
      if symbols.mode == FrameSymbols.copyMode { symbols.rank = state.memory.rank(of: Int(positions[0])) }
      best.rank = symbols.rank

      for lead in 0..<leads { FramePrediction.copy(lead, positions, symbols, state, copies: &copies, spectra: &spectra) }
      search.code(best, copySpectra: spectra, &coder)
      model.remember(best.codes)
      state.decode(symbols, copies: copies, innovation: best.innovation, copySpectra: spectra)
      result.append(symbols)
    }
    return result
  }

  /// Early frames of a chunk are copied from by all that follow: bits count less in them, so that they become better. In a chunk of two minutes or
  /// more the price begins at three tenths and reaches its full height after three tenths of the chunk.
  private func price(at frame: Int, of frameCount: Int) -> Float {
    let start = 1 - 0.7 * min(1, Float(frameCount) / 450)
    let ramp = max(1, 0.3 * Float(frameCount))
    return price * min(1, start + (1 - start) * Float(frame) / ramp)
  }

  private func choose(_ block: [[Int32]], _ search: FrameSearch, _ state: FrameState) -> FrameCandidate {
    search.begin()
    if state.positions > 0 {
      // Distances are of the compared samples only: one out of `decimation`.
      let levels = state.parameters.stepInLevels * state.parameters.stepInLevels
      let bitPrice = search.price * levels / Float(state.geometry.decimation)
      // Ranks of the nearest are known exactly, and there it matters.
      let nearest = state.nearest
      let shortlist = tries(effort.shortlist, state)
      let nearCount = nearest?.count ?? 0
      var tried: [Int] = []
      for (position, rank) in state.memory.shortlist(block, limit: shortlist, bitPrice: bitPrice) {
        tried.append(position)
        search.tryCopy(position, rank: nearest?.rank(of: position) ?? min(max(rank, nearCount), state.positions - 1))
      }
      for (rank, position) in (nearest?.first(shortlist / 4 + 1) ?? []).enumerated() where !tried.contains(position) {
        search.tryCopy(position, rank: rank)
      }
      for mode in 2..<FrameSymbols.modes where state.allows(mode: mode) { search.tryMean(mode: mode) }
    }
    search.judge()
    var measured = search.best(tries(effort.measured, state))
    // Only the cheapest are to be told apart.
    var cheapest: [Float] = []
    for candidate in measured {
      candidate.cost = search.measure(candidate, limit: cheapest.count == effort.refined ? cheapest.last! : .infinity)
      cheapest.insert(candidate.cost, at: cheapest.firstIndex { candidate.cost < $0 } ?? cheapest.count)
      if cheapest.count > effort.refined { cheapest.removeLast() }
    }
    measured.sort { $0.cost < $1.cost }
    var best: FrameCandidate?
    for candidate in measured.prefix(effort.refined) {
      let refined = search.refine(candidate)
      if best == nil || refined.cost < best!.cost { best = refined }
    }
    if let best, search.isWithin(errorLimit, best) { return best }
    // Nothing cheap is near enough: the best candidate that keeps the limit, or the best with its codes simply rounded.
    return measured.first { search.isWithin(errorLimit, $0) } ?? search.rounded(measured[0])
  }
}
