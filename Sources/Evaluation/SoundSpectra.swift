import Tensors

/// What is compared of the spectra of two sounds: log power in mel bands frame by frame, and the level of thirds of an octave over the whole.
///
/// Samples are parts of full scale. The power of a bin is in relation to that of a sine of full scale.
package struct SoundSpectra {
  private static let melBands = 80
  /// -90 dB.
  private static let floor: Float = 1e-9
  /// The lowest third of an octave, and how many follow.
  private static let (lowest, mostThirds): (Float, Int) = (100, 24)
  /// What no band of sound is above.
  private static let highest: Float = 20000

  /// Frames of 64 ms, a quarter of one from each to the next; and of 128 ms.
  private let short: SpectralTransform
  private let long: SpectralTransform
  private let mel: Tensor
  private let thirds: Tensor
  /// Centres in Hz of thirds of an octave that lie within the spectrum and have a bin.
  package let centres: [Int]
  private let kept: [Int]

  package init(rate: Double) {
    let rate = Float(rate)
    func size(_ seconds: Float) -> Int {
      var size = 64
      while size < 4096, Float(size) * 1.4 < rate * seconds { size *= 2 }
      return size
    }
    short = SpectralTransform(size: size(0.064), hop: size(0.064) / 4)
    long = SpectralTransform(size: size(0.128), hop: size(0.128) / 4)
    mel = SoundBands.mel(size: short.size, sampleRate: rate, highest: min(rate / 2, SoundSpectra.highest), count: SoundSpectra.melBands)
    let all = SoundBands.thirdsOfOctave(size: long.size, sampleRate: rate, lowest: SoundSpectra.lowest, count: SoundSpectra.mostThirds)
    let values = all.values
    let centres = (0..<SoundSpectra.mostThirds).map { SoundSpectra.lowest * SoundBands.exponential(SoundBands.logarithm(2) * Float($0) / 3) }
    kept = (0..<SoundSpectra.mostThirds).filter { band in
      centres[band] * 1.1225 <= rate / 2 && stride(from: band, to: values.count, by: SoundSpectra.mostThirds).contains { values[$0] > 0 }
    }
    self.centres = kept.map { Int(centres[$0].rounded()) }
    thirds = all
  }

  /// What is measured of one channel.
  package struct Difference {
    /// The mean size, in dB, of the differences of log power in mel bands.
    package let logMel: Double
    /// Decoded less original, in dB, for each of `centres`.
    package let levels: [Double]
  }

  /// - Parameter decoded: as many samples as `original`, at least one.
  package func difference(_ original: [Float], _ decoded: [Float]) -> Difference {
    let decibels = 10 / SoundBands.logarithm(10)
    var (sum, count) = (0.0, 0)
    forFrames(of: original, decoded, short) { p, q in
      func log(_ power: Variable) -> Variable { (linear(power, weight: Variable(mel)) + SoundSpectra.floor).log() }
      let differences = (log(p) - log(q)).abs()
      sum += Double((differences.sum() * decibels).value.scalar)
      count += differences.shape.reduce(1, *)
    }
    var levels = (original: [Double](repeating: 0, count: SoundSpectra.mostThirds), decoded: [Double](repeating: 0, count: SoundSpectra.mostThirds))
    var frames = 0
    forFrames(of: original, decoded, long) { p, q in
      for (band, value) in bandSums(p).enumerated() { levels.original[band] += value }
      for (band, value) in bandSums(q).enumerated() { levels.decoded[band] += value }
      frames += p.shape[1]
    }
    let silence = Double(SoundSpectra.floor) * Double(frames)
    let differences = kept.map { band in
      Double(decibels * SoundBands.logarithm(Float((levels.decoded[band] + silence) / (levels.original[band] + silence))))
    }
    return Difference(logMel: sum / Double(max(1, count)), levels: differences)
  }

  private func bandSums(_ power: Variable) -> [Double] {
    linear(power.sum(alongAxes: [1]), weight: Variable(thirds)).value.values.map(Double.init)
  }

  /// Calls `body` with the power of some frames [1, frames, bins] of both at a time, so that a long signal does not need many times its memory.
  private func forFrames(of x: [Float], _ y: [Float], _ transform: SpectralTransform, _ body: (Variable, Variable) -> Void) {
    let inner = SpectralTransform(size: transform.size, hop: transform.hop, edges: .none)
    let (margin, scale) = (transform.size / 2, Float(4) / Float(transform.size))
    let frames = transform.frames(of: x.count)
    for first in stride(from: 0, to: frames, by: 512) {
      let count = min(512, frames - first)
      let start = first * transform.hop - margin
      let samples = start..<start + (count - 1) * transform.hop + transform.size
      func power(_ signal: [Float]) -> Variable {
        let part = samples.map { signal.indices.contains($0) ? signal[$0] : 0 }
        return inner.power(inner.spectra(of: Variable(Tensor(part, shape: [1, part.count])))) * (scale * scale)
      }
      body(power(x), power(y))
    }
  }
}
