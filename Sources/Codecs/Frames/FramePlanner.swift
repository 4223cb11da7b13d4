import Prediction
import Signals

/// Decides quantiser steps: from the quality asked for and from how much each lead varies.
///
/// A lead's step goes with the root of its standard deviation: a record that varies twice as much gets a step 1.4 times as large, so that relative
/// errors of strong and weak signals approach each other without becoming equal. Of all records together this spends fewest bits at a given mean PRDN.
struct FramePlanner: Sendable {
  private let quality: Double
  private let reference: [Double?]
  /// Deviations that the steps in use were made from.
  private var deviations: [Double] = []

  init(info: SignalInfo, quality: Double) {
    self.quality = quality
    reference = info.channels.map(FramePlanner.typicalDeviation)
  }

  /// 0.4 mV in steps of the converter: the typical deviation of an ECG; nil if the unit is not a voltage.
  private static func typicalDeviation(_ channel: Channel) -> Double? {
    let perUnit: [String: Double] = ["": 0.4, "mV": 0.4, "mv": 0.4, "uV": 400, "V": 0.0004]
    guard channel.gain > 0, let amount = perUnit[channel.units] else { return nil }
    return amount * channel.gain
  }

  /// The quantiser step of a lead whose deviation is typical, relative to that deviation: 0.52 at quality 50, halved every 18 points.
  static func relativeStep(quality: Double) -> Double {
    // 2^((50 - q) / 18) by squaring: libm may differ between machines.
    let exponent = (50 - quality) / 18
    let whole = exponent.rounded(.down)
    var result = 0.52 * FramePlanner.exponential((exponent - whole) * 0.6931471805599453)
    for _ in 0..<Int(abs(whole)) { result = whole > 0 ? result * 2 : result / 2 }
    return result
  }

  /// e^x for small x, by its series.
  private static func exponential(_ x: Double) -> Double {
    var (term, sum) = (1.0, 1.0)
    for k in 1...16 {
      term = term * x / Double(k)
      sum += term
    }
    return sum
  }

  /// - Parameter chunk: leads × samples, not empty. Chunks come in their order; steps stay those of the first chunk unless the signal changes a lot.
  mutating func plan(_ chunk: [[Int32]], memoryFrames: Int) -> FrameParameters {
    let statistics = chunk.map(FramePlanner.statistics)
    if deviations.isEmpty { deviations = statistics.map(\.deviation) }
    for (k, found) in statistics.enumerated() where found.deviation > 3 * deviations[k] || found.deviation < deviations[k] / 3 {
      deviations[k] = found.deviation
    }
    // Leads without a known unit are measured by the mean of all.
    let varying = deviations.filter { $0 > 0 }
    let common = varying.isEmpty ? 1 : varying.reduce(0, +) / Double(varying.count)
    let relativeStep = FramePlanner.relativeStep(quality: quality)
    let steps = deviations.enumerated().map { lead, deviation in
      let typical = reference[lead] ?? common
      // Within a factor of 2.5 of the step that a constant PRDN would take.
      let ratio = min(max((typical / max(deviation, 1e-3)).squareRoot(), 0.4), 2.5)
      return max(relativeStep * max(deviation, 0.25) * ratio, 0.25)
    }
    let stepIndex = FrameParameters.index(ofStep: steps.min() ?? 1)
    let leads = zip(statistics, steps).map { found, step in
      let offset = (FrameParameters.index(ofStep: step * 1.09) - stepIndex) / 8
      return FrameParameters.Lead(offset: found.mean, stepOffset: chunk.count > 1 ? offset : 0)
    }
    var parameters = FrameParameters(stepIndex: stepIndex, levelExponent: 0, memoryFrames: memoryFrames, leads: leads)
    // Twelve deviations must fit into the memory's levels.
    let needed = zip(statistics.indices, statistics).map { 12 * $1.deviation / Double(parameters.step($0)) }.max() ?? 0
    while needed * Double(parameters.stepInLevels) > Double(Memory.reach), parameters.levelExponent < FrameParameters.largestLevelExponent {
      parameters.levelExponent += 1
    }
    return parameters
  }

  static func statistics(_ samples: [Int32]) -> (mean: Int32, deviation: Double) {
    var sum: Int64 = 0
    for value in samples { sum += Int64(value) }
    let mean = sum / Int64(samples.count)
    var squares = 0.0
    for value in samples {
      let difference = Double(Int64(value) - mean)
      squares += difference * difference
    }
    return (Int32(truncatingIfNeeded: mean), (squares / Double(samples.count)).squareRoot())
  }
}
