/// Reads sound files: WAV and RF64 of plain numbers by itself, from a pipe too; all else through libsndfile.
final class SoundReader: SignalReader {
  let info: SignalInfo
  private let source: any SoundSource
  private var done = 0
  /// Floating-point samples that were looked at to choose their form: zeros of each channel, then bits.
  private var zeros = 0
  private var held: [[Int32]] = []
  private var heldDone = 0

  /// Samples of all channels that are looked at to choose a form, the first that are not all zero.
  private static let examined = 1 << 16
  /// The most samples of all channels that are passed over while they are zero.
  private static let mostZeros = 1 << 24

  /// - Parameter keepsFloats: whether floating-point samples come in a form that keeps all their bits.
  /// - Throws: `SignalError`.
  init(_ source: any SoundSource, keepsFloats: Bool, limits: SignalLimits) throws {
    self.source = source
    let shape = source.shape
    guard shape.channels > 0, shape.channels <= limits.channels, shape.rate > 0 else {
      throw SignalError.limit("\(source.name): has \(shape.channels) channels at \(shape.rate) Hz, outside the limits; check the file")
    }
    var type = SoundLayout.SampleType.integer(bits: shape.bits)
    if shape.isFloat {
      var form = FloatForm.quantised
      if keepsFloats {
        (zeros, held) = try SoundReader.examine(source)
        form = FloatForm.best(bits: held)
      }
      type = .float(bits: shape.bits, form: form)
    }
    let layout = SoundLayout(container: shape.container, type: type, speakers: shape.speakers, tags: shape.tags, chunks: shape.chunks)
    var info = SignalInfo(
      rate: Double(shape.rate), channels: Array(repeating: Channel(), count: shape.channels), format: .sound(layout), length: shape.frames,
      comments: [])
    info.notes = shape.notes
    self.info = info
  }

  /// A WAV or RF64 file, or else what libsndfile reads. Of standard input the latter is copied to a temporary file first. Throws `SignalError`.
  static func source(_ file: InputFile) throws -> any SoundSource {
    let head = try file.read(upTo: 4)
    let isWave = ["RIFF", "RF64", "BW64"].contains { head.starts(with: $0.utf8) }
    if file.size == nil {
      file.unread(head)
      if isWave {
        guard let source = try WaveSource(file) else {
          throw SignalError.unsupported("\(file.name): WAV files of this format are not read from a pipe; give the file's name")
        }
        return source
      }
      return try SoundFile(reading: InputFile(copying: file))
    }
    try file.seek(to: 0)
    if isWave, let source = try WaveSource(file) { return source }
    try file.seek(to: 0)
    return try SoundFile(reading: file)
  }

  func read(_ maxSamples: Int) throws -> [[Int32]] {
    let wanted = info.length.map { min(maxSamples, $0 - done) } ?? maxSamples
    guard wanted > 0 else { return [] }
    guard case .sound(let layout) = info.format, let form = layout.floatForm else {
      var result = [[Int32]](repeating: [], count: info.channels.count)
      try count(source.read(wanted, into: &result), of: wanted)
      return result[0].isEmpty ? [] : result
    }
    var result = form == .quantised ? try quantised(wanted) : try bits(wanted)
    if form != .quantised { for c in result.indices { form.encode(bits: &result[c]) } }
    try count(result[0].count, of: wanted)
    return result[0].isEmpty ? [] : result
  }

  private func count(_ came: Int, of wanted: Int) throws {
    done += came
    guard came == wanted || info.length == nil else {
      throw SignalError.malformed("\(source.name): ends after \(done) samples of each channel, but states \(info.length ?? 0); get the whole file")
    }
  }

  // MARK: Floating point

  /// The first samples: how many zeros there are, and the bits of those behind.
  private static func examine(_ source: any SoundSource) throws -> (zeros: Int, held: [[Int32]]) {
    let channels = source.shape.channels
    let piece = max(1, examined / channels)
    var zeros = 0
    while true {
      let bits = try bits(source, piece, at: zeros)
      guard bits[0].count == piece, zeros * channels < mostZeros, bits.allSatisfy({ $0.allSatisfy { $0 == 0 } }) else { return (zeros, bits) }
      zeros += piece
    }
  }

  /// The bits of the next samples as 32-bit numbers. Throws where those of 64 bits are no such numbers.
  private static func bits(_ source: any SoundSource, _ count: Int, at start: Int) throws -> [[Int32]] {
    var result = [[Int32]](repeating: [], count: source.shape.channels)
    guard source.shape.bits == 64 else {
      _ = try source.read(count, into: &result)
      return result
    }
    for (c, numbers) in try source.readDoubles(count).enumerated() {
      result[c] = try numbers.enumerated().map { k, number in
        let narrow = Float(number)
        guard Double(narrow).bitPattern == number.bitPattern else {
          throw SignalError.unsupported(
            "\(source.name): sample \(start + k) of channel \(c) has more digits than 32 bits hold, which is not kept exactly; "
              + "convert the file to 32-bit floating point, or encode without --lossless")
        }
        return Int32(bitPattern: narrow.bitPattern)
      }
    }
    return result
  }

  /// The next samples' bits, those that were looked at first.
  private func bits(_ count: Int) throws -> [[Int32]] {
    if zeros > 0 {
      let part = min(zeros, count)
      zeros -= part
      let rest = part < count ? try bits(count - part) : held.map { _ in [] }
      return rest.map { [Int32](repeating: 0, count: part) + $0 }
    }
    guard !held.isEmpty else { return try SoundReader.bits(source, count, at: done) }
    let end = min(held[0].count, heldDone + count)
    let first = held.map { Array($0[heldDone..<end]) }
    let missing = count - (end - heldDone)
    heldDone = end
    guard missing > 0 else { return first }
    held = []
    let rest = try SoundReader.bits(source, missing, at: done + first[0].count)
    return first.indices.map { first[$0] + rest[$0] }
  }

  /// The next samples in 24 bits. Throws for the first that is no number or too large.
  private func quantised(_ count: Int) throws -> [[Int32]] {
    let numbers: [[Double]]
    if source.shape.bits == 64 {
      numbers = try source.readDoubles(count)
    } else {
      var bits = [[Int32]](repeating: [], count: info.channels.count)
      _ = try source.read(count, into: &bits)
      numbers = bits.map { $0.map { Double(Float(bitPattern: UInt32(bitPattern: $0))) } }
    }
    let result = numbers.map { $0.map(FloatForm.quantise) }
    // In the order of time, then of channels.
    let bad = result.enumerated().compactMap { c, samples in samples.firstIndex(of: nil).map { ($0, c) } }.min { $0 < $1 }
    if let (k, c) = bad {
      let number = numbers[c][k]
      let what = number.isNaN ? "no number (NaN)" : number.isInfinite ? "infinite" : "\(number), more than 256 times full scale"
      throw SignalError.malformed("\(source.name): sample \(done + k) of channel \(c) is \(what); repair the file, or encode it with --lossless")
    }
    return result.map { $0.map { $0 ?? 0 } }
  }
}
