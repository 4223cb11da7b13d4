/// A wavelet transform of planes in two dimensions by lifting (Daubechies and Sweldens, "Factoring wavelet transforms into lifting steps", 1998), with
/// whole-sample symmetric extension: as many coefficients as samples, for every size. Its factors can be learned; they begin as those of CDF 9/7
/// (Cohen, Daubechies and Feauveau 1992), scaled so that it is nearly orthonormal.
///
/// Each level splits rows, then columns, of what the level before left: the lower half of each goes to the front. So the plane in the end holds the bands of
/// the finest level around those of the next one, as is usual.
public struct LiftingTransform: Sendable {
  /// What each step adds of the sum of both neighbours: to odd samples, even ones, odd ones, ...
  public let factors: [Float]
  /// Of the lower half; the upper one is divided by it.
  public let scale: Float

  /// CDF 9/7: three factors and more than six digits as in the literature; the scale is the square root of 2 over 1.230174.
  public static let biorthogonal = LiftingTransform(factors: [-1.586_134_3, -0.052_980_12, 0.882_911_1, 0.443_506_85], scale: 1.149_604_4)

  public init(factors: [Float], scale: Float) {
    precondition(factors.count % 2 == 0 && scale > 0, "lifting steps come in pairs")
    (self.factors, self.scale) = (factors, scale)
  }

  /// Samples [height, width] to coefficients, in place.
  public func analyse(_ plane: inout [Float], width: Int, height: Int, levels: Int) {
    each(&plane, width, height, 0..<levels) { plane, w, h in
      for y in 0..<h { plane.split(row: y, w, self) }
      plane.splitColumns(w, h, self)
    }
  }

  /// Coefficients to samples, in place.
  public func synthesise(_ plane: inout [Float], width: Int, height: Int, levels: Int) {
    for level in (0..<levels).reversed() { synthesise(&plane, width: width, height: height, level: level) }
  }

  /// One level of it: what level `level` + 1 left, at the origin, and the bands around that become what `level` levels left.
  public func synthesise(_ plane: inout [Float], width: Int, height: Int, level: Int) {
    each(&plane, width, height, level..<level + 1) { plane, w, h in
      plane.mergeColumns(w, h, self)
      for y in 0..<h { plane.merge(row: y, w, self) }
    }
  }

  /// The extents of what `level` levels leave.
  public static func extent(_ samples: Int, level: Int) -> Int { (0..<level).reduce(samples) { count, _ in (count + 1) / 2 } }

  private func each(_ plane: inout [Float], _ width: Int, _ height: Int, _ levels: Range<Int>, _ body: (inout LiftedPlane, Int, Int) -> Void) {
    precondition(plane.count == width * height, "a plane of another size")
    plane.withUnsafeMutableBufferPointer { buffer in
      guard let samples = buffer.baseAddress else { return }
      let scratch = UnsafeMutablePointer<Float>.allocate(capacity: max(width * height, width + 4))
      defer { scratch.deallocate() }
      var plane = LiftedPlane(samples: samples, scratch: scratch, stride: width)
      for level in levels {
        body(&plane, LiftingTransform.extent(width, level: level), LiftingTransform.extent(height, level: level))
      }
    }
  }
}

/// A plane in work. Sums run over neighbours in a fixed order, and each sample is one sum: the same bits however wide the processor's vectors are.
private struct LiftedPlane {
  let samples: UnsafeMutablePointer<Float>
  let scratch: UnsafeMutablePointer<Float>
  let stride: Int

  // MARK: Rows

  func split(row y: Int, _ width: Int, _ transform: LiftingTransform) {
    guard width > 1 else { return }
    let (row, half) = (samples + y * stride, (width + 1) / 2)
    let (low, high) = (scratch, scratch + half)
    for i in 0..<half { low[i] = row[2 * i] }
    for i in 0..<width - half { high[i] = row[2 * i + 1] }
    for (k, factor) in transform.factors.enumerated() { lift(low, high, width, factor, odd: k % 2 == 0) }
    let inverse = 1 / transform.scale
    for i in 0..<half { row[i] = low[i] * transform.scale }
    for i in half..<width { row[i] = scratch[i] * inverse }
  }

  func merge(row y: Int, _ width: Int, _ transform: LiftingTransform) {
    guard width > 1 else { return }
    let (row, half) = (samples + y * stride, (width + 1) / 2)
    let (low, high, inverse) = (scratch, scratch + half, 1 / transform.scale)
    for i in 0..<half { low[i] = row[i] * inverse }
    for i in half..<width { scratch[i] = row[i] * transform.scale }
    for (k, factor) in transform.factors.enumerated().reversed() { lift(low, high, width, -factor, odd: k % 2 == 0) }
    for i in 0..<half { row[2 * i] = low[i] }
    for i in 0..<width - half { row[2 * i + 1] = high[i] }
  }

  /// Even samples are in `low`, odd ones in `high`; beyond the ends stands the mirrored neighbour.
  private func lift(_ low: UnsafeMutablePointer<Float>, _ high: UnsafeMutablePointer<Float>, _ width: Int, _ factor: Float, odd: Bool) {
    let (evens, odds) = ((width + 1) / 2, width / 2)
    if odd {
      let inner = min(odds, evens - 1)
      for i in 0..<inner { high[i] += factor * (low[i] + low[i + 1]) }
      if inner < odds { high[inner] += factor * (low[inner] + low[inner]) }
    } else {
      low[0] += factor * (high[0] + high[0])
      for i in 1..<max(1, odds) { low[i] += factor * (high[i - 1] + high[i]) }
      if evens > odds, evens > 1 { low[evens - 1] += factor * (high[odds - 1] + high[odds - 1]) }
    }
  }

  // MARK: Columns, a row at a time

  func splitColumns(_ width: Int, _ height: Int, _ transform: LiftingTransform) {
    guard height > 1 else { return }
    for (k, factor) in transform.factors.enumerated() { liftRows(width, height, factor, odd: k % 2 == 0) }
    let (half, inverse) = ((height + 1) / 2, 1 / transform.scale)
    for y in 0..<height {
      let (from, to) = (samples + y * stride, scratch + (y % 2 == 0 ? y / 2 : half + y / 2) * width)
      let scale = y % 2 == 0 ? transform.scale : inverse
      for x in 0..<width { to[x] = from[x] * scale }
    }
    for y in 0..<height { (samples + y * stride).update(from: scratch + y * width, count: width) }
  }

  func mergeColumns(_ width: Int, _ height: Int, _ transform: LiftingTransform) {
    guard height > 1 else { return }
    let (half, inverse) = ((height + 1) / 2, 1 / transform.scale)
    for y in 0..<height { (scratch + y * width).update(from: samples + y * stride, count: width) }
    for y in 0..<height {
      let (from, to) = (scratch + (y % 2 == 0 ? y / 2 : half + y / 2) * width, samples + y * stride)
      let scale = y % 2 == 0 ? inverse : transform.scale
      for x in 0..<width { to[x] = from[x] * scale }
    }
    for (k, factor) in transform.factors.enumerated().reversed() { liftRows(width, height, -factor, odd: k % 2 == 0) }
  }

  private func liftRows(_ width: Int, _ height: Int, _ factor: Float, odd: Bool) {
    for y in Swift.stride(from: odd ? 1 : 0, to: height, by: 2) {
      let row = samples + y * stride
      let above = samples + (y > 0 ? y - 1 : 1) * stride
      let below = samples + (y + 1 < height ? y + 1 : y - 1) * stride
      for x in 0..<width { row[x] += factor * (above[x] + below[x]) }
    }
  }
}
