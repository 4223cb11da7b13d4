import Autoencoders

/// Where the bands of a transformed plane lie, and in which order they are coded: from coarse to fine, in each level and each colour the details along rows,
/// along columns, and along both.
struct Subbands: Sendable {
  struct Band: Sendable {
    /// Levels that led to it; the approximation has that of the coarsest details, and 1 more.
    let level: Int
    /// 0 to 2: details along rows, along columns, along both; of the approximation 3.
    let orientation: Int
    let left: Int
    let top: Int
    let width: Int
    let height: Int
    var isApproximation: Bool { orientation == 3 }
    var isEmpty: Bool { width == 0 || height == 0 }
  }

  let width: Int
  let height: Int
  /// Of one plane, in their order.
  let bands: [Band]
  static let levels = 5

  init(width: Int, height: Int) {
    (self.width, self.height) = (width, height)
    let levels = Subbands.levels
    var bands = [
      Band(
        level: levels, orientation: 3, left: 0, top: 0, width: LiftingTransform.extent(width, level: levels),
        height: LiftingTransform.extent(height, level: levels))
    ]
    for level in (0..<levels).reversed() {
      let (all, part) = ((LiftingTransform.extent(width, level: level), LiftingTransform.extent(height, level: level)), level + 1)
      let (left, top) = (LiftingTransform.extent(width, level: part), LiftingTransform.extent(height, level: part))
      bands += [
        Band(level: level, orientation: 0, left: left, top: 0, width: all.0 - left, height: top),
        Band(level: level, orientation: 1, left: 0, top: top, width: left, height: all.1 - top),
        Band(level: level, orientation: 2, left: left, top: top, width: all.0 - left, height: all.1 - top),
      ]
    }
    self.bands = bands
  }

  /// The place in `bands` of the band of the same orientation one level coarser; nil if that is the approximation.
  func parent(of index: Int) -> Int? { index >= 4 ? index - 3 : nil }
}
