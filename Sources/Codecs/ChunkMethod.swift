/// How a chunk's payload is coded: its first byte.
enum ChunkMethod: UInt8 {
  /// Packed bits.
  case stored = 0
  /// Sample by sample, exact or within a bound.
  case samples = 1
  /// Frames; symbols by the prior.
  case framesByPrior = 2
  /// Frames; symbols by zstd, in its first layout, which is only decoded.
  case framesByEnds = 3
  /// A packet of frames that goes on where the packet before it ended; symbols by the prior.
  case moreFramesByPrior = 4
  /// The same; symbols by zstd, in its first layout.
  case moreFramesByEnds = 5
  /// Frames; symbols by zstd.
  case framesByRuns = 6
  /// A packet that goes on; symbols by zstd.
  case moreFramesByRuns = 7
  /// Blocks through an autoencoder; codes by the prior.
  case blocksByPrior = 8
  /// Blocks through an autoencoder; codes by zstd.
  case blocksByRuns = 9
  /// Blocks through a variational autoencoder, exactly, by bits-back coding.
  case blocksByBitsBack = 10
  /// Subbands of a picture; coefficients by the prior.
  case picturesByPrior = 11
  /// Subbands of a picture; coefficients by zstd.
  case picturesByRuns = 12
  /// A picture pixel by pixel, exact or within a bound.
  case pixels = 13
  /// Sound sample by sample, exact or within a bound: fast.
  case sound = 14
  /// Speech through a network; symbols by the prior.
  case speechByPrior = 15
  /// Speech through a network; symbols by zstd.
  case speechByRuns = 16

  /// How symbols of frames are coded, and whether the frames go on from a packet before; nil for others.
  var frames: (stage: SymbolStage, goOn: Bool)? {
    switch self {
    case .framesByPrior: (.prior, false)
    case .framesByEnds: (.ends, false)
    case .framesByRuns: (.runs, false)
    case .moreFramesByPrior: (.prior, true)
    case .moreFramesByEnds: (.ends, true)
    case .moreFramesByRuns: (.runs, true)
    default: nil
    }
  }

  /// The kind of codec whose chunks stand for themselves, and how its symbols are coded; nil for others.
  var chunkwise: (kind: ChunkKind, stage: SymbolStage)? {
    switch self {
    case .blocksByPrior: (.blocks, .prior)
    case .blocksByRuns: (.blocks, .runs)
    case .picturesByPrior: (.pictures, .prior)
    case .picturesByRuns: (.pictures, .runs)
    case .speechByPrior: (.speech, .prior)
    case .speechByRuns: (.speech, .runs)
    default: nil
    }
  }

  /// The two methods of such a codec.
  static func methods(_ kind: ChunkKind) -> (prior: ChunkMethod, runs: ChunkMethod) {
    switch kind {
    case .blocks: (.blocksByPrior, .blocksByRuns)
    case .pictures: (.picturesByPrior, .picturesByRuns)
    case .speech: (.speechByPrior, .speechByRuns)
    }
  }
}

/// How symbols are coded.
enum SymbolStage {
  case prior
  /// zstd: `EndedStreams`
  case ends
  /// zstd: `FrameStreams`
  case runs
}
