/// The CDF 9/7 wavelet: Cohen, Daubechies and Feauveau, 1992, by lifting as in Daubechies and Sweldens, *Factoring wavelet transforms into lifting
/// steps*, 1998, with whole-sample symmetric extension: as many coefficients as samples, for every length. Scaled so that it is nearly orthonormal,
/// and a quantiser's step means about the same error in every band.
public enum WaveletTransform {
  private static let steps = [-1.586134342059924, -0.052980118572961, 0.882911075530934, 0.443506852043971]
  /// √2 / K, K = 1.230174104914001.
  private static let scale = 1.1496043988602418

  /// Bands from the coarsest approximation to the finest details, `levels` + 1 of them, fewer for very short signals.
  public static func analyse(_ signal: [Double], levels: Int) -> [[Double]] {
    precondition(levels >= 0)
    var bands: [[Double]] = []
    var low = signal
    for _ in 0..<levels where low.count > 1 {
      for (k, factor) in steps.enumerated() { lift(&low, from: 1 - k % 2, factor) }
      bands.append(stride(from: 1, to: low.count, by: 2).map { low[$0] / scale })
      low = stride(from: 0, to: low.count, by: 2).map { low[$0] * scale }
    }
    return [low] + bands.reversed()
  }

  /// The signal of bands that `analyse` gave.
  public static func synthesise(_ bands: [[Double]]) -> [Double] {
    precondition(!bands.isEmpty)
    var signal = bands[0]
    for high in bands.dropFirst() {
      precondition(signal.count == high.count || signal.count == high.count + 1, "bands of one signal")
      var merged = [Double](repeating: 0, count: signal.count + high.count)
      for k in signal.indices { merged[2 * k] = signal[k] / scale }
      for k in high.indices { merged[2 * k + 1] = high[k] * scale }
      for (k, factor) in steps.enumerated().reversed() { lift(&merged, from: 1 - k % 2, -factor) }
      signal = merged
    }
    return signal
  }

  /// Lengths of the bands of a signal.
  static func lengths(_ count: Int, levels: Int) -> [Int] {
    var (low, bands) = (count, [Int]())
    for _ in 0..<levels where low > 1 {
      bands.append(low / 2)
      low -= low / 2
    }
    return [low] + bands.reversed()
  }

  /// Adds to every second sample a multiple of the sum of its neighbours, mirrored at the ends. At least two samples.
  private static func lift(_ signal: inout [Double], from first: Int, _ factor: Double) {
    let last = signal.count - 1
    signal.withUnsafeMutableBufferPointer { signal in
      for k in stride(from: first, through: last, by: 2) {
        signal[k] += factor * (signal[k > 0 ? k - 1 : 1] + signal[k < last ? k + 1 : last - 1])
      }
    }
  }
}
