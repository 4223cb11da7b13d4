import Bytes
import Layers
import Tensors

/// A recurrent network beside the prior's mixing models: before each frame it looks at what the memory says and at what it remembers of the frames
/// before, and moves the models' probabilities, in the stretched domain, before they go to the coder. The models themselves do not see it.
///
/// Decisions that it moves: mode, bucket of the rank, band of the last code, whether codes exceed 0, 1, 2 and 3, and signs; codes of the
/// first lead only, up to `FrameOutlook.coefficients`.
public struct FrameNetwork: Layer {
  let input: Dense
  let memory: GRU
  let sideHidden: Dense
  let side: Dense
  let leadHidden: Dense
  let lead: Dense
  let codeHidden: Dense
  let code: Dense

  /// Units of the GRU and of the other hidden layers, and of the layer over each code.
  static let size = 64
  static let codeSize = 32

  /// Places of the decisions among the outputs.
  enum Slot {
    static let mode = 0
    static let bucket = 5
    static let sideCount = 37
    static let lastCount = 32
    static let larger = 0
    static let sign = 4
    static let codeCount = 5
  }

  public init(random: inout RandomSource) {
    let (size, code) = (FrameNetwork.size, FrameNetwork.codeSize)
    input = Dense(inputs: FrameFeatures.frameCount, outputs: size, random: &random)
    memory = GRU(inputs: size, size: size, random: &random)
    sideHidden = Dense(inputs: 2 * size, outputs: size, random: &random)
    side = Dense(inputs: size, outputs: Slot.sideCount, random: &random)
    leadHidden = Dense(inputs: 2 * size + FrameFeatures.leadCount, outputs: size, random: &random)
    lead = Dense(inputs: size, outputs: Slot.lastCount + code, random: &random)
    codeHidden = Dense(inputs: FrameFeatures.codeCount, outputs: code, random: &random)
    self.code = Dense(inputs: code, outputs: Slot.codeCount, random: &random)
    // Begins by moving nothing.
    for layer in [side, lead, self.code] {
      layer.weight.value = Tensor(zeros: layer.weight.value.shape)
      if let bias = layer.bias { bias.value = Tensor(zeros: bias.value.shape) }
    }
  }

  /// Features of frames [batch, steps, frame features] to what the heads look at [batch, steps, 2 × size], for training.
  func remember(_ x: Variable) -> Variable {
    let e = input(x).silu()
    return concatenate([memory(e), e], axis: 2)
  }

  /// What is remembered [..., 2 × size] to outputs for mode and bucket [..., 37].
  func sideOutputs(_ z: Variable) -> Variable { side(sideHidden(z).silu()) }

  /// What is remembered and features of the first lead's copy [..., 2 × size + lead features] to outputs for the last band, and conditions
  /// of codes.
  func leadOutputs(_ z: Variable) -> Variable { lead(leadHidden(z).silu()) }

  /// Features [rows, code features] and conditions [rows, codeSize] of codes to outputs [rows, 5].
  func codeOutputs(_ x: Variable, _ condition: Variable) -> Variable { code((codeHidden(x) + condition).silu()) }

  /// The network in a codec's weights, or nil if there is none.
  /// - Throws: `LayerError`, `BytesError` if what is there is no network of this program.
  static func stored(in weights: Safetensors) throws -> FrameNetwork? {
    let prefix = "network."
    let named = weights.tensors.filter { $0.key.hasPrefix(prefix) }
    guard !named.isEmpty else { return nil }
    var random = RandomSource.zeros
    let network = FrameNetwork(random: &random)
    try network.load(Dictionary(uniqueKeysWithValues: named.map { (String($0.key.dropFirst(prefix.count)), $0.value) }))
    guard named.count == network.namedParameters.count else {
      throw BytesError.malformed("the prior's network has tensors that this program does not know")
    }
    return network
  }
}

/// What the network is told, as numbers of moderate size.
enum FrameFeatures {
  static let frameCount = 6 + 4 + FrameOutlook.coefficients * 3 + 2 * FrameState.separateLimit + FrameOutlook.recentParts + 1
  static let leadCount = 6 + 3 + 2 * FrameOutlook.coefficients
  static let codeCount = 22

