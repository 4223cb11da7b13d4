import Entropy

/// One pass over all coefficients of a picture, the same for encoder and decoder: from coarse to fine, in each level colour by colour, in each colour
/// orientation by orientation, row by row.
struct SubbandPass {
  let planes: [SubbandPlane]
  let model: SubbandModel
  let stepIndex: Int
  /// What is put together on the way.
  let synthesis: SubbandSynthesis

  /// What an encoder wants to have coded.
  struct Wanted {
    /// Coefficients in quantiser steps, by plane in the layout of `LiftingTransform`.
    let coefficients: [[Float]]
    /// What a bit costs in squared steps; 0: magnitudes are rounded up from `roundUpFrom` on, whatever they cost.
    let price: Float
    static let roundUpFrom: Float = 0.6
  }

  /// - Parameters:
  ///   - wanted: nil for a decoder.
  ///   - examples: takes in what the network beside the models would be trained on.
  ///   - goesOn: asked now and then; a decoder's stream may have ended.
  /// - Throws: `EntropyError.damaged` where `goesOn` says no.
  func run<Coder: BinaryCoder>(_ wanted: Wanted?, _ coder: inout Coder, examples: SubbandCollector? = nil, goesOn: (Coder) -> Bool) throws {
    guard let first = planes.first else { return }
    for (index, band) in first.subbands.bands.enumerated() where band.isApproximation || band.orientation == 0 {
      for plane in planes.indices {
        for index in index..<index + (band.isApproximation ? 1 : 3) {
          try code(index, first.subbands.bands[index], plane, wanted, &coder, examples, goesOn)
          synthesis.take(index, of: planes[plane], plane)
        }
      }
      if band.isApproximation { synthesis.begin() } else { synthesis.merge(level: band.level) }
    }
  }

  private func code<Coder: BinaryCoder>(
    _ index: Int, _ band: Subbands.Band, _ plane: Int, _ wanted: Wanted?, _ coder: inout Coder,
    _ examples: SubbandCollector?, _ goesOn: (Coder) -> Bool
  ) throws {
    guard !band.isEmpty else { return }
    let (own, stride, start) = (planes[plane], SubbandPlane.stride(band), planes[plane].start(index))
    let (view, signs) = (view(index, plane, \.magnitudes), view(index, plane, \.values))
    let width = own.subbands.width
    // With nothing around it the network always says the same.
    var toldOfNothing: [Int]?
    let features = UnsafeMutablePointer<Float>.allocate(capacity: 2 * SubbandFeatures.count)
    defer { features.deallocate() }
    let signFeatures = features + SubbandFeatures.count
    for features in [features, signFeatures] { SubbandFeatures.place(band, plane: plane, stepIndex: stepIndex, features) }
    let looks = (magnitudes: model.oracle != nil || examples != nil, signs: model.signOracle != nil || examples != nil)
    let looksAround = !band.isApproximation && (model.oracle?.looksAround == true || examples != nil)
    var surroundings = SubbandSurroundings(width: looks.magnitudes ? band.width : 0)
    let around = looksAround || looks.signs && !band.isApproximation ? synthesis.samples(plane) : nil
    let aroundStride = synthesis.stride
    /// What is put together around the place of a coefficient.
    @inline(__always) func lookAround(_ x: Int, _ y: Int, _ inverse: Float, signed: Bool, _ features: UnsafeMutablePointer<Float>) {
      guard let around else { return }
      SubbandFeatures.look(at: around + (y &* aroundStride &+ x), stride: aroundStride, inverse: inverse, x: x, y: y, signed: signed, features)
    }
    for y in 0..<band.height {
      let inverse = 1 / synthesis.stepOf(index, plane, row: y)
      if looks.magnitudes {
        surroundings.look(view, y: y)
        if looksAround, let around { surroundings.look(at: around + y &* aroundStride, stride: aroundStride, inverse: inverse) }
      }
      for x in 0..<band.width {
        let at = start + y * stride + x
        // Only where anything is around it the network is asked.
        let isEmpty = looks.magnitudes ? surroundings.isEmpty(x, behind: own.magnitudes + at) : true
        if isEmpty, let toldOfNothing, examples == nil {
          model.oracle?.recall(toldOfNothing)
        } else if looks.magnitudes {
          SubbandFeatures.look(view, x: x, y: y, features)
          if looksAround, !isEmpty { lookAround(x, y, inverse, signed: false, features) } else { SubbandFeatures.forget(features) }
          model.oracle?.look(features)
          if isEmpty { toldOfNothing = model.oracle?.memory }
        }
        model.look(SubbandContext(view, x: x, y: y), band, plane: plane)
        var (magnitude, isNegative, hasLooked) = (0, false, false)
        func lookAtSigns() {
          guard !hasLooked else { return }
          hasLooked = true
          if looks.signs {
            SubbandFeatures.look(atSigns: signs, x: x, y: y, signFeatures)
            lookAround(x, y, inverse, signed: true, signFeatures)
            model.signOracle?.look(signFeatures)
          }
          let colours = (plane > 0 ? planes[0].values[at] : 0, plane > 1 ? planes[1].values[at] : 0)
          model.look(at: own.values + at, stride: stride, colours: colours, band, plane: plane)
        }
        if let wanted {
          let value = wanted.coefficients[plane][(band.top + y) * width + band.left + x]
          isNegative = value < 0
          magnitude = choose(bounded(value.magnitude, Float(SubbandModel.largest)), isNegative, plane, wanted.price, lookAtSigns)
        }
        magnitude = model.code(magnitude: magnitude, plane: plane, &coder)
        // Within long rows too.
        if x % 1024 == 1023, !goesOn(coder) { break }
        examples?.magnitudes.offer(features, magnitude: magnitude, isEmpty: isEmpty)
        guard magnitude != 0 else { continue }
        lookAtSigns()
        isNegative = model.code(isNegative: isNegative, &coder)
        examples?.signs.offer(signFeatures, isNegative: isNegative)
        own.set(at, Int32(isNegative ? -magnitude : magnitude))
      }
      guard goesOn(coder) else { throw EntropyError.damaged("the coefficients of a picture") }
    }
  }

