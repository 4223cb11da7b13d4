import Bytes
import Entropy
import Prediction

/// What is known of a channel before its samples: range, start, bound, and whether a palette is used.
struct ChannelPlan {
  let low: Int32
  let high: Int32
  /// To which everything is relative: the first sample unless another was given.
  let start: Int32
  /// 0 where a palette is used.
  let bound: Int
  /// The palette's size, 0 for none; its values are coded with the samples.
  let paletteCount: Int
  let palette: SamplePalette?

  /// - Parameters:
  ///   - start: to which everything is relative, if it is in the range; nil for the first sample.
  ///   - isWorth: whether a palette that would pay is to be used.
  init(_ samples: [Int32], bound: Int32, start: Int32? = nil, isWorth: (SamplePalette) -> Bool = { _ in true }) {
    let least = samples.min()!
    let most = samples.max()!
    guard Int(most) - Int(least) > 2 * Int(bound) else {  // the middle is within the bound of all
      low = Int32((Int(least) + Int(most)) >> 1)
      (high, self.start, self.bound, paletteCount, palette) = (low, low, 0, 0, nil)
      return
    }
    low = least
    high = most
    self.start = min(max(start ?? samples[0], least), most)
    palette = SamplePalette(samples, bound: Int(bound)).flatMap { isWorth($0) ? $0 : nil }
    paletteCount = palette?.values.count ?? 0
    self.bound = palette == nil ? Int(bound) : 0
  }

  /// Varints; a constant channel is told by its range of 0.
  func write(to writer: inout ByteWriter) {
    writer.append(signedVarint: Int64(low))
    writer.append(varint: UInt64(Int(high) - Int(low)))
    guard low < high else { return }
    writer.append(varint: UInt64(Int(start) - Int(low)))
    writer.append(varint: UInt64(paletteCount))
    if paletteCount == 0 { writer.append(varint: UInt64(bound)) }
  }

  init(_ reader: inout ByteReader, count: Int) throws {
    let low = try reader.signedVarint()
    guard let low = Int32(exactly: low) else { throw BytesError.malformed("a sample range outside 32 bits") }
    let range = try reader.varint(atMost: Int(Int32.max) - Int(low), "a sample range")
    guard range == 0 || count > 1 else { throw BytesError.malformed("one sample that varies") }
    self.low = low
    high = Int32(Int(low) + range)
    palette = nil
    guard range > 0 else {
      start = low
      bound = 0
      paletteCount = 0
      return
    }
    start = Int32(Int(low) + (try reader.varint(atMost: range, "a first sample")))
    paletteCount = try reader.varint(atMost: min(count, range + 1), "a number of values")
    guard paletteCount != 1 else { throw BytesError.malformed("a palette of one value for a range") }
    bound = paletteCount == 0 ? try reader.varint(atMost: Int(Int32.max), "a bound") : 0
  }
}

/// One pass over all samples, the same for encoder and decoder.
struct SamplePass {
  /// Channels in a pass; more are coded in several passes, so that memory stays bounded.
  static let mostChannels = 64
  /// Other channels that a channel looks at, at most.
  private static let mostReferences = 12

  let plans: [ChannelPlan]
  let count: Int
  let effort: Int

  /// Codes all samples of any number of channels, in passes over groups of them. Gives them as the decoder has them; throws as `run` does.
  static func all<Coder: BinaryCoder>(
    _ plans: [ChannelPlan], _ samples: [[Int32]], count: Int, effort: Int, _ coder: inout Coder, goesOn: (Coder) -> Bool
  ) throws -> [[Int32]] {
    var output: [[Int32]] = []
    for first in stride(from: 0, to: plans.count, by: mostChannels) {
      let group = first..<min(plans.count, first + mostChannels)
      let pass = SamplePass(plans: Array(plans[group]), count: count, effort: effort)
      output += try pass.run(samples.isEmpty ? [] : Array(samples[group]), &coder, goesOn: goesOn)
    }
    return output
  }

  /// Codes all samples. Gives them as the decoder has them. Throws `SampleCoderError.damaged` where `goesOn`, asked now and then, says no.
  func run<Coder: BinaryCoder>(_ samples: [[Int32]], _ coder: inout Coder, goesOn: (Coder) -> Bool) throws -> [[Int32]] {
    let palettes = plans.map { plan -> SamplePalette? in
      guard plan.paletteCount > 0 else { return nil }
      return SamplePalette.code(plan.palette?.values ?? [], count: plan.paletteCount, low: plan.low, high: plan.high, &coder)
    }
    // Ranges and starts in the coded domain: ranks where there is a palette, samples elsewhere.
    let starts = zip(plans, palettes).map { plan, palette in palette?.rank(plan.start) ?? Int(plan.start) }
    let history = SampleHistory(channels: plans.count, count: count)
    let active = plans.indices.filter { plans[$0].low < plans[$0].high }
    let shape = SampleCoder.shape(effort: effort)
    let matches = SampleMatches(channels: active, history: history, shape: shape)
    var channels: [Channel] = []
    for (position, index) in active.enumerated() {
      let plan = plans[index]
      // The channels before this one, which are known at the present sample, then those behind it.
      let nearest = active[..<position].suffix(SamplePass.mostReferences) + active[(position + 1)...]
      let predictor = SamplePredictor(
        channel: index, references: Array(nearest.prefix(SamplePass.mostReferences)), history: history, matches: matches, shape: shape)
      let low = palettes[index] == nil ? Int(plan.low) : 0
      let high = palettes[index].map { $0.values.count - 1 } ?? Int(plan.high)
      let residual = ResidualModel(
        bound: plan.bound, lowest: low - starts[index], highest: high - starts[index], experts: SamplePredictor.expertCount)
      channels.append(Channel(index: index, start: starts[index], predictor: predictor, residual: residual, palette: palettes[index]))
    }
    var output = plans.map { [Int32](repeating: $0.low, count: count) }
    for t in 0..<count {
      var other: Double?
      matches.advance(to: t)
      for channel in channels {
        var wanted = 0
        if !samples.isEmpty {
          let sample = samples[channel.index][t]
          wanted = (channel.palette?.rank(sample) ?? Int(sample)) - channel.start
        }
        _ = channel.predictor.predict(t)
        let value = channel.residual.code(wanted, channel.predictor.experts, other: other, &coder)
        other = channel.residual.deviation
        history.set(channel.index, t, Double(value))
        channel.predictor.update(t, Double(value))
        output[channel.index][t] = channel.palette?.values[value + channel.start] ?? Int32(value + channel.start)
      }
      if t & 255 == 0, !goesOn(coder) { throw SampleCoderError.damaged("it ends too early") }
    }
    return output
  }

  /// A channel that is not constant.
  private struct Channel {
    let index: Int
    let start: Int
    let predictor: SamplePredictor
    let residual: ResidualModel
    let palette: SamplePalette?
  }
}
