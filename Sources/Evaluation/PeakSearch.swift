/// Tells beats from noise among the maxima of a lead's energy: the adaptive thresholds of Pan and Tompkins, 1985.
struct PeakSearch {
  struct Candidate {
    /// In samples.
    let position: Int
    /// Of the moving window.
    let energy: Double
    /// The filtered signal's largest deflection, and its steepest slope.
    let height: Double
    let slope: Double
  }

  /// What beats and noise are like, running means, and the threshold between them.
  private struct Levels {
    var signal = 0.0
    var noise = 0.0

    var threshold: Double { noise + 0.25 * (signal - noise) }
  }

  /// How many candidates are looked at again.
  private static let memory = 64

  private let candidates: [Candidate]
  private let refractory: Int
  private let recovery: Int
  /// Samples of a stretch from which thresholds are learned, eight at a time.
  private let stretch: Int
  private var energy = Levels()
  private var height = Levels()
  /// The last eight intervals between beats, and the last eight that were regular.
  private var intervals: [Int] = []
  private var regular: [Int] = []
  private var sinceRegular = 0
  /// Indices of candidates.
  private var found: [Int] = []

  /// - Parameters:
  ///   - candidates: in order.
  ///   - refractory: samples in which no beat follows another.
  ///   - recovery: samples in which a T wave may.
  ///   - stretch: samples in which there is a beat as a rule.
  init(_ candidates: [Candidate], refractory: Int, recovery: Int, stretch: Int) {
    (self.candidates, self.refractory, self.recovery, self.stretch) = (candidates, refractory, recovery, stretch)
  }

  /// What some candidates tell: the median of the largest of each stretch is a beat, half the mean of all is noise. The median, because a single artefact
  /// must not hide the beats after it.
  private func levels(_ some: some Collection<Candidate>, _ value: (Candidate) -> Double) -> Levels {
    let largest = Dictionary(grouping: some) { $0.position / stretch }.values.map { $0.map(value).max() ?? 0 }.sorted()
    guard !largest.isEmpty else { return Levels() }
    let signal = 0.8 * largest[largest.count / 2]
    return Levels(signal: signal, noise: min(0.3 * signal, 0.5 * some.map(value).reduce(0, +) / Double(some.count)))
  }

  /// The positions of the beats in samples.
  mutating func beats() -> [Int] {
    let typical = levels(candidates, \.energy).signal
    let early = candidates.prefix { $0.position < 8 * stretch }
    (energy, height) = (levels(early, \.energy), levels(early, \.height))
    var learned = 0
    for k in candidates.indices {
      while let missed = missed(before: k) { accept(missed, weight: 0.25) }
      if isBeat(k) { accept(k, weight: 0.125) } else { takeNoise(k) }
      let silence = max(learned, found.last.map { candidates[$0].position } ?? 0)
      if candidates[k].position - silence > 8 * stretch {
        learned = candidates[k].position
        learnAnew(k, typical: typical)
      }
    }
    while let missed = missed(before: candidates.count) { accept(missed, weight: 0.25) }
    return found.map { candidates[$0].position }
  }

  /// After eight stretches without a beat: artefacts have lifted the thresholds, or the electrode sits worse. What is far below the whole lead's beats
  /// stays noise.
  private mutating func learnAnew(_ k: Int, typical: Double) {
    let first = candidates[...k].lastIndex { candidates[k].position - $0.position > 8 * stretch }.map { $0 + 1 } ?? 0
    let recent = candidates[first...k]
    let level = levels(recent, \.energy)
    guard level.signal > 0.05 * typical else { return }
    (energy, height) = (level, levels(recent, \.height))
    for j in first...k where isBeat(j) { accept(j, weight: 0.125) }
  }

  private var isRegular: Bool { intervals == regular }

  private func isBeat(_ k: Int) -> Bool {
    let candidate = candidates[k]
    let factor = isRegular || intervals.isEmpty ? 1 : 0.5
    guard candidate.energy > factor * energy.threshold, candidate.height > factor * height.threshold else { return false }
    return isApart(k) && !isRecovery(k)
  }

  private func isApart(_ k: Int) -> Bool {
    found.last.map { candidates[k].position - candidates[$0].position >= refractory } ?? true
  }

  /// Whether it is the T wave of the beat before.
  private func isRecovery(_ k: Int) -> Bool {
    guard let last = found.last.map({ candidates[$0] }) else { return false }
    return candidates[k].position - last.position < recovery && candidates[k].slope < 0.5 * last.slope
  }

  /// The largest candidate since the last beat, if that is longer ago than 166 % of a mean interval and the candidate is above half the thresholds.
  private func missed(before k: Int) -> Int? {
    guard let last = found.last, !regular.isEmpty, last + 1 < k else { return nil }
    let mean = Double(regular.reduce(0, +)) / Double(regular.count)
    let end = k < candidates.count ? candidates[k].position : candidates[k - 1].position
    guard Double(end - candidates[last].position) > 1.66 * mean else { return nil }
    let best = (max(last + 1, k - PeakSearch.memory)..<k).filter { isApart($0) && !isRecovery($0) }.max {
      candidates[$0].energy < candidates[$1].energy
    }
    return best.flatMap { candidates[$0].energy > 0.5 * energy.threshold && candidates[$0].height > 0.5 * height.threshold ? $0 : nil }
  }

  private mutating func accept(_ k: Int, weight: Double) {
    energy.signal += weight * (candidates[k].energy - energy.signal)
    height.signal += weight * (candidates[k].height - height.signal)
    if let last = found.last {
      let interval = candidates[k].position - candidates[last].position
      let mean = regular.isEmpty ? Double(interval) : Double(regular.reduce(0, +)) / Double(regular.count)
      intervals = Array((intervals + [interval]).suffix(8))
      if regular.isEmpty || (0.92...1.16).contains(Double(interval) / mean) {
        regular = Array((regular + [interval]).suffix(8))
        sinceRegular = 0
      } else {
        sinceRegular += 1
        // The heart has another rate now, and would be irregular for ever.
        if sinceRegular >= 8 { regular = [intervals.sorted()[4]] }
      }
    }
    found.append(k)
  }

  private mutating func takeNoise(_ k: Int) {
    energy.noise += 0.125 * (candidates[k].energy - energy.noise)
    height.noise += 0.125 * (candidates[k].height - height.noise)
  }
}
