import Bytes
import Tensors

/// {"form": "frames", "cell", "units", "code", "bidirectional", "start", "output"}, or
/// {"form": "sequence", "cell", "layers": units, the last layer's being the code, "step", "bidirectional", "output"}
struct RecurrentArchitecture: Architecture {
  static let kind = "recurrent"

  private enum Form: String, ConfigurationChoice { case frames, sequence }
  /// What a linear path is before training.
  private enum Start: String, ConfigurationChoice { case random, dct }
  private enum Way {
    case frames(units: Int, code: Int, start: Start)
    /// `step`: samples, or rows, of one step.
    case sequence(layers: [Int], step: Int)
  }

  private let block: [Int]
  private let way: Way
  private let cell: Cell
  private let bidirectional: Bool
  let output: Output

  init(block: [Int], _ reader: inout ConfigurationReader) throws {
    self.block = block
    let form: Form = try reader.need(try reader.choice("form"), "form", "\"frames\" or \"sequence\"")
    let size = block.reduce(1, *)
    switch form {
    case .frames:
      let code = try reader.need(
        try reader.integer("code", 1...min(size, Limit.units)), "code", "how many numbers the code of a block has, at most \(min(size, Limit.units))")
      let units = try reader.need(try reader.integer("units", 1...4096), "units", "of the recurrent networks, 1 to 4096")
      let start = try reader.choice("start", Start.self) ?? .random
      way = .frames(units: units, code: code, start: start)
      cell = try reader.choice("cell") ?? .gru
    case .sequence:
      let layers = try reader.need(
        try reader.integers("layers", 1...4096, count: 1...8), "layers", "the units of the encoder's layers, the last of them the code's")
      let step = try reader.integer("step", 1...block[1]) ?? 1
      guard block[1] % step == 0 else {
        throw reader.error("step", "must divide the block's \(block[1]) \(block.count == 2 ? "samples" : "rows") evenly, which \(step) does not")
      }
      way = .sequence(layers: layers, step: step)
      cell = try reader.choice("cell") ?? .lstm
    }
    bidirectional = try reader.flag("bidirectional") ?? false
    output = try reader.choice("output") ?? .linear
  }

  private var steps: Int {
    if case .sequence(_, let step) = way { block[1] / step } else { 1 }
  }

  var members: [(String, JSONValue)] {
    let own: [(String, JSONValue)] =
      switch way {
      case .frames(let units, let code, let start):
        [
          ("form", .text(Form.frames.rawValue)), ("code", .integer(code)), ("units", .integer(units)), ("start", .text(start.rawValue)),
        ]
      case .sequence(let layers, let step):
        [("form", .text(Form.sequence.rawValue)), ("layers", .array(layers.map(JSONValue.integer))), ("step", .integer(step))]
      }
    return own + [("cell", .text(cell.rawValue)), ("bidirectional", .flag(bidirectional)), ("output", .text(output.rawValue))]
  }

  var products: Int { steps * shapes.values.reduce(0) { $0 + $1.reduce(1, *) } }

  var isSequential: Bool {
    if case .frames = way { true } else { false }
  }

  /// Whether the linear path of frames begins as a cosine transform.
  var beginsAsCosines: Bool {
    if case .frames(_, _, .dct) = way { true } else { false }
  }

  var codeShape: [Int] {
    switch way {
    case .frames(_, let code, _): [code]
    case .sequence(let layers, _): [layers[layers.count - 1]]
    }
  }

  var widest: Int {
    switch way {
    case .frames(let units, _, _): max(block.reduce(1, *), 4 * units)
    case .sequence(let layers, _): max(block.reduce(1, *), steps * 4 * layers.reduce(0, max))
    }
  }

  var shapes: [String: [Int]] {
    let size = block.reduce(1, *)
    var shapes: [String: [Int]] = [:]
    switch way {
    case .frames(let units, let code, _):
      shapes.addRecurrence("encoder", cell, inputs: size, units: units, bidirectional: bidirectional)
      shapes.addDense("head", inputs: bidirectional ? 2 * units : units, outputs: code)
      shapes.addRecurrent("decoder", cell, inputs: code, units: units)
      shapes.addDense("tail", inputs: units, outputs: size)
      shapes.addDense("linear.encoder", inputs: size, outputs: code)
      shapes.addDense("linear.decoder", inputs: code, outputs: size)
    case .sequence(let layers, _):
      let (inputs, back) = (size / steps, SequenceAutoencoder.mirrored(layers))
      for (index, units) in layers.enumerated() {
        shapes.addRecurrence("encoder.\(index)", cell, inputs: ([inputs] + layers)[index], units: units, bidirectional: bidirectional)
      }
      for (index, units) in back.enumerated() {
        shapes.addRecurrent("decoder.\(index)", cell, inputs: (codeShape + back)[index], units: units)
      }
      shapes.addDense("tail", inputs: back[back.count - 1], outputs: inputs)
    }
    return shapes
  }

  func make(random: inout RandomSource) -> any Autoencoder {
    switch way {
    case .frames(let units, let code, let start):
      let linear =
        start == .dct
        ? LinearAutoencoder.cosines(block: block, codeSize: code) : LinearAutoencoder(block: block, codeSize: code, random: &random)
      return FrameAutoencoder(
        block: block, code: code, cell: cell, units: units, bidirectional: bidirectional, output: output, linear: linear, random: &random)
    case .sequence(let layers, _):
      return SequenceAutoencoder(
        block: block, steps: steps, layers: layers, cell: cell, bidirectional: bidirectional, output: output, random: &random)
    }
  }
}
