import Bytes
import Codecs
import Container
import Foundation
import Layers
import Signals

/// A way into the program for bytes from outside. Refusing them with a typed error is right; anything else that goes wrong ends the process.
protocol Entry {
  static var name: String { get }
  init(_ corpus: Corpus, samples: URL, folder: URL) throws
  /// Runs one case. Returns whether the bytes were accepted.
  /// - Throws: the errors that a caller is told to expect.
  func run(_ dice: inout Dice) throws -> Bool
}

/// The limits that all cases run under: what a chunk stands for may be far more than its bytes.
private let limits: ContainerLimits = {
  var limits = ContainerLimits()
  limits.headerBytes = 1 << 16
  limits.valuesPerChunk = 1 << 14
  limits.samplesPerChunk = 1 << 14
  limits.channels = 64
  return limits
}()

/// Whole files: from front to back, by the seek table, by a scan, with gaps filled.
struct ContainerEntry: Entry {
  static let name = "container"
  private let corpus: Corpus
  private let parts: [ContainerParts]

  init(_ corpus: Corpus, samples: URL, folder: URL) throws {
    self.corpus = corpus
    parts = corpus.encoded.compactMap { ContainerParts($0.file) }
    precondition(
      parts.count == corpus.encoded.count && parts.indices.allSatisfy { parts[$0].file == corpus.encoded[$0].file },
      "files are taken apart and put together")
  }

  func run(_ dice: inout Dice) throws -> Bool {
    let mutator = Mutator()
    let k = dice.below(parts.count)
    let other = corpus.encoded[dice.below(parts.count)].file
    var file: [UInt8]
    if dice.one(in: 4) {
      file = mutator.mutate(corpus.encoded[k].file, with: other, &dice)
    } else {
      var changed = parts[k]
      if dice.one(in: 4), let header = plainHeader(corpus.encoded[k], mutator, &dice) { changed.parts[0].payload = header }
      changed.mutate(mutator, with: other, &dice)
      file = changed.file
      if dice.one(in: 10) { file = mutator.mutate(file, with: other, &dice) }
    }
    let find = { (reference: CodecReference) in corpus.codecs.first { $0.reference.id == reference.id } ?? corpus.codecs[0] }

    // What a scan finds, the rest filled.
    var recovered = 0
    var isSoundByTable = false
    for scans in [true, false] {
      guard
        let index = try? scans ? ContainerIndex(scanning: BytesInMemory(file), limits: limits) : ContainerIndex(BytesInMemory(file), limits: limits),
        let decoder = try? IndexedDecoder(index, limits: limits, findCodec: find)
      else { continue }
      let range = 0..<min(index.knownSamples, 1 << 15)
      var samples = 0
      let lost = try decoder.decode(range, jobs: 1, fillsGaps: true) { samples += $0[0].count }
      precondition(samples == range.count, "every sample of the range comes, decoded or filled")
      if lost.isEmpty {
        recovered = samples
        isSoundByTable = !index.isRebuilt && range.count == index.knownSamples
      }
    }
    let count: Int
    do {
      var decoder = try StreamDecoder(SequentialBytes(BytesInMemory(file)), limits: limits, findCodec: find)
      let channels = decoder.info.channels.count
      count = try decoder.decode(jobs: 1) { precondition($0.count == channels, "as many channels as the header says") }
    } catch {
      precondition(!isSoundByTable, "a file that is sound by its table is so from front to back: \(error)")
      throw error
    }
    precondition(recovered == min(count, 1 << 15), "a file that is sound from front to back is so by its table")
    return true
  }

  /// A header whose description is not compressed, and damaged.
  private func plainHeader(_ encoded: Corpus.Encoded, _ mutator: Mutator, _ dice: inout Dice) -> [UInt8]? {
    guard let header = try? ContainerReader(SequentialBytes(BytesInMemory(encoded.file))).header else { return nil }
    let description = corpus.descriptions[dice.below(corpus.descriptions.count)]
    var bytes: [UInt8] = []
    let plain = ContainerHeader(
      codec: header.codec, chunkLength: dice.one(in: 4) ? dice.below(1 << 14) : header.chunkLength,
      metadata: dice.one(in: 2) ? mutator.mutate(description, with: description, &dice) : description)
    _ = try? ContainerWriter(header: plain) { bytes += $0 }
    var reader = ByteReader(bytes.dropFirst(containerSignature.count + 1))
    return (try? reader.counted(atMost: 1 << 20, "a header")).map(Array.init)
  }
}

/// Payloads of data chunks: packed samples, the sample coder's stream, frames, blocks and pictures by the prior and by zstd.
struct PayloadEntry: Entry {
  static let name = "payload"
  private let corpus: Corpus
  private let decoders: [ChunkDecoder]

  init(_ corpus: Corpus, samples: URL, folder: URL) throws {
    self.corpus = corpus
    decoders = try corpus.encoded.map { try ChunkDecoder(codec: $0.codec, info: $0.info) }
  }

