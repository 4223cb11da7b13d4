import Autoencoders
import Codecs
import Signals
import Tensors

/// Recordings of speech in memory, from which stretches are drawn: at any speed, loudness and polarity, and through microphones that are a little brighter or duller.
struct SpeechExamples {
  /// At 16 kHz, full scale 1.
  private(set) var signals: [[Float]] = []

  /// Samples that a stretch of so many frames takes at most.
  private static func longest(_ frames: Int, _ speeds: [Double]) -> Int { Int(Double(frames * SpeechShape.frame) * max(1, speeds[1])) + 64 }

  /// Reads recordings; those too short for a stretch are left out.
  /// - Parameter budget: samples that are kept of all together; of longer recordings as much as fits.
  /// - Throws: `TrainingError.data` if nothing is left, `SignalError`.
  init(_ recordings: [Recording], _ recipe: SpeechRecipe, budget: Int, _ random: RandomSource, isInterrupted: () -> Bool) throws {
    // As many as there is room for a stretch of each, and of those as much as fits.
    var (chosen, order) = (recordings, random.stream(.max))
    let most = max(1, budget / (2 * SpeechExamples.longest(recipe.frames, recipe.speeds)))
    if chosen.count > most {
      chosen.shuffle(using: &order)
      chosen.removeLast(chosen.count - most)
    }
    let share = Double(budget) / Double(max(1, chosen.count)) / Double(SpeechShape.rate)
    for (index, recording) in chosen.enumerated() {
      if isInterrupted() { throw TrainingError.interrupted }
      var own = random.stream(UInt64(index))
      let samples = try recording.excerpt(seconds: share, &own)
      let signal = try SpeechExaminer.signal(samples, info: recording.info)
      if signal.count > SpeechExamples.longest(recipe.frames, recipe.speeds) { signals.append(signal) }
    }
    guard !signals.isEmpty else {
      throw TrainingError.data(
        "no recording is as long as a stretch of \(recipe.frames) frames of 20 ms; lower \"frames\" or raise \"megabytes\" in the recipe, or give longer ones"
      )
    }
  }

  /// Stretches for a step, half of them at low qualities, where most listening is done.
  func batch(_ recipe: SpeechRecipe, _ random: inout RandomSource) -> SpeechNetwork.Batch {
    var batch = SpeechNetwork.Batch(signals: [], pitches: [], periodicity: [], qualities: [])
    let highest = Float(SpeechShape.levels - 1)
    for item in 0..<recipe.batch {
      let speed = recipe.speeds[0] + (recipe.speeds[1] - recipe.speeds[0]) * Double(random.uniform())
      var x = stretch(recipe.frames, speed: speed, &random)
      let brightness = random.uniform() < 0.5 ? 0 : 0.6 * random.uniform() - 0.3
      let loudness = (Variable(Tensor(0.4 * random.normal())).exp().value.scalar) * (random.uniform() < 0.5 ? -1 : 1)
      var before: Float = 0
      for i in x.indices { (x[i], before) = ((x[i] - brightness * before) / (1 + brightness.magnitude) * loudness, x[i]) }
      let quality = item < recipe.batch / 2 ? 4.6 * random.uniform() - 0.3 : (highest + 0.6) * random.uniform() - 0.3
      add(x, quality: min(max(quality, 0), item < recipe.batch / 2 ? 4 : highest), to: &batch)
    }
    return batch
  }

  /// The same stretches at the same qualities each time, as they are.
  func fixed(_ recipe: SpeechRecipe, batches: Int, _ random: RandomSource) -> [SpeechNetwork.Batch] {
    var random = random
    return (0..<batches).map { _ in
      var batch = SpeechNetwork.Batch(signals: [], pitches: [], periodicity: [], qualities: [])
      for item in 0..<recipe.batch {
        add(
          stretch(recipe.frames, speed: 1, &random), quality: Float(item) * Float(SpeechShape.levels - 1) / Float(max(1, recipe.batch - 1)),
          to: &batch)
      }
      return batch
    }
  }

  private func add(_ x: [Float], quality: Float, to batch: inout SpeechNetwork.Batch) {
    let tracked = SpeechExaminer.tracked(x)
    batch.signals.append(x)
    batch.pitches.append(tracked.pitches)
    batch.periodicity.append(tracked.periodicity)
    batch.qualities.append(quality)
  }

  /// So many frames from a random place.
  private func stretch(_ frames: Int, speed: Double, _ random: inout RandomSource) -> [Float] {
    let signal = signals[random.integer(below: signals.count)]
    let length = Int(Double(frames * SpeechShape.frame) * speed) + 32
    let start = random.integer(below: signal.count - min(length, signal.count - 1))
    let part = Array(signal[start..<min(signal.count, start + length)])
    let played = speed == 1 ? part : SpeechExaminer.stretched(part, by: speed)
    return Array(played.prefix(frames * SpeechShape.frame)) + [Float](repeating: 0, count: max(0, frames * SpeechShape.frame - played.count))
  }
}