  /// Of the next frame.
  /// - Parameter previous: the frame before, as far as it was coded.
  static func frame(_ outlook: FrameOutlook, _ context: FrameContext, previous: FrameSymbols) -> [Float] {
    var x = [Float]()
    x.reserveCapacity(frameCount)
    for mode in 0..<FrameSymbols.modes { x.append(previous.mode == mode ? 1 : 0) }
    x.append(previous.mode == FrameSymbols.copyMode ? Float(FrameSymbols.bucket(previous.rank)) / 8 : 0)
    x.append(Float(previous.gain - FrameSymbols.unitGain) / 4)
    x.append(Float(context.previousBand) / 8)
    x.append(Float(context.disagreement) / 8 - 1)
    for k in 0..<FrameOutlook.coefficients { x.append(k < previous.codes.count ? Squeeze.root(Float(previous.codes[k])) : 0) }
    for value in outlook.mean { x.append(Squeeze.root(value)) }
    for value in outlook.variance { x.append(Squeeze.logarithm(value) / 4) }
    for value in outlook.distances { x.append(value < 0 ? -2 : Squeeze.logarithm(value) / 4) }
    for value in outlook.ages { x.append(value < 0 ? 0 : Squeeze.logarithm(value) / 6) }
    for value in outlook.recent { x.append(Squeeze.root(value)) }
    x.append(Squeeze.logarithm(outlook.age + 1) / 10)
    return x
  }

  /// Of the first lead, its copy being known.
  static func lead(_ outlook: FrameOutlook, _ symbols: FrameSymbols, prediction: UnsafePointer<Float>, coefficients: Int) -> [Float] {
    var x = [Float]()
    x.reserveCapacity(leadCount)
    for mode in 0..<FrameSymbols.modes { x.append(symbols.mode == mode ? 1 : 0) }
    x.append(symbols.mode == FrameSymbols.copyMode ? Float(FrameSymbols.bucket(symbols.rank)) / 8 : 0)
    x.append(symbols.mode == FrameSymbols.copyMode ? 0 : 1)
    x.append(Float(symbols.gain - FrameSymbols.unitGain) / 4)
    for k in 0..<FrameOutlook.coefficients { x.append(k < coefficients ? Squeeze.root(prediction[k]) : 0) }
    for k in 0..<FrameOutlook.coefficients { x.append(k < coefficients ? Squeeze.root(outlook.mean[k] - prediction[k]) : 0) }
    return x
  }

  /// Of code k of the first lead.
  /// - Parameters:
  ///   - codes: those before k are known.
  ///   - before: codes of the frame before.
  ///   - end: one past the last code that is not zero.
  static func code(
    _ k: Int, _ codes: UnsafePointer<Int32>, before: UnsafePointer<Int32>, end: Int, prediction: Float, _ outlook: FrameOutlook,
    _ symbols: FrameSymbols
  ) -> [Float] {
    func size(_ code: Int32) -> Float { Squeeze.root(Float(abs(code))) }
    func sign(_ code: Int32) -> Float { code > 0 ? 1 : code < 0 ? -1 : 0 }
    let missing = outlook.mean[k] - prediction
    return [
      k > 0 ? size(codes[k - 1]) : 0, k > 1 ? size(codes[k - 2]) : 0, k > 2 ? size(codes[k - 3]) : 0, k > 0 ? sign(codes[k - 1]) : 0,
      k > 1 ? sign(codes[k - 2]) : 0, k > 0 ? size(before[k - 1]) : 0, Squeeze.root(Float(before[k])), size(before[k]), size(before[k + 1]),
      Squeeze.root(prediction), Squeeze.logarithm(abs(prediction)) / 3, Squeeze.root(missing), Squeeze.root(abs(missing)),
      Squeeze.root(2 * missing / (outlook.variance[k] + 0.05).squareRoot()), Squeeze.logarithm(outlook.variance[k]) / 4,
      Squeeze.logarithm(Float(k + 1)) / 3, k == 0 ? 1 : 0, k == 1 ? 1 : 0, Float(min(end - 1 - k, 12)) / 6, k == end - 1 ? 1 : 0,
      Squeeze.logarithm(Float(end)) / 3, symbols.mode == 0 ? 1 : 0,
    ]
  }
}
