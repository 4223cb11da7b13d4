import Layers
import Tensors

/// Block after block: recurrent networks along the blocks of a sequence correct a linear autoencoder, at the code and behind it. The decoder is causal;
/// the encoder may see the blocks to come. Begins as the linear autoencoder.
struct FrameAutoencoder: LinearStart {
  let blockShape: [Int]
  let codeShape: [Int]
  let encoder: Recurrence
  /// From the encoder's states to what they add to the code.
  let head: Dense
  let decoder: RecurrentLayer
  /// From the decoder's states to what they add to the block.
  let tail: Dense
  let linear: LinearAutoencoder
  let output: Output

  init(
    block: [Int], code: Int, cell: Cell, units: Int, bidirectional: Bool, output: Output, linear: LinearAutoencoder, random: inout RandomSource
  ) {
    (blockShape, codeShape, self.output, self.linear) = (block, [code], output, linear)
    let size = block.reduce(1, *)
    encoder = Recurrence(cell, inputs: size, units: units, bidirectional: bidirectional, random: &random)
    head = Dense(inputs: bidirectional ? 2 * units : units, outputs: code, spread: .silent, random: &random)
    decoder = RecurrentLayer(cell, inputs: code, units: units, random: &random)
    tail = Dense(inputs: units, outputs: size, spread: .silent, random: &random)
  }

  func encode(_ x: Variable) -> Variable { linear.encode(x) + head(encoder.states(x)) }
  func decode(_ codes: Variable) -> Variable { output(linear.decode(codes) + tail(decoder(codes))) }

  var isSequential: Bool { true }

  func begin(as linear: LinearAutoencoder) { self.linear.begin(as: linear) }
}
