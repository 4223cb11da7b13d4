import Codecs
import Evaluation
import Layers
import Signals
import Tensors

/// A codec measured on held-back recordings: files really written and read back.
public struct Evaluation: Sendable {
  /// Means over the recordings.
  public struct Point: Sendable, Equatable {
    public let quality: Double
    /// Bits of the file for each sample of each channel.
    public let bitsPerSample: Double
    /// In percent, a mean over the channels.
    public let prdn: Double
  }

  /// Before any training, with the trained prior alone, and with all.
  public let untrained: [Point]
  public let priorOnly: [Point]
  public let trained: [Point]

  init(
    _ weights: Safetensors, on recordings: [Recording], recipe: Recipe, _ random: RandomSource, progress: (Int, Int) -> Void,
    isInterrupted: () -> Bool
  ) throws {
    let bare = CodecPackage(name: "untrained", weights: Safetensors(tensors: [:]))
    let prior = CodecPackage(name: "prior", weights: Safetensors(tensors: [:], integers: weights.integers))
    let codecs = [bare, prior] + (weights.tensors.isEmpty ? [] : [CodecPackage(name: "trained", weights: weights)])
    let qualities = recipe.validationQualities
    let perRecording = codecs.count * qualities.count
    var measured: [(bits: Double, prdn: Double)] = []
    // A recording at a time, so that an interruption does not wait long.
    for (index, recording) in recordings.enumerated() {
      if isInterrupted() { throw TrainingError.interrupted }
      var own = random.stream(UInt64(index))
      let samples = try recording.excerpt(seconds: recipe.secondsPerRecord, &own)
      measured += try parallelMap(perRecording) { job in
        try Evaluation.measure(recording.info, samples, codecs[job / qualities.count], quality: qualities[job % qualities.count])
      }
      progress(index + 1, recordings.count)
    }
    func points(_ codec: Int) -> [Point] {
      qualities.indices.map { q in
        let own = recordings.indices.map { measured[$0 * perRecording + codec * qualities.count + q] }
        let count = Double(own.count)
        return Point(quality: qualities[q], bitsPerSample: own.reduce(0) { $0 + $1.bits } / count, prdn: own.reduce(0) { $0 + $1.prdn } / count)
      }
    }
    (untrained, priorOnly, trained) = (points(0), points(1), points(codecs.count - 1))
  }

  /// A codec at one quality on recordings: means over them.
  static func point(_ codec: CodecPackage, _ recordings: [Recording], quality: Double, seconds: Double, _ random: RandomSource) throws -> Point {
    let measured = try parallelMap(recordings.count) { index in
      var own = random.stream(UInt64(index))
      return try measure(recordings[index].info, try recordings[index].excerpt(seconds: seconds, &own), codec, quality: quality)
    }
    let count = Double(recordings.count)
    return Point(
      quality: quality, bitsPerSample: measured.reduce(0) { $0 + $1.bits } / count, prdn: measured.reduce(0) { $0 + $1.prdn } / count)
  }

  private static func measure(_ info: SignalInfo, _ samples: [[Int32]], _ codec: CodecPackage, quality: Double) throws -> (bits: Double, prdn: Double)
  {
    let settings = EncodeSettings()
    let coder = Coder.codec(codec, settings.entropy, effort: settings.effort, qualities: [quality])
    let point = try Measurement(samples, info, coder, setting: quality)
    return (point.bitsPerSample, point.prdn ?? 0)
  }
}
