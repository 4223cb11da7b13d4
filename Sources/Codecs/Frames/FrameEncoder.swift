import Entropy
import Prediction

/// Chooses the symbols of a chunk of frames: for each frame what minimises squared error (in squared quantiser steps) plus `price` × bits,
/// the bits told by the prior in its present state.
///
/// The search: positions by the distance of the frame itself from what stands there, the nearest matches and their means, each with unit gain and
/// with the best; then the codes of the winners are lowered one by one where that pays (rate-distortion-optimised quantisation), and of those that
/// come near the best is taken which is cheapest together with what the next frame then costs.
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
    /// Those of them that come near the cheapest, by so many bits' price, are followed into the next frame before one is chosen.
    var margin: Float
    /// How much is searched for there: the level of another effort; 0: nothing is followed.
    private let aheadLevel: Int

    init(_ effort: Int) {
      let level = min(max(effort, 1), 9) - 1
      shortlist = [3, 5, 8, 14, 24, 32, 48, 80, 128][level]
      measured = [3, 4, 6, 8, 12, 16, 24, 40, 64][level]
      margin = [0, 0, 0, 2, 2, 3, 4, 6, 8][level]
      aheadLevel = [0, 0, 0, 1, 2, 3, 5, 5, 6][level]
      refined = [1, 1, 1, 3, 4, 6, 8, 12, 12][level]
      memorySeconds = [20, 40, 100, 100, 100, 150, 300, 300, 300][level]
    }

    /// The effort for the frame behind one that is being chosen.
    var ahead: Effort? {
      guard aheadLevel > 0 else { return nil }
      var ahead = Effort(aheadLevel)
      ahead.refined = min(ahead.refined, 2)
      return ahead
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
    let (begin, sampleCount) = (state.memory.count, chunk[0].count)
    let level = FrameLevel(effort, state, model)
    let ahead = effort.ahead.map { FrameLevel($0, state, model) }
    var result: [FrameSymbols] = []
    while state.memory.count - begin < sampleCount {
      let start = state.memory.count - begin
      var candidates = candidates(level, chunk, at: start)
      // Ranks are known as long as the memory is as it is.
      for candidate in candidates where candidate.mode == FrameSymbols.copyMode {
        candidate.rank = state.memory.rank(of: Int(level.search.positions(of: candidate)[0]))
      }
      if let ahead, candidates.count > 1, start + state.geometry.frame < sampleCount {
        for (index, candidate) in candidates.enumerated() {
          let following = level.trying(candidate) { self.candidates(ahead, chunk, at: start + state.geometry.frame, isKnown: index > 0)[0] }
          candidate.cost += following.cost
        }
        candidates.sort { $0.cost < $1.cost }
      }
      result.append(level.take(candidates[0], &coder))
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

  /// The candidates for the frame that the state is at which come near the cheapest, the best first.
  /// - Parameter isKnown: whether they were asked for just now, with another frame decoded before them.
  private func candidates(_ level: FrameLevel, _ chunk: [[Int32]], at start: Int, isKnown: Bool = false) -> [FrameCandidate] {
    let (effort, search, state) = (level.effort, level.search, level.state)
    let block = search.take(chunk, at: start)
    state.prepare()
    search.price = price(at: state.memory.count / state.geometry.frame, of: state.memory.capacity / state.geometry.frame)
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
      for (position, rank) in state.memory.shortlist(block, limit: shortlist, bitPrice: bitPrice, isKnown: isKnown) {
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
    var refined = measured.prefix(effort.refined).map(search.refine)
    refined.forEach(search.correct)
    refined.sort { $0.cost < $1.cost }
    let allowed = refined.filter { search.keeps(errorLimit, $0) }
    if let best = allowed.first { return Array(allowed.prefix { $0.cost <= best.cost + search.price * effort.margin }) }
    // Nothing cheap is near enough: the best candidate that keeps the limit, or the best with its codes simply rounded.
    for candidate in measured {
      search.correct(candidate)
      if search.keeps(errorLimit, candidate) { return [candidate] }
    }
    let last = search.rounded(measured[0])
    search.correct(last)
    return [last]
  }
}
