import Codecs
import Signals
import Tensors

/// Signals as the numbers that an autoencoder sees, from which sequences of blocks are drawn.
struct BlockExamples {
  /// Of one lead each, whole blocks.
  private var signals: [[Float]] = []
  /// Sums of the signals' lengths up to each.
  private var ends: [Int] = []
  private let blockSize: Int
  /// Sequences begin anywhere, not only where blocks of the encoder do.
  private let beginsAnywhere: Bool

  init(blockSize: Int, beginsAnywhere: Bool) { (self.blockSize, self.beginsAnywhere) = (blockSize, beginsAnywhere) }

  var blockCount: Int { (ends.last ?? 0) / blockSize }
  var isEmpty: Bool { signals.isEmpty }

  /// Takes in what an encoder would see of a chunk: [leads, blocks, block].
  mutating func append(_ numbers: Tensor) {
    let own = numbers.shape[1] * blockSize
    numbers.withValues { values in
      for lead in 0..<numbers.shape[0] {
        signals.append(Array(values[lead * own..<(lead + 1) * own]))
        ends.append((ends.last ?? 0) + own)
      }
    }
  }

  /// The root of the mean square of all numbers about their mean.
  var deviation: Double {
    var (sum, squares) = (0.0, 0.0)
    for signal in signals {
      for value in signal {
        sum += Double(value)
        squares += Double(value) * Double(value)
      }
    }
    let count = Double(max(1, ends.last ?? 0))
    return max(0, squares / count - sum / count * (sum / count)).squareRoot()
  }

  /// Sequences of so many blocks, each from a signal drawn in proportion to its length; a short signal is filled up with its last number.
  /// [count, blocks, block]
  func draw(_ count: Int, blocks: Int, _ random: inout RandomSource) -> Tensor {
    let length = blocks * blockSize
    return Tensor(shape: [count, blocks, blockSize]) { out in
      for k in 0..<count {
        let signal = signals[index(random.integer(below: ends[ends.count - 1]))]
        let room = max(0, signal.count - length)
        let unit = beginsAnywhere ? 1 : blockSize
        let start = random.integer(below: room / unit + 1) * unit
        for i in 0..<length { out[k * length + i] = signal[min(start + i, signal.count - 1)] }
      }
    }
  }

  /// Blocks in their order, of one signal after the other: [1, count, block].
  func blocks(_ range: Range<Int>) -> Tensor {
    Tensor(shape: [1, range.count, blockSize]) { out in
      for (k, block) in range.enumerated() {
        let number = block * blockSize
        let signal = index(number)
        let start = number - (signal > 0 ? ends[signal - 1] : 0)
        for i in 0..<blockSize { out[k * blockSize + i] = signals[signal][start + i] }
      }
    }
  }

  private func index(_ number: Int) -> Int {
    var (low, high) = (0, ends.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if ends[middle] > number { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
