import Entropy
import Prediction

/// One pass over all samples, the same for encoder and decoder.
enum SoundPass {
  /// Codes all samples of any number of channels, in passes over groups of them. Gives them as the decoder has them; throws as `run` does.
  static func all<Coder: ShareCoder>(
    _ plans: [SoundPlan], _ samples: [[Int32]], count: Int, level: Int, _ coder: inout Coder, goesOn: (Coder) -> Bool
  ) throws -> [[Int32]] {
    var output = plans.map { [Int32](repeating: $0.restored($0.channel.low), count: count) }
    for first in stride(from: 0, to: plans.count, by: SoundPlan.mostChannels) {
      let group = SoundPlan.group(of: first, channels: plans.count)
      try run(plans, group, samples, count: count, level: level, &coder, goesOn: goesOn, &output)
    }
    return output
  }

  /// Codes a group. Throws `SampleCoderError.damaged` where `goesOn`, asked now and then, says no.
  private static func run<Coder: ShareCoder>(
    _ plans: [SoundPlan], _ group: Range<Int>, _ samples: [[Int32]], count: Int, level: Int, _ coder: inout Coder, goesOn: (Coder) -> Bool,
    _ output: inout [[Int32]]
  ) throws {
    let active = group.filter { plans[$0].varies }
    guard !active.isEmpty else { return }
    let channels = UnsafeMutablePointer<Channel>.allocate(capacity: active.count)
    for (k, index) in active.enumerated() { (channels + k).initialize(to: Channel(plans[index], &coder)) }
    defer {
      for k in active.indices { channels[k].mixture.deallocate() }
      channels.deinitialize(count: active.count)
      channels.deallocate()
    }
    let references = active.map { plans[$0].reference.flatMap { active.firstIndex(of: $0) } }
    let predictor = SoundPredictor(references: references, shape: SoundCoder.shape(level: level))
    // Block by block, each channel's samples in an array of their own.
    let length = 1024
    let block = UnsafeMutablePointer<Int32>.allocate(capacity: active.count * length)
    block.initialize(repeating: 0, count: active.count * length)
    defer { block.deallocate() }
    for from in stride(from: 0, to: count, by: length) {
      let some = min(length, count - from)
      if !samples.isEmpty {
        for (k, index) in active.enumerated() {
          samples[index].withUnsafeBufferPointer { (block + k * length).update(from: $0.baseAddress! + from, count: some) }
        }
      }
      let channelCount = active.count
      for t in 0..<some {
        for k in 0..<channelCount {
          let place = block + (k &* length &+ t)
          let value = channels[k].code(place.pointee, predictor.predict(k), &coder)
          predictor.learn(k, Double(value))
          place.pointee = channels[k].sample(value)
        }
      }
      for (k, index) in active.enumerated() {
        output[index].withUnsafeMutableBufferPointer { ($0.baseAddress! + from).update(from: block + k * length, count: some) }
      }
      if !goesOn(coder) { throw SampleCoderError.damaged("it ends too early") }
    }
  }

  /// A channel that is not constant. Its values, what is predicted, are samples without their low bits, or ranks in the palette, relative to the start.
  private struct Channel {
    private let shift: Int32
    private let hasPalette: Bool
    private let palette: [Int32]
    private let start: Int
    private let lowest: Int
    private let highest: Int
    private let bound: Int
    private let step: Int
    let mixture = SoundMixture()

    init<Coder: ShareCoder>(_ plan: SoundPlan, _ coder: inout Coder) {
      let (low, high) = (plan.channel.low, plan.channel.high)
      shift = Int32(plan.shift)
      hasPalette = plan.channel.paletteCount > 0
      bound = plan.channel.bound
      step = 2 * bound + 1
      guard hasPalette else {
        palette = []
        start = Int(plan.channel.start)
        (lowest, highest) = (Int(low) - start, Int(high) - start)
        return
      }
      let found = SamplePalette.code(plan.channel.palette?.values ?? [], count: plan.channel.paletteCount, low: low, high: high, &coder)
      palette = found.values
      start = found.rank(plan.channel.start)
      (lowest, highest) = (-start, palette.count - 1 - start)
    }

    /// Codes a sample. Gives its value as the decoder has it: within the bound, and in the range.
    @inline(__always)
    mutating func code<Coder: ShareCoder>(_ sample: Int32, _ prediction: Double, _ coder: inout Coder) -> Int {
      let reduced = sample >> shift
      let value = (hasPalette ? SamplePalette(values: palette).rank(reduced) : Int(reduced)) &- start
      // In 1/16.
      let fine = min(max(Int(prediction * 16 + (prediction < 0 ? -0.5 : 0.5)), 16 &* lowest), 16 &* highest)
      let center = (fine &+ 8) >> 4
      let fraction = fine &- 16 &* center
      let difference = value &- center
      guard step > 1 else { return min(max(center &+ mixture.code(difference, fraction: fraction, &coder), lowest), highest) }
      let wanted = difference >= 0 ? (difference &+ bound) / step : -((bound &- difference) / step)
      return min(max(center &+ step &* mixture.code(wanted, fraction: fraction / step, &coder), lowest), highest)
    }

    /// The sample that a value stands for.
    @inline(__always)
    func sample(_ value: Int) -> Int32 {
      (hasPalette ? palette[value &+ start] : Int32(truncatingIfNeeded: value &+ start)) << shift
    }
  }
}
