/// One way to code a frame. Spectra are in quantiser steps, leads × coefficients.
final class FrameCandidate {
  var mode = 0
  var rank = 0
  var gain = FrameSymbols.unitGain
  /// Of the copy, with its gain.
  let copySpectra: UnsafeMutablePointer<Float>
  /// What is decoded beyond the copy.
  let innovation: UnsafeMutablePointer<Float>
  let codes: UnsafeMutablePointer<Int32>
  /// What it copies from, in the search that it belongs to.
  var source = 0
  var distortion: Float = 0
  /// Distortion and price of all bits.
  var cost: Float = 0
  /// The largest squared error of a lead behind the synthesis, once it was asked.
  var largestError: Float = 0
  /// What the synthesis says of it, once it was asked; nil where there is none.
  let synthesis: SynthesisFrame?
  private let count: Int

  init(count: Int, synthesis: SynthesisFrame? = nil) {
    (self.count, self.synthesis) = (count, synthesis)
    copySpectra = .allocate(capacity: count)
    innovation = .allocate(capacity: count)
    codes = .allocate(capacity: count)
    copySpectra.initialize(repeating: 0, count: count)
    innovation.initialize(repeating: 0, count: count)
    codes.initialize(repeating: 0, count: count)
  }

  deinit {
    copySpectra.deallocate()
    innovation.deallocate()
    codes.deallocate()
  }

  func take(_ other: FrameCandidate) {
    (mode, rank, gain, source, distortion, cost) = (other.mode, other.rank, other.gain, other.source, other.distortion, other.cost)
    copySpectra.update(from: other.copySpectra, count: count)
    innovation.update(from: other.innovation, count: count)
    codes.update(from: other.codes, count: count)
  }
}
