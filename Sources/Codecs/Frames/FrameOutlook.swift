import CKernels

/// What the memory says of the next frame in the first lead, for the network beside the prior; values in quantiser steps.
final class FrameOutlook: Equatable, Sendable {
  /// Coefficients looked at; fewer where a frame is shorter, the rest being zero.
  static let coefficients = 32
  /// Means of so many parts of the last decoded frame, less its last sample.
  static let recentParts = 12

  /// Mean and variance over the separate matches of what followed them: spectra.
  let mean: [Float]
  let variance: [Float]
  /// By separate match, nearest first: squared distance in squared steps a sample, and age in frames; -1 where there is none.
  let distances: [Float]
  let ages: [Float]
  let recent: [Float]
  /// Frames decoded so far.
  let age: Float

  static func == (a: FrameOutlook, b: FrameOutlook) -> Bool { a === b }

  init(_ state: FrameState) {
    let (frame, count, memory) = (state.geometry.frame, FrameOutlook.coefficients, state.memory)
    let inverse = 1 / state.steps[0]
    let unit = state.parameters.stepInLevels * state.parameters.stepInLevels * Float(state.leadCount * state.geometry.taps)
    var (sum, squares) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
    var (buffer, spectrum) = ([Float](repeating: 0, count: frame), [Float](repeating: 0, count: count))
    var distances = [Float](repeating: -1, count: FrameState.separateLimit)
    var ages = distances
    for (index, position) in state.separate.enumerated() {
      distances[index] = memory.distance(of: Int(position)) / unit
      ages[index] = Float(memory.count - Int(position)) / Float(frame)
      withUnsafePointer(to: position) { state.predict(0, from: UnsafeBufferPointer(start: $0, count: 1), into: &buffer) }
      state.transform.analyseLow(buffer, into: &spectrum)
      for k in 0..<count {
        let value = spectrum[k] * inverse
        sum[k] += value
        squares[k] += value * value
      }
    }
    let share = 1 / Float(max(1, state.separate.count))
    for k in 0..<count {
      sum[k] *= share
      squares[k] = max(0, squares[k] * share - sum[k] * sum[k])
    }
    var recent = [Float](repeating: 0, count: FrameOutlook.recentParts)
    if memory.count >= frame {
      let samples = memory.samples[0] + (memory.count - frame)
      for part in 0..<FrameOutlook.recentParts {
        let (low, high) = (part * frame / FrameOutlook.recentParts, (part + 1) * frame / FrameOutlook.recentParts)
        var total: Int64 = 0
        for i in low..<high { total += Int64(samples[i]) - Int64(state.last[0]) }
        recent[part] = Float(total) / Float(max(1, high - low)) * inverse
      }
    }
    (mean, variance, self.distances, self.ages, self.recent) = (sum, squares, distances, ages, recent)
    age = Float(memory.count / frame)
  }
}

/// How numbers of any size become inputs of a network: nothing here leaves the arithmetic that is the same on every machine.
enum Squeeze {
  /// x / √(1 + |x|): keeps small numbers, takes the root of large ones.
  @inline(__always)
  static func root(_ x: Float) -> Float {
    let x = bounded(x, 1e6)
    return x / (1 + abs(x)).squareRoot()
  }

  /// log2 of a positive number by its exponent and a straight line between powers of two; -6 for 1/64 and less.
  @inline(__always)
  static func logarithm(_ x: Float) -> Float {
    let x = x > 0.015625 ? bounded(x, 1e9) : 0.015625
    return Float(x.exponent) + x.significand - 1
  }
}
