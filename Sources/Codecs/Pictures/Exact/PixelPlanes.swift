import Entropy

/// Planes of samples on their way through a pass: palettes before it, constant components beside it.
enum PixelPlanes {
  /// In which order components are coded: green tells most of the others.
  private static func order(_ components: Int) -> [Int] { components < 3 ? Array(0..<components) : [1, 0] + Array(2..<components) }

  /// Codes the samples of an encoder. Gives how many pixels came again.
  @discardableResult
  static func encode(_ plans: [PixelPlan], _ samples: [[Int32]], width: Int, level: Int, _ coder: inout RansEncoder) -> Int {
    // Only a decoder's pass can end early.
    try! code(plans, samples, count: samples[0].count, width: width, level: level, &coder) { _ in true }.repetitions
  }

  /// Codes all samples. Gives them as the decoder has them, and how many pixels came again.
  /// - Parameters:
  ///   - samples: components × `count` of an encoder; none of a decoder.
  ///   - goesOn: asked now and then; a decoder's stream may have ended.
  /// - Throws: `SampleCoderError.damaged` where `goesOn` says no.
  static func code<Coder: BinaryCoder>(
    _ plans: [PixelPlan], _ samples: [[Int32]], count: Int, width: Int, level: Int, _ coder: inout Coder, goesOn: (Coder) -> Bool
  ) throws -> (samples: [[Int32]], repetitions: Int) {
    let active = order(plans.count).filter { plans[$0].varies }
    var output = plans.map { [Int32](repeating: Int32($0.low), count: count) }
    guard !active.isEmpty else { return (output, 0) }
    let palettes = active.map { index -> SamplePalette? in
      let plan = plans[index]
      guard plan.paletteCount > 0 else { return nil }
      return SamplePalette.code(plan.palette?.values ?? [], count: plan.paletteCount, low: Int32(plan.low), high: Int32(plan.high), &coder)
    }
    let ranges = zip(active, palettes).map { index, palette in
      PixelComponent.Range(
        bound: plans[index].bound, lowest: palette == nil ? plans[index].low : 0, highest: palette.map { $0.values.count - 1 } ?? plans[index].high,
        shift: plans[index].shift)
    }
    let values = active.map { _ in UnsafeMutablePointer<Int32>.allocate(capacity: count) }
    defer { for pointer in values { pointer.deallocate() } }
    for (k, index) in active.enumerated() {
      values[k].initialize(repeating: 0, count: count)
      guard !samples.isEmpty else { continue }
      for t in 0..<count { values[k][t] = palettes[k].map { Int32($0.rank(samples[index][t])) } ?? samples[index][t] }
    }
    let pass = PixelPass(ranges, width: width, count: count, level: level)
    try pass.run(values, &coder, goesOn: goesOn)
    for (k, index) in active.enumerated() {
      for t in 0..<count { output[index][t] = palettes[k].map { $0.values[Int(values[k][t])] } ?? values[k][t] }
    }
    return (output, pass.repetitions)
  }
}
