import Bytes
import Entropy
import Prediction

/// Where the symbols of frames come from.
protocol FrameSource {
  /// The symbols of the next frame but its codes.
  mutating func nextSide(_ context: FrameContext, positions: Int) throws -> FrameSymbols
  /// The codes of one lead of that frame, written into `symbols.codes`.
  mutating func nextCodes(_ lead: Int, _ symbols: inout FrameSymbols, prediction: UnsafePointer<Float>, _ context: FrameContext) throws
  /// Called behind the last frame; throws if the source was not used up.
  mutating func finish() throws
}

/// Decodes a chunk of frames.
struct FrameDecoder {
  /// - Parameters:
  ///   - sampleCount: samples a lead, behind those that the state has decoded already.
  /// - Throws: `CodecError.malformed`, or what the source throws.
  static func decode(_ source: inout some FrameSource, state: FrameState, sampleCount: Int) throws {
    let (frame, coefficients, leadCount) = (state.geometry.frame, state.transform.coefficients, state.leadCount)
    var copies = [Float](repeating: 0, count: leadCount * frame)
    var copySpectra = [Float](repeating: 0, count: leadCount * coefficients)
    var innovation = copySpectra
    let prediction = FramePrediction.Workspace(coefficients: coefficients)
    let end = state.memory.count + sampleCount
    while state.memory.count < end {
      state.prepare()
      var symbols = try source.nextSide(state.context, positions: state.positions)
      guard state.allows(mode: symbols.mode), symbols.rank == 0 || symbols.rank < state.positions else {
        throw CodecError.malformed("a frame copies from where there is nothing")
      }
      let positions = state.positions(of: symbols)
      for lead in 0..<leadCount {
        FramePrediction.copy(lead, positions, symbols, state, copies: &copies, spectra: &copySpectra)
        prediction.set(lead, copySpectra, innovation, state)
        try source.nextCodes(lead, &symbols, prediction: prediction.spectrum, state.context)
        prediction.innovate(symbols.codes, lead, into: &innovation)
      }
      state.decode(symbols, copies: copies, innovation: innovation, copySpectra: copySpectra)
    }
    try source.finish()
  }
}

/// The steps between symbols and spectra that encoder and decoder share.
enum FramePrediction {
  /// The copy of a lead with its gain, in samples and as a spectrum in quantiser steps.
  /// - Parameters:
  ///   - copies: leads × samples.
  ///   - spectra: leads × coefficients.
  static func copy(
    _ lead: Int, _ positions: [Int64], _ symbols: FrameSymbols, _ state: FrameState, copies: UnsafeMutablePointer<Float>,
    spectra: UnsafeMutablePointer<Float>
  ) {
    let (frame, coefficients) = (state.geometry.frame, state.transform.coefficients)
    let copy = copies + lead * frame
    let spectrum = spectra + lead * coefficients
    guard !positions.isEmpty else {
      copy.update(repeating: 0, count: frame)
      spectrum.update(repeating: 0, count: coefficients)
      return
    }
    samples(lead, positions, gain: symbols.gain, state, into: copy)
    state.analyse(copy, lead, into: spectrum)
  }

  /// The copy of a lead with its gain, in samples.
  static func samples(_ lead: Int, _ positions: [Int64], gain: Int, _ state: FrameState, into copy: UnsafeMutablePointer<Float>) {
    guard !positions.isEmpty else { return copy.update(repeating: 0, count: state.geometry.frame) }
    positions.withUnsafeBufferPointer { state.predict(lead, from: $0, into: copy) }
    let factor = FrameSymbols.gains[gain]
    for i in 0..<state.geometry.frame { copy[i] *= factor }
  }

  /// What is predicted of one lead's spectrum, in quantiser steps: by the copy, and by the leads before it.
  final class Workspace {
    /// What the decoded innovations of the leads before it say of the lead's innovation.
    let cross: UnsafeMutablePointer<Float>
    /// That and the copy's spectrum.
    let spectrum: UnsafeMutablePointer<Float>
    private let coefficients: Int

    init(coefficients: Int) {
      self.coefficients = coefficients
      cross = .allocate(capacity: coefficients)
      spectrum = .allocate(capacity: coefficients)
      cross.initialize(repeating: 0, count: coefficients)
      spectrum.initialize(repeating: 0, count: coefficients)
    }

    deinit {
      cross.deallocate()
      spectrum.deallocate()
    }

    /// Predicts a lead from the copy's spectra and the innovations of the leads before it, both leads × coefficients.
    func set(_ lead: Int, _ copySpectra: UnsafePointer<Float>, _ innovation: UnsafePointer<Float>, _ state: FrameState) {
      let copy = copySpectra + lead * coefficients
      cross.update(repeating: 0, count: coefficients)
      state.addCrossLead(lead, innovation: innovation, to: cross)
      for k in 0..<coefficients { spectrum[k] = copy[k] + cross[k] }
    }

    /// The innovation of the lead that was predicted last, from its codes; both leads × coefficients.
    func innovate(_ codes: [Int32], _ lead: Int, into innovation: UnsafeMutablePointer<Float>) {
      let own = innovation + lead * coefficients
      codes.withUnsafeBufferPointer { codes in
        let codes = codes.baseAddress! + lead * coefficients
        for k in 0..<coefficients { own[k] = cross[k] + Float(codes[k]) }
      }
    }
  }
}

/// Frames from a rANS stream by the prior.
struct PriorSource: FrameSource {
  private let model: FrameModel
  private var coder: RansDecoder
  private let codeCount: Int
  private let coefficients: Int

  init(_ bytes: ArraySlice<UInt8>, model: FrameModel, leadCount: Int, coefficients: Int) {
    self.model = model
    coder = RansDecoder(bytes)
    codeCount = leadCount * coefficients
    self.coefficients = coefficients
  }

  mutating func nextSide(_ context: FrameContext, positions: Int) throws -> FrameSymbols {
    guard !coder.isExhausted else { throw CodecError.malformed("the symbols of a chunk end too early") }
    var symbols = FrameSymbols(codes: Array(repeating: 0, count: codeCount))
    model.codeSide(&symbols, context, positions: positions, &coder)
    return symbols
  }

  mutating func nextCodes(_ lead: Int, _ symbols: inout FrameSymbols, prediction: UnsafePointer<Float>, _ context: FrameContext) throws {
    let (mode, rank) = (symbols.mode, symbols.rank)
    symbols.codes.withUnsafeMutableBufferPointer { codes in
      let own = codes.baseAddress! + lead * coefficients
      let earlier = lead > 0 ? UnsafePointer(own - coefficients) : nil
      model.codeLead(own, .init(lead: lead, prediction: prediction, earlier: earlier, mode: mode, rank: rank, frame: context), &coder)
      if (lead + 1) * coefficients == codeCount { model.remember(codes.baseAddress!) }
    }
  }

  mutating func finish() throws {
    guard coder.isComplete else { throw CodecError.malformed("the symbols of a chunk do not end where they should") }
  }
}
