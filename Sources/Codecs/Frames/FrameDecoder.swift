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
    var prediction = [Float](repeating: 0, count: coefficients)
    while state.memory.count < sampleCount {
      state.prepare()
      var symbols = try source.nextSide(state.context, positions: state.positions)
      guard state.allows(mode: symbols.mode), symbols.rank == 0 || symbols.rank < state.positions else {
        throw CodecError.malformed("a frame copies from where there is nothing")
      }
      let positions = state.positions(of: symbols)
      for lead in 0..<leadCount {
        FramePrediction.copy(lead, positions, symbols, state, copies: &copies, spectra: &copySpectra)
        for k in 0..<coefficients { prediction[k] = copySpectra[lead * coefficients + k] }
        innovation.withUnsafeBufferPointer { state.addCrossLead(lead, innovation: $0.baseAddress!, to: &prediction) }
        try source.nextCodes(lead, &symbols, prediction: prediction, state.context)
        FramePrediction.dequantise(lead, symbols.codes, prediction, copySpectra, &innovation, coefficients: coefficients)
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

  /// innovation = prediction + codes - copy of one lead: what the frame adds to its copy, in quantiser steps.
  static func dequantise(
    _ lead: Int, _ codes: [Int32], _ prediction: [Float], _ copySpectra: [Float], _ innovation: inout [Float], coefficients: Int
  ) {
    let base = lead * coefficients
    for k in 0..<coefficients { innovation[base + k] = (prediction[k] - copySpectra[base + k]) + Float(codes[base + k]) }
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
    if (lead + 1) * coefficients == codeCount { model.remember(symbols.codes) }
  }

  mutating func finish() throws {
    guard coder.isComplete else { throw CodecError.malformed("the symbols of a chunk do not end where they should") }
  }
}
