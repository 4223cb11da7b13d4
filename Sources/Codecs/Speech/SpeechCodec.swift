import Autoencoders
import Bytes
import Entropy
import Signals

/// Codes chunks of speech by a network (`SpeechNetwork`), each channel by itself.
///
/// Payload: a head (`SpeechHead`), then the symbols of one channel after the other: by the prior frame after frame and group after group, or by zstd.
struct SpeechCodec: ChunkwiseCodec {
  static let kind = ChunkKind.speech
  private let model: SpeechModel
  private let scaling: SpeechScaling
  let unit: Double
  private let symbols = SpeechSymbols()

  /// Samples of 16 kHz over which an edge is drawn to where it belongs.
  private static let edge = 32

  /// Nil if the codec is none of speech.
  /// - Throws: `CodecError.unsuitable` for pictures and stacks.
  init?(_ codec: CodecPackage, _ info: SignalInfo) throws {
    guard case .speech(let model) = codec.design else { return nil }
    switch info.format {
    case .picture, .stack: throw CodecError.unsuitable("the codec \(codec.name) is for speech, and these are pictures; choose another codec with -c")
    case .raw, .wfdb, .csv, .sound: break
    }
    (self.model, scaling, unit) = (model, SpeechScaling(info), Double(SpeechScaling.frameLength(info)))
  }

  func canEncode(_ sampleCount: Int) -> Bool { scaling.takes(sampleCount) }

  func encode(_ chunk: [[Int32]], _ settings: EncodeSettings, relativeStep: Double?, progress: (Double) -> Void) throws -> StagedChunk {
    let entropy = settings.entropy
    let signals = scaling.signals(chunk)
    let gains = scaling.gains(signals)
    var head = SpeechHead(quality: SpeechHead.index(quality: settings.quality), groups: SpeechShape.headGroups, channels: [])
    var (codes, decoded) = ([SpeechNetwork.Codes](), [[Float]?]())
    for (c, signal) in signals.enumerated() {
      guard signal.contains(where: { $0 != 0 }) else {
        head.channels.append(.silent)
        decoded.append(nil)
        continue
      }
      let factor = SpeechScaling.factor(gains[c])
      let scaled = signal.map { $0 * factor }
      let tracked = PitchTracker(scaled)
      let own = model.network.encode(scaled, pitches: tracked.pitches, periodicity: tracked.periodicity, quality: head.level)
      let plain = model.network.decode(own, quality: head.level, stream: SpeechCodec.stream(own, channel: c))
      let edges = edges(plain, of: scaled, count: chunk[0].count)
      head.channels.append(.coded(gain: gains[c], edges: edges))
      head.groups = max(head.groups, SpeechCodec.groups(own))
      codes.append(own)
      decoded.append(finished(plain, gain: gains[c], edges: edges, count: chunk[0].count))
    }
    var writer = ByteWriter()
    head.write(to: &writer)
    var prior: [UInt8]?
    if entropy != .zstd {
      var coder = RansEncoder()
      for own in codes { encode(own, head, &coder) }
      prior = writer.bytes + (codes.isEmpty ? [] : coder.finish())
    }
    let all = codes.flatMap(\.symbols)
    let zstd =
      entropy == .prior
      ? nil : writer.bytes + (all.isEmpty ? [] : BlockStreams.encode(all, sequences: 1, channels: SpeechShape.symbols, positions: 1))
    return StagedChunk(prior: prior, zstd: zstd, decoded: scaling.samples(decoded, count: chunk[0].count))
  }

  func decode(_ reader: inout ByteReader, stage: SymbolStage, sampleCount: Int) throws -> [[Int32]] {
    guard canEncode(sampleCount) else { throw CodecError.malformed("a chunk of \(sampleCount) samples is no chunk of speech") }
    let head = try SpeechHead(from: &reader, channels: scaling.channels)
    let frames = scaling.frames(sampleCount)
    let coded = head.channels.filter { $0 != .silent }.count
    let rest = try reader.take(reader.remaining)
    var all: [SpeechNetwork.Codes] = []
    if coded == 0 {
      guard rest.isEmpty else { throw CodecError.malformed("a chunk of silence has something to say") }
    } else if stage == .prior {
      var coder = RansDecoder(rest)
      for _ in 0..<coded { all.append(try decode(frames, head, &coder)) }
      guard coder.isComplete else { throw EntropyError.damaged("the symbols of a chunk of speech") }
    } else {
      let size = frames * SpeechShape.symbols
      let values = try BlockStreams.decode(rest, count: coded * size, sequences: 1, channels: SpeechShape.symbols, positions: 1)
      for c in 0..<coded { all.append(try SpeechCodec.codes(values[c * size..<(c + 1) * size])) }
      guard all.allSatisfy({ SpeechCodec.groups($0) <= head.groups }) else { throw CodecError.malformed("a chunk of speech is wider than it says") }
    }
    var next = all.makeIterator()
    let decoded = head.channels.enumerated().map { c, channel -> [Float]? in
      guard case .coded(let gain, let edges) = channel, let codes = next.next() else { return nil }
      let plain = model.network.decode(codes, quality: head.level, stream: SpeechCodec.stream(codes, channel: c))
      return finished(plain, gain: gain, edges: edges, count: sampleCount)
    }
    return scaling.samples(decoded, count: sampleCount)
  }

