import Entropy

/// The prior of a chunk of frames: mixing models for mode, rank, gain and codes, in contexts of the frame before, of the matches and of the prediction.
///
/// Everything that is coded passes through here, for the encoder, the decoder and the meters of a search alike.
final class FrameModel {
  let coefficients: Int
  private let mode: MixingModel
  private let bucket: MixingModel
  private let mantissa: MixingModel
  private let gain: MixingModel
  private let last: MixingModel
  private let magnitude: MixingModel
  private let sign: MixingModel
  /// Codes of the frame before: leads × coefficients, and a zero.
  private let previous: UnsafeMutablePointer<Int32>
  private let codeCount: Int
  private let bandOf: UnsafeMutablePointer<Int>
  /// The network beside the models; nil where there is none.
  let network: NetworkRunner?

  static let tree = IntegerTree(unary: 10, exponents: 14)
  private static let classes = FrameContext.classes
  private static let bucketLimit = 24

  static let shapes: [(name: String, shape: MixingShape)] = {
    let c = classes
    func inputs(_ contexts: Int...) -> [MixingShape.Input] { contexts.map { .init(contexts: $0, limit: 250) } }
    return [
      ("mode", MixingShape(nodes: 5, inputs: inputs(36, c * c, 6 * 24, c * c, 17 * c), selectors: [6], firstRate: 12)),
      ("bucket", MixingShape(nodes: 32, inputs: inputs(24, c, c, c * 24, 24), firstRate: 12)),
      ("mantissa", MixingShape(nodes: 1, inputs: inputs(24, 24 * c), firstRate: 12)),
      ("gain", MixingShape(nodes: 13, inputs: inputs(3, 36, 48), firstRate: 12)),
      ("last", MixingShape(nodes: 32, inputs: inputs(3 * 17, 3 * c, 3 * c, 3 * 24, 3 * c, 18), selectors: [3], firstRate: 12)),
      (
        "magnitude",
        MixingShape(
          nodes: tree.nodes,
          inputs: inputs(Bands.count * 6 * 3, 64 * 3, Bands.count * 16, Bands.count * c, Bands.count * c * 3, 8 * 17 * 4, 3 * 3 * 3 * 8),
          selectors: [3], firstRate: 12)
      ),
      ("sign", MixingShape(nodes: 1, inputs: inputs(2 * Bands.count * 4, 3 * Bands.count), firstRate: 12)),
    ]
  }()

  /// - Parameters:
  ///   - states: trained states of the models by name; those that are missing start untrained.
  ///   - network: moves the models' probabilities where symbols are really coded; a search does without it.
  init(leadCount: Int, coefficients: Int, states: [String: [Int32]], network: NetworkRunner? = nil) {
    self.network = network
    self.coefficients = coefficients
    codeCount = leadCount * coefficients
    previous = .allocate(capacity: codeCount + 1)
    previous.initialize(repeating: 0, count: codeCount + 1)
    bandOf = .allocate(capacity: coefficients)
    for k in 0..<coefficients { bandOf[k] = Bands.ofCoefficient[k] }
    let models = FrameModel.shapes.map { name, shape in states[name].map { MixingModel(shape, state: $0) } ?? MixingModel(shape) }
    (mode, bucket, mantissa, gain, last, magnitude, sign) = (models[0], models[1], models[2], models[3], models[4], models[5], models[6])
  }

  deinit {
    previous.deallocate()
    bandOf.deallocate()
  }

  /// What the models have learned, by name.
  var states: [String: [Int32]] {
    let models = [mode, bucket, mantissa, gain, last, magnitude, sign]
    return Dictionary(uniqueKeysWithValues: zip(FrameModel.shapes.map(\.name), models.map(\.state)))
  }

  /// Keeps the codes of a frame as context for the next.
  func remember(_ codes: UnsafePointer<Int32>) {
    previous.update(from: codes, count: codeCount)
    network?.end(codes)
  }

  /// The codes that are context for the present frame: leads × coefficients.
  var remembered: [Int32] { Array(UnsafeBufferPointer(start: previous, count: codeCount)) }

  /// Puts other codes in their place, while a search looks ahead.
  func pretend(_ codes: UnsafePointer<Int32>) { previous.update(from: codes, count: codeCount) }

  /// Codes a decision, moved by the network if there is one.
  @inline(__always)
  private func decide<Coder: BinaryCoder>(
    _ model: MixingModel, _ bit: Int, node: Int, _ coder: inout Coder, move: (NetworkRunner) -> NetworkMove
  ) -> Int {
    guard Coder.learns, let network else { return model.code(bit, node: node, &coder) }
    return moved(by: move(network), &coder) { model.code(bit, node: node, &$0) }
  }

  private func moved<Coder: BinaryCoder>(by move: NetworkMove, _ coder: inout Coder, _ code: (inout MovedCoder<Coder>) -> Int) -> Int {
    withUnsafeMutablePointer(to: &coder) { base in
      var moved = MovedCoder(base: base, move: move)
      return code(&moved)
    }
  }

  // MARK: Mode, rank and gain

