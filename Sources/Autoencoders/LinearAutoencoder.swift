import Bytes
import Layers
import Tensors

/// A matrix to the code and a matrix back, each with its bias. Trained by squared error it spans the subspace of the principal components
/// (Baldi and Hornik 1989), which `principalComponents` gives in closed form.
public struct LinearAutoencoder: Autoencoder {
  public let blockShape: [Int]
  public let codeShape: [Int]
  public let encoder: Dense
  public let decoder: Dense

  /// Random weights that keep the size of what goes through.
  public init(block: [Int], codeSize: Int, random: inout RandomSource) {
    (blockShape, codeShape) = (block, [codeSize])
    let size = block.reduce(1, *)
    encoder = Dense(inputs: size, outputs: codeSize, spread: .linear, random: &random)
    decoder = Dense(inputs: codeSize, outputs: size, spread: .linear, random: &random)
  }

  /// A linear autoencoder with orthonormal `vectors` [codeSize][size] about `mean` [size].
  init(block: [Int], vectors: [[Double]], mean: [Double]) {
    var random = RandomSource.zeros
    self.init(block: block, codeSize: vectors.count, random: &random)
    let size = blockSize
    encoder.weight.value = Tensor(shape: [size, codeSize]) { weight in
      for (k, vector) in vectors.enumerated() { for i in 0..<size { weight[i * vectors.count + k] = Float(vector[i]) } }
    }
    encoder.bias?.value = Tensor(vectors.map { vector in Float(-zip(vector, mean).reduce(0) { $0 + $1.0 * $1.1 }) })
    decoder.weight.value = Tensor(vectors.flatMap { $0.map { Float($0) } }, shape: [vectors.count, size])
    decoder.bias?.value = Tensor(mean.map { Float($0) })
  }

  public var linearEncoder: Dense? { encoder }

  public func encode(_ x: Variable) -> Variable { encoder(x) }
  public func decode(_ codes: Variable) -> Variable { decoder(codes) }
}

/// {"code": numbers in the code}
struct LinearArchitecture: Architecture {
  static let kind = "linear"
  private let block: [Int]
  private let code: Int

  init(block: [Int], _ reader: inout ConfigurationReader) throws {
    self.block = block
    let size = block.reduce(1, *)
    code = try reader.need(try reader.integer("code", 1...size), "code", "how many numbers the code has, at most \(size) for this block")
  }

  var members: [(String, JSONValue)] { [("code", .integer(code))] }
  var codeShape: [Int] { [code] }
  var output: Output { .linear }
  var widest: Int { block.reduce(1, *) }
  var shapes: [String: [Int]] {
    var shapes: [String: [Int]] = [:]
    shapes.addDense("encoder", inputs: widest, outputs: code)
    shapes.addDense("decoder", inputs: code, outputs: widest)
    return shapes
  }
  func make(random: inout RandomSource) -> any Autoencoder { LinearAutoencoder(block: block, codeSize: code, random: &random) }
}
