import Entropy

/// The search for one of the frames that an encoder looks at together, and the decoding of what it finds.
final class FrameLevel {
  let effort: FrameEncoder.Effort
  let state: FrameState
  let search: FrameSearch
  private let model: FrameModel
  private var symbols = FrameSymbols(codes: [])
  /// Copies of the candidate that is decoded, leads × samples, and their spectra, leads × coefficients.
  private var copies: [Float]
  private var spectra: [Float]

  init(_ effort: FrameEncoder.Effort, _ state: FrameState, _ model: FrameModel) {
    (self.effort, self.state, self.model) = (effort, state, model)
    search = FrameSearch(state: state, model: model, candidates: effort.measured + effort.refined + 1)
    copies = Array(repeating: 0, count: state.leadCount * state.geometry.frame)
    spectra = Array(repeating: 0, count: state.leadCount * state.transform.coefficients)
  }

  /// Decodes a candidate, whose rank is known, and codes it.
  func take(_ candidate: FrameCandidate, _ coder: inout some BinaryCoder) -> FrameSymbols {
    copy(candidate)
    search.code(candidate, copySpectra: spectra, &coder)
    model.remember(candidate.codes)
    state.decode(symbols, copies: copies, innovation: candidate.innovation, copySpectra: spectra, known: candidate.synthesis)
    return symbols
  }

  /// What `body` gives while a candidate, whose rank is known, is decoded. Afterwards everything is as before, but what is near is not known any more.
  func trying<Result>(_ candidate: FrameCandidate, _ body: () -> Result) -> Result {
    let (mark, codes) = (state.mark, model.remembered)
    copy(candidate)
    state.decode(symbols, copies: copies, innovation: candidate.innovation, copySpectra: spectra, isTrial: true, known: candidate.synthesis)
    model.pretend(candidate.codes)
    defer {
      model.pretend(codes)
      state.restore(mark)
    }
    return body()
  }

  private func copy(_ candidate: FrameCandidate) {
    symbols.codes = Array(UnsafeBufferPointer(start: candidate.codes, count: spectra.count))
    (symbols.mode, symbols.rank, symbols.gain) = (candidate.mode, candidate.rank, candidate.gain)
    let positions = search.positions(of: candidate)
    for lead in 0..<state.leadCount { FramePrediction.copy(lead, positions, symbols, state, copies: &copies, spectra: &spectra) }
  }
}
