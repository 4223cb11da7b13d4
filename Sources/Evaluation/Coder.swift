import Codecs
import Container
import Signals

/// A way to turn a signal into the bytes of a file and back, that has a quality.
public enum Coder: Sendable {
  /// One of our codecs, with an entropy stage and an effort; its settings are qualities.
  case codec(CodecPackage, EntropyChoice, effort: Int, qualities: [Double])
  case peer(any Peer)

  /// Told from all others of a report by it.
  public var name: String {
    switch self {
    case .codec(let codec, let entropy, let effort, _): "\(codec.name) \(entropy.rawValue) -e \(effort)"
    case .peer(let peer): peer.name
    }
  }

  /// The qualities, or what a peer has in their place.
  public var settings: [Double] {
    switch self {
    case .codec(_, _, _, let qualities): qualities
    case .peer(let peer): peer.settings
    }
  }

  /// The bytes of a file, made on one thread.
  /// - Parameter samples: leads × samples, of one length.
  /// - Throws: `CodecError`; what the peer throws.
  public func encode(_ samples: [[Int32]], _ info: SignalInfo, setting: Double) throws -> [UInt8] {
    switch self {
    case .codec(let codec, let entropy, let effort, _):
      var settings = EncodeSettings()
      (settings.quality, settings.entropy, settings.effort) = (setting, entropy, effort)
      let output = HeldBytes([])
      _ = try FileEncoder(codec: codec, settings: settings, chunkSeconds: nil, jobs: 1)
        .encode(HeldReader(samples, info), sink: { output.bytes += $0 })
      return output.bytes
    case .peer(let peer): return try peer.encode(samples, setting: setting)
    }
  }

  /// The samples of such a file, decoded on one thread. Those of our codec are held against the hashes in the file.
  /// - Throws: `ContainerError`, `CodecError`; what the peer throws.
  public func decode(_ bytes: [UInt8]) throws -> [[Int32]] {
    switch self {
    case .codec(let codec, _, _, _):
      var decoder = try StreamDecoder(HeldBytes(bytes)) { _ in codec }
      var samples = decoder.info.channels.map { _ in [Int32]() }
      _ = try decoder.decode(jobs: 1) { part in for k in samples.indices { samples[k] += part[k] } }
      return samples
    case .peer(let peer): return try peer.decode(bytes)
    }
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
