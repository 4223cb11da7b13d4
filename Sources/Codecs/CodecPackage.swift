import Autoencoders
import Bytes
import Container
import Glibc
import Layers
import Signals
import Tensors

/// A codec on disk: a folder with `config.json` and `model.safetensors`.
public struct CodecPackage: Sendable {
  /// The name of its folder.
  public let name: String
  /// SHA-256 over config and weights: 32 bytes.
  public let id: [UInt8]
  /// What was trained: the tensors of the networks, and the states of the prior's models.
  public let weights: Safetensors
  /// The bytes of its two files, whose hash the id is.
  let files: (config: [UInt8], weights: [UInt8])
  /// How its chunks are coded.
  let design: Design

  /// How chunks are coded, as the configuration says.
  enum Design: Sendable {
    /// Frame by frame with a memory.
    case frames
    /// Block by block through an autoencoder.
    case blocks(BlockDesign)
    /// Bands of rows of a picture, by subbands.
    case pictures(PictureDesign)
    /// Frames of speech through one network.
    case speech(SpeechModel)
  }

  /// Reads a codec's folder.
  /// - Throws: `CodecError.notACodec` if it is none or cannot be read.
  public static func load(path: String) throws -> CodecPackage {
    let config = try read(path + "/config.json", codec: path)
    let weights = try read(path + "/model.safetensors", codec: path)
    do {
      return try CodecPackage(name: folderName(path), config: config, weights: weights)
    } catch let error as BytesError {
      throw CodecError.notACodec("\(path)/model.safetensors: \(error); the codec is damaged: get it again or train it anew")
    } catch let error as LayerError {
      throw CodecError.notACodec("\(path)/model.safetensors: \(error)")
    }
  }

  /// A codec from the bytes of its files, which may come from anywhere.
  /// - Throws: `BytesError`, `LayerError`, `CodecError.notACodec` if they are damaged or made for another program.
  public init(name: String, config: [UInt8], weights: [UInt8]) throws {
    let json = try? JSONParser.parse(config)
    let tensors = try Safetensors(serialized: weights)
    let design: Design
    if json?["autoencoder"] != nil {
      design = .blocks(try BlockDesign(json ?? .null, name: name))
    } else if json?["kind"] == .text(PictureDesign.kind) {
      design = .pictures(try PictureDesign(tensors))
    } else if json?["kind"] == .text(SpeechModel.kind) {
      design = .speech(try SpeechModel(tensors))
    } else {
      design = .frames
    }
    self.init(name: name, files: (config, weights), weights: tensors, design: design)
    try validate()
  }

  private init(name: String, files: (config: [UInt8], weights: [UInt8]), weights: Safetensors, design: Design) {
    (self.name, self.files, self.weights, self.design) = (name, files, weights, design)
    id = sha256(files.config + files.weights)
  }

  /// A codec that is being trained and has no folder yet. Its id is that of its weights alone.
  public init(name: String, weights: Safetensors) {
    self.init(name: name, files: ([], weights.serialized()), weights: weights, design: .frames)
  }

  /// What exact coding, which takes no codec, is given in the place of one.
  public static let empty = CodecPackage(name: "none", weights: Safetensors(tensors: [:]))

  /// A codec of pictures to be trained. Its id is that of its weights alone.
  /// - Parameters:
  ///   - colours: from planes to red, green and blue, by `DetailColours`; nil for luma and two differences of colour.
  ///   - networks: beside the prior's models.
  public init(pictures name: String, colours: [Float]? = nil, networks: SubbandNetworks = SubbandNetworks()) {
    let design = PictureDesign(colours: colours, networks: networks.kinds)
    let weights = design.weights(states: [:], networks: networks)
    self.init(name: name, files: ([], weights.serialized()), weights: weights, design: .pictures(design))
  }

  /// Whether its chunks are coded frame by frame.
  public var isOfFrames: Bool {
    if case .frames = design { true } else { false }
  }

  /// Whether its chunks are coded block by block through an autoencoder.
  public var isOfBlocks: Bool {
    if case .blocks = design { true } else { false }
  }

  /// Whether it is for pictures.
  public var isOfPictures: Bool {
    if case .pictures = design { true } else { false }
  }

  /// Whether it is for speech.
  public var isOfSpeech: Bool {
    if case .speech = design { true } else { false }
  }

  /// Up to where a codec for listening keeps the frequencies of such a signal, in Hz; nil for other codecs and signals.
  public func highestFrequency(_ info: SignalInfo) -> Double? {
    isOfSpeech && info.isSound && SpeechScaling.rates.contains(info.rate) ? min(info.rate / 2, Double(SpeechShape.rate) / 2) : nil
  }

  /// The most samples of a channel that a chunk of a codec of speech has; nil for other codecs and signals that it keeps exactly.
  func longestSpeech(_ info: SignalInfo) -> Int? { isOfSpeech ? SpeechScaling(info).longestChunk : nil }

