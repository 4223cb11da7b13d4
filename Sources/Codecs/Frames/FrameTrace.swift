/// What decoding a chunk of frames leaves behind for the enhancer: per sample, what the memory expected and what the frame added to its copy;
/// per frame, how it was coded. All in quantiser steps of the lead.
struct FrameTrace: Sendable {
  let leadCount: Int
  let frame: Int
  /// Mean of what followed the separate matches (zero while the memory is empty) less the frame before rounding. Leads × time.
  private(set) var surprise: [Float]
  /// Variance of what followed the separate matches. Leads × time.
  private(set) var spread: [Float]
  /// What the frame added to its copy. Leads × time.
  private(set) var added: [Float]
  /// Features of each frame, `features` of them; frames × features.
  private(set) var features: [Float]

  static let featureCount = 8
  let length: Int

  init(leadCount: Int, frame: Int, frames: Int) {
    self.leadCount = leadCount
    self.frame = frame
    length = frame * frames
    surprise = Array(repeating: 0, count: leadCount * length)
    spread = surprise
    added = surprise
    features = Array(repeating: 0, count: frames * FrameTrace.featureCount)
  }

  /// Lets be written what is expected of a frame: the mean, of which the frame is taken off later, and the variance.
  mutating func expect(lead: Int, at time: Int, _ write: (_ mean: UnsafeMutablePointer<Float>, _ variance: UnsafeMutablePointer<Float>) -> Void) {
    let start = lead * length + time
    surprise.withUnsafeMutableBufferPointer { mean in
      spread.withUnsafeMutableBufferPointer { variance in write(mean.baseAddress! + start, variance.baseAddress! + start) }
    }
  }

  /// Shows what is expected of a frame that was not yet taken in: the mean and the variance.
  func expectation(lead: Int, at time: Int, _ read: (_ mean: UnsafePointer<Float>, _ variance: UnsafePointer<Float>) -> Void) {
    let start = lead * length + time
    surprise.withUnsafeBufferPointer { mean in
      spread.withUnsafeBufferPointer { variance in read(mean.baseAddress! + start, variance.baseAddress! + start) }
    }
  }

  /// Takes in a decoded frame of one lead that begins at a time.
  /// - Parameters:
  ///   - copy: samples of the copy, less the sample before the frame.
  ///   - residual: samples of the frame, less the sample before it.
  mutating func add(
    _ symbols: FrameSymbols, _ context: FrameContext, copy: UnsafePointer<Float>, residual: UnsafePointer<Float>, step: Float, lead: Int, at time: Int
  ) {
    let inverse = 1 / step
    let start = lead * length + time
    surprise.withUnsafeMutableBufferPointer { surprise in
      for i in 0..<frame { surprise[start + i] -= residual[i] * inverse }
    }
    added.withUnsafeMutableBufferPointer { added in
      for i in 0..<frame { added[start + i] = (residual[i] - copy[i]) * inverse }
    }
    guard lead == 0 else { return }
    let base = time / frame * FrameTrace.featureCount
    features[base] = symbols.mode == 0 ? 1 : 0
    features[base + 1] = symbols.mode == FrameSymbols.copyMode ? 1 : 0
    features[base + 2] = symbols.mode > FrameSymbols.copyMode ? 1 : 0
    features[base + 3] = Float(context.match) / 8 - 1
    features[base + 4] = Float(context.disagreement) / 8 - 1
    features[base + 5] = Float(context.energy) / 8 - 1
    features[base + 6] = symbols.mode == FrameSymbols.copyMode ? Float(FrameSymbols.bucket(symbols.rank)) / 12 - 1 : 0
    features[base + 7] = 1
  }
}
