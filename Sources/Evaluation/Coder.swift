import Codecs
import Container
import Signals

/// A way to turn a signal into the bytes of a file and back.
public enum Coder: Sendable {
  /// One of our codecs, with an entropy stage and an effort; its settings are qualities.
  case codec(CodecPackage, EntropyChoice, effort: Int, qualities: [Double])
  /// One of our codecs where every sample comes back as it was.
  case exactCodec(CodecPackage, effort: Int)
  /// What this program has built in.
  case peer(any Peer)
  /// What other people made.
  case tool(InstalledTool)

  /// Told from all others of a report by it.
  public var name: String {
    switch self {
    case .codec(let codec, let entropy, let effort, _): "\(codec.name) \(entropy.rawValue) -e \(effort)"
    case .exactCodec(let codec, let effort): "\(codec.name) lossless -e \(effort)"
    case .peer(let peer): peer.name
    case .tool(let tool): tool.name
    }
  }

  /// What a peer is, in a line, with versions and commands; nil for our codecs.
  public var description: String? {
    switch self {
    case .codec, .exactCodec: nil
    case .peer(let peer): peer.description
    case .tool(let tool): tool.description
    }
  }

  /// The qualities, or what others have in their place; 0 alone where nothing is lost.
  public var settings: [Double] {
    switch self {
    case .codec(_, _, _, let qualities): qualities
    case .exactCodec: OutsideTool.exact
    case .peer(let peer): peer.settings
    case .tool(let tool): tool.tool.settings
    }
  }

  /// What a setting is; nil where nothing is lost.
  public var meaning: String? {
    switch self {
    case .codec: "quality"
    case .exactCodec: nil
    case .peer: "quantiser step / standard deviation of the lead"
    case .tool(let tool): tool.tool.meaning
    }
  }

  /// Whether it gives back every sample, and so has one point and no curve.
  public var isLossless: Bool { meaning == nil }

  /// Why it cannot take a signal at any setting; nil if it can.
  func obstacle(_ samples: [[Int32]], _ info: SignalInfo) -> String? {
    if case .tool(let tool) = self { return tool.obstacle(samples, info) }
    return nil
  }

  /// The samples that it is measured on: all, but for tools that make a file of each picture, which get some.
  func part(of samples: [[Int32]], _ info: SignalInfo) -> [[Int32]] {
    if case .tool(let tool) = self { return tool.part(of: samples, info) }
    return samples
  }

  /// The bytes of a file, made on one thread; of several only where each picture becomes a file, or each sheet of pictures.
  /// - Parameters:
  ///   - samples: leads × samples, of one length.
  ///   - isAlone: whether nothing else runs in the process, so that its memory is that of this work.
  /// - Throws: `CodecError`; what the peer throws.
  func encode(_ samples: [[Int32]], _ info: SignalInfo, setting: Double, isAlone: Bool) throws -> Timed<[[UInt8]]> {
    var settings = EncodeSettings()
    let package: CodecPackage
    switch self {
    case .codec(let codec, let entropy, let effort, _):
      (settings.quality, settings.entropy, settings.effort, package) = (setting, entropy, effort, codec)
    case .exactCodec(let codec, let effort): (settings.bound, settings.effort, package) = (.lossless, effort, codec)
    case .peer(let peer): return try Timed(isAlone: isAlone) { [try peer.encode(samples, setting: setting)] }
    case .tool(let tool): return try tool.encode(samples, info, setting: setting)
    }
    return try Timed(isAlone: isAlone) {
      let output = HeldBytes([])
      _ = try FileEncoder(codec: package, settings: settings, chunkSeconds: nil, jobs: 1)
        .encode(HeldReader(samples, info), sink: { output.bytes += $0 })
      return [output.bytes]
    }
  }

  /// The samples of such files, decoded on one thread. Those of our codec are held against the hashes in the file.
  /// - Parameter like: the signal that was encoded: outside tools are told its shape.
  /// - Throws: `ContainerError`, `CodecError`; what the peer throws.
  func decode(_ files: [[UInt8]], like samples: [[Int32]], _ info: SignalInfo, isAlone: Bool) throws -> Timed<[[Int32]]> {
    switch self {
    case .codec(let codec, _, _, _), .exactCodec(let codec, _):
      return try Timed(isAlone: isAlone) {
        var decoder = try StreamDecoder(HeldBytes(files[0])) { _ in codec }
        var samples = decoder.info.channels.map { _ in [Int32]() }
        _ = try decoder.decode(jobs: 1) { part in for k in samples.indices { samples[k] += part[k] } }
        return samples
      }
    case .peer(let peer): return try Timed(isAlone: isAlone) { try peer.decode(files[0]) }
    case .tool(let tool): return try tool.decode(files, like: samples, info)
    }
  }
}

/// A result, and what it took.
struct Timed<Value> {
  let value: Value
  /// By the clock on the wall.
  let seconds: Double
  /// The most bytes that the process held meanwhile; nil if that is not known.
  let peakMemory: Int?

  init(value: Value, seconds: Double, peakMemory: Int?) { (self.value, self.seconds, self.peakMemory) = (value, seconds, peakMemory) }

  /// Work in this process.
  init(isAlone: Bool, _ work: () throws -> Value) rethrows {
    let isCounted = isAlone && PeakMemory.reset()
    let clock = ContinuousClock()
    let start = clock.now
    value = try work()
    seconds = (clock.now - start) / .seconds(1)
    peakMemory = isCounted ? PeakMemory.bytes() : nil
  }
}

/// A file in memory; used by one thread at a time.
private final class HeldBytes: ByteSource {
  var bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func read(atMost count: Int) -> [UInt8] {
    let end = min(bytes.count, position + count)
    defer { position = end }
    return Array(bytes[position..<end])
  }
}
