import Autoencoders
import Tensors

/// The quantiser of a trained autoencoder's codes, fitted to blocks of signal: each channel is centred, and gets a step by which an error of its codes
/// changes what is decoded as much as an error of any other channel's; that is best at high rates, as for a transform that is not orthonormal.
package struct BlockQuantiser {
  package let centres: [Float]
  package let steps: [Float]

  /// - Parameters:
  ///   - parts: sequences that pass the autoencoder together, one part after the other. How they are parted changes last bits of the steps at most.
  ///   - draw: draws so many sequences: [sequences, blocks, block].
  package init(_ network: any Autoencoder, _ parts: [Int], _ random: inout RandomSource, draw: (Int, inout RandomSource) -> Tensor) {
    let channels = network.codeShape[0]
    let positions = network.codeSize / channels
    var (sums, squares) = ([Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels))
    var (numbers, again) = (0, random)
    for part in parts {
      let codes = network.encode(Variable(draw(part, &random))).value
      codes.withValues { values in
        for i in values.indices {
          sums[i / positions % channels] += Double(values[i])
          squares[i / positions % channels] += Double(values[i]) * Double(values[i])
        }
      }
      numbers += codes.count / channels
    }
    let count = Double(numbers)
    centres = sums.map { Float($0 / count) }
    let deviations = zip(sums, squares).map { max(0, $1 / count - $0 / count * ($0 / count)).squareRoot() }
    // A small move of the channel's codes in random directions, and how far what is decoded moves.
    let sizes = deviations.map { Float(max(0.05 * $0, 1e-4)) }
    var changes = [Double](repeating: 0, count: channels)
    // The same sequences once more: the codes of all together may be too many.
    for part in parts {
      let codes = network.encode(Variable(draw(part, &again))).value
      let decoded = Variable(network.decode(Variable(codes)).value)
      for (channel, size) in sizes.enumerated() {
        var moved = codes
        moved.withMutableValues { values in
          for i in values.indices where i / positions % channels == channel { values[i] += random.next() & 1 == 0 ? size : -size }
        }
        changes[channel] += Double((network.decode(Variable(moved)) - decoded).squared().sum().value.scalar)
      }
    }
    steps = zip(changes, sizes).map { change, size in
      let gain = (Float(change) / (size * size * Float(count))).squareRoot()
      return gain > 1e-6 && gain.isFinite ? 1 / gain : 1
    }
  }
}
