import Autoencoders
import Codecs
import Tensors

/// What the training of an autoencoder makes small.
///
/// With a price for the rate: the squared error of what is decoded from noisy codes and the entropy of the codes, at random qualities; uniform noise stands for the
/// quantiser, as in Ballé, Laparra and Simoncelli, "End-to-end optimized image compression" (2017). The entropy is that of a Laplace distribution for each channel.
/// Without: what the objective says.
/// The input may be corrupted, the codes be penalised and hidden patches be filled in, as the objective says.
struct BlockLoss {
  /// What a nat costs, in squared quantiser steps.
  let rate: Double
  /// The lowest and the highest.
  let qualities: [Double]
  /// That is typical of the numbers.
  let deviation: Double
  let objective: Objective

  /// The mean over x [sequences, blocks, block] of loss a number, roughly 1 where nothing is learned.
  /// - Parameter tape: what gradients are wanted on; nil for none.
  func callAsFunction(_ network: any Autoencoder, _ x: Tensor, on tape: Tape?, _ random: inout RandomSource) -> Variable {
    // Of a number, as the error of the mean of all blocks has it.
    let scale = 1 / Float(deviation * deviation * Double(network.blockSize))
    guard rate > 0 else { return objective.loss(of: network, x, on: tape, random: &random) * scale }
    func constant(_ tensor: Tensor) -> Variable { tape?.constant(tensor) ?? Variable(tensor) }
    let input = constant(objective.corruption.map { $0(x, random: &random) } ?? x)
    let filling = objective.fillingLoss(of: network, input, constant(x), random: &random).map { $0 * scale }
    if let filling, objective.isForFillingAlone { return filling }
    let codes = network.encode(input)
    var penalties = filling ?? Variable(Tensor(0))
    for penalty in objective.penalties { penalties = penalties + penalty(codes, of: input, by: network, random: &random) * scale }
    return noisy(network, codes, constant(x), &random) + penalties
  }

  /// The error behind noisy codes, and what their entropy costs.
  private func noisy(_ network: any Autoencoder, _ codes: Variable, _ x: Variable, _ random: inout RandomSource) -> Variable {
    let (sequences, blocks) = (x.shape[0], x.shape[1])
    let steps = (0..<sequences).map { _ in
      Float(deviation * BlockExaminer.relativeStep(quality: qualities[0] + (qualities[1] - qualities[0]) * Double(random.uniform())))
    }
    let perSequence = codes.shape[1] * codes.shape[2]
    let noise = Tensor(shape: codes.shape) { out in
      for i in out.indices { out[i] = (random.uniform() - 0.5) * steps[i / perSequence] }
    }
    func constant(_ values: [Float]) -> Variable { Variable(Tensor(values, shape: [sequences, 1, 1])) }
    let error = (network.decode(codes + Variable(noise)) - x).squared().mean(alongAxes: [2])
    // Of each channel over all sequences, blocks and positions.
    let channels = network.codeShape[0]
    let positions = network.codeSize / channels
    let byChannel = codes.reshaped([sequences * blocks, channels, positions])
    let spread = (byChannel - byChannel.mean(alongAxes: [0, 2])).abs().mean(alongAxes: [0, 2]).reshaped([1, 1, channels])
    let entropy =
      (spread * constant(steps.map { 2.7182817 / $0 }) + 1).log().mean(alongAxes: [2]) * (Float(channels * positions) / Float(network.blockSize))
    // Errors go about with the step: so all qualities weigh alike.
    return ((error + entropy * constant(steps.map { Float(rate) * $0 * $0 })) * constant(steps.map { 1 / ($0 * Float(deviation)) })).mean()
  }
}
