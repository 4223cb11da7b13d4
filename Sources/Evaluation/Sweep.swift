import Codecs
import Signals

/// A point that a coder does not have for a file.
public struct FailedPoint: Sendable, Equatable {
  public let coder: String
  /// Nil where the coder cannot take the signal at all.
  public let setting: Double?
  /// A sentence.
  public let reason: String
}

/// One file through all coders at all their settings.
public struct MeasuredFile: Sendable {
  public let name: String
  public let info: SignalInfo
  /// In each lead.
  public let samples: Int
  /// Coder by coder, in the order of their settings.
  public let points: [Measurement]
  /// What is missing among them, and why.
  public let failed: [FailedPoint]
  /// What a page shows of it.
  public var shown: ShownSignal?
  public var picture: ShownPicture?
  public var sound: ShownSound?

  /// - Parameters:
  ///   - samples: leads × samples, of one length, at least one sample.
  ///   - meter: what measures sound.
  ///   - isAlone: whether nothing else runs in the process, so that its memory is that of a point.
  ///   - progress: is called after each point, or several that cannot be, with their number.
  public init(
    name: String, _ info: SignalInfo, _ samples: [[Int32]], _ coders: [Coder], meter: SoundMeter? = nil, isAlone: Bool = true,
    progress: (Int) -> Void
  ) {
    precondition(samples.first.map { !$0.isEmpty } ?? false, "something to measure")
    (self.name, self.info, self.samples) = (name, info, samples[0].count)
    let reference = ReferencePeaks(samples, info)
    var (points, failed) = ([Measurement](), [FailedPoint]())
    for coder in coders {
      if let reason = coder.obstacle(samples, info) {
        failed.append(FailedPoint(coder: coder.name, setting: nil, reason: reason))
        progress(coder.settings.count)
        continue
      }
      for setting in coder.settings {
        do {
          points.append(try Measurement(samples, info, coder, setting: setting, reference: reference, meter: meter, isAlone: isAlone))
        } catch {
          failed.append(FailedPoint(coder: coder.name, setting: setting, reason: "\(error)"))
        }
        progress(1)
      }
    }
    (self.points, self.failed) = (points, failed)
  }

  public var seconds: Double { Double(samples) / info.rate }

  /// The point of a coder at a setting; nil if it could not be measured.
  public func point(_ coder: Coder, _ setting: Double) -> Measurement? { points.first { $0.coder == coder.name && $0.setting == setting } }

  /// Whether a coder has all its points.
  public func isComplete(_ coder: Coder) -> Bool { !failed.contains { $0.coder == coder.name } }

  /// The curve of a coder for this file.
  public func curve(_ coder: Coder, by measure: DistortionMeasure = .prdn) -> [RatePoint] { Comparison.curve(coder, [self], by: measure) }
}

/// What a coder does with all files.
public struct Comparison: Sendable {
  /// How the means over files stand to those of a peer.
  public struct PeerRate: Sendable {
    public let peer: String
    /// Nil where the curves have no distortion in common.
    public let rate: BDRate?
    /// Over how many files: those where both have all their points.
    public let files: Int
  }

  public let coder: String
  /// Over all points: how many times faster than the signal, or megapixels of pictures a second; nil without points.
  public let encodeSpeed: Double?
  public let decodeSpeed: Double?
  /// Against each peer that has a curve, in their order; none for a coder that loses nothing.
  public let bdRates: [PeerRate]
  /// Of means over the files where all points are, setting by setting.
  public let curve: [RatePoint]

  /// - Parameters:
  ///   - measure: the distortion of the curves.
  ///   - range: the distortion to which BD-rates are kept; nil for all that two curves have in common.
  public init(
    _ coder: Coder, against peers: [Coder], by measure: DistortionMeasure = .prdn, over range: ClosedRange<Double>? = nil, _ files: [MeasuredFile]
  ) {
    self.coder = coder.name
    curve = Comparison.curve(coder, files.filter { $0.isComplete(coder) }, by: measure)
    var (signal, encode, decode) = (0.0, 0.0, 0.0)
    for file in files {
      for point in file.points where point.coder == coder.name {
        signal += point.amount
        encode += point.encodeSeconds
        decode += point.decodeSeconds
      }
    }
    encodeSpeed = signal > 0 ? signal / max(encode, 1e-9) : nil
    decodeSpeed = signal > 0 ? signal / max(decode, 1e-9) : nil
    let lossy = coder.isLossless ? [] : peers.filter { !$0.isLossless }
    bdRates = lossy.map { peer in
      let common = files.filter { $0.isComplete(coder) && $0.isComplete(peer) }
      let rate = BDRate(
        of: Comparison.curve(coder, common, by: measure), against: Comparison.curve(peer, common, by: measure), by: measure, over: range)
      return PeerRate(peer: peer.name, rate: rate, files: common.count)
    }
  }

  /// Means over the files, setting by setting; files without the distortion (only constants were distorted, or nothing) do not count.
  public static func curve(_ coder: Coder, _ files: [MeasuredFile], by measure: DistortionMeasure = .prdn) -> [RatePoint] {
    coder.settings.compactMap { setting in
      let own = files.compactMap { $0.point(coder, setting)?.point(measure) }
      guard let distortion = finiteMean(own.map(\.distortion)), let rate = finiteMean(own.map(\.rate)) else { return nil }
      return RatePoint(rate: rate, distortion: distortion)
    }
  }

  /// Means of a figure over the files where all points of a coder are, setting by setting; points without the figure do not count.
  public static func means(_ coder: Coder, _ files: [MeasuredFile], _ figure: (Measurement) -> Double?) -> [Double] {
    coder.settings.compactMap { setting in
      finiteMean(files.filter { $0.isComplete(coder) }.compactMap { $0.point(coder, setting).flatMap(figure) })
    }
  }
}
