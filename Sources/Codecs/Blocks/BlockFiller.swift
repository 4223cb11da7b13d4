import Autoencoders
import Signals
import Tensors

/// Fills lost samples in by a codec whose autoencoder learned to tell hidden patches of a block from those around them.
///
/// In a recording each run of lost samples gets a block of its own, with the run in its middle; the blocks of a stack are its items. A patch that has lost a sample is
/// hidden from the encoder, and of what the decoder says only the lost samples are taken.
public struct BlockFiller {
  private let network: any PatchFilling
  private let scaling: BlockScaling
  private let isStack: Bool
  /// Blocks that pass together.
  private let atOnce: Int
  /// Numbers that may stand between two layers.
  private static let mostAtOnce = 1 << 20

  /// Samples of a block: what a run can be told from.
  public var blockLength: Int { scaling.blockLength }
  /// Patches of a block that may be hidden: three quarters, rounded.
  private var mostHidden: Int { (3 * network.patches.count + 2) / 4 }

  /// - Throws: `CodecError.cannotFill`, `LayerError`.
  public init(_ package: CodecPackage, info: SignalInfo) throws {
    guard case .blocks(let design) = package.design, let network = try design.network(package.weights) as? any PatchFilling else {
      throw CodecError.cannotFill("\(package.name): this codec cannot fill in what is lost; take one whose autoencoder is of the kind \"masked\"")
    }
    guard network.hasLearnedToFill else {
      throw CodecError.cannotFill("\(package.name): this codec has seen no hidden patches in training; train it with \"hiding\" in its \"objective\"")
    }
    if let stack = info.stack, stack.itemSamples != network.blockSize {
      throw CodecError.cannotFill(
        "\(package.name): this codec is for items of \(network.blockSize) samples, and those of the stack have \(stack.itemSamples); take another")
    }
    self.network = network
    isStack = info.stack != nil
    atOnce = max(1, Self.mostAtOnce / max(1, design.autoencoder.widest))
    scaling = BlockScaling(design.scaling, block: network.blockShape, info: info)
  }

  /// Fills in a piece of one channel.
  /// - Parameters:
  ///   - samples: of a stack, whole items.
  ///   - lost: of each sample whether it is; its value does not count.
  ///   - allowed: filled samples are kept within these.
  /// - Returns: the samples, and of each whether it was left as it was: too little is there around it.
  public func fill(_ samples: [Int32], lost: [Bool], channel: Int, allowed: ClosedRange<Int32>) -> (samples: [Int32], left: [Bool]) {
    precondition(samples.count == lost.count, "\(samples.count) samples of which \(lost.count) are known to be lost or not")
    let there = samples.indices.filter { !lost[$0] }.map { samples[$0] }
    guard !there.isEmpty, there.count < samples.count else { return (samples, lost) }
    let scale = scaling.scale(there, channel: channel)
    var (result, left) = (samples, lost)
    // Those with equally many visible patches pass together, as soon as there are enough of them.
    var waiting: [Int: [Window]] = [:]
    func pass(_ windows: [Window]) {
      let x = Tensor(shape: [windows.count, blockLength]) { out in
        for (row, window) in windows.enumerated() {
          for i in 0..<blockLength {
            let place = window.start + scaling.order.sample(i)
            guard samples.indices.contains(place), !lost[place] else { continue }
            out[row * blockLength + i] = scale.number(samples[place])
          }
        }
      }
      let filled = network.fill(Variable(x), visible: windows.map(\.visible)).value.values
      for (row, window) in windows.enumerated() {
        for i in window.run where lost[i] {
          result[i] = scale.sample(filled[row * blockLength + scaling.order.number(i - window.start)], allowed)
          left[i] = false
        }
      }
    }
    forEachWindow(lost) { window in
      let count = window.visible.count
      waiting[count, default: []].append(window)
      guard let full = waiting[count], full.count == atOnce else { return }
      pass(full)
      waiting[count] = nil
    }
    for windows in waiting.values { pass(windows) }
    return (result, left)
  }

  // MARK: Which blocks

  private struct Window {
    /// Of the block; it may reach beyond the samples.
    let start: Int
    /// The samples of which those that are lost are taken from it.
    let run: Range<Int>
    let visible: [Int]
  }

  private func window(from start: Int, run: Range<Int>, _ lost: [Bool]) -> Window? {
    var hidden = Array(repeating: false, count: network.patches.count)
    for i in 0..<blockLength {
      let place = start + scaling.order.sample(i)
      if !lost.indices.contains(place) || lost[place] { hidden[network.patches.patch(of: i)] = true }
    }
    let visible = hidden.indices.filter { !hidden[$0] }
    return visible.count >= hidden.count - mostHidden ? Window(start: start, run: run, visible: visible) : nil
  }

  /// One after the other: there may be as many as samples.
  private func forEachWindow(_ lost: [Bool], _ body: (Window) -> Void) {
    var next = 0
    while let first = lost[next...].firstIndex(of: true) {
      let start: Int
      let run: Range<Int>
      if isStack {
        start = first / blockLength * blockLength
        run = start..<min(start + blockLength, lost.count)
      } else {
        run = first..<(lost[first...].firstIndex(of: false) ?? lost.count)
        // A patch begins where the run does, so that it takes as few as possible.
        let (middle, patch) = ((run.lowerBound + run.upperBound - blockLength) / 2, network.patches.patch[0])
        let shift = ((first - middle) % patch + patch) % patch
        start = max(0, min(middle + shift, lost.count - blockLength))
      }
      next = run.upperBound
      if isStack || run.count < blockLength, let window = window(from: start, run: run, lost) { body(window) }
    }
  }
}
