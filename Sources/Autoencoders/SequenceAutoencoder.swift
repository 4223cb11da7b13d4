import Layers
import Tensors

/// A block as a sequence of steps: recurrent layers over them to one vector, which is repeated for every step and goes through recurrent layers back
/// (Sutskever et al. 2014; Srivastava et al. 2015). Each block is seen alone.
struct SequenceAutoencoder: Autoencoder {
  let blockShape: [Int]
  let codeShape: [Int]
  let steps: Int
  /// The last one's units are the code.
  let encoder: [Recurrence]
  let decoder: [RecurrentLayer]
  /// From the states of a step to its samples.
  let tail: Dense
  let output: Output

  init(block: [Int], steps: Int, layers: [Int], cell: Cell, bidirectional: Bool, output: Output, random: inout RandomSource) {
    let inputs = block.reduce(1, *) / steps
    (blockShape, codeShape, self.steps, self.output) = (block, [layers[layers.count - 1]], steps, output)
    let widths = [inputs] + layers
    encoder = layers.indices.map {
      Recurrence(cell, inputs: widths[$0], units: layers[$0], bidirectional: bidirectional, random: &random)
    }
    let back = SequenceAutoencoder.mirrored(layers)
    let backWidths = [layers[layers.count - 1]] + back
    decoder = back.indices.map { RecurrentLayer(cell, inputs: backWidths[$0], units: back[$0], random: &random) }
    tail = Dense(inputs: back[back.count - 1], outputs: inputs, spread: .linear, random: &random)
  }

  /// Units of the decoder's layers: the encoder's without the code, from behind; a single layer has one like itself.
  static func mirrored(_ layers: [Int]) -> [Int] { layers.count == 1 ? layers : layers.dropLast().reversed() }

  func encode(_ x: Variable) -> Variable {
    let (blocks, channels) = (x.shape.dropLast().reduce(1, *), blockShape[0])
    let part = blockSize / channels / steps
    let sequence = x.reshaped([blocks, channels, steps, part]).permuted([0, 2, 1, 3]).reshaped([blocks, steps, channels * part])
    let states = encoder.dropLast().reduce(sequence) { $1.sums($0) }
    return encoder[encoder.count - 1].ends(states).reshaped(x.shape.dropLast() + codeShape)
  }

  func decode(_ codes: Variable) -> Variable {
    let (blocks, channels) = (codes.shape.dropLast().reduce(1, *), blockShape[0])
    let part = blockSize / channels / steps
    let repeated = codes.reshaped([blocks, 1, codeSize]).expanded(to: [blocks, steps, codeSize])
    let sequence = output(tail(decoder.reduce(repeated) { $1($0) }))
    return sequence.reshaped([blocks, steps, channels, part]).permuted([0, 2, 1, 3]).reshaped(codes.shape.dropLast() + [blockSize])
  }
}
