import Tensors

/// An autoencoder that knows how codes are distributed and what samples they stand for, so that new ones can be drawn. Numbers are those that the autoencoder
/// sees; the same random source gives the same bits on every machine.
public protocol GenerativeAutoencoder: Autoencoder {
  /// Codes drawn from the prior: [1, count, codeSize].
  func drawCodes(count: Int, random: inout RandomSource) -> Tensor
  /// Blocks drawn from what codes [sequences, blocks, codeSize] stand for: [sequences, blocks, blockSize]. `decode` gives the mean of such draws.
  func drawSamples(codes: Tensor, random: inout RandomSource) -> Tensor
}
