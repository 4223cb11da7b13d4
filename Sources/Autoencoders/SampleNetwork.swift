import Bytes
import Layers
import Tensors

/// A small network from what the decoder says of a sample, and from the samples around it that come before it in a block, to how it is distributed: as a
/// PixelVAE (Gulrajani et al. 2017) with one autoregressive layer of a few samples' reach, the same for all samples.
///
/// Neighbours are, in each channel, the samples up to `radius` columns to the left, in rows up to `radius` above those up to `radius` columns to each side, and the
/// same place in the channel before. Each gives two numbers, its value and whether that is above 0; both are 0 outside of the block.
struct SampleNetwork: Layer {
  /// [features, units] and the bias of the first layer.
  let features: Dense
  /// [2 × neighbours, units]
  let neighbours: Parameter
  let hidden: [Dense]
  let output: Dense
  private let places: Neighbourhood

  init(_ context: SampleContext, block: [Int], outputs: Int, random: inout RandomSource) {
    places = Neighbourhood(block: block, radius: context.radius)
    let units = context.units
    features = Dense(inputs: context.features, outputs: units, spread: .rectified, random: &random)
    // Small, so that the code is used before the neighbours make it idle.
    let inputs = 2 * places.count
    let weights = Spread.linear.weights([inputs, units], inputs: 4 * inputs, outputs: units, random: &random)
    neighbours = Parameter(weights)
    hidden = (0..<context.layers).map { _ in Dense(inputs: units, outputs: units, spread: .rectified, random: &random) }
    output = Dense(inputs: units, outputs: outputs, spread: .linear, random: &random)
  }

  /// What the features [blocks, features, samples] alone make of the first layer: [blocks, samples, units].
  func begin(_ x: Variable) -> Variable { features(x.permuted([0, 2, 1]).silu()) }

  /// Outputs for all samples, their neighbours given: [blocks, outputs, samples].
  /// - Parameter values: [blocks, samples]; no gradient.
  func callAsFunction(_ x: Variable, values: Tensor) -> Variable {
    let samples = places.samples
    return finish(begin(x), Variable(places.gather(values.values, blocks: values.count / samples, 0..<samples))).permuted([0, 2, 1])
  }

  /// Outputs for one sample: [blocks, outputs, 1].
  /// - Parameters:
  ///   - begun: what `begin` made.
  ///   - values: blocks × samples; those behind the sample do not count.
  func callAsFunction(_ begun: Variable, sample: Int, values: [Float]) -> Variable {
    let around = Variable(places.gather(values, blocks: begun.shape[0], sample..<sample + 1))
    return finish(begun.slice(sample..<sample + 1, axis: 1), around).permuted([0, 2, 1])
  }

  /// - Parameters: [blocks, samples, units] and [blocks, samples, inputs].
  private func finish(_ begun: Variable, _ around: Variable) -> Variable {
    let first = (begun + linear(around, weight: begun.use(neighbours))).silu()
    return output(hidden.reduce(first) { $1($0).silu() })
  }

  /// What the network adds to a mean field: outputs for one sample from neighbours that are computed themselves, in columns [blocks, 1] by sample.
  func callAsFunction(_ begun: Variable, sample: Int, columns: [Variable]) -> Variable {
    let zero = Variable(Tensor(zeros: [begun.shape[0], 1]))
    let around = places.indices(sample).flatMap { index -> [Variable] in
      guard let index else { return [zero, zero] }
      return [columns[index], Variable(Tensor(columns[index].value.values.map { $0 > 0 ? 1 : 0 }, shape: [begun.shape[0], 1]))]
    }
    let row = concatenate(around, axis: 1)
    return finish(begun.slice(sample..<sample + 1, axis: 1), row.reshaped([begun.shape[0], 1, row.shape[1]])).permuted([0, 2, 1])
  }
}

/// {"radius", "units", "layers", "features"}: the sample network of a variational autoencoder.
struct SampleContext: Sendable {
  let radius: Int
  let units: Int
  /// Behind the first.
  let layers: Int
  /// That the decoder makes for each sample.
  let features: Int

