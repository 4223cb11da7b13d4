import Layers
import Tensors

/// An autoencoder that can tell the hidden patches of a block from those that are visible.
public protocol PatchFilling: Autoencoder {
  var patches: PatchGrid { get }

  /// Whether hidden patches took part in training; else what is filled in is arbitrary.
  var hasLearnedToFill: Bool { get }

  /// Blocks with all patches as the decoder gives them, of which it saw the visible ones alone: [blocks, numbers of a block] to the same.
  /// - Parameter visible: of each block the numbers of the visible patches, equally many of each.
  func fill(_ x: Variable, visible: [[Int]]) -> Variable
}

/// Patches of a block through a transformer to a narrow linear code for each patch, and through a smaller one back. In training it can be shown a part of the patches,
/// and a learned token stands for each other one in the decoder: He, Chen, Xie, Li, Dollár and Girshick, "Masked autoencoders are scalable vision learners" (2022).
/// As a codec's autoencoder it sees all. Each block is seen alone.
struct MaskedAutoencoder: PatchFilling {
  let patches: PatchGrid
  let codeShape: [Int]
  let output: Output

  let embedding: Dense
  /// What is added to each patch's place: [patches, width].
  let positions: Parameter
  let encoder: [TransformerLayer]
  let encoderNorm: LayerNorm
  /// To the code of a patch.
  let narrow: Dense
  let widening: Dense
  /// Stands in the decoder for a patch that is hidden: [decoder's width]. It begins as nothing.
  let token: Parameter
  let decoderPositions: Parameter
  let decoder: [TransformerLayer]
  let decoderNorm: LayerNorm
  let head: Dense

  var blockShape: [Int] { patches.block }
  var hasLearnedToFill: Bool { token.value.withValues { $0.contains { $0 != 0 } } }

  init(_ form: MaskedArchitecture, random: inout RandomSource) {
    (patches, codeShape, output) = (form.patches, form.codeShape, form.output)
    let (count, size, width, back) = (patches.count, patches.size, form.width, form.decoderWidth)
    embedding = Dense(inputs: size, outputs: width, spread: .linear, random: &random)
    positions = Parameter(random.normal([count, width], scale: 0.1))
    encoder = (0..<form.layers).map { _ in TransformerLayer(width: width, heads: form.heads, hidden: 4 * width, random: &random) }
    encoderNorm = LayerNorm(size: width)
    narrow = Dense(inputs: width, outputs: form.code, spread: .linear, random: &random)
    widening = Dense(inputs: form.code, outputs: back, spread: .linear, random: &random)
    token = Parameter(Tensor(zeros: [back]))
    decoderPositions = Parameter(random.normal([count, back], scale: 0.1))
    decoder = (0..<form.decoderLayers).map { _ in TransformerLayer(width: back, heads: form.heads, hidden: 4 * back, random: &random) }
    decoderNorm = LayerNorm(size: back)
    head = Dense(inputs: back, outputs: size, spread: .linear, random: &random)
  }

  func encode(_ x: Variable) -> Variable {
    let blocks = x.shape.dropLast().reduce(1, *)
    let codes = narrow(encoded(embedding(patches.cut(x.reshaped([blocks, blockSize]))) + x.use(positions)))
    return codes.permuted([0, 2, 1]).reshaped(x.shape.dropLast() + [codeSize])
  }

  func decode(_ codes: Variable) -> Variable {
    let blocks = codes.shape.dropLast().reduce(1, *)
    let byPatch = codes.reshaped([blocks, codeShape[0], patches.count]).permuted([0, 2, 1])
    return decoded(widening(byPatch)).reshaped(codes.shape.dropLast() + [blockSize])
  }

  func fill(_ x: Variable, visible: [[Int]]) -> Variable {
    let (blocks, count, shown) = (x.shape[0], patches.count, visible[0].count)
    precondition(visible.count == blocks && visible.allSatisfy { $0.count == shown && shown <= count }, "visible patches of \(blocks) blocks")
    let token = x.use(token).reshaped([1, -1])
    var table = token
    if shown > 0 {
      let chosen = visible.enumerated().flatMap { block, own in own.map { block * count + $0 } }
      let parts = patches.cut(x).reshaped([blocks * count, patches.size]).rows(chosen)
      let states = embedding(parts) + x.use(positions).rows(visible.flatMap { $0 })
      let codes = narrow(encoded(states.reshaped([blocks, shown, -1])))
      table = concatenate([widening(codes).reshaped([blocks * shown, -1]), token], axis: 0)
    }
    // The token is the table's last row.
    var places = Array(repeating: blocks * shown, count: blocks * count)
    for (block, own) in visible.enumerated() {
      for (index, patch) in own.enumerated() { places[block * count + patch] = block * shown + index }
    }
    return decoded(table.rows(places).reshaped([blocks, count, -1]))
  }

  /// [blocks, places, width] to the same.
  private func encoded(_ x: Variable) -> Variable { encoderNorm(encoder.reduce(x) { $1($0) }) }

  /// [blocks, patches, decoder's width] to [blocks, numbers of a block].
  private func decoded(_ x: Variable) -> Variable {
    output(patches.joined(head(decoderNorm(decoder.reduce(x + x.use(decoderPositions)) { $1($0) }))))
  }
}
