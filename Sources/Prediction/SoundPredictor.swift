/// The sizes of a predictor of sound.
public struct SoundPredictorShape: Sendable {
  /// Samples of the channel and of its reference that least squares look at, multiples of 8.
  let own: Int
  let other: Int
  /// Weight of the past against one sample later, below 1.
  let forget: Double
  /// Samples between solutions.
  let every: Int
  /// Taps and rates of the filters behind them.
  let filters: [(taps: Int, rate: Double)]

  public init(own: Int, other: Int, forget: Double, every: Int, filters: [(taps: Int, rate: Double)]) {
    (self.own, self.other, self.forget, self.every, self.filters) = (own, other, forget, every, filters)
  }
}

/// Predicts the channels of sound sample by sample: least squares over the channel's and a reference's past, then a cascade of normalised LMS filters, each on what those
/// before it left (as in Ghido's OptimFROG and Monkey's Audio). In every time step each channel, in order, is predicted and then learns its sample.
public final class SoundPredictor {
  private let every: Int
  private let count: Int
  private let pasts: UnsafeMutablePointer<SoundHistory>
  private let squares: UnsafeMutablePointer<SoundLeastSquares>
  private let cascades: UnsafeMutablePointer<SoundCascade>
  /// What least squares predicted last, by channel.
  private let firsts: UnsafeMutablePointer<Double>
  private var time = 0

  /// - Parameter references: for each channel, of which there is at least one, the one that it looks at, not itself; nil for none.
  public init(references: [Int?], shape: SoundPredictorShape) {
    (every, count) = (shape.every, references.count)
    pasts = .allocate(capacity: count)
    squares = .allocate(capacity: count)
    cascades = .allocate(capacity: count)
    firsts = CascadeKernels.zeros(count)
    for (index, reference) in references.enumerated() {
      (pasts + index).initialize(to: SoundHistory(span: SoundLeastSquares.span(own: shape.own)))
      (squares + index).initialize(
        to: SoundLeastSquares(
          own: shape.own, other: shape.other, past: pasts + index, reference: reference.map { pasts + $0 },
          isKnown: reference.map { $0 < index } ?? true, forget: shape.forget))
      (cascades + index).initialize(to: SoundCascade(shape.filters))
    }
  }

  deinit {
    for index in 0..<count {
      pasts[index].deallocate()
      squares[index].deallocate()
      cascades[index].deallocate()
    }
    pasts.deallocate()
    squares.deallocate()
    cascades.deallocate()
    firsts.deallocate()
  }

  /// Predicts the channel's next sample: a finite number below 2^35.
  public func predict(_ index: Int) -> Double {
    var first = squares[index].predict()
    // What went astray (damaged data, wild input) predicts nothing; this also catches what is not a number.
    if !(abs(first) < 0x1p34) { first = 0 }
    firsts[index] = first
    let sum = cascades[index].prediction(first)
    return abs(sum) < 0x1p35 ? sum : first
  }

  /// Learns the sample of the channel that was predicted last.
  public func learn(_ index: Int, _ value: Double) {
    pasts[index].append(value)
    cascades[index].learn(value - firsts[index])
    if index == count &- 1 { endTime() }
  }

  /// What follows when all channels have their samples of a time.
  private func endTime() {
    for index in 0..<count {
      squares[index].learn(time)
      // Not all channels at once, so that the work is even.
      if (time &+ 1 &+ index &* every / count) % every == 0 { squares[index].solve(time) }
    }
    time &+= 1
  }
}
