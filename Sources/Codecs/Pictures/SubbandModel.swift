import Entropy

/// The prior of the coefficients of a picture: a magnitude and a sign each, in contexts of what stands around them in their band, in the band above it, in the
/// other orientations and in the colours before (after Wu, "High-order context modeling and embedded conditional entropy coding of wavelet coefficients for
/// image compression", 1997; mixed as in the PAQ family).
final class SubbandModel {
  /// The largest magnitude of a coefficient.
  static let largest = 1 << 17
  private static let tree = IntegerTree(unary: 14, exponents: 16)
  /// Planes that have models of their own.
  static let planes = 3
  /// Orientations, where that of the approximation is as good as the first.
  private static let orientations = 3

  private let magnitudes: [MixingModel]
  private let sign: MixingModel
  /// The networks beside the models, if there are any.
  let oracle: SubbandOracle?
  let signOracle: SubbandOracle?

  /// Whether any of them sees what is put together so far.
  var looksAround: Bool { signOracle != nil || oracle?.looksAround == true }

  /// Shapes of the models, by name.
  static func shapes(_ networks: Set<SubbandNetwork.Kind>) -> [(name: String, shape: MixingShape)] {
    let (magnitudes, signs) = shapesOfAll
    let sign = signs[networks.contains(.signs) ? 1 : 0]
    return (0..<planes).map { ("subbands.\($0)", magnitudes[networks.contains(.magnitudes) ? 1 : 0]) } + [("subbands.sign", sign)]
  }
  /// Without a network, and with one.
  private static let shapesOfAll = ([false, true].map(makeMagnitudes), [false, true].map(makeSign))
  /// Names of the models.
  static let names = shapes([]).map(\.name)

  private static func makeMagnitudes(hasNetwork: Bool) -> MixingShape {
    func inputs(_ contexts: [Int]) -> [MixingShape.Input] { contexts.map { .init(contexts: $0, limit: 20) } }
    let (o, f, levels) = (orientations, MagnitudeScale.fineClasses, Subbands.levels + 1)
    return MixingShape(
      nodes: tree.nodes,
      inputs: inputs([5 * 5 * 4 * 4, 16 * 10 * o, 13 * 13 * o, 13 * 13 * o, 16 * levels * o, f * o]) + [.init(contexts: f * levels, limit: 60)]
        + inputs([12 * 12 * 12]), signals: hasNetwork ? 1 : 0, selectors: [levels * o, f / 4 * o], refinements: f, firstRate: 14, lastRate: 5,
      inputWeight: 14000)
  }

  private static func makeSign(hasNetwork: Bool) -> MixingShape {
    let inputs = [81 * orientations, 9 * orientations * 9].map { MixingShape.Input(contexts: $0, limit: 20) }
    guard hasNetwork else { return MixingShape(nodes: 1, inputs: inputs, selectors: [planes * orientations], firstRate: 10) }
    return MixingShape(
      nodes: 1, inputs: inputs, signals: 1, selectors: [planes * orientations, Subbands.levels + 1], firstRate: 10, inputWeight: 14000)
  }

  /// - Parameter states: trained states of the models by name; those that are missing start untrained.
  init(states: [String: [Int32]], networks: SubbandNetworks) {
    (oracle, signOracle) = (networks.magnitudes.map(SubbandOracle.init), networks.signs.map(SubbandOracle.init))
    let models = SubbandModel.shapes(networks.kinds).map { name, shape in
      states[name].map { MixingModel(shape, state: $0) } ?? MixingModel(shape)
    }
    (magnitudes, sign) = (Array(models.dropLast()), models[models.count - 1])
  }

  /// What the models have learned, by name.
  var states: [String: [Int32]] {
    Dictionary(uniqueKeysWithValues: zip(SubbandModel.names, (magnitudes + [sign]).map(\.state)))
  }

