import Tensors

/// The disturbance of wide-band PESQ (ITU-T P.862 and P.862.2), made differentiable: what PESQ maps to its score by
/// 0.999 + 4 / (1 + e^(1.3669 d - 2.3286)). No alignment in time, no bad intervals; as in Martín-Doñas et al. (2018) and the package `torch-pesq`.
///
/// For signals at 16 kHz of at least `PESQDistance.shortest` samples. The score is about speech at one level: both signals are brought to it by their power
/// between 325 and 3250 Hz.
public struct PESQDistance {
  /// Samples of the shortest signal: 20 frames.
  public static let shortest = 512 + 19 * 256

  private let bands = BarkBands()
  private let frames = SpectralTransform(size: BarkBands.frame, hop: BarkBands.frame / 2, edges: .none)
  private let level = SpectralTransform(size: 2048, hop: 512)

  public init() {}

  /// x and y [batch, samples], original and decoded: a distance of 0 or more for each item, [batch].
  public func callAsFunction(_ x: Variable, _ y: Variable) -> Variable {
    precondition(
      x.shape == y.shape && x.shape.count == 2 && x.shape[1] >= PESQDistance.shortest,
      "PESQ of \(x.shape) and \(y.shape): equal shapes of at least \(PESQDistance.shortest) samples")
    let (reference, degraded) = equalised(bark(x), bark(y))
    let (ld, lr) = (bands.loudness(degraded), bands.loudness(reference))
    // Differences that a quarter of the softer loudness masks do not count; only their size is used below.
    let z = ld - lr
    let difference = (z.abs() - 0.25 * (lr - (-z).relu())).relu() * heard(bands.widths)
    let ratio = ((degraded + 50) / (reference + 50)).power(1.2).clamped(atMost: 12).kept(atLeast: [3])
    let symmetric = (difference.squared().sum(alongAxes: [2]) + 1e-8).squareRoot() * heard(bands.widths).value.values.reduce(0, +).squareRoot()
    let asymmetric = (difference * ratio).sum(alongAxes: [2])
    let weight = ((audible(reference) + 1e5) * 1e-7).power(-0.04)
    return pooled(symmetric * weight) * 0.1 + pooled(asymmetric * weight) * 0.0309
  }

  /// Values of all bands but the lowest, which does not count.
  private func heard(_ values: [Float]) -> Variable { Variable(Tensor([0] + values.dropFirst())) }

  /// The power of bands [batch, frames, 49] of signals brought to the level of PESQ.
  private func bark(_ s: Variable) -> Variable {
    let gain = 1e7 / (speechPower(s) + 1e-9)
    let power = frames.power(frames.spectra(of: s)).slice(0..<BarkBands.frame / 2, axis: 2)
    return linear(power, weight: Variable(bands.weights)) * gain.reshaped([s.shape[0], 1, 1])
  }

  /// The mean power between 325 and 3250 Hz: [batch]. From frames of 2048 samples; within half a percent of what a transform of the whole signal shows.
  private func speechPower(_ s: Variable) -> Variable {
    let (length, size) = (Float(s.shape[1]), Float(level.size))
    let scale = length / Speech.sampleRate
    let (low, high) = (((325 * scale).rounded(.down) - 0.5) * size / length, ((3250 * scale).rounded(.down) - 0.5) * size / length)
    // Shares of bins, each as wide as from the middle to the one before to the middle to the one behind.
    let shares = (0..<level.bins).map { bin in max(0, min(Float(bin) + 0.5, high) - max(Float(bin) - 0.5, low)) }
    let energy = linear(level.power(level.spectra(of: s)), weight: Variable(Tensor(shares, shape: [level.bins, 1]))).itemSums()
    // The squared window has a mean of 3/8.
    return energy * (2 / ((length + 5120) * 1.04684) * Float(level.hop) / (size * size * 0.375))
  }

  /// Both brought closer: the reference by the transmission's frequency response, the degraded by gains over time.
  private func equalised(_ reference: Variable, _ degraded: Variable) -> (Variable, Variable) {
    let (batch, frames) = (reference.shape[0], reference.shape[1])
    let loud = bands.thresholds.map { $0 * 100 }
    let isSpeech = Variable(
      Tensor(reference.kept(atLeast: loud).sum(alongAxes: [2]).value.values.map { $0 >= 1e7 ? 1 : 0 }, shape: [batch, frames, 1]))
    func average(_ s: Variable) -> Variable { (s.kept(atLeast: loud) * isSpeech).mean(alongAxes: [1]) }
    let response = ((average(degraded) + 1000) / (average(reference) + 1000)).clamped(0.01...100)
    let reference = reference * response
    let gain = (audible(reference) + 5e3) / (audible(degraded) + 5e3)
    let smooth = concatenate(
      [gain.slice(0..<1, axis: 1), gain.slice(1..<frames, axis: 1) * 0.8 + gain.slice(0..<frames - 1, axis: 1) * 0.2], axis: 1)
    return (reference, degraded * smooth.clamped(3e-4...5))
  }

  /// The power above the threshold of hearing: [batch, frames, 1].
  private func audible(_ s: Variable) -> Variable { s.kept(atLeast: bands.thresholds).sum(alongAxes: [2]) }

  /// [batch, frames, 1] to [batch]: a mean that the worst frames of each 0.3 s dominate, then the root of the mean square of those.
  private func pooled(_ disturbance: Variable) -> Variable {
    let sixth = disturbance.clamped(1e-4...45).windows(of: 20, every: 10).squared().power(3)
    return sixth.mean(alongAxes: [2]).power(1.0 / 3).itemMeans().squareRoot()
  }
}

/// number / variable
private func / (a: Float, b: Variable) -> Variable { b.reciprocal() * a }
