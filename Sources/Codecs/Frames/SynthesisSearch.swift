/// What the synthesis makes of the encoder's candidates.
extension FrameSearch {
  /// Asks the synthesis about a candidate that is quantised: from then on its distortion is what is left behind the synthesis. Nothing is done where
  /// there is none.
  func correct(_ candidate: FrameCandidate) {
    guard let synthesis = state.synthesis, let result = candidate.synthesis else { return }
    let positions = positions(of: candidate)
    var symbols = FrameSymbols(codes: [])
    (symbols.mode, symbols.rank, symbols.gain) = (candidate.mode, candidate.rank, candidate.gain)
    if candidate.mode == FrameSymbols.copyMode {
      // The search knows ranks roughly.
      candidate.rank = state.memory.rank(of: Int(positions[0]))
      symbols.rank = candidate.rank
    }
    let frame = state.geometry.frame
    var (total, largest) = (Float(0), Float(0))
    for lead in 0..<leadCount {
      FramePrediction.samples(lead, positions, gain: candidate.gain, state, into: &copied)
      state.synthesise(lead, copy: copied, innovation: candidate.innovation + lead * coefficients, into: &decoded)
      synthesis.correct(lead, symbols, state.context, copy: copied, residual: decoded, step: state.steps[lead], into: result)
      let (inverse, corrections) = (1 / state.steps[lead], result.corrections + lead * frame)
      var error: Float = 0
      for i in 0..<frame {
        let difference = anchored[lead * frame + i] - decoded[i] * inverse - corrections[i]
        error += difference * difference
      }
      total += error
      largest = max(largest, error)
    }
    candidate.cost += total - candidate.distortion
    (candidate.distortion, candidate.largestError) = (total, largest)
  }

  /// Whether every lead's error of a candidate stays below a limit as it is decoded.
  func keeps(_ limit: Float, _ candidate: FrameCandidate) -> Bool {
    state.synthesis == nil ? isWithin(limit, candidate) : candidate.largestError <= limit * limit * Float(state.geometry.frame)
  }
}