  /// Looks at what stands around a coefficient; what is coded afterwards is that coefficient's.
  @inline(__always)
  func look(_ context: SubbandContext, _ band: Subbands.Band, plane: Int) {
    let (model, o) = (magnitudes[plane], band.isApproximation ? 0 : band.orientation)
    let (coarse, c) = (MagnitudeScale.coarse, context)
    let orientations = SubbandModel.orientations
    var fine = MagnitudeScale.fine(c.expected(band), MagnitudeScale.fineClasses - 1)
    let parents = 2 &* c.parent &+ c.parents
    let colours = plane == 2 ? 2 &* c.second &+ c.first / 2 : c.first
    model.setContext(0, ((min(c.left, 4) &* 5 &+ min(c.above, 4)) &* 4 &+ min(c.aboveLeft, 3)) &* 4 &+ min(c.aboveRight, 3))
    model.setContext(1, (coarse(c.near &+ c.far, 15) &* 10 &+ coarse(parents, 9)) &* orientations &+ o)
    model.setContext(2, (coarse(parents, 12) &* 13 &+ coarse(c.orientations, 12)) &* orientations &+ o)
    model.setContext(3, (coarse(colours, 12) &* 13 &+ coarse(c.near &+ c.far / 2, 12)) &* orientations &+ o)
    model.setContext(4, (coarse(2 &* c.near &+ c.far, 15) &* (Subbands.levels + 1) &+ band.level) &* orientations &+ o)
    model.setContext(6, fine &* (Subbands.levels + 1) &+ band.level)
    model.setSelector(0, band.level &* orientations &+ o)
    model.setSelector(1, fine / 4 &* orientations &+ o)
    // What the network expects takes the place of the weighted sum where it is finest.
    if let oracle { fine = min(max((oracle.told[0] &+ 6 &* 256) / 48, 0), MagnitudeScale.fineClasses - 1) }
    let across = coarse(2 &* c.left &+ c.secondLeft &+ c.aboveLeft, 11) &* 12 &+ coarse(2 &* c.above &+ c.secondAbove &+ c.aboveRight, 11)
    model.setContext(7, across &* 12 &+ coarse(c.orientations &+ parents &+ c.first, 11))
    model.setContext(5, fine &* orientations &+ o)
    model.setRefinement(fine)
  }

  /// Looks at the signs around a coefficient.
  /// - Parameters:
  ///   - at: the coefficient in its band, whose rows are `stride` apart.
  ///   - colours: of the coefficients at its place in the colours before.
  @inline(__always)
  func look(at signs: UnsafePointer<Int32>, stride: Int, colours: (Int32, Int32), _ band: Subbands.Band, plane: Int) {
    @inline(__always) func trit(_ value: Int32) -> Int { value > 0 ? 2 : value < 0 ? 0 : 1 }
    let o = band.isApproximation ? 0 : band.orientation
    let near = trit(signs[-1]) &* 3 &+ trit(signs[-stride])
    sign.setContext(0, ((near &* 3 &+ trit(signs[-stride &- 1])) &* 3 &+ trit(signs[-stride &+ 1])) &* SubbandModel.orientations &+ o)
    sign.setContext(1, (near &* SubbandModel.orientations &+ o) &* 9 &+ trit(colours.0) &* 3 &+ trit(colours.1))
    sign.setSelector(0, plane &* SubbandModel.orientations &+ o)
    if let signOracle {
      sign.setSelector(1, band.level)
      sign.setSignal(0, signOracle.told[0])
    }
  }

  /// Codes the magnitude of the coefficient that was looked at.
  @inline(__always)
  func code<Coder: BinaryCoder>(magnitude: Int, plane: Int, _ coder: inout Coder) -> Int {
    let model = magnitudes[plane]
    guard let oracle else { return SubbandModel.tree.code(magnitude, model, &coder) }
    for k in 0..<SubbandNetwork.odds {
      model.setSignal(0, oracle.told[k])
      if model.code(magnitude > k ? 1 : 0, node: k, &coder) == 0 { return k }
    }
    model.setSignal(0, 0)
    return SubbandModel.tree.code(magnitude, atLeast: SubbandNetwork.odds, model, &coder)
  }

  /// Codes the sign of the coefficient whose surroundings were looked at.
  @inline(__always)
  func code<Coder: BinaryCoder>(isNegative: Bool, _ coder: inout Coder) -> Bool { sign.code(isNegative ? 1 : 0, node: 0, &coder) != 0 }
}
