extension SignalInfo {
  /// A raw-content dictionary for zstd: what `serialized()` gives for typical records, with invented values. It is part of the format: never change it.
  public static let compressionDictionary = Array("".utf8)
}
