import CKernels

/// The orthonormal DCT-II of a frame (Ahmed, Natarajan and Rao 1974), as matrices.
///
/// The cosines come from a Taylor series in doubles, so the basis has the same bits on every machine.
final class FrameTransform: Sendable {
  /// Samples in a frame.
  let frame: Int
  /// Coefficients, as many as samples; coefficient k lies at k / 2 cycles a frame.
  let coefficients: Int
  /// [sample][coefficient] and its transpose.
  private let analysis: [Float]
  private let synthesis: [Float]
  /// Of the first half of the samples: even and odd coefficients, packed.
  private let evenAnalysis: [Float]
  private let oddAnalysis: [Float]
  /// The first `FrameOutlook.coefficients` columns of the analysis, or what there is of them, filled up with zeros.
  private let low: [Float]

  /// As many as the longest frame has samples.
  static let maximumCoefficients = 1024

  init(frame: Int) {
    self.frame = frame
    precondition(frame <= FrameTransform.maximumCoefficients)
    coefficients = frame
    var analysis = [Float](repeating: 0, count: frame * coefficients)
    var synthesis = analysis
    for k in 0..<coefficients {
      for i in 0..<frame {
        let value = Float(FrameTransform.basis(k, at: i, of: frame))
        analysis[i * coefficients + k] = value
        synthesis[k * frame + i] = value
      }
    }
    let columns = FrameOutlook.coefficients
    low = (0..<frame * columns).map { $0 % columns < frame ? analysis[$0 / columns * frame + $0 % columns] : 0 }
    self.analysis = analysis
    self.synthesis = synthesis
    precondition(frame % 2 == 0)
    func half(_ parity: Int) -> [Float] {
      var packed = [Float](repeating: 0, count: ck_packed_size(frame / 2, frame / 2))
      analysis.withUnsafeBufferPointer { ck_pack(frame / 2, frame / 2, $0.baseAddress! + parity, frame, 2, &packed) }
      return packed
    }
    (evenAnalysis, oddAnalysis) = (half(0), half(1))
  }

  /// The orthonormal DCT-II's function k at a sample of a frame of some length.
  static func basis(_ k: Int, at sample: Int, of length: Int) -> Double {
    ((k == 0 ? 1.0 : 2.0) / Double(length)).squareRoot() * cosine((2 * sample + 1) * k, 2 * length)
  }

  /// cos(π · numerator / denominator).
  private static func cosine(_ numerator: Int, _ denominator: Int) -> Double {
    var n = numerator % (2 * denominator)
    if n > denominator { n = 2 * denominator - n }  // cos(2π - x) = cos x
    let isNegative = 2 * n > denominator
    if isNegative { n = denominator - n }  // cos(π - x) = -cos x
    let x = 3.141592653589793 * Double(n) / Double(denominator)
    let square = x * x
    var (term, sum) = (1.0, 1.0)
    for k in 1...12 {
      term = -term * square / Double(2 * k * (2 * k - 1))
      sum += term
    }
    return isNegative ? -sum : sum
  }

  /// Coefficients of several frames, nearly: a quarter of the work of `analyse`, in another order. For the encoder's search.
  ///
  /// Even coefficients are symmetric about the middle of the frame, odd ones antisymmetric: sums of samples at the same distance from the middle give
  /// the ones, differences the others.
  /// - Parameters:
  ///   - frames: [count][samples]
  ///   - spectra: [count][coefficients]
  func estimate(_ frames: UnsafePointer<Float>, count: Int, into spectra: UnsafeMutablePointer<Float>) {
    let half = frame / 2
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 4 * half * count) { scratch in
      let (sums, differences) = (scratch.baseAddress!, scratch.baseAddress! + half * count)
      let (even, odd) = (differences + half * count, differences + 2 * half * count)
      for index in 0..<count {
        let samples = frames + index * frame
        for i in 0..<half {
          let (a, b) = (samples[i], samples[frame - 1 - i])
          sums[index * half + i] = a + b
          differences[index * half + i] = a - b
        }
      }
      ck_gemm_packed(count, half, half, sums, half, 1, evenAnalysis, even, half, 0)
      ck_gemm_packed(count, half, half, differences, half, 1, oddAnalysis, odd, half, 0)
      for index in 0..<count {
        let spectrum = spectra + index * frame
        for k in 0..<half {
          spectrum[2 * k] = even[index * half + k]
          spectrum[2 * k + 1] = odd[index * half + k]
        }
      }
    }
  }

  /// Coefficients of a frame of samples.
  func analyse(_ samples: UnsafePointer<Float>, into spectrum: UnsafeMutablePointer<Float>) {
    ck_project(frame, coefficients, analysis, samples, spectrum, 0)
  }

  /// The first `FrameOutlook.coefficients` coefficients of a frame of samples; zeros where there are less.
  func analyseLow(_ samples: UnsafePointer<Float>, into spectrum: UnsafeMutablePointer<Float>) {
    ck_project(frame, FrameOutlook.coefficients, low, samples, spectrum, 0)
  }

  /// Samples of a frame from its coefficients, those from `count` on being zero; added to what is there.
  func addSynthesis(_ spectrum: UnsafePointer<Float>, count: Int, to samples: UnsafeMutablePointer<Float>) {
    ck_project(count, frame, synthesis, spectrum, samples, 1)
  }
}
