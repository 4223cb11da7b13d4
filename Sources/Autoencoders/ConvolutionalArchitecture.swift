import Bytes
import Layers
import Tensors

/// {"layers": [{"channels", "kernel", "stride", "pooling", "blocks"}, ...], "code" or "bottleneck", "activation", "output", "unpooling", "start"}
struct ConvolutionalArchitecture: BodyArchitecture {
  static let kind = "conv"

  /// One scale.
  struct Scale: Sendable {
    let channels: Int
    let kernel: Int
    let stride: Int
    let pooling: Pooling
    /// Residual blocks.
    let blocks: Int
  }

  /// What the weights are before training.
  enum Start: String, ConfigurationChoice {
    /// Random.
    case random
    /// A block DCT beside layers that begin as nothing.
    case dct
    /// A lapped one (the MDCT), likewise; it has one position more.
    case mdct

    var basis: CosineBasis? {
      switch self {
      case .random: nil
      case .dct: .blocks
      case .mdct: .lapped
      }
    }
  }

  let block: [Int]
  /// Of each sample in what the decoder makes; nil for an autoencoder of its own.
  let features: Int?
  let scales: [Scale]
  /// Channels of the code; nil with a bottleneck.
  let code: Int?
  /// Numbers of a dense code.
  let bottleneck: Int?
  let activation: Activation
  let output: Output
  let unpooling: Unpooling
  let start: Start

  init(block: [Int], _ reader: inout ConfigurationReader) throws { try self.init(block: block, of: nil, &reader) }
  init(block: [Int], features: Int, _ reader: inout ConfigurationReader) throws { try self.init(block: block, of: features, &reader) }

  private init(block: [Int], of features: Int?, _ reader: inout ConfigurationReader) throws {
    (self.block, self.features) = (block, features)
    let flat = block.count == 2
    let kernels = flat ? 512 : 16
    scales = try reader.need(
      try reader.objects("layers", count: 1...16) { layer in
        let channels = try layer.need(try layer.integer("channels", 1...Limit.units), "channels", "how many the layer makes")
        let kernel = try layer.need(try layer.integer("kernel", 1...kernels), "kernel", "its extent, 1 to \(kernels)")
        let stride = try layer.integer("stride", 1...(flat ? 256 : 16)) ?? 1
        let pooling = try layer.choice("pooling") ?? (stride > 1 ? Pooling.strided : .none)
        let blocks = try layer.integer("blocks", 0...16) ?? 0
        guard pooling != .none || stride == 1 else { throw layer.error("pooling", "must not be \"none\" with a stride of \(stride)") }
        guard pooling == .none || stride > 1 else { throw layer.error("stride", "must be more than 1 for \"\(pooling.rawValue)\"") }
        guard pooling != .strided || kernel >= stride else { throw layer.error("kernel", "must be at least the stride of \(stride)") }
        return Scale(channels: channels, kernel: kernel, stride: stride, pooling: pooling, blocks: blocks)
      }, "layers", "a list of objects with \"channels\", \"kernel\" and \"stride\"")
    code = try reader.integer("code", 1...Limit.units)
    bottleneck = try reader.integer("bottleneck", 1...Limit.units)
    activation = try reader.choice("activation") ?? .leakyRelu
    output = features == nil ? try reader.choice("output") ?? .linear : .linear
    unpooling = try reader.choice("unpooling") ?? .transposed
    start = features == nil ? try reader.choice("start") ?? .random : .random
    try check(reader)
  }

  private func check(_ reader: ConfigurationReader) throws {
    guard (code == nil) != (bottleneck == nil) else {
      throw reader.error("code", "or \"bottleneck\" must be there, and not both: channels of the code, or numbers of a dense one")
    }
    guard unpooling != .switches else {
      throw reader.error(
        "unpooling", "cannot be \"switches\": a decoder has the code alone, not where the maxima stood; take \"transposed\" or \"repeat\"")
    }
    // Stays far from overflow, since each factor is at most 256 and the loop ends at the first that is too much.
    var total = 1
    for (index, scale) in scales.enumerated() {
      total *= scale.stride
      guard total <= block.dropFirst().reduce(Limit.extent, min) else {
        throw reader.error("layers[\(index)].stride", "makes the strides together \(total), more than the block's extents \(block.dropFirst())")
      }
      guard unpooling == .repeat || scale.kernel >= scale.stride else {
        throw reader.error("layers[\(index)].kernel", "must be at least the stride of \(scale.stride), or \"unpooling\" \"repeat\"")
      }
    }
    guard start != .random else { return }
    guard let code else { throw reader.error("start", "must be \"random\" with a bottleneck: a transform's code has positions") }
    guard output == .linear else { throw reader.error("start", "must be \"random\" with a \"sigmoid\" output: a transform ends linearly") }
    let most = block.count == 2 ? 256 : 16
    guard total >= 2, total <= most, total % 2 == 0 else {
      throw reader.error("start", "of a transform needs strides that together make an even number from 2 to \(most), not \(total)")
    }
    guard code <= totalStride.area * block[0] else {
      throw reader.error(
        "code", "has \(code) channels; the transform of \(totalStride.area) samples and \(block[0]) channels has \(totalStride.area * block[0])")
    }
  }

  var members: [(String, JSONValue)] {
    let layers = scales.map { scale -> JSONValue in
      .object([
        ("channels", .integer(scale.channels)), ("kernel", .integer(scale.kernel)), ("stride", .integer(scale.stride)),
        ("pooling", .text(scale.pooling.rawValue)), ("blocks", .integer(scale.blocks)),
      ])
    }
    return [("layers", .array(layers))] + (code.map { [("code", .integer($0))] } ?? []) + (bottleneck.map { [("bottleneck", .integer($0))] } ?? [])
      + [("activation", .text(activation.rawValue))] + (features == nil ? [("output", .text(output.rawValue))] : [])
      + [("unpooling", .text(unpooling.rawValue))] + (features == nil ? [("start", .text(start.rawValue))] : [])
  }

