import Bytes

/// What is known of a channel of sound before its samples.
struct SoundPlan {
  /// Low bits that are 0 in all samples, and not coded: as of 16 bits in a file of 24.
  let shift: Int
  /// Of the samples without them; relative to 0, or to what of the range is nearest to it.
  let channel: ChannelPlan
  /// The channel, of the same group, that this one is predicted from besides itself; its present sample is known if it comes before.
  let reference: Int?

  var varies: Bool { channel.low < channel.high }

  /// Channels that are coded together; more are coded in several groups, so that memory stays bounded.
  static let mostChannels = SamplePass.mostChannels

  static func group(of channel: Int, channels: Int) -> Range<Int> {
    let first = channel / mostChannels * mostChannels
    return first..<min(channels, first + mostChannels)
  }

  /// A sample with the bits that are not coded.
  @inline(__always)
  func restored(_ value: Int32) -> Int32 { value << Int32(shift) }

  static func plans(_ samples: [[Int32]], bound: [Int32]) -> [SoundPlan] {
    let channels = zip(samples, bound).map { samples, bound -> (shift: Int, plan: ChannelPlan) in
      let zeros = samples.reduce(0, |).trailingZeroBitCount
      // With a bound, where the bits that are left are as coarse as its steps.
      let shift = (1...31).contains(zeros) && Int64(1) << Int64(zeros) >= 2 * Int64(bound) + 1 ? zeros : 0
      let reduced = shift == 0 ? samples : samples.map { $0 >> Int32(shift) }
      return (shift, ChannelPlan(reduced, bound: shift == 0 ? bound : 0, start: 0) { isScattered($0, reduced) })
    }
    return channels.indices.map { index in
      SoundPlan(
        shift: channels[index].shift, channel: channels[index].plan,
        reference: channels[index].plan.low < channels[index].plan.high
          ? reference(of: index, samples) { channels[$0].plan.low < channels[$0].plan.high } : nil)
    }
  }

  /// Whether hardly a sample has a value whose next higher one occurs too: then the values have been spread by a factor, and ranks are as good to predict as they were.
  /// Where only loud and rare values are missing they are not.
  private static func isScattered(_ palette: SamplePalette, _ samples: [Int32]) -> Bool {
    let values = palette.values
    let hasNext = values.indices.map { $0 + 1 < values.count && values[$0 + 1] == values[$0] + 1 }
    let places = stride(from: 0, to: samples.count, by: max(1, samples.count / compared))
    return 8 * places.count { hasNext[palette.rank(samples[$0])] } <= samples.count / max(1, samples.count / compared)
  }

  /// Samples that are looked at.
  private static let compared = 8192

  /// The channel whose changes go with those of this one the most; of two, the other.
  private static func reference(of index: Int, _ samples: [[Int32]], varies: (Int) -> Bool) -> Int? {
    let others = group(of: index, channels: samples.count).filter { $0 != index && varies($0) }
    guard others.count > 1 else { return others.first }
    let count = samples[index].count
    let places = stride(from: 1, to: count, by: max(1, count / compared))
    func change(_ channel: Int, _ t: Int) -> Double { Double(samples[channel][t]) - Double(samples[channel][t - 1]) }
    func likeness(_ other: Int) -> Double {
      var (product, square) = (0.0, 0.0)
      for t in places {
        let theirs = change(other, t)
        product += change(index, t) * theirs
        square += theirs * theirs
      }
      return square > 0 ? product * product / square : 0
    }
    let found = others.map { (channel: $0, likeness: likeness($0)) }
    return found.max { $0.likeness < $1.likeness }?.channel
  }

  private init(shift: Int, channel: ChannelPlan, reference: Int?) { (self.shift, self.channel, self.reference) = (shift, channel, reference) }

  /// Varints.
  func write(to writer: inout ByteWriter) {
    writer.append(varint: UInt64(shift))
    channel.write(to: &writer)
    guard varies else { return }
    writer.append(varint: UInt64(reference.map { $0 % SoundPlan.mostChannels + 1 } ?? 0))
  }

  init(_ reader: inout ByteReader, channel index: Int, channels: Int, count: Int) throws {
    shift = try reader.varint(atMost: 31, "a number of low bits")
    channel = try ChannelPlan(&reader, count: count)
    let largest = Int(Int32.max) >> shift
    guard Int(channel.low) >= -largest - 1, Int(channel.high) <= largest else { throw BytesError.malformed("a sample range outside 32 bits") }
    guard channel.low < channel.high else {
      reference = nil
      return
    }
    let group = SoundPlan.group(of: index, channels: channels)
    let number = try reader.varint(atMost: group.count, "a reference")
    reference = number == 0 ? nil : group.lowerBound + number - 1
    guard reference != index else { throw BytesError.malformed("a channel that refers to itself") }
  }
}
