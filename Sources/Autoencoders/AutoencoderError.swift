/// Why there is no autoencoder; the text names what is wrong and what would be valid.
public enum AutoencoderError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A configuration describes none.
  case configuration(String)
  /// Samples cannot be learned from.
  case samples(String)

  public var description: String {
    switch self {
    case .configuration(let text), .samples(let text): text
    }
  }
}
