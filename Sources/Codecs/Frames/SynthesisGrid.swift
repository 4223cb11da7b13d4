import CKernels

/// Brings a frame of any length to the points that the synthesis works on, and its corrections back: by the DCT, whose spectrum is cut or filled up
/// with zeros. A frame that has as many samples stays as it is.
final class SynthesisGrid: Sendable {
  /// Samples of a frame.
  let frame: Int
  private let isIdentity: Bool
  /// [sample][point] and [point][sample].
  private let there: [Float]
  private let back: [Float]

  init(frame: Int) {
    self.frame = frame
    let points = Synthesis.gridLength
    isIdentity = frame == points
    guard !isIdentity else {
      (there, back) = ([], [])
      return
    }
    let common = min(frame, points)
    func basis(_ length: Int) -> [Double] {
      (0..<length * common).map { FrameTransform.basis($0 % common, at: $0 / common, of: length) }
    }
    let (samples, grid) = (basis(frame), basis(points))
    // Orthonormal spectra of the same curve grow with the root of the number of points.
    let scale = (Double(points) / Double(frame)).squareRoot()
    var there = [Float](repeating: 0, count: frame * points)
    var back = there
    for i in 0..<frame {
      for g in 0..<points {
        var sum = 0.0
        for k in 0..<common { sum += samples[i * common + k] * grid[g * common + k] }
        there[i * points + g] = Float(sum * scale)
        back[g * frame + i] = Float(sum / scale)
      }
    }
    (self.there, self.back) = (there, back)
  }

  /// Points of a curve from its samples.
  func sample(_ samples: UnsafePointer<Float>, into points: UnsafeMutablePointer<Float>) {
    if isIdentity { points.update(from: samples, count: frame) } else { ck_project(frame, Synthesis.gridLength, there, samples, points, 0) }
  }

  /// Samples of a curve from its points.
  func restore(_ points: UnsafePointer<Float>, into samples: UnsafeMutablePointer<Float>) {
    if isIdentity { samples.update(from: points, count: frame) } else { ck_project(Synthesis.gridLength, frame, back, points, samples, 0) }
  }
}