  /// Codes mode, rank and gain; gives them.
  func codeSide<Coder: BinaryCoder>(_ symbols: inout FrameSymbols, _ context: FrameContext, positions: Int, _ coder: inout Coder) {
    if Coder.learns, let network, let outlook = context.outlook { network.begin(outlook, context) }
    defer { if Coder.learns { network?.take(symbols) } }
    symbols.mode = codeMode(symbols.mode, context, &coder)
    if symbols.mode == FrameSymbols.copyMode { symbols.rank = codeRank(symbols.rank, context, positions: positions, &coder) }
    if symbols.mode != 0 { symbols.gain = codeGain(symbols.gain, mode: symbols.mode, context, &coder) }
  }

  private func codeMode<Coder: BinaryCoder>(_ value: Int, _ context: FrameContext, _ coder: inout Coder) -> Int {
    let c = FrameModel.classes
    mode.setContext(0, context.previousMode * 6 + context.modeBefore)
    mode.setContext(1, context.match * c + context.disagreement)
    mode.setContext(2, context.previousMode * 24 + context.previousBucket)
    mode.setContext(3, context.energy * c + context.disagreement)
    mode.setContext(4, context.previousBand * c + context.energy)
    mode.setSelector(0, context.previousMode)
    // Copy; none; then the means, the smaller first.
    func isMode(_ wanted: Int, node: Int) -> Bool {
      decide(mode, value == wanted ? 1 : 0, node: node, &coder) { $0.sideMove(FrameNetwork.Slot.mode + node) } != 0
    }
    if isMode(1, node: 0) { return 1 }
    if isMode(0, node: 1) { return 0 }
    for k in 2..<5 where isMode(k, node: k) { return k }
    return 5
  }

  private func codeRank<Coder: BinaryCoder>(_ value: Int, _ context: FrameContext, positions: Int, _ coder: inout Coder) -> Int {
    let c = FrameModel.classes
    bucket.setContext(0, context.previousBucket)
    bucket.setContext(1, context.match)
    bucket.setContext(2, context.disagreement)
    bucket.setContext(3, context.energy * 24 + context.size)
    bucket.setContext(4, context.size)
    let wanted = FrameSymbols.bucket(value)
    var node = 1
    for place in stride(from: 4, through: 0, by: -1) {
      node = node * 2 + decide(bucket, (wanted >> place) & 1, node: node, &coder) { $0.sideMove(FrameNetwork.Slot.bucket + node) }
    }
    let k = min(node - 32, FrameModel.bucketLimit - 1)
    var rank = 1
    for place in stride(from: k - 1, through: 0, by: -1) {
      let bit = ((value + 1) >> place) & 1
      if place == k - 1 {
        mantissa.setContext(0, k)
        mantissa.setContext(1, k * c + context.match)
        rank = rank * 2 + mantissa.code(bit, node: 0, &coder)
      } else {
        rank = rank * 2 + coder.code(bit, probability: 32768)
      }
    }
    return rank - 1
  }

  private func codeGain<Coder: BinaryCoder>(_ value: Int, mode: Int, _ context: FrameContext, _ coder: inout Coder) -> Int {
    let kind = min(mode, 2)
    gain.setContext(0, kind)
    gain.setContext(1, context.previousGain * 3 + kind)
    gain.setContext(2, context.energy * 3 + kind)
    let unit = FrameSymbols.unitGain
    if gain.code(value == unit ? 1 : 0, node: 0, &coder) != 0 { return unit }
    if gain.code(value > unit ? 1 : 0, node: 1, &coder) != 0 {
      for k in unit + 1..<11 where gain.code(value == k ? 1 : 0, node: k - unit + 1, &coder) != 0 { return k }
      return 11
    }
    for k in stride(from: unit - 1, to: 0, by: -1) where gain.code(value == k ? 1 : 0, node: 12 - k, &coder) != 0 { return k }
    return 0
  }

  // MARK: Codes

  /// How many codes there are up to the last that is not zero.
  func end(_ codes: UnsafePointer<Int32>) -> Int {
    var end = coefficients
    while end > 0, codes[end - 1] == 0 { end -= 1 }
    return end
  }

  /// Codes the quantised coefficients of one lead, in place.
  func codeLead<Coder: BinaryCoder>(_ codes: UnsafeMutablePointer<Int32>, _ context: LeadContext, _ coder: inout Coder) {
    // The network sees to the first lead.
    let network = Coder.learns && context.lead == 0 ? network : nil
    network?.beginLead(prediction: context.prediction)
    let end = codeEnd(end(codes), context, &coder)
    guard end > 0 else { return }
    var run = Run()
    for k in 0..<end {
      let moves = network?.codeMoves(k, codes, end: end, prediction: context.prediction[k])
      codes[k] = codeCoefficient(codes[k], at: k, end: end, &run, context, moves: moves, &coder)
      if coder.isOver { return }
    }
    for k in end..<max(end, coefficients) { codes[k] = 0 }
  }

