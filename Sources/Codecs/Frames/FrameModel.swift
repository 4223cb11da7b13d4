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
  /// Codes of the frame before: leads × coefficients.
  private var previous: [Int32]
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
    previous = Array(repeating: 0, count: leadCount * coefficients + 1)
    let models = FrameModel.shapes.map { name, shape in states[name].map { MixingModel(shape, state: $0) } ?? MixingModel(shape) }
    (mode, bucket, mantissa, gain, last, magnitude, sign) = (models[0], models[1], models[2], models[3], models[4], models[5], models[6])
  }

  /// What the models have learned, by name.
  var states: [String: [Int32]] {
    let models = [mode, bucket, mantissa, gain, last, magnitude, sign]
    return Dictionary(uniqueKeysWithValues: zip(FrameModel.shapes.map(\.name), models.map(\.state)))
  }

  /// Keeps a frame that was coded as context for the next.
  func remember(_ symbols: FrameSymbols) {
    for k in symbols.codes.indices { previous[k] = symbols.codes[k] }
    network?.end(symbols)
  }

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

  /// Codes the quantised coefficients of one lead, in place.
  /// - Parameters:
  ///   - codes: of this lead.
  ///   - prediction: the lead's predicted spectrum, in quantiser steps.
  ///   - earlier: codes of the lead before this one, if there is one.
  func codeLead<Coder: BinaryCoder>(
    _ lead: Int, _ codes: UnsafeMutablePointer<Int32>, prediction: UnsafePointer<Float>, earlier: UnsafePointer<Int32>?, _ symbols: FrameSymbols,
    _ context: FrameContext, _ coder: inout Coder
  ) {
    let c = FrameModel.classes
    let bands = Bands.count
    let kind = min(symbols.mode, 2)
    let rankClass = symbols.mode == FrameSymbols.copyMode ? min(FrameSymbols.bucket(symbols.rank), 23) : 0

    var end = 0
    for k in stride(from: coefficients - 1, through: 0, by: -1) where codes[k] != 0 {
      end = k + 1
      break
    }
    var earlierEnd = 0
    if let earlier { for k in 0..<coefficients where earlier[k] != 0 { earlierEnd = k + 1 } }
    if Coder.learns, lead == 0, let network, let outlook = context.outlook { network.beginLead(outlook, symbols, prediction: prediction) }
    last.setContext(0, kind * 17 + context.previousBand)
    last.setContext(1, kind * c + context.energy)
    last.setContext(2, kind * c + context.disagreement)
    last.setContext(3, kind * 24 + rankClass)
    last.setContext(4, context.match * 3 + kind)
    last.setContext(5, earlier == nil ? 17 : earlierEnd == 0 ? 0 : Bands.ofCoefficient[earlierEnd - 1] + 1)
    last.setSelector(0, kind)
    let wanted = end == 0 ? 0 : Bands.ofCoefficient[end - 1] + 1
    var node = 1
    for place in stride(from: 4, through: 0, by: -1) {
      let bit = (wanted >> place) & 1
      node =
        node * 2
        + (lead == 0 ? decide(last, bit, node: node, &coder) { $0.lastMove(node) } : last.code(bit, node: node, &coder))
    }
    let band = min(node - 32, bands)
    guard band > 0 else { return }
    let first = Bands.first[band - 1]
    end = first + codeUniform(max(0, end - 1 - first), count: max(1, Bands.width(band - 1, coefficients: coefficients)), &coder) + 1
    end = min(end, coefficients)

    var neighbours = 0
    var signBefore = 1
    for k in 0..<end {
      let band = Bands.ofCoefficient[k]
      let old = (k > 0 ? abs(previous[lead * coefficients + k - 1]) : 0) &+ abs(previous[lead * coefficients + k + 1])
      let beside: Int
      if let earlier {
        beside = 1 + Int(min(abs(earlier[k]), 1))
      } else {
        beside = 0
      }
      let expected = logarithmicClass(abs(prediction[k]))
      magnitude.setContext(0, (band * 6 + min(neighbours, 5)) * 3 + kind)
      magnitude.setContext(1, min(k, 63) * 3 + kind)
      magnitude.setContext(2, (band * 4 + Int(min(abs(previous[lead * coefficients + k]), 3))) * 4 + Int(min(old, 3)))
      magnitude.setContext(3, band * c + expected)
      magnitude.setContext(4, (band * c + context.disagreement) * 3 + kind)
      magnitude.setContext(5, (min(end - 1 - k, 7) * 17 + wantedBand(end)) * 4 + min(neighbours, 3))
      magnitude.setContext(6, ((beside * 3 + besideNext(earlier, k)) * 3 + kind) * 8 + min(band / 2, 7))
      magnitude.setSelector(0, kind)
      // The last coefficient is not zero.
      let (size, least) = (Int(abs(codes[k])), k == end - 1 ? 1 : 0)
      var moves: (magnitude: NetworkMove, sign: NetworkMove)?
      if Coder.learns, lead == 0, let network, let outlook = context.outlook {
        moves = network.codeMoves(k, codes, end: end, prediction: prediction[k], outlook, symbols)
      }
      let coded: Int
      if let moves {
        coded = moved(by: moves.magnitude, &coder) { FrameModel.tree.code(size, atLeast: least, magnitude, &$0) }
      } else {
        coded = FrameModel.tree.code(size, atLeast: least, magnitude, &coder)
      }
      var result = Int32(truncatingIfNeeded: coded)
      if result != 0 {
        sign.setContext(0, ((prediction[k] > 0 ? 1 : 0) * bands + band) * 4 + kind)
        sign.setContext(1, signBefore * bands + band)
        let bit = codes[k] < 0 ? 1 : 0
        let isNegative = moves.map { moved(by: $0.sign, &coder) { sign.code(bit, node: 0, &$0) } } ?? sign.code(bit, node: 0, &coder)
        if isNegative != 0 { result = -result }
      }
      codes[k] = result
      signBefore = result > 0 ? 2 : result < 0 ? 0 : 1
      neighbours = min(coded, 2) + (neighbours + 1) / 3
    }
    for k in end..<max(end, coefficients) { codes[k] = 0 }
  }

  private func wantedBand(_ end: Int) -> Int { Bands.ofCoefficient[end - 1] + 1 }

  @inline(__always)
  private func besideNext(_ earlier: UnsafePointer<Int32>?, _ k: Int) -> Int {
    guard let earlier else { return 0 }
    return k + 1 < coefficients && earlier[k + 1] != 0 || k > 0 && earlier[k - 1] != 0 ? 2 : 1
  }

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