  init(_ reader: inout ConfigurationReader) throws {
    radius = try reader.integer("radius", 1...8) ?? 2
    units = try reader.integer("units", 1...256) ?? 32
    layers = try reader.integer("layers", 0...8) ?? 1
    features = try reader.integer("features", 1...256) ?? 12
  }

  var json: JSONValue {
    .object([("radius", .integer(radius)), ("units", .integer(units)), ("layers", .integer(layers)), ("features", .integer(features))])
  }

  /// Inputs from neighbours.
  func inputs(block: [Int]) -> Int { 2 * Neighbourhood.offsets(block: block, radius: radius).count }

  /// Names and shapes of the parameters.
  func addShapes(to shapes: inout [String: [Int]], block: [Int], outputs: Int) {
    shapes.addDense("context.features", inputs: features, outputs: units)
    shapes["context.neighbours"] = [inputs(block: block), units]
    for k in 0..<layers { shapes.addDense("context.hidden.\(k)", inputs: units, outputs: units) }
    shapes.addDense("context.output", inputs: units, outputs: outputs)
  }

  /// Products for each sample, and as many as could be done while a decoder goes from one sample to the next.
  func products(block: [Int], outputs: Int) -> Int { units * (features + inputs(block: block) + layers * units + outputs) + (1 << 16) }
}

/// Which samples of a block come before each and lie around it.
struct Neighbourhood: Sendable {
  let samples: Int
  private let offsets: [(channel: Int, row: Int, column: Int)]
  private let extents: (rows: Int, columns: Int)

  var count: Int { offsets.count }

  static func offsets(block: [Int], radius: Int) -> [(channel: Int, row: Int, column: Int)] {
    var offsets: [(channel: Int, row: Int, column: Int)] = []
    if block.count == 3 {
      for row in (1...radius).reversed() { for column in -radius...radius { offsets.append((0, -row, column)) } }
    }
    for column in (1...radius).reversed() { offsets.append((0, 0, -column)) }
    return block[0] > 1 ? offsets + [(-1, 0, 0)] : offsets
  }

  init(block: [Int], radius: Int) {
    offsets = Neighbourhood.offsets(block: block, radius: radius)
    samples = block.reduce(1, *)
    extents = (block.count == 3 ? block[1] : 1, block[block.count - 1])
  }

  /// By offset, nil outside of the block.
  func indices(_ sample: Int) -> [Int?] {
    let (column, row, channel) = place(sample)
    return offsets.map { index($0, channel, row, column) }
  }

  private func place(_ sample: Int) -> (column: Int, row: Int, channel: Int) {
    (sample % extents.columns, sample / extents.columns % extents.rows, sample / extents.columns / extents.rows)
  }

  @inline(__always)
  private func index(_ offset: (channel: Int, row: Int, column: Int), _ channel: Int, _ row: Int, _ column: Int) -> Int? {
    let (c, r, x) = (channel + offset.channel, row + offset.row, column + offset.column)
    return c >= 0 && r >= 0 && x >= 0 && x < extents.columns ? (c * extents.rows + r) * extents.columns + x : nil
  }

  /// The inputs of some samples: [blocks, samples, 2 × offsets], of each neighbour its value, then whether it is above 0.
  func gather(_ values: [Float], blocks: Int, _ range: Range<Int>) -> Tensor {
    Tensor(shape: [blocks, range.count, 2 * offsets.count]) { out in
      values.withUnsafeBufferPointer { values in
        for (position, sample) in range.enumerated() {
          let (column, row, channel) = place(sample)
          for (k, offset) in offsets.enumerated() {
            guard let index = index(offset, channel, row, column) else { continue }
            for block in 0..<blocks {
              let value = values[block * samples + index]
              let to = ((block * range.count + position) * offsets.count + k) * 2
              out[to] = value
              out[to + 1] = value > 0 ? 1 : 0
            }
          }
        }
      }
    }
  }
}
