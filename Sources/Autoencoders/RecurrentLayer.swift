import Layers
import Tensors

/// Which recurrence.
enum Cell: String, ConfigurationChoice {
  case gru, lstm

  /// Sums for each unit and step.
  var gates: Int { self == .gru ? 3 : 4 }
}

/// A GRU or an LSTM over [batch, steps, inputs].
struct RecurrentLayer: Layer {
  let gru: GRU?
  let lstm: LSTM?

  init(_ cell: Cell, inputs: Int, units: Int, random: inout RandomSource) {
    switch cell {
    case .gru: (gru, lstm) = (GRU(inputs: inputs, size: units, random: &random), nil)
    case .lstm:
      let layer = LSTM(inputs: inputs, size: units, random: &random)
      // Cells that begin by remembering (Jozefowicz et al. 2015).
      layer.inputBias.value.withMutableValues { for unit in units..<2 * units { $0[unit] = 1 } }
      (gru, lstm) = (nil, layer)
    }
  }

  /// Hidden states [batch, steps, units], from zero states.
  func callAsFunction(_ x: Variable) -> Variable {
    if let gru { return gru(x) }
    guard let lstm else { preconditionFailure("a recurrent layer without a cell") }
    return lstm(x)
  }
}

/// A recurrence forwards, and one backwards where it may see what comes.
struct Recurrence: Layer {
  let forward: RecurrentLayer
  let backward: RecurrentLayer?

  init(_ cell: Cell, inputs: Int, units: Int, bidirectional: Bool, random: inout RandomSource) {
    forward = RecurrentLayer(cell, inputs: inputs, units: units, random: &random)
    backward = bidirectional ? RecurrentLayer(cell, inputs: inputs, units: units, random: &random) : nil
  }

  /// States of both directions side by side: [batch, steps, units, or twice as many].
  func states(_ x: Variable) -> Variable {
    guard let backward else { return forward(x) }
    return concatenate([forward(x), reversed(backward(reversed(x)))], axis: 2)
  }

  /// States of both directions added up: [batch, steps, units].
  func sums(_ x: Variable) -> Variable {
    guard let backward else { return forward(x) }
    return forward(x) + reversed(backward(reversed(x)))
  }

  /// The state behind the last step, added to that of the other direction before the first: [batch, units].
  func ends(_ x: Variable) -> Variable {
    func last(_ states: Variable) -> Variable {
      states.slice(states.shape[1] - 1..<states.shape[1], axis: 1).reshaped([states.shape[0], states.shape[2]])
    }
    guard let backward else { return last(forward(x)) }
    return last(forward(x)) + last(backward(reversed(x)))
  }

  private func reversed(_ x: Variable) -> Variable { x.permuted([1, 0, 2]).rows((0..<x.shape[1]).reversed()).permuted([1, 0, 2]) }
}

extension [String: [Int]] {
  /// Adds the shapes of a `RecurrentLayer`.
  mutating func addRecurrent(_ name: String, _ cell: Cell, inputs: Int, units: Int) {
    let (name, width) = ("\(name).\(cell.rawValue)", cell.gates * units)
    self["\(name).inputWeight"] = [inputs, width]
    self["\(name).inputBias"] = [width]
    self["\(name).recurrentWeight"] = [units, width]
    self["\(name).recurrentBias"] = [width]
  }

  /// Adds the shapes of a `Recurrence`.
  mutating func addRecurrence(_ name: String, _ cell: Cell, inputs: Int, units: Int, bidirectional: Bool) {
    addRecurrent("\(name).forward", cell, inputs: inputs, units: units)
    if bidirectional { addRecurrent("\(name).backward", cell, inputs: inputs, units: units) }
  }
}