  func make(random: inout RandomSource) -> any Autoencoder { ConvolutionalAutoencoder(self, random: &random) }
}

/// The extents that follow.
extension ConvolutionalArchitecture {
  /// `size` along columns; along rows too where a block has any.
  func extents(_ size: Int) -> Extents { Extents(rows: block.count == 2 ? 1 : size, columns: size) }

  /// Of a block.
  var plane: Extents { block.count == 2 ? Extents(rows: 1, columns: block[1]) : Extents(rows: block[1], columns: block[2]) }

  /// Samples along each dimension that become one position.
  var totalStride: Extents { scales.reduce(.one) { $0 * extents($1.stride) } }

  /// Zeros around a block: up to multiples of the strides behind it, and half a stride on both sides more for the lapped transform.
  var margin: Margin {
    func along(_ extent: Int, _ stride: Int) -> Padding {
      let lap = start == .mdct && stride > 1 ? stride / 2 : 0
      return Padding(before: lap, after: lap + (stride - extent % stride) % stride)
    }
    return Margin(rows: along(plane.rows, totalStride.rows), columns: along(plane.columns, totalStride.columns))
  }

  /// Extents in front of each scale, and behind the last.
  var planes: [Extents] {
    let whole = Extents(
      rows: plane.rows + margin.rows.before + margin.rows.after, columns: plane.columns + margin.columns.before + margin.columns.after)
    return scales.reduce([whole]) { $0 + [$0[$0.count - 1] / extents($1.stride)] }
  }

  /// Positions of the code, or in front of the bottleneck.
  var positions: Extents { planes[planes.count - 1] }

  var codeShape: [Int] { bottleneck.map { [$0] } ?? [code ?? 1] + (block.count == 2 ? [positions.columns] : positions.array) }

  /// Channels in front of each scale, and behind the last.
  var channels: [Int] { [block[0]] + scales.map(\.channels) }

  /// Channels that a scale of the decoder makes.
  func made(_ index: Int) -> Int { index == 0 ? (features ?? 1) * block[0] : channels[index] }

  var widest: Int {
    var widest = codeShape.reduce(1, *)
    for (index, scale) in scales.enumerated() {
      // The convolution of a pooled scale makes numbers at the finer positions; so does the repetition of the channels in a decoder.
      let convolved = scale.pooling == .strided && unpooling == .transposed ? planes[index + 1] : planes[index]
      widest = max(widest, scale.channels * convolved.area, made(index) * planes[index].area)
    }
    return widest
  }

  var products: Int {
    var products = 0
    for (index, scale) in scales.enumerated() {
      let coarse = planes[index + 1].area
      let convolved = scale.pooling == .strided && unpooling == .transposed ? coarse : planes[index].area
      let kernel = extents(scale.kernel).area
      products +=
        scale.channels * (channels[index] + made(index)) * kernel * convolved + 4 * scale.blocks * scale.channels * scale.channels * kernel * coarse
    }
    let last = channels[channels.count - 1]
    let basis = start.basis.map { walk($0).kernel.area * block[0] } ?? 0
    return products + 2 * (bottleneck.map { $0 * last } ?? (code ?? 1) * (last + basis)) * positions.area
  }

  /// How a scale's convolution walks: in an encoder, and in a decoder.
  func walk(_ index: Int, strided: Bool) -> Walk {
    let scale = scales[index]
    return Walk(kernel: extents(scale.kernel), stride: strided ? extents(scale.stride) : .one, margin: index == 0 ? margin : .none)
  }

  /// How the transform's filters walk.
  func walk(_ basis: CosineBasis) -> Walk {
    Walk(kernel: Extents(rows: basis.taps(totalStride.rows), columns: basis.taps(totalStride.columns)), stride: totalStride, margin: margin)
  }

  var shapes: [String: [Int]] {
    var shapes: [String: [Int]] = [:]
    func add(_ name: String, _ weight: [Int], _ kernel: Extents, biases: Int) {
      shapes["\(name).weight"] = weight + kernel.array
      shapes["\(name).bias"] = [biases]
    }
    for (index, scale) in scales.enumerated() {
      let (mirrored, inner, kernel) = (scales.count - 1 - index, scale.channels, extents(scale.kernel))
      add("encoder.\(index).convolution", [inner, channels[index]], kernel, biases: inner)
      add("decoder.\(mirrored).convolution", [inner, made(index)], kernel, biases: made(index))
      for k in 0..<scale.blocks {
        for name in ["encoder.\(index)", "decoder.\(mirrored)"] {
          for part in ["first", "second"] { add("\(name).blocks.\(k).\(part)", [inner, inner], kernel, biases: inner) }
        }
      }
    }
    let last = channels[channels.count - 1]
    if let bottleneck {
      shapes.addDense("squeeze", inputs: last * positions.area, outputs: bottleneck)
      shapes.addDense("expand", inputs: bottleneck, outputs: last * positions.area)
    }
    if let code {
      add("head", [code, last], .one, biases: code)
      add("tail", [last, code], .one, biases: last)
      if let basis = start.basis {
        add("analysis", [code, block[0]], walk(basis).kernel, biases: code)
        add("synthesis", [code, block[0]], walk(basis).kernel, biases: block[0])
      }
    }
    return shapes
  }
}