  /// The kind of signal that its configuration names; nil if it names none.
  /// - Throws: `CodecError.notACodec` if the configuration is no JSON object.
  public func kind() throws -> String? {
    do {
      let json = try JSONParser.parse(files.config)
      guard case .object = json else { throw JSONError(line: 1, problem: "an object is missing") }
      guard case .text(let kind)? = json["kind"] else { return nil }
      return kind
    } catch let error as JSONError {
      throw CodecError.notACodec("\(name)/config.json, line \(error.line): \(error.problem); the codec is damaged: get it again or train it anew")
    }
  }

  /// States of the prior's models by name; those of the wrong size are refused by `validate`.
  var frameStates: [String: [Int32]] {
    Dictionary(uniqueKeysWithValues: FrameModel.shapes.compactMap { name, _ in weights.integers["prior." + name].map { (name, $0) } })
  }

  /// States of the prior's models of a codec of blocks by name.
  var blockStates: [String: [Int32]] {
    guard case .blocks(let design) = design else { return [:] }
    let names = BlockModel.shapes(channels: design.autoencoder.codeShape[0]).map(\.name)
    return Dictionary(uniqueKeysWithValues: names.compactMap { name in weights.integers["prior." + name].map { (name, $0) } })
  }

  /// States of the prior's models of a codec of pictures by name.
  var pictureStates: [String: [Int32]] {
    return Dictionary(uniqueKeysWithValues: SubbandModel.names.compactMap { name in weights.integers["prior." + name].map { (name, $0) } })
  }

  /// The enhancer that the weights hold, a network of its own for each caller; nil if they hold none.
  func enhancer() -> Enhancer? { try? Enhancer.stored(in: weights) }

  /// The synthesis that the weights hold, a network of its own for each caller; nil if they hold none.
  func synthesis() -> Synthesis? { synthesisProducts != nil ? try? Synthesis.stored(in: weights) : nil }

  /// Products that it takes for a frame of one lead; nil if there is none.
  var synthesisProducts: Int? { Synthesis.products(in: weights) }

  /// The network beside the prior's models, one of its own for each caller; nil if the weights hold none.
  func frameNetwork() -> FrameNetwork? { hasNetwork ? try? FrameNetwork.stored(in: weights) : nil }

  /// Whether there is such a network.
  var hasNetwork: Bool { weights.tensors["network.input.weight"] != nil }

  /// - Throws: `BytesError`, `LayerError` if the weights do not fit this program.
  private func validate() throws {
    switch design {
    case .blocks(let design): return try design.validate(weights)
    // Was checked when it was read.
    case .pictures, .speech: return
    case .frames: break
    }
    for (name, shape) in FrameModel.shapes {
      guard let state = weights.integers["prior." + name] else { continue }
      guard state.count == shape.stateCount else {
        throw BytesError.malformed("the state of the prior's \(name) has \(state.count) numbers, not \(shape.stateCount)")
      }
    }
    _ = try Enhancer.stored(in: weights)
    _ = try FrameNetwork.stored(in: weights)
    _ = try Synthesis.stored(in: weights)
  }

  /// What a file says of this codec.
  public var reference: CodecReference { CodecReference(name: name, id: Array(id.prefix(8))) }

  /// The last component of a path, also of one that ends in "/" or is "."; cut to what a file's header holds.
  private static func folderName(_ path: String) -> String {
    let resolved = realpath(path, nil)
    defer { free(resolved) }
    var name = (resolved.map { String(cString: $0) } ?? path).split(separator: "/").last.map(String.init) ?? "codec"
    while name.utf8.count > 255 { name.removeLast() }
    return name
  }

  private static func read(_ path: String, codec: String) throws -> [UInt8] {
    do {
      let file = try OpenFile(path: path)
      guard file.count <= 1 << 30 else { throw CodecError.notACodec("\(path): larger than a codec may be (1 GiB); give the path of a codec") }
      return try file.read(at: 0, count: file.count)
    } catch let error as SystemError {
      throw CodecError.notACodec("\(codec): not a codec: config.json and model.safetensors cannot be read (\(error)); give the path of a codec")
    }
  }
}

/// What is wrong with a codec or with what it is asked for.
public enum CodecError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A folder is no codec, or a damaged one.
  case notACodec(String)
  /// The payload of a data chunk contradicts the format.
  case malformed(String)
  /// A file needs a codec that was not given; the text says which.
  case codecMissing(String)
  /// An encoded chunk did not keep its bound: an error of the program.
  case boundMissed(String)
  /// What is asked for is more than the limits allow.
  case limit(String)
  /// A codec is for signals of another kind.
  case unsuitable(String)
  /// Lost samples are to be filled in by a codec that has not learned it.
  case cannotFill(String)

  public var description: String {
    switch self {
    case .notACodec(let text), .malformed(let text), .codecMissing(let text), .boundMissed(let text), .limit(let text), .unsuitable(let text),
      .cannotFill(let text):
      text
    }
  }
}
