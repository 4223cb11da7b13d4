import Layers
import Tensors

/// What an autoencoder must offer the codec (docs/AUTOENCODERS.md): how blocks of signal become arrays of codes, and codes blocks again. Quantiser, entropy stages,
/// container, promises, targets, trainer and report know no more of it.
///
/// A chunk of signal is a sequence of blocks. Architectures that carry a state from block to block begin each sequence anew; the others see each block alone.
public protocol Autoencoder: Layer {
  /// Extents of a block: [channels, length], or [channels, rows, columns]; row-major.
  var blockShape: [Int] { get }
  /// Extents of its code: channels first, then positions; row-major. Codes of one channel share a quantiser step and their statistics.
  var codeShape: [Int] { get }

  /// Whether a state runs on from block to block of a sequence; else each block stands alone.
  var isSequential: Bool { get }

  /// The encoder, where it is one linear layer and nothing else.
  var linearEncoder: Dense? { get }

  /// x [sequences, blocks, product of blockShape] to [sequences, blocks, product of codeShape].
  func encode(_ x: Variable) -> Variable
  /// codes [sequences, blocks, product of codeShape] to [sequences, blocks, product of blockShape].
  func decode(_ codes: Variable) -> Variable
}

extension Autoencoder {
  public var isSequential: Bool { false }
  public var linearEncoder: Dense? { nil }
  /// Numbers in a block.
  public var blockSize: Int { blockShape.reduce(1, *) }
  /// Numbers in its code.
  public var codeSize: Int { codeShape.reduce(1, *) }
}
