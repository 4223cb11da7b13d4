import Bytes
import Tensors

/// {"patch": extents, "code": numbers of a patch's code, "width", "heads", "layers", "decoderWidth", "decoderLayers", "output"}
struct MaskedArchitecture: Architecture {
  static let kind = "masked"
  /// Patches of a block.
  private static let mostPatches = 4096
  /// Numbers that stand for a patch between layers.
  private static let mostWidth = 1024

  let patches: PatchGrid
  /// Numbers of a patch's code.
  let code: Int
  let width: Int
  let heads: Int
  let layers: Int
  let decoderWidth: Int
  let decoderLayers: Int
  let output: Output

  init(block: [Int], _ reader: inout ConfigurationReader) throws {
    let what = block.count == 2 ? "[length] of a patch" : "[rows, columns] of a patch"
    let patch = try reader.need(try reader.integers("patch", 1...Limit.extent, count: 1...2), "patch", what)
    guard patch.count == block.count - 1, zip(block.dropFirst(), patch).allSatisfy({ $0 % $1 == 0 }) else {
      throw reader.error("patch", "must be \(what), dividing the block's \(block.dropFirst().map(String.init).joined(separator: " x ")) evenly")
    }
    patches = PatchGrid(block: block, patch: patch)
    guard (2...MaskedArchitecture.mostPatches).contains(patches.count) else {
      throw reader.error("patch", "makes \(patches.count) patches of a block; 2 to \(MaskedArchitecture.mostPatches) are possible")
    }
    code = try reader.need(try reader.integer("code", 1...MaskedArchitecture.mostWidth), "code", "how many numbers the code of a patch has")
    let widths = 1...MaskedArchitecture.mostWidth
    width = try reader.integer("width", widths) ?? 64
    heads = try reader.integer("heads", 1...64) ?? 4
    layers = try reader.integer("layers", 1...32) ?? 3
    decoderWidth = try reader.integer("decoderWidth", widths) ?? width
    decoderLayers = try reader.integer("decoderLayers", 1...32) ?? 1
    output = try reader.choice("output") ?? .linear
    for (name, width) in [("width", width), ("decoderWidth", decoderWidth)] where width % heads != 0 {
      throw reader.error(name, "must be a multiple of the \(heads) \"heads\", which \(width) is not")
    }
  }

  var members: [(String, JSONValue)] {
    [
      ("patch", .array(patches.patch.map(JSONValue.integer))), ("code", .integer(code)), ("width", .integer(width)), ("heads", .integer(heads)),
      ("layers", .integer(layers)), ("decoderWidth", .integer(decoderWidth)), ("decoderLayers", .integer(decoderLayers)),
      ("output", .text(output.rawValue)),
    ]
  }

  var codeShape: [Int] { [code] + patches.extents }

  /// Attention has a number for each two patches in each head.
  var widest: Int {
    let (count, width) = (patches.count, max(width, decoderWidth))
    return max(count * patches.size, count * 4 * width, count * count * heads)
  }

  /// Every patch goes through every matrix, and attention multiplies each two patches twice.
  var products: Int {
    let (count, pairs) = (patches.count, 2 * patches.count * patches.count)
    let matrices = shapes.values.reduce(0) { $0 + ($1.count == 2 ? $1[0] * $1[1] : 0) }
    return count * matrices + pairs * (layers * width + decoderLayers * decoderWidth)
  }

  var shapes: [String: [Int]] {
    var shapes: [String: [Int]] = [:]
    shapes.addDense("embedding", inputs: patches.size, outputs: width)
    shapes["positions"] = [patches.count, width]
    for index in 0..<layers { shapes.addTransformer("encoder.\(index)", width: width) }
    shapes.addNorm("encoderNorm", size: width)
    shapes.addDense("narrow", inputs: width, outputs: code)
    shapes.addDense("widening", inputs: code, outputs: decoderWidth)
    shapes["token"] = [decoderWidth]
    shapes["decoderPositions"] = [patches.count, decoderWidth]
    for index in 0..<decoderLayers { shapes.addTransformer("decoder.\(index)", width: decoderWidth) }
    shapes.addNorm("decoderNorm", size: decoderWidth)
    shapes.addDense("head", inputs: decoderWidth, outputs: patches.size)
    return shapes
  }

  func make(random: inout RandomSource) -> any Autoencoder { MaskedAutoencoder(self, random: &random) }
}

extension [String: [Int]] {
  /// Adds the shapes of a `LayerNorm`.
  fileprivate mutating func addNorm(_ name: String, size: Int) {
    self["\(name).scale"] = [size]
    self["\(name).shift"] = [size]
  }

  /// Adds the shapes of a `TransformerLayer` with four times its width between its dense layers.
  fileprivate mutating func addTransformer(_ name: String, width: Int) {
    addNorm("\(name).attentionNorm", size: width)
    for part in ["queries", "keys", "values", "output"] { addDense("\(name).attention.\(part)", inputs: width, outputs: width) }
    addNorm("\(name).feedNorm", size: width)
    addDense("\(name).up", inputs: width, outputs: 4 * width)
    addDense("\(name).down", inputs: 4 * width, outputs: width)
  }
}
