import Glibc
import Signals

/// How decoded sound compares with the original by measures that follow hearing; each is the mean over channels that have it.
public struct SoundQuality: Sendable {
  /// The level of a third of an octave.
  public struct Level: Sendable, Equatable {
    /// Its centre in Hz.
    public let frequency: Int
    /// Decoded less original over the whole signal, in dB.
    public let difference: Double
  }

  /// The mean size in dB of the differences of log power in 80 mel bands.
  public let logMel: Double?
  /// Scale-invariant signal-to-distortion ratio in dB; nil where nothing was distorted.
  public let siSDR: Double?
  /// `SpeechIntelligibility.index`.
  public let stoi: Double?
  /// From 100 Hz on.
  public let levels: [Level]
  /// Scores by outside programs, by their names.
  public let scores: [String: Double]

  /// The level that is farthest off.
  public var worstLevel: Double? { levels.map { abs($0.difference) }.max() }

  public var pesq: Double? { scores["pesq"] }
  public var visqol: Double? { scores["visqol"] }
}

/// What measures sound: own measures, and the outside programs that are there.
public struct SoundMeter: Sendable {
  public let judges: [InstalledJudge]

  public init(judges: [InstalledJudge] = []) { self.judges = judges }

  /// Whether a signal is sound.
  public static func takes(_ info: SignalInfo) -> Bool {
    if case .sound = info.format { return info.rate == info.rate.rounded() && info.rate >= 4000 && info.rate <= 1e6 }
    return false
  }

  /// - Parameters:
  ///   - original: channels × samples, of one length, at least one.
  ///   - decoded: as many.
  /// - Throws: `ToolError` where an outside program fails.
  package func quality(_ original: [[Int32]], _ decoded: [[Int32]], _ info: SignalInfo) throws -> SoundQuality {
    let spectra = SoundSpectra(rate: info.rate)
    let pairs = original.indices.map { channel in
      let scale = 1 / Double(UInt64(1) << UInt64(max(1, info.bitDepth(channel)) - 1))
      return (original[channel].map { Double($0) * scale }, decoded[channel].map { Double($0) * scale })
    }
    let differences = pairs.map { spectra.difference($0.0.map(Float.init), $0.1.map(Float.init)) }
    let levels = spectra.centres.indices.map { band in
      SoundQuality.Level(
        frequency: spectra.centres[band], difference: differences.reduce(0) { $0 + $1.levels[band] } / Double(differences.count))
    }
    var scores: [String: Double] = [:]
    for judge in judges {
      if let score = finiteMean(try pairs.compactMap { try judge.score(original: $0.0, decoded: $0.1, rate: Int(info.rate)) }) {
        scores[judge.name] = score
      }
    }
    return SoundQuality(
      logMel: finiteMean(differences.map(\.logMel)), siSDR: finiteMean(pairs.map(SoundMeter.siSDR)),
      stoi: finiteMean(pairs.compactMap { SpeechIntelligibility.index(original: $0.0, decoded: $0.1, rate: Int(info.rate)) }), levels: levels,
      scores: scores)
  }

  /// 10 log₁₀(|a x|² / |a x - y|²) in dB with a = <x, y> / |x|², both less their means: Le Roux, Wisdom, Erdogan, Hershey, *SDR - half-baked or well done?*, ICASSP 2019.
  /// Infinite without distortion.
  package static func siSDR(_ original: [Double], _ decoded: [Double]) -> Double {
    func centred(_ x: [Double]) -> [Double] {
      let mean = x.reduce(0, +) / Double(x.count)
      return x.map { $0 - mean }
    }
    let (x, y) = (centred(original), centred(decoded))
    let energy = x.reduce(0) { $0 + $1 * $1 }
    guard energy > 0 else { return .nan }
    let scale = zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } / energy
    let error = zip(x, y).reduce(0) { sum, pair in
      let difference = scale * pair.0 - pair.1
      return sum + difference * difference
    }
    return 10 * log10(scale * scale * energy / error)
  }
}
