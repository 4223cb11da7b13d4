/// What the synthesis saw of one lead of a chunk, frame by frame, and what it should have said. All on the grid's points, in quantiser steps.
public struct SynthesisExample: Sendable {
  private static let points = Synthesis.gridLength
  /// Signals of a frame as it was decoded, but for the correction.
  private static let kept = Synthesis.signalCount - 1

  public private(set) var frameCount = 0
  /// Signal 0 of the frame before each, as it is seen from it: frames × points.
  private var before: [Float] = []
  /// Signals of each frame but the correction: frames × kept × points; and the correction: frames × points.
  private var signals: [Float] = []
  private var corrections: [Float] = []
  private var features: [Float] = []
  /// The original less what copy and transform make: frames × points.
  private var targets: [Float] = []

  /// Bytes of memory, roughly.
  public var memory: Int { 4 * (before.count + signals.count + corrections.count + features.count + targets.count) }

  /// Frames that can be learned from: not the first, which has no past, and not the last, which may go on behind the signal.
  public var usable: Range<Int> { 1..<max(1, frameCount - 1) }

  /// Takes in a frame.
  /// - Parameter own: all signals × points.
  mutating func append(before earlier: [Float], signals own: UnsafePointer<Float>, features frame: [Float]) {
    let (points, kept) = (SynthesisExample.points, SynthesisExample.kept)
    before += earlier
    signals += UnsafeBufferPointer(start: own, count: kept * points)
    corrections += UnsafeBufferPointer(start: own + kept * points, count: points)
    features += frame
    frameCount += 1
  }

  /// Takes in what the next frame should have been decoded to, less the last sample before it.
  mutating func append(target wanted: UnsafePointer<Float>) {
    let points = SynthesisExample.points
    let own = targets.count / points * SynthesisExample.kept * points
    for i in 0..<points {
      // Signal 0, in four steps, is cut where it is very large.
      let frame = signals[own + i]
      targets.append(abs(frame) < SynthesisState.largestSample ? wanted[i] - 4 * frame : 0)
    }
  }

  /// Writes what the network sees of a frame and what it should say.
  /// - Parameters:
  ///   - frame: one of `usable`.
  ///   - sign: 1, or -1 for the signal upside down.
  ///   - x: signals × 2 × points.
  ///   - f: features.
  ///   - y: points.
  public func write(
    _ frame: Int, sign: Float, signals x: UnsafeMutablePointer<Float>, features f: UnsafeMutablePointer<Float>, target y: UnsafeMutablePointer<Float>
  ) {
    let (points, kept) = (SynthesisExample.points, SynthesisExample.kept)
    let (now, past) = (frame * kept * points, (frame - 1) * kept * points)
    for s in 0...kept {
      // The spread has no sign.
      let own = s == 2 ? 1 : sign
      let row = x + s * 2 * points
      for i in 0..<points {
        let seen = s == 0 ? before[frame * points + i] : s < kept ? signals[past + s * points + i] : corrections[(frame - 1) * points + i]
        row[i] = own * seen
        row[points + i] = s < kept ? own * signals[now + s * points + i] : 0
      }
    }
    for k in 0..<Synthesis.featureCount { f[k] = features[frame * Synthesis.featureCount + k] }
    for i in 0..<points { y[i] = sign * targets[frame * points + i] }
  }

  /// The correction that was made in a frame.
  public func correction(_ frame: Int) -> [Float] { Array(corrections[frame * SynthesisExample.points..<(frame + 1) * SynthesisExample.points]) }
}
