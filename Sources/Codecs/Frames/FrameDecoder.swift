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
  ///   - sampleCount: samples a lead.
  /// - Returns: leads × samples.
  /// - Throws: `CodecError.malformed`, or what the source throws.
  static func decode(_ source: inout some FrameSource, state: FrameState, sampleCount: Int) throws -> [[Int32]] {
    let (frame, coefficients, leadCount) = (state.geometry.frame, state.transform.coefficients, state.leadCount)
    var copies = [Float](repeating: 0, count: leadCount * frame)
    var copySpectra = [Float](repeating: 0, count: leadCount * coefficients)
    var innovation = copySpectra
    var prediction = FramePrediction.Workspace(coefficients: coefficients)
    while state.memory.count < sampleCount {
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
        for k in 0..<coefficients { innovation[lead * coefficients + k] = prediction.cross[k] + Float(symbols.codes[lead * coefficients + k]) }
      }
      state.decode(symbols, copies: copies, innovation: innovation, copySpectra: copySpectra)
    }
    try source.finish()
    return (0..<leadCount).map { Array(UnsafeBufferPointer(start: state.memory.samples[$0], count: sampleCount)) }
  }
}

/// The steps between symbols and spectra that encoder and decoder share.
enum FramePrediction {
  /// The copy of a lead with its gain, in samples and as a spectrum in quantiser steps.
  static func copy(
    _ lead: Int, _ positions: ArraySlice<Int>, _ symbols: FrameSymbols, _ state: FrameState, copies: inout [Float], spectra: inout [Float]
  ) {
    let (frame, coefficients) = (state.geometry.frame, state.transform.coefficients)
    copies.withUnsafeMutableBufferPointer { copies in
      spectra.withUnsafeMutableBufferPointer { spectra in
        let copy = copies.baseAddress! + lead * frame
        let spectrum = spectra.baseAddress! + lead * coefficients
        guard !positions.isEmpty else {
          for i in 0..<frame { copy[i] = 0 }
          for k in 0..<coefficients { spectrum[k] = 0 }
          return
        }
        state.predict(lead, from: positions, into: copy)
        let gain = FrameSymbols.gains[symbols.gain]
        for i in 0..<frame { copy[i] *= gain }
        state.transform.analyse(copy, into: spectrum)
        let inverse = 1 / state.steps[lead]
        for k in 0..<coefficients { spectrum[k] *= inverse }
      }
    }
  }

  /// What is predicted of one lead's spectrum, in quantiser steps: by the copy, and by the leads before it.
  struct Workspace {
    /// What the decoded innovations of the leads before it say of the lead's innovation.
    private(set) var cross: [Float]
    /// That and the copy's spectrum.
    private(set) var spectrum: [Float]

    init(coefficients: Int) {
      cross = Array(repeating: 0, count: coefficients)
      spectrum = cross
    }

    mutating func set(_ lead: Int, _ copySpectra: [Float], _ innovation: [Float], _ state: FrameState) {
      for k in cross.indices { cross[k] = 0 }
      innovation.withUnsafeBufferPointer { state.addCrossLead(lead, innovation: $0.baseAddress!, to: &cross) }
      for k in cross.indices { spectrum[k] = copySpectra[lead * cross.count + k] + cross[k] }
    }
  }
}

/// Frames from a rANS stream by the prior.
struct PriorSource: FrameSource {
  private let model: FrameModel
  private var coder: RansDecoder
  private let codeCount: Int
  private let coefficients: Int
  private var framesRead = 0

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
    let copy = symbols
    symbols.codes.withUnsafeMutableBufferPointer { codes in
      let own = codes.baseAddress! + lead * coefficients
      model.codeLead(
        lead, own, prediction: prediction, earlier: lead > 0 ? UnsafePointer(own - coefficients) : nil, copy, context, &coder)
    }
    if (lead + 1) * coefficients == codeCount { model.remember(symbols) }
  }

  mutating func finish() throws {
    guard coder.isComplete else { throw CodecError.malformed("the symbols of a chunk do not end where they should") }
  }
}
