import Tensors

/// Changes the rate of a signal by band-limited interpolation (Smith and Gossett 1984): each sample is a sum of its neighbours, weighted by a
/// windowed sinc that is as wide as the lower of the two rates asks for. Any ratio; the same bits everywhere.
package struct Resampler: Sendable {
  /// The rate of the signal in Hz, whole or not.
  package let from: Double
  /// The rate that it is to have, in Hz.
  package let to: Double

  /// From one rate in Hz to another, both above 0.
  package init(from: Double, to: Double) { (self.from, self.to) = (from, to) }

  /// Zeros of the sinc to each side, and the table's places between two of them.
  private static let (zeros, places) = (24, 512)
  /// The cutoff relative to half of the lower rate, in percent: the rest is for the window's flanks.
  private static let cutoff = 94

  /// sinc times a window of cosines (Blackman) from 0 to `zeros`, and one place more.
  private static let table: [Float] = (0...zeros * places + 1).map { i in
    let peak = Double(cutoff) / 100
    guard i > 0, i < zeros * places else { return i == 0 ? Float(peak) : 0 }
    // sin(pi x) at x = i / places * cutoff / 100.
    let sine = cosine(2 * i * cutoff - 100 * places, over: 200 * places)
    let window = 0.42 + 0.5 * cosine(i, over: zeros * places) + 0.08 * cosine(2 * i, over: zeros * places)
    return Float(sine * Double(places) / (Double.pi * Double(i)) * window)
  }

  /// How many samples `count` of them become: count * to / from, rounded up.
  package func count(_ count: Int) -> Int { from == to ? count : Int((Double(count) * to / from).rounded(.up)) }

  /// The signal at the new rate: [count].
  /// - Parameters:
  ///   - x: at the old rate, not empty.
  ///   - start: the place in `x` of the first sample; what is wanted beyond both ends of `x` is mirrored there.
  ///   - count: samples that are wanted.
  package func callAsFunction(_ x: [Float], from start: Int = 0, count: Int) -> [Float] {
    precondition(!x.isEmpty, "nothing to resample")
    guard from != to else { return (start..<start + count).map { x[Resampler.mirrored($0, x.count)] } }
    // Places of the table for a step of one input sample.
    let narrow = min(1, to / from)
    let reach = Int((Double(Resampler.zeros) / narrow).rounded(.up))
    let step = narrow * Double(Resampler.places)
    let end = Float(Resampler.zeros * Resampler.places)
    return Resampler.table.withUnsafeBufferPointer { table in
      x.withUnsafeBufferPointer { x in
        (0..<count).map { i in
          let position = Double(i) * from / to
          let whole = position.rounded(.down)
          let (center, share) = (start + Int(whole), position - whole)
          var sum: Float = 0
          for k in 1 - reach...reach {
            let place = min(Float((Double(k) - share).magnitude * step), end)
            let index = Int(place)
            let weight = table[index] + (table[index + 1] - table[index]) * (place - Float(index))
            let at = center + k
            sum += weight * x[at >= 0 && at < x.count ? at : Resampler.mirrored(at, x.count)]
          }
          return sum * Float(narrow)
        }
      }
    }
  }

  /// A place within `count` samples for one that may lie beyond their ends, as in a mirror that stands at the first and the last sample.
  package static func mirrored(_ place: Int, _ count: Int) -> Int {
    guard count > 1 else { return 0 }
    let period = 2 * (count - 1)
    let rest = (place % period + period) % period
    return min(rest, period - rest)
  }
}
