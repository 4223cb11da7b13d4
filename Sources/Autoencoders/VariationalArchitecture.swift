import Bytes
import Layers
import Tensors

/// {"body": {"kind", ...}, "latents", "likelihood", "components", "levels", "context"}
struct VariationalArchitecture: Architecture {
  static let kind = "variational"

  private enum Distributed: String, ConfigurationChoice { case bernoulli, gaussian, logistic, softmax }
  private static let bodies: [any BodyArchitecture.Type] = [DenseArchitecture.self, ConvolutionalArchitecture.self]

  private let body: any BodyArchitecture
  private let latents: Int
  let likelihood: Likelihood
  private let block: [Int]
  private let context: SampleContext?

  init(block: [Int], _ reader: inout ConfigurationReader) throws {
    self.block = block
    latents = try reader.need(try reader.integer("latents", 1...Limit.latents), "latents", "how many numbers the code has, 1 to \(Limit.latents)")
    let names = Distributed.allCases.map(\.rawValue)
    let distributed: Distributed = try reader.need(try reader.choice("likelihood"), "likelihood", ConfigurationReader.list(names))
    switch distributed {
    case .bernoulli: likelihood = .bernoulli
    case .gaussian: likelihood = .gaussian
    case .logistic:
      likelihood = .discretised(
        components: try reader.integer("components", 1...16) ?? 1, levels: try reader.integer("levels", 2...65_536) ?? 256)
    case .softmax:
      let levels = try reader.integer("levels", 2...256) ?? 256
      // A probability for each level of each sample.
      guard block.reduce(1, *) <= Limit.numbers / levels else {
        throw reader.error("levels", "times the samples of a \"block\" must be \(Limit.numbers) at most: take fewer, or a smaller \"block\"")
      }
      likelihood = .categorical(levels: levels)
    }
    context = try reader.object("context") { try SampleContext(&$0) }
    let features = context?.features ?? likelihood.features
    let body = try reader.object("body") { reader in
      let names = VariationalArchitecture.bodies.map { $0.kind }
      let kind = try reader.need(try reader.text("kind"), "kind", ConfigurationReader.list(names))
      guard let type = VariationalArchitecture.bodies.first(where: { $0.kind == kind }) else {
        throw reader.error("kind", "must be \(ConfigurationReader.list(names)), not \"\(kind)\"")
      }
      return try type.init(block: block, features: features, &reader) as any BodyArchitecture
    }
    self.body = try reader.need(body, "body", "an object with the kind and members of the layers")
  }

  var members: [(String, JSONValue)] {
    let likelihood: [(String, JSONValue)] =
      switch likelihood {
      case .bernoulli: [("likelihood", .text(Distributed.bernoulli.rawValue))]
      case .gaussian: [("likelihood", .text(Distributed.gaussian.rawValue))]
      case .discretised(let components, let levels):
        [("likelihood", .text(Distributed.logistic.rawValue)), ("components", .integer(components)), ("levels", .integer(levels))]
      case .categorical(let levels): [("likelihood", .text(Distributed.softmax.rawValue)), ("levels", .integer(levels))]
      }
    return [("body", .object([("kind", .text(type(of: body).kind))] + body.members)), ("latents", .integer(latents))] + likelihood
      + (context.map { [("context", $0.json)] } ?? [])
  }

  var codeShape: [Int] { [latents] }
  var output: Output { .linear }
  private var hidden: Int { body.codeShape.reduce(1, *) }
  private var samples: Int { block.reduce(1, *) }
  var widest: Int {
    let ofSample = context.map { max($0.units, $0.inputs(block: block), $0.features) } ?? 0
    return max(body.widest, hidden, 2 * latents, samples * max(ofSample, likelihood.features))
  }
  var products: Int {
    let perSample = context?.products(block: block, outputs: likelihood.features) ?? 0
    return body.products + 3 * latents * hidden + samples * perSample
  }
  var shapes: [String: [Int]] {
    var shapes = body.shapes.reduce(into: [String: [Int]]()) { $0["body.\($1.key)"] = $1.value }
    shapes.addDense("posterior", inputs: hidden, outputs: 2 * latents)
    shapes.addDense("expand", inputs: latents, outputs: hidden)
    context?.addShapes(to: &shapes, block: block, outputs: likelihood.features)
    return shapes
  }
  func make(random: inout RandomSource) -> any Autoencoder {
    let network = body.make(random: &random)
    return VariationalAutoencoder(
      body: network, latents: latents, likelihood: likelihood, context: context, activation: body.activation, random: &random)
  }
}
