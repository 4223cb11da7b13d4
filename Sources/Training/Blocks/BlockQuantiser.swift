import Autoencoders
import Tensors

/// The quantiser of a trained autoencoder's codes, fitted to blocks of signal: each channel is centred, and gets a step by which an error of its codes
/// changes what is decoded as much as an error of any other channel's; that is best at high rates, as for a transform that is not orthonormal.
struct BlockQuantiser {
  let centres: [Float]
  let steps: [Float]

  /// - Parameter x: [sequences, blocks, block]
  init(_ network: any Autoencoder, _ x: Tensor, _ random: inout RandomSource) {
    let codes = network.encode(Variable(x)).value
    let channels = network.codeShape[0]
    let positions = network.codeSize / channels
    var (sums, squares) = ([Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels))
    codes.withValues { values in
      for i in values.indices {
        sums[i / positions % channels] += Double(values[i])
        squares[i / positions % channels] += Double(values[i]) * Double(values[i])
      }
    }
    let count = Double(codes.count / channels)
    centres = sums.map { Float($0 / count) }
    let deviations = zip(sums, squares).map { max(0, $1 / count - $0 / count * ($0 / count)).squareRoot() }
    let decoded = network.decode(Variable(codes)).value
    steps = (0..<channels).map { channel in
      // A small move of the channel's codes in random directions, and how far what is decoded moves.
      let size = Float(max(0.05 * deviations[channel], 1e-4))
      var moved = codes
      moved.withMutableValues { values in
        for i in values.indices where i / positions % channels == channel { values[i] += random.next() & 1 == 0 ? size : -size }
      }
      let change = (network.decode(Variable(moved)) - Variable(decoded)).squared().sum().value.scalar
      let gain = (change / (size * size * Float(count))).squareRoot()
      return gain > 1e-6 && gain.isFinite ? 1 / gain : 1
    }
  }
}
