import Autoencoders

/// Planes as they come out of their coefficients, level by level, from coarse to fine: encoder and decoder have what is above a level before they code it, and
/// look at it.
final class SubbandSynthesis {
  private let design: PictureDesign
  private let subbands: Subbands
  private let step: Float
  /// Of each plane in the layout of `LiftingTransform`: at the origin what is put together so far, behind it coefficients.
  private(set) var planes: [[Float]]
  /// What is put together, with a margin in which its ends are repeated.
  private var margins: [UnsafeMutablePointer<Float>]
  private(set) var extents = (width: 0, height: 0)

  /// Samples of the margin on each side.
  static let margin = 2

  private let isLookedAt: Bool

  /// - Parameter isLookedAt: whether `samples` will be asked for.
  init(_ design: PictureDesign, _ subbands: Subbands, planes count: Int, stepIndex: Int, isLookedAt: Bool) {
    (self.design, self.subbands, step, self.isLookedAt) = (design, subbands, PictureCodec.step(stepIndex), isLookedAt)
    planes = Array(repeating: Array(repeating: 0, count: subbands.width * subbands.height), count: count)
    // The largest that is looked at is what the finest level stands on.
    let (w, h) = (LiftingTransform.extent(subbands.width, level: 1), LiftingTransform.extent(subbands.height, level: 1))
    let places = isLookedAt ? (w + 2 * SubbandSynthesis.margin) * (h + 2 * SubbandSynthesis.margin) : 0
    margins = (0..<count).map { _ in
      let samples = UnsafeMutablePointer<Float>.allocate(capacity: places)
      samples.initialize(repeating: 0, count: places)
      return samples
    }
  }

  deinit { for samples in margins { samples.deallocate() } }

  /// The coefficients of a band, which is complete.
  func take(_ index: Int, of plane: SubbandPlane, _ k: Int) {
    let (band, first) = (subbands.bands[index], k * PictureDesign.bands + index)
    let shifts = (0..<PictureDesign.magnitudes).map { design.shifts[PictureDesign.magnitudes * first + $0] }
    for y in 0..<band.height {
      let (from, to) = (plane.start(index) + y * SubbandPlane.stride(band), (band.top + y) * subbands.width + band.left)
      let width = stepOf(index, k, row: y)
      for x in 0..<band.width {
        let magnitude = Int(plane.magnitudes[from + x])
        let value = magnitude == 0 ? 0 : (Float(magnitude) + shifts[min(magnitude, PictureDesign.magnitudes) - 1]) * width
        planes[k][to + x] = plane.values[from + x] < 0 ? -value : value
      }
    }
  }

  /// The quantiser step in a row of a band.
  func stepOf(_ index: Int, _ k: Int, row y: Int) -> Float {
    step * design.steps[k * PictureDesign.bands + index] * PictureCodec.edge(y, subbands.bands[index])
  }

  /// The approximation is complete, in all planes.
  func begin() { lay(out: Subbands.levels) }

  /// The bands of a level are complete, in all planes.
  func merge(level: Int) {
    for k in planes.indices { design.transform.synthesise(&planes[k], width: subbands.width, height: subbands.height, level: level) }
    if level > 0 { lay(out: level) }
  }

  private func lay(out level: Int) {
    guard isLookedAt else { return }
    let (w, h) = (LiftingTransform.extent(subbands.width, level: level), LiftingTransform.extent(subbands.height, level: level))
    extents = (w, h)
    let (margin, stride) = (SubbandSynthesis.margin, stride)
    for k in planes.indices {
      for y in 0..<h + 2 * margin {
        let row = min(max(y - margin, 0), h - 1) * subbands.width
        for x in 0..<stride { margins[k][y * stride + x] = planes[k][row + min(max(x - margin, 0), w - 1)] }
      }
    }
  }

  /// From a row of `samples` to the next one.
  var stride: Int { extents.width + 2 * SubbandSynthesis.margin }

  /// What is put together of a plane, behind the margin of its first row; good until the next level.
  func samples(_ k: Int) -> UnsafePointer<Float> { UnsafePointer(margins[k]) + SubbandSynthesis.margin * (stride + 1) }

  /// All at once.
  static func planes(_ design: PictureDesign, of quantised: [SubbandPlane], stepIndex: Int) -> [[Float]] {
    guard let first = quantised.first else { return [] }
    let synthesis = SubbandSynthesis(design, first.subbands, planes: quantised.count, stepIndex: stepIndex, isLookedAt: false)
    for (k, plane) in quantised.enumerated() { for index in plane.subbands.bands.indices { synthesis.take(index, of: plane, k) } }
    for level in (0..<Subbands.levels).reversed() { synthesis.merge(level: level) }
    return synthesis.planes
  }
}