  func run(_ dice: inout Dice) throws -> Bool {
    let mutator = Mutator()
    let k = dice.below(decoders.count)
    let chunk = corpus.encoded[k].chunks[dice.below(corpus.encoded[k].chunks.count)]
    let foreign = corpus.encoded[dice.below(decoders.count)].chunks[0].payload
    var payload = dice.one(in: 20) ? foreign : chunk.payload
    payload = dice.one(in: 3) ? SymbolFrame.mutated(payload, mutator, &dice) : mutator.mutate(payload, with: foreign, &dice)
    // Now and then only the head is changed: all that follows is then decoded in another way.
    if dice.one(in: 4) {
      let head = Array(chunk.payload.prefix(12))
      payload = mutator.mutate(head, with: foreign, &dice) + chunk.payload.dropFirst(12)
    }
    let count = dice.one(in: 8) ? 1 + dice.below(2000) : chunk.count
    let samples = try decoders[k].decode(payload[...], sampleCount: count)
    precondition(samples.allSatisfy { $0.count == count }, "as many samples as were asked for")
    return true
  }
}

/// A codec's files, then frames, blocks or pictures decoded with the codec if it is accepted.
struct CodecEntry: Entry {
  static let name = "codec"
  private struct Sound {
    let config: [UInt8]
    let weights: [UInt8]
    let header: Int
    /// Files that need it, and one of their chunks that does.
    let uses: [(info: SignalInfo, payload: [UInt8], count: Int)]
  }
  private let sound: [Sound]

  init(_ corpus: Corpus, samples: URL, folder: URL) throws {
    func sound(_ config: [UInt8], _ weights: [UInt8], _ codecs: [CodecPackage], _ methods: ClosedRange<UInt8>) throws -> Sound {
      let uses = corpus.encoded.compactMap { encoded in
        encoded.chunks.first { methods.contains($0.payload[0]) && encoded.info.rate <= 64 && codecs.contains { $0.id == encoded.codec.id } }
          .map { (encoded.info, $0.payload, $0.count) }
      }
      var reader = ByteReader(weights)
      return Sound(config: config, weights: weights, header: 8 + Int(try reader.littleEndian(UInt64.self)), uses: uses)
    }
    let blocks = try corpus.blocks.enumerated().map { try sound($1.config, $1.weights, [corpus.codecs[2 + $0]], 8...10) }
    let pictures = try sound(corpus.pictures.config, corpus.pictures.weights, [corpus.codecs[5]], 11...12)
    self.sound = [try sound(corpus.config, corpus.weights, Array(corpus.codecs.prefix(2)), 2...7)] + blocks + [pictures]
    precondition(self.sound.allSatisfy { !$0.uses.isEmpty }, "every codec is used")
  }

  func run(_ dice: inout Dice) throws -> Bool {
    var mutator = Mutator()
    let chosen = sound[dice.one(in: 2) ? 0 : dice.below(sound.count)]
    let header = chosen.header
    var (bytes, config) = (chosen.weights, chosen.config)
    if chosen.config.count > 2, dice.one(in: 4) {
      mutator.words = [
        "0", "1", "7", "64", "1024", "1048576", "1e300", "linear", "dense", "conv", "sequence", "frames", "mdct", "variational", "bernoulli",
        "logistic", "picture", "\"", "{", "}", "[", "]",
      ]
      config = mutator.mutate(config, with: [], &dice)
    }
    switch dice.below(4) {
    case 0:  // the header's text, padded to its length
      mutator.words = ["0", "1", "7", "1024", "1048576", "268435456", "999999999999999", "F32", "I32", "F64", "BF16", "\"", "{", "}", "[", "]"]
      var text = mutator.mutate(Array(bytes[8..<header]), with: [], &dice)
      if dice.below(3) > 0 {
        while text.count < header - 8 { text.append(0x20) }
      }
      var writer = ByteWriter()
      writer.append(littleEndian: UInt64(dice.one(in: 10) ? text.count + dice.below(100) : text.count))
      bytes = writer.bytes + text + bytes[header...]
    case 1: bytes = mutator.mutate(bytes, with: [], &dice)
    default:  // numbers: many in one stretch
      let start = header + dice.below(bytes.count - header) & ~3
      let end = min(bytes.count, start + (dice.one(in: 2) ? 400_000 : 64))
      var stretch = Array(bytes[start..<end])
      for _ in 0...dice.below(20) { stretch = Array(mutator.mutate(stretch, with: [], &dice).prefix(end - start)) }
      bytes.replaceSubrange(start..<start + stretch.count, with: stretch)
    }
    let codec = try CodecPackage(name: "damaged", config: config, weights: bytes)
    let use = chosen.uses[dice.below(chosen.uses.count)]
    _ = try ChunkDecoder(codec: codec, info: use.info).decode(use.payload[...], sampleCount: use.count)
    return true
  }
}

/// Descriptions of signals, as they stand in a file's header.
struct DescriptionEntry: Entry {
  static let name = "description"
  private let corpus: Corpus

  init(_ corpus: Corpus, samples: URL, folder: URL) throws { self.corpus = corpus }

  func run(_ dice: inout Dice) throws -> Bool {
    var mutator = Mutator()
    if dice.one(in: 2) { mutator.words = textWords }
    let (first, second) = (corpus.descriptions[dice.below(corpus.descriptions.count)], corpus.descriptions[dice.below(corpus.descriptions.count)])
    let info = try SignalInfo(serialized: mutator.mutate(first, with: second, &dice)[...])
    _ = info.channels.indices.map { (info.sampleRange($0), info.bitDepth($0), info.channels[$0].gain, info.channels[$0].baseline) }
    let again = try? SignalInfo(serialized: info.serialized()[...])
    precondition(again == info, "a description that was read is written and read again")
    return true
  }
}