  /// What stands around the coefficients of a band: magnitudes, or coefficients.
  private func view(_ index: Int, _ plane: Int, _ numbers: KeyPath<SubbandPlane, UnsafeMutablePointer<Int32>>) -> SubbandContext.View {
    let (own, bands) = (planes[plane], planes[plane].subbands.bands)
    let band = bands[index]
    func look(_ other: Int) -> SubbandContext.Place {
      SubbandContext.Place(start: UnsafePointer(own[keyPath: numbers] + own.start(other)), stride: SubbandPlane.stride(bands[other]))
    }
    let others = band.isApproximation ? [] : (index - band.orientation..<index).filter { !bands[$0].isEmpty }.map(look)
    let colours = planes[..<plane].map { UnsafePointer($0[keyPath: numbers] + own.start(index)) }
    return SubbandContext.View(
      own: look(index).start, stride: SubbandPlane.stride(band),
      parent: own.subbands.parent(of: index).flatMap { bands[$0].isEmpty ? nil : look($0) },
      others: (others.first, others.dropFirst().first), colours: (colours.first, colours.dropFirst().first))
  }

  /// The magnitude that is worth its bits: of those next to the coefficient, and 0 where that is near.
  private func choose(_ value: Float, _ isNegative: Bool, _ plane: Int, _ price: Float, _ lookAtSigns: () -> Void) -> Int {
    if price == 0 { return Int(value + (1 - Wanted.roundUpFrom)) }
    let nearest = Int(value + 0.5)
    guard nearest > 0 else { return 0 }
    lookAtSigns()
    var (best, chosen) = (Float.infinity, 0)
    for candidate in max(0, nearest == 2 ? 0 : nearest - 1)...nearest {
      var meter = CostMeter()
      _ = model.code(magnitude: candidate, plane: plane, &meter)
      if candidate > 0 { _ = model.code(isNegative: isNegative, &meter) }
      let error = value - Float(candidate)
      let cost = error * error + price * Float(meter.cost) / 4096
      if cost < best { (best, chosen) = (cost, candidate) }
    }
    return chosen
  }
}
