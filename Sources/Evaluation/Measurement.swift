import Codecs
import Glibc
import Signals

/// One signal through one coder at one setting: a point of its rate-distortion curve, with the time it took. Distortion is that of the samples decoded
/// from the bytes.
public struct Measurement: Sendable {
  /// The coder's name.
  public let coder: String
  /// The quality, or what a peer has in its place.
  public let setting: Double
  /// Of the whole file, or of all files that came of it.
  public let bytes: Int
  /// Samples of each lead that were measured: all but for coders that make a file of each picture of a stack, which get some.
  public let samples: Int
  public let leads: [Fidelity]
  /// What errors are held against: of each lead that counts in means, all but the alpha of a picture.
  private let signalPeaks: [Double]
  private let rate: Double
  /// Of a stack.
  private let itemSamples: Int?
  /// Seconds by the clock on the wall; our codecs and the built-in peers have one thread, outside tools what they take.
  public let encodeSeconds: Double
  public let decodeSeconds: Double
  /// The most bytes that the process held meanwhile, the original's samples included; nil for outside tools and where the system
  /// does not tell.
  public let peakMemory: Int?
  /// Of the first lead; nil where nobody asked, or the signal is no electrocardiogram.
  public let peaks: PeakAgreement?
  /// Of a picture: the mean over its colours of `StructuralSimilarity`; nil for other signals and pictures that are too small for it.
  public let msSSIM: Double?
  /// Of sound, by what was to measure it; nil where nothing was, where nothing is lost, and for other signals.
  public let sound: SoundQuality?
  private let isPicture: Bool

  /// - Parameters:
  ///   - samples: leads × samples, of one length.
  ///   - reference: the R-peaks of the signal, where they are to be looked for in the decoded one.
  ///   - meter: what measures sound.
  ///   - isAlone: whether nothing else runs in the process, so that its memory is that of this work.
  /// - Throws: `CodecError.malformed` if another number of samples comes back; what the coder throws.
  public init(
    _ samples: [[Int32]], _ info: SignalInfo, _ coder: Coder, setting: Double, reference: ReferencePeaks? = nil, meter: SoundMeter? = nil,
    isAlone: Bool = true
  ) throws {
    let samples = coder.part(of: samples, info)
    let encoding = try coder.encode(samples, info, setting: setting, isAlone: isAlone)
    let decoding = try coder.decode(encoding.value, like: samples, info, isAlone: isAlone)
    let (files, decoded) = (encoding.value, decoding.value)
    guard decoded.map(\.count) == samples.map(\.count) else {
      throw CodecError.malformed(
        "came back with \(decoded.count) x \(decoded.first?.count ?? 0) samples in the place of \(samples.count) x \(samples[0].count)")
    }
    (self.coder, self.setting, bytes, self.samples) = (coder.name, setting, files.reduce(0) { $0 + $1.count }, samples[0].count)
    (rate, itemSamples) = (info.rate, info.stack?.itemSamples)
    leads = zip(samples, decoded).map { Fidelity(original: $0, decoded: $1) }
    peaks = reference?.agreement(decoded)
    let signalPeaks = (0..<info.judgedChannels).map { info.peak($0) }
    self.signalPeaks = signalPeaks
    isPicture = info.picture != nil
    msSSIM = info.picture.flatMap { Measurement.msSSIM(samples, decoded, columns: $0.width, peaks: signalPeaks) }
    sound = SoundMeter.takes(info) && !coder.isLossless ? try meter?.quality(samples, decoded, info) : nil
    (encodeSeconds, decodeSeconds) = (encoding.seconds, decoding.seconds)
    peakMemory = [encoding.peakMemory, decoding.peakMemory].compactMap(\.self).max()
  }

  /// - Parameter peaks: white of each colour.
  private static func msSSIM(_ samples: [[Int32]], _ decoded: [[Int32]], columns: Int, peaks: [Double]) -> Double? {
    finiteMean(
      peaks.indices.compactMap { StructuralSimilarity.index(original: samples[$0], decoded: decoded[$0], columns: columns, peak: peaks[$0]) })
  }

  public var bitsPerSample: Double { Rate.bitsPerSample(bytes: bytes, samples: samples, leads: leads.count) }

  /// Nil for what is no picture.
  public var bitsPerPixel: Double? { isPicture ? Rate.bitsPerSample(bytes: bytes, samples: samples, leads: 1) : nil }

  /// Thousands of bits of the file for a second of signal.
  public var kilobitsPerSecond: Double { Double(8 * bytes) / signalSeconds / 1000 }

  /// −10 log₁₀(1 − MS-SSIM); nil where the two pictures are the same.
  public var msSSIMInDecibels: Double? { finiteMean([msSSIM.map { -10 * log10(1 - $0) }].compactMap(\.self)) }

  /// The point of a curve; nil where a figure of it does not exist.
  public func point(_ measure: DistortionMeasure) -> RatePoint? {
    let (rate, distortion): (Double?, Double?) =
      switch measure {
      case .prdn: (bitsPerSample, prdn)
      case .psnr: (bitsPerPixel, psnr)
      case .msSSIM: (bitsPerPixel, msSSIMInDecibels)
      case .pesq: (kilobitsPerSecond, sound?.pesq)
      case .logMel: (kilobitsPerSecond, sound?.logMel)
      }
    guard let rate, let distortion else { return nil }
    return RatePoint(rate: rate, distortion: distortion)
  }

  /// The leads that count in means.
  private var judged: [Fidelity] { Array(leads.prefix(signalPeaks.count)) }

  /// Means over the leads that count and have the figure (a constant lead without error has no SNR, one with error no PRDN); nil if none has.
  public var prdn: Double? { finiteMean(judged.map(\.prdn)) }
  public var prdWithOffset: Double? { finiteMean(judged.map(\.prdWithOffset)) }
  public var snr: Double? { finiteMean(judged.map(\.snr)) }

  /// Nil without error. The alpha of a picture does not count.
  public var psnr: Double? { finiteMean([peakSignalToNoise(judged, peaks: signalPeaks)]) }

  /// The squared error of an item of a stack, its samples from 0 to 1, mean over the items; nil for other signals.
  public var itemError: Double? { itemSamples.map { Double($0) * leads[0].relativeError(peak: signalPeaks[0]) } }

  /// Of signal that was measured.
  public var signalSeconds: Double { Double(samples) / rate }

  /// What speed counts in a second: megapixels of a picture, seconds of other signals.
  public var amount: Double { isPicture ? Double(samples) / 1e6 : signalSeconds }

  /// Of all leads, in steps of the converter.
  public var maximumError: Int64 { leads.map(\.maximumError).max() ?? 0 }
}
