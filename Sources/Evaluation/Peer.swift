/// Another way to encode signals, to be compared with. What it writes holds samples only: no names, units or checksums of the signal.
public protocol Peer: Sendable {
  /// What users call it.
  var name: String { get }
  /// What it is, in a line, with versions and settings.
  var description: String { get }
  /// From the best quality to the worst.
  var settings: [Double] { get }

  /// - Parameter samples: leads × samples, of one length.
  /// - Throws: an error whose description is a sentence, where it cannot.
  func encode(_ samples: [[Int32]], setting: Double) throws -> [UInt8]

  /// What `encode` was given, more or less.
  /// - Throws: `BytesError`, `EntropyError` for bytes that it did not make.
  func decode(_ bytes: [UInt8]) throws -> [[Int32]]
}

/// The peers that need nothing besides this program.
public enum Peers {
  public static let all: [any Peer] = [WaveletPeer(), PrincipalPeer()]
}
