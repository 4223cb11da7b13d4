/// How far a decoded sample may be from the original.
public enum ErrorBound: Sendable, Equatable {
  case none
  case lossless
  /// The largest difference for each channel, in steps of the converter.
  case maximum([Int32])
}

/// Which entropy stage writes the symbols.
public enum EntropyChoice: String, Sendable, CaseIterable {
  /// The smaller of the two, chunk by chunk.
  case auto
  case zstd
  case prior
}

/// What the user asks of an encoder.
public struct EncodeSettings: Sendable, Equatable {
  /// 0 (smallest) to 100 (best), continuous.
  public var quality = 50.0
  public var bound = ErrorBound.none
  /// 1 (fastest) to 9 (smallest).
  public var effort = 5
  public var entropy = EntropyChoice.auto
  /// The root of the mean squared error of no frame of any lead may exceed this multiple of a quarter of the lead's quantiser step, which is about that
  /// of the whole record, by more than rounding to whole samples takes (0.5). At least 2: then simple rounding of all coefficients keeps it.
  public var frameErrorLimit = 2.0

  public init() {}
}
