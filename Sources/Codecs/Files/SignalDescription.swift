import Container
import Signals

/// What a file's header says of its signal, for those who do not decode it.
public enum SignalDescription {
  /// - Throws: `ContainerError`.
  public static func read(_ header: ContainerHeader, limits: ContainerLimits = ContainerLimits()) throws -> SignalInfo {
    try SignalMetadata.decode(header, limits: limits)
  }
}
