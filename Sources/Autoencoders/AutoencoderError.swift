/// Why a configuration describes no autoencoder; the text names the member and what would be valid.
public enum AutoencoderError: Error, Equatable, Sendable, CustomStringConvertible {
  case configuration(String)

  public var description: String {
    switch self {
    case .configuration(let text): text
    }
  }
}
