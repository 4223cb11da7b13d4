import Bytes
import Layers
import Tensors

/// Predictive sparse decomposition (Kavukcuoglu, Ranzato and LeCun, "Fast inference in sparse coding algorithms", 2008): for each block a sparse code is searched that decodes
/// well and is near what the encoder says; the decoder learns to decode the searched code, and the encoder to say it at once.
///
/// ```json
/// {"sparsity": 0.1, "weight": 1, "iterations": 10}
/// ```
public struct PredictiveDecomposition: Equatable, Sendable {
  /// What the sum of the code's absolute values counts.
  public let sparsity: Float
  /// What the squared distance of the searched code from the encoder's counts.
  public let weight: Float
  /// Of the search.
  public let iterations: Int

  public init(sparsity: Float, weight: Float = 1, iterations: Int = 10) {
    (self.sparsity, self.weight, self.iterations) = (sparsity, weight, iterations)
  }

  /// The loss of what is decoded from searched codes, what they cost, and how far the encoder is from them; a mean over blocks of sums. `input` is what the encoder
  /// sees, x [..., size] what is to be decoded.
  func loss(of autoencoder: any Autoencoder, _ input: Variable, _ x: Variable, _ distribution: Distribution, on tape: Tape?) -> Variable {
    let predicted = autoencoder.encode(input)
    let found = search(from: predicted.value, x.value, autoencoder, distribution)
    let codes = tape?.constant(found) ?? Variable(found)
    return distribution.loss(autoencoder.decode(codes), x) + (weight * (predicted - codes).squared().perBlock() + sparsity * codes.abs().perBlock())
  }

  /// The code of least energy that is found from `start` by iterated shrinkage (Daubechies, Defrise and De Mol 2004). A step that does not lower the energy is halved.
  func search(from start: Tensor, _ x: Tensor, _ autoencoder: any Autoencoder, _ distribution: Distribution) -> Tensor {
    let blocks = Float(start.shape.dropLast().reduce(1, *))
    /// All but what absolute values count, over all blocks, and its gradient. The autoencoder's parameters keep the gradients that they had.
    func smooth(_ codes: Tensor) -> (energy: Float, gradient: Tensor) {
      let parameters = autoencoder.namedParameters.map(\.parameter)
      let gradients = parameters.map(\.gradient)
      let tape = Tape()
      let variable = tape.variable(codes)
      let energy =
        blocks * (distribution.loss(autoencoder.decode(variable), tape.constant(x)) + weight * (variable - tape.constant(start)).squared().perBlock())
      energy.backward()
      for (parameter, gradient) in zip(parameters, gradients) { parameter.gradient = gradient }
      return (energy.value.scalar, tape.gradient(of: variable))
    }
    func cost(_ codes: Tensor) -> Float { sparsity * Variable(codes).abs().sum().value.scalar }
    var (codes, step): (Tensor, Float) = (start, 0.25)
    var (energy, gradient) = smooth(codes)
    energy += cost(codes)
    for _ in 0..<iterations {
      let moved = Variable(codes) - step * Variable(gradient)
      let shrunk = (moved - moved.clamped(-step * sparsity...step * sparsity)).value
      let next = smooth(shrunk)
      guard next.energy + cost(shrunk) <= energy else {
        step *= 0.5
        continue
      }
      (codes, energy, gradient) = (shrunk, next.energy + cost(shrunk), next.gradient)
    }
    return codes
  }

  /// {"sparsity", "weight", "iterations"}
  init(_ reader: inout ConfigurationReader) throws {
    sparsity = try reader.need(try reader.number("sparsity", 0...1e6), "sparsity", "what the sum of a code's absolute values counts, 0 to 1000000")
    weight = try reader.number("weight", 1e-6...1e6) ?? 1
    iterations = try reader.integer("iterations", 1...1000) ?? 10
  }

  var json: JSONValue {
    .object([("sparsity", .number(Double(sparsity))), ("weight", .number(Double(weight))), ("iterations", .integer(iterations))])
  }
}