  // MARK: Symbols

  /// The groups up to the last one that is not zero throughout.
  private static func groups(_ codes: SpeechNetwork.Codes) -> Int {
    max(SpeechShape.headGroups, SpeechShape.groupStarts.firstIndex { $0 > codes.width + SpeechShape.latents } ?? 0)
  }

  private func encode(_ codes: SpeechNetwork.Codes, _ head: SpeechHead, _ coder: inout RansEncoder) {
    let expectations = model.network.prior.expectations(codes, quality: head.level, groups: head.groups)
    var values = codes.symbols
    for t in 0..<codes.frames {
      for g in 0..<head.groups {
        let size = SpeechShape.groups[g]
        expectations[g].withUnsafeBufferPointer { code(g, $0.baseAddress! + t * 3 * size, &coder, &values, frame: t) }
      }
    }
  }

  private func decode(_ frames: Int, _ head: SpeechHead, _ coder: inout RansDecoder) throws -> SpeechNetwork.Codes {
    let stepper = SpeechStepper(model.stepper, quality: head.level, groups: head.groups)
    var values = [Int32](repeating: 0, count: frames * SpeechShape.symbols)
    var pitch = SpeechNetwork.firstPitch
    for t in 0..<frames {
      stepper.begin()
      for g in 0..<head.groups {
        code(g, stepper.expectations(g), &coder, &values, frame: t)
        for i in SpeechShape.groupStarts[g]..<SpeechShape.groupStarts[g + 1] {
          stepper.set(i, squashed: symbols.squash(values[t * SpeechShape.symbols + i]))
        }
      }
      guard !coder.isExhausted else { throw EntropyError.damaged("the symbols of a chunk of speech") }
      pitch += Int(values[t * SpeechShape.symbols])
      try SpeechCodec.check(pitch)
      stepper.end(pitch: pitch)
    }
    return try SpeechCodec.codes(values[...])
  }

  private func code<Coder: BinaryCoder>(_ g: Int, _ expectations: UnsafePointer<Float>, _ coder: inout Coder, _ values: inout [Int32], frame: Int) {
    let start = frame * SpeechShape.symbols + SpeechShape.groupStarts[g]
    model.within[g].withUnsafeBufferPointer { within in
      values.withUnsafeMutableBufferPointer {
        symbols.code(
          count: SpeechShape.groups[g], expectations: expectations, within: within, &coder, symbols: $0.baseAddress! + start)
      }
    }
  }

  private static func check(_ pitch: Int) throws {
    guard (0..<SpeechShape.pitches).contains(pitch) else { throw CodecError.malformed("a frame of speech has a pitch that cannot be") }
  }

  /// - Parameter values: [frames][symbols]
  /// - Throws: `CodecError.malformed`.
  private static func codes(_ values: ArraySlice<Int32>) throws -> SpeechNetwork.Codes {
    var codes = SpeechNetwork.Codes(pitches: [], latents: [], coefficients: [])
    var pitch = SpeechNetwork.firstPitch
    for start in stride(from: values.startIndex, to: values.endIndex, by: SpeechShape.symbols) {
      pitch += Int(values[start])
      try check(pitch)
      codes.pitches.append(pitch)
      let latents = start + 1..<start + 1 + SpeechShape.latents
      codes.latents += values[latents]
      codes.coefficients += values[latents.upperBound..<start + SpeechShape.symbols]
    }
    guard values.allSatisfy({ $0.magnitude <= SpeechNetwork.largest }) else { throw CodecError.malformed("a symbol of speech is too large") }
    return codes
  }

  // MARK: Edges

  /// What the first and the last sample lack, in 1/128 of full scale: chunks meet there. Where the two are near each other nothing is done.
  private func edges(_ decoded: [Float], of original: [Float], count: Int) -> [Int] {
    let places = places(count)
    guard places[1] - places[0] > 2 * SpeechCodec.edge else { return [0, 0] }
    return places.map { place in
      Int(bounded((original[place] - decoded[place]) * SpeechCodec.edgesPerUnit, Float(SpeechHead.edges.upperBound)).rounded(.toNearestOrEven))
    }
  }
  private static let edgesPerUnit: Float = 128

  /// Where the first and the last sample lie.
  private func places(_ count: Int) -> [Int] {
    [SpeechShape.frame, SpeechShape.frame + scaling.down.count(count) - 1]
  }

  /// A decoded signal with its edges where they belong, as loud as it was.
  private func finished(_ signal: consuming [Float], gain: Int, edges: [Int], count: Int) -> [Float] {
    let factor = 1 / SpeechScaling.factor(gain)
    for (place, edge) in zip(places(count), edges) where edge != 0 {
      for i in max(0, place - SpeechCodec.edge)...min(signal.count - 1, place + SpeechCodec.edge) {
        signal[i] += Float(edge) / SpeechCodec.edgesPerUnit * (1 - Float(abs(i - place)) / Float(SpeechCodec.edge))
      }
    }
    for i in signal.indices { signal[i] *= factor }
    return signal
  }

  /// What the noise of a channel depends on: its symbols, so that no two chunks have the same.
  private static func stream(_ codes: SpeechNetwork.Codes, channel: Int) -> UInt64 {
    UInt64(channel) << 32 | UInt64(codes.symbols.map { $0.littleEndian }.withUnsafeBytes { crc32($0) })
  }
}