  /// Codes how many codes there are; gives it.
  func codeEnd<Coder: BinaryCoder>(_ end: Int, _ lead: LeadContext, _ coder: inout Coder) -> Int {
    let c = FrameModel.classes
    let (kind, context) = (lead.kind, lead.frame)
    last.setContext(0, kind * 17 + context.previousBand)
    last.setContext(1, kind * c + context.energy)
    last.setContext(2, kind * c + context.disagreement)
    last.setContext(3, kind * 24 + lead.rankClass)
    last.setContext(4, context.match * 3 + kind)
    last.setContext(5, lead.earlier.map { endBand(self.end($0)) } ?? 17)
    last.setSelector(0, kind)
    let wanted = endBand(end)
    var node = 1
    for place in stride(from: 4, through: 0, by: -1) {
      let bit = (wanted >> place) & 1
      node = node * 2 + (lead.lead == 0 ? decide(last, bit, node: node, &coder) { $0.lastMove(node) } : last.code(bit, node: node, &coder))
    }
    let band = min(node - 32, Bands.count)
    guard band > 0 else { return 0 }
    let first = Bands.first[band - 1]
    let width = max(1, Bands.width(band - 1, coefficients: coefficients))
    return min(first + codeUniform(max(0, end - 1 - first), count: width, &coder) + 1, coefficients)
  }

  /// Codes one of `end` coefficients; gives its code.
  @inline(__always)
  func codeCoefficient<Coder: BinaryCoder>(
    _ code: Int32, at k: Int, end: Int, _ run: inout Run, _ lead: LeadContext, moves: NetworkRunner.CodeMoves? = nil, _ coder: inout Coder
  ) -> Int32 {
    let c = FrameModel.classes
    let bands = Bands.count
    let (kind, disagreement, neighbours) = (lead.kind, lead.frame.disagreement, run.neighbours)
    let band = bandOf[k]
    let before = previous + (lead.lead * coefficients + k)
    let old = (k > 0 ? abs(before[-1]) : 0) &+ abs(before[1])
    var (beside, besideNext) = (0, 0)
    if let earlier = lead.earlier {
      beside = earlier[k] != 0 ? 2 : 1
      besideNext = k + 1 < coefficients && earlier[k + 1] != 0 || k > 0 && earlier[k - 1] != 0 ? 2 : 1
    }
    let expected = logarithmicClass(abs(lead.prediction[k]))
    magnitude.setContext(0, (band * 6 + min(neighbours, 5)) * 3 + kind)
    magnitude.setContext(1, min(k, 63) * 3 + kind)
    magnitude.setContext(2, (band * 4 + Int(min(abs(before[0]), 3))) * 4 + Int(min(old, 3)))
    magnitude.setContext(3, band * c + expected)
    magnitude.setContext(4, (band * c + disagreement) * 3 + kind)
    magnitude.setContext(5, (min(end - 1 - k, 7) * 17 + endBand(end)) * 4 + min(neighbours, 3))
    magnitude.setContext(6, ((beside * 3 + besideNext) * 3 + kind) * 8 + min(band / 2, 7))
    magnitude.setSelector(0, kind)
    // The last coefficient is not zero.
    let (size, least) = (Int(abs(code)), k == end - 1 ? 1 : 0)
    let coded: Int
    if let moves {
      coded = moved(by: moves.magnitude, &coder) { FrameModel.tree.code(size, atLeast: least, magnitude, &$0) }
    } else {
      coded = FrameModel.tree.code(size, atLeast: least, magnitude, &coder)
    }
    var result = Int32(truncatingIfNeeded: coded)
    if result != 0 {
      sign.setContext(0, ((lead.prediction[k] > 0 ? 1 : 0) * bands + band) * 4 + kind)
      sign.setContext(1, run.signBefore * bands + band)
      let bit = code < 0 ? 1 : 0
      let isNegative = moves.map { moved(by: $0.sign, &coder) { sign.code(bit, node: 0, &$0) } } ?? sign.code(bit, node: 0, &coder)
      if isNegative != 0 { result = -result }
    }
    run.signBefore = result > 0 ? 2 : result < 0 ? 0 : 1
    run.neighbours = min(coded, 2) + (neighbours + 1) / 3
    return result
  }

  /// The first coefficient that is coded in another context if a lead has `end` codes instead of more.
  func firstThatSees(end: Int, insteadOf oldEnd: Int) -> Int { endBand(end) == endBand(oldEnd) ? max(0, end - 8) : 0 }

  /// 0, or 1 + the band of the last of so many coefficients.
  @inline(__always)
  private func endBand(_ end: Int) -> Int { end == 0 ? 0 : bandOf[end - 1] + 1 }

  /// An integer 0 ..< count, all equally likely, by halving.
  private func codeUniform<Coder: BinaryCoder>(_ value: Int, count: Int, _ coder: inout Coder) -> Int {
    var (low, size) = (0, count)
    while size > 1 {
      let upper = size / 2
      let lower = size - upper
      if coder.code(value - low >= lower ? 1 : 0, probability: UInt32(65536 * upper / size)) != 0 {
        low += lower
        size = upper
      } else {
        size = lower
      }
    }
    return low
  }
}
